#!/usr/bin/env bash
# Everything that CI checks, in the order of speed. Ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "$0")/lib.sh"
passed=0 failed=0
reports=$(mktemp -d)
began=$SECONDS

# stage NAME COMMAND…: run a stage and count it; a stage that leaves a report is counted by its tests.
stage() {
  local name=$1 start=$SECONDS; shift
  echo "== $name"
  "$@" </dev/null; count "$name" $? $((SECONDS - start))
}
count() {
  local name=$1 code=$2 p f
  if [ -f "$reports/$name.xml" ]; then
    read -r p f < <(.venv/bin/python .ci/count.py "$reports/$name.xml" || echo 0 1)
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); fi
  elif [ "$code" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "== $name: $([ "$code" -eq 0 ] && echo ok || echo FAILED) in $3 s"
}
# two_at_once NAME…: run stages, each a function of its name, in this order beside each other, quietly until each has ended.
two_at_once() {
  local name
  for name in "$@"; do
    until_under_way 1
    (began=$SECONDS; "$name" >"$reports/$name.log" 2>&1 </dev/null; echo $? $((SECONDS - began)) >"$reports/$name.code") &
    under_way+=("$name")
  done
  until_under_way 0
}
# until_under_way MOST: show and count what has ended, until no more stages than that are under way.
under_way=()
until_under_way() {
  local name left
  while :; do
    left=()
    for name in "${under_way[@]}"; do
      if [ ! -s "$reports/$name.code" ]; then left+=("$name"); continue; fi
      echo "== $name"; cat "$reports/$name.log"
      count "$name" $(<"$reports/$name.code")
    done
    under_way=("${left[@]}")
    if [ ${#left[@]} -le "$1" ]; then return; fi
    sleep 1
  done
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

# The longest first, and the two halves of the browser's work last: each waits for real time, and only they need Chromium.
FIRST_HALF=tests/journeys/test_[a-o]*.py
WITHOUT_TABLES="tests/architecture tests/rules tests/test_nginx.py tests/test_vendor.py tests/kernel/test_settings.py \
  tests/courses/test_transcode.py tests/courses/test_refused_media.py"  # what they show is the same on any database
postgres() {
  on_services postgres -m "not browser and not migrations and not sqlite" tests \
    --ignore tests/demo $(printf -- '--ignore %s ' $WITHOUT_TABLES)
}
sqlite() { tests sqlite -m "not browser and not postgres and not migrations" tests; }
migrations() { tests migrations --migrations -m migrations tests/migrations; }
migrations-postgres() { on_services migrations-postgres --migrations -m migrations tests/migrations; }
browser() { tests browser -m browser $FIRST_HALF; }
browser-rest() { tests browser-rest -m browser tests $(printf -- '--ignore %s ' $FIRST_HALF); }

need_packages $SYSTEM chromium=chromium nginx-light=/usr/sbin/nginx \
  libnginx-mod-rtmp=/usr/lib/nginx/modules/ngx_rtmp_module.so janus=janus || exit 1
make_venv test-stamp requirements.lock tests/requirements.lock || exit 1
source .ci/services.sh
trap 'kill $(jobs -p) 2>/dev/null; wait; stop_services; rm -rf "$reports"' EXIT
export DJANGO_SETTINGS_MODULE=lms.settings.test
unset PYTHONDONTWRITEBYTECODE  # each of the rounds, and of the servers they start, would compile the house anew

stage messages .venv/bin/python manage.py compilemessages --verbosity 0 --ignore .venv
stage check env ARCHITECTURE=later bash .ci/check.sh
stage javascript javascript
if [ -n "$DATABASE" ] && [ -n "$REDIS" ]; then
  two_at_once postgres sqlite browser browser-rest migrations migrations-postgres
else
  two_at_once sqlite browser browser-rest migrations
  if [ -z "${SERVICES_REQUIRED:-}" ]; then
    echo "== left out: the round on PostgreSQL and Redis"
  else
    echo "The round on PostgreSQL and Redis is required here."
    failed=$((failed + 1))
  fi
fi
echo "All stages took $((SECONDS - began)) s."
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
