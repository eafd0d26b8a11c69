#!/usr/bin/env bash
# Cheats and honest learners against the study engine, on SQLite and on PostgreSQL: SIZE=full, SEED=2.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
need_packages $SYSTEM
make_venv test-stamp requirements.lock tests/requirements.lock
source .ci/services.sh
trap stop_services EXIT
failed=0
.venv/bin/python -m tests.redteam || failed=1
if [ -n "$DATABASE" ]; then
  address=${DATABASE%%\?*} options=${DATABASE#"${DATABASE%%\?*}"}
  DATABASE_URL=${address%/*}/redteam_$$$options .venv/bin/python -m tests.redteam || failed=1
fi
exit $failed
