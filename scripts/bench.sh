#!/usr/bin/env bash
# Runs `yimen bench` beside a private PostgreSQL that does call fsync. CHECK=1 judges the absolute bounds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
YIMEN_BENCH_PG="$(DURABLE=1 scripts/pg.sh start $$)"
export YIMEN_BENCH_PG
trap 'scripts/pg.sh stop "$YIMEN_BENCH_PG"' EXIT
args=()
[[ "${CHECK:-}" == 1 ]] && args+=(--check)
phone() {
  YIMEN_CHECK="${CHECK:-}" go test -tags figures -count=1 -timeout 10m -run '^TestPhoneFigures$' -v ./app/e2e | grep -E '^phone|^FAIL|MISSED|_test.go'
}
# The figures of phones need a browser, so they are no part of the program.
case "${1:-}" in
  phone) phone ;;
  "") ./bin/yimen bench "${args[@]}" && phone ;;
  *) ./bin/yimen bench "${args[@]}" "$@" ;;
esac
