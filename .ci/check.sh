#!/usr/bin/env bash
# Format, lint, contracts, types, templates and the rules of the house: seconds, for every commit.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
make_venv test-stamp requirements.lock tests/requirements.lock
export DJANGO_SETTINGS_MODULE=lms.settings.test
.venv/bin/ruff format --check --quiet .
.venv/bin/ruff check --quiet .
report=$(mktemp)
trap 'rm -f "$report"' EXIT
.venv/bin/lint-imports --no-cache >"$report" 2>&1 || { cat "$report"; exit 1; }
.venv/bin/mypy lms courses attendance api
.venv/bin/djlint --quiet --lint $(find lms courses -type d -name templates)
find static/js tests/js -name '*.js' -not -path '*/vendor/*' -print0 | xargs -0 -r -n1 "$(node_path)" --check
.venv/bin/python manage.py makemigrations --check --dry-run >/dev/null || { echo "a migration is missing"; exit 1; }
if grep -lE 'https?://' requirements.lock tests/requirements.lock; then echo "a lock file names an address"; exit 1; fi
[ "${ARCHITECTURE:-}" = later ] || .venv/bin/python -m pytest tests/architecture
