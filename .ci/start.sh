#!/usr/bin/env bash
# From a bare clone to a running site: packages, environment, database, demo district, then the supervisor.
# What is done already is skipped: each step leaves a stamp of what it was made from under var/stamps.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
HOST=${HOST:-127.0.0.1} PORT=${PORT:-8000}
if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
  echo "Port $PORT is taken; choose another: make run PORT=$((PORT + 1))" >&2
  exit 1
fi

# done_before NAME STAMP: whether this step was done with these very inputs.
done_before() { [ -f "$VAR/stamps/$1" ] && [ "$(cat "$VAR/stamps/$1")" = "$2" ]; }
note_done() { mkdir -p "$VAR/stamps"; echo "$2" >"$VAR/stamps/$1"; }
# stamp_of PATH…: a fingerprint of names, sizes and times; a path that is not there counts as empty.
stamp_of() { { find "$@" -type f -printf '%p %s %T@\n' 2>/dev/null || true; } | LC_ALL=C sort | sha256sum | cut -d' ' -f1; }

need_packages $SYSTEM
make_venv run-stamp requirements.lock
export PORT DJANGO_SETTINGS_MODULE=lms.settings.dev PYTHONUNBUFFERED=1
export VAR_DIR=${VAR_DIR:-$PWD/var}
VAR=$VAR_DIR
mkdir -p "$VAR"
manage() { .venv/bin/python manage.py "$@"; }

texts=$(find lms courses attendance api -name '*.po' -not -path '*/node_modules/*')
if [ -n "$texts" ] && ! done_before messages "$(stamp_of $texts)"; then
  echo "Compiling texts …"
  manage compilemessages --verbosity 0
  note_done messages "$(stamp_of $texts)"
fi
static=$(stamp_of static requirements.lock lms/staticfiles.py courses/static)
if ! done_before static "$static"; then
  echo "Collecting static files …"
  manage collectstatic --noinput --clear --verbosity 0
  note_done static "$static"
fi
where=$(echo "${DATABASE_URL:-$VAR/db.sqlite3}" | sha256sum | cut -c1-16)
has_database() { [ -n "${DATABASE_URL:-}" ] || [ -s "$VAR/db.sqlite3" ]; }
tables=$where-$(stamp_of $(find lms courses attendance api -path '*/migrations/*.py') requirements.lock)
if ! done_before tables "$tables" || ! has_database; then
  echo "Preparing the database …"
  manage migrate --noinput --verbosity 0
  note_done tables "$tables"
fi
demo=$where-$(stamp_of $(find lms/demo -type f -not -name '*.pyc'))
if ! done_before demo "$demo" || ! has_database; then
  echo "Loading the demo district …"
  manage demo
  note_done demo "$demo"
fi
exec .venv/bin/python manage.py supervise --host "$HOST" --port "$PORT"
