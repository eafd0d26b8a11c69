#!/usr/bin/env bash
# Everything that CI checks, in the order of speed. Ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "$0")/lib.sh"
passed=0 failed=0
reports=$(mktemp -d)
began=$SECONDS

# stage NAME COMMAND…: run a stage and count it; a stage that leaves a report is counted by its tests.
stage() {
  local name=$1 start=$SECONDS code p f; shift
  echo "== $name"
  "$@" </dev/null; code=$?
  if [ -f "$reports/$name.xml" ]; then
    read -r p f < <(.venv/bin/python .ci/count.py "$reports/$name.xml" || echo 0 1)
    passed=$((passed + p)) failed=$((failed + f))
    if [ $code -ne 0 ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); fi
  elif [ $code -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "== $name: $([ $code -eq 0 ] && echo ok || echo FAILED) in $((SECONDS - start)) s"
}
tests() { local name=$1; shift; .venv/bin/python -m pytest --junitxml="$reports/$name.xml" "$@"; }
# Each round has a test database of its own name: another run on the same server must not get in its way.
on_services() {
  local name=$1 address=${DATABASE%%\?*} options=${DATABASE#"${DATABASE%%\?*}"}; shift
  DATABASE_URL=${address%/*}/${name//-/_}_$$$options REDIS_URL=$REDIS tests "$name" "$@"
}
javascript() {
  "$(node_path)" --test --test-reporter=spec --test-reporter-destination="$reports/javascript.txt" \
    --test-reporter=junit --test-reporter-destination="$reports/javascript.xml" tests/js/*.test.js ||
    { cat "$reports/javascript.txt"; return 1; }
}

# beside NAME COMMAND…: run it on the other core, quietly; `stage NAME finished NAME` waits, shows and counts it.
beside() { local name=$1; shift; ("$@" >"$reports/$name.log" 2>&1 </dev/null; echo $? >"$reports/$name.code") & }
finished() {
  until [ -f "$reports/$1.code" ]; do sleep 1; done
  cat "$reports/$1.log"
  return "$(cat "$reports/$1.code")"
}

need_packages $SYSTEM chromium=chromium || exit 1
make_venv test-stamp requirements.lock tests/requirements.lock || exit 1
source .ci/services.sh
trap 'kill $(jobs -p) 2>/dev/null; wait; stop_services; rm -rf "$reports"' EXIT
export DJANGO_SETTINGS_MODULE=lms.settings.test

stage messages .venv/bin/python manage.py compilemessages --verbosity 0 --ignore .venv
stage check env ARCHITECTURE=later bash .ci/check.sh
stage javascript javascript
with_services=
if [ -n "$DATABASE" ] && [ -n "$REDIS" ]; then with_services=yes; fi
[ -z "$with_services" ] || beside postgres on_services postgres -m "not browser and not migrations and not sqlite" tests \
  --ignore tests/architecture --ignore tests/rules --ignore tests/demo
stage sqlite tests sqlite -m "not browser and not postgres and not migrations" tests
stage migrations tests migrations --migrations -m migrations tests/migrations
if [ -n "$with_services" ]; then
  stage postgres finished postgres
  stage migrations-postgres on_services migrations-postgres --migrations -m migrations tests/migrations
elif [ -n "${SERVICES_REQUIRED:-}" ]; then
  echo "The round on PostgreSQL and Redis is required here."
  failed=$((failed + 1))
else
  echo "== left out: the round on PostgreSQL and Redis"
fi
stage browser tests browser -m browser tests
echo "All stages took $((SECONDS - began)) s."
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
