# PostgreSQL and Redis for the tests: those of DATABASE_URL and REDIS_URL, else own ones in a temporary folder that
# end with the script; SPARE_DATABASE where none can be started. Sourced, not run. Sets DATABASE and REDIS; either stays
# empty where it cannot be had.
SERVICES=$(mktemp -d)
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { "$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# PostgreSQL refuses to run as root.
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u "$OWNER" -- "$@"; else "$@"; fi; }

# Nobody cuts the power of this cluster (the drill that does has one of its own): it need not wait for the disk.
HASTE="-c fsync=off -c full_page_writes=off -c synchronous_commit=off"

start_postgres() {
  local port
  POSTGRES=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$POSTGRES" ] || return 1
  OWNER=$(id -u postgres >/dev/null 2>&1 && echo postgres || echo nobody)
  mkdir -p "$SERVICES/postgres" && chmod 711 "$SERVICES"
  [ "$(id -u)" = 0 ] && chown "$OWNER" "$SERVICES/postgres"
  port=$(free_port)
  as_owner "$POSTGRES/initdb" -D "$SERVICES/postgres/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null &&
    as_owner "$POSTGRES/pg_ctl" -D "$SERVICES/postgres/data" -w -l "$SERVICES/postgres/log" \
      -o "-p $port -k $SERVICES/postgres -c listen_addresses=127.0.0.1 -c max_connections=200 $HASTE" start >/dev/null &&
    DATABASE=postgresql://postgres@127.0.0.1:$port/postgres
}
start_redis() {
  local port
  command -v redis-server >/dev/null || return 1
  port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$SERVICES" --daemonize yes \
    --pidfile "$SERVICES/redis.pid" >/dev/null || return 1
  for _ in $(seq 50); do answers "$port" && REDIS=redis://127.0.0.1:$port/0 && return 0; sleep 0.1; done
  return 1
}
stop_services() {
  [ -d "$SERVICES/postgres/data" ] && as_owner "$POSTGRES/pg_ctl" -D "$SERVICES/postgres/data" -m fast stop >/dev/null
  [ -f "$SERVICES/redis.pid" ] && kill "$(cat "$SERVICES/redis.pid")" 2>/dev/null
  rm -rf "$SERVICES"
}

DATABASE=${DATABASE_URL:-} REDIS=${REDIS_URL:-}
[ -n "$DATABASE" ] || start_postgres || DATABASE=${SPARE_DATABASE:-}
[ -n "$DATABASE" ] || echo "PostgreSQL is not installed (package postgresql)"
[ -n "$REDIS" ] || start_redis || echo "Redis is not installed (package redis-server)"
unset DATABASE_URL REDIS_URL
