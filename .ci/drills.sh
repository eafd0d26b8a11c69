#!/usr/bin/env bash
# What holds when something breaks on purpose: ONLY=study, SIZE=small. On servers of its own in a temporary folder.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
need_packages $SYSTEM
make_venv test-stamp requirements.lock tests/requirements.lock
unset DATABASE_URL REDIS_URL
exec .venv/bin/python -m tests.drills
