#!/usr/bin/env bash
# pg.sh start [PID] | stop URL: a private PostgreSQL for tests and benches.
#
# start makes a cluster in a new temporary folder on a free port of 127.0.0.1 and prints its URL, the only line on
# standard output. When PID (by default the caller) is gone the cluster removes itself, however the caller ended.
# DURABLE=1 keeps fsync on, as a bench must; tests never pull the plug on PostgreSQL and run without.
set -euo pipefail

base="${TMPDIR:-/tmp}"

bindir() {
  local found
  found="$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)" || true
  [[ -n "$found" ]] || { echo "pg: PostgreSQL is not installed (make setup)" >&2; exit 1; }
  dirname "$found"
}

# as_owner CMD...: PostgreSQL refuses to run as root, so root lends it to the package's own user.
as_owner() {
  if [[ "$(id -u)" -eq 0 ]]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

start() {
  local owner="$1" bin dir port try sync=off
  bin="$(bindir)"
  dir="$(mktemp -d "$base/yimen-pg.XXXXXX")"
  [[ "${DURABLE:-}" == 1 ]] && sync=on
  local password; password="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
  (umask 077 && printf '%s\n' "$password" >"$dir/password")
  [[ "$(id -u)" -eq 0 ]] && chown -R postgres "$dir"
  as_owner "$bin/initdb" -D "$dir/data" -U yimen --pwfile="$dir/password" --auth=scram-sha-256 \
    --locale=C -E UTF8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
  as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 128MB
fsync = $sync
full_page_writes = $sync
synchronous_commit = $sync
logging_collector = off
log_min_messages = fatal
log_statement = none
log_min_error_statement = panic
CONF
  for try in 1 2 3 4 5; do
    port="$(free_port)"
    if as_owner "$bin/pg_ctl" -D "$dir/data" -o "-p $port" -l "$dir/log" -w -t 60 start >/dev/null 2>&1; then
      as_owner tee "$dir/port" <<<"$port" >/dev/null
      guard "$dir" "$owner"
      echo "postgres://yimen:$password@127.0.0.1:$port/postgres?sslmode=disable"
      return
    fi
  done
  cat "$dir/log" >&2 || true
  remove "$dir"
  exit 1
}

# guard DIR PID waits in the background for PID to go, then removes the cluster.
guard() {
  (
    trap '' INT HUP
    while kill -0 "$2" 2>/dev/null && [[ -d "$1" ]]; do sleep 1; done
    remove "$1"
  ) </dev/null >/dev/null 2>&1 &
  disown
}

remove() {
  [[ -d "$1" ]] || return 0
  [[ -f "$1/data/postmaster.pid" ]] && as_owner "$(bindir)/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$1"
}

stop() {
  local url="$1" dir port
  port="$(sed -E 's|.*@127\.0\.0\.1:([0-9]+)/.*|\1|' <<<"$url")"
  for dir in "$base"/yimen-pg.*; do
    [[ -f "$dir/port" && "$(<"$dir/port")" == "$port" ]] && remove "$dir"
  done
  return 0
}

case "${1:-}" in
  start) start "${2:-$PPID}" ;;
  stop) stop "${2:?the URL that start printed}" ;;
  *) echo "usage: pg.sh start [PID] | stop URL" >&2; exit 2 ;;
esac
