#!/usr/bin/env bash
# Speed rows beside their limits: ONLY=beats, SIZE=full. Prints a table and writes bench/figures/latest.json.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
need_packages $SYSTEM chromium=chromium nginx-light=/usr/sbin/nginx janus=janus
make_venv test-stamp requirements.lock tests/requirements.lock
exec .venv/bin/python -m bench.run
