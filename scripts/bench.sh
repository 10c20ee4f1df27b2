#!/usr/bin/env bash
# Runs `yimen bench` beside a private PostgreSQL that does call fsync. CHECK=1 judges the absolute bounds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
YIMEN_BENCH_PG="$(DURABLE=1 scripts/pg.sh start $$)"
export YIMEN_BENCH_PG
trap 'scripts/pg.sh stop "$YIMEN_BENCH_PG"' EXIT
args=()
[[ "${CHECK:-}" == 1 ]] && args+=(--check)
./bin/yimen bench "${args[@]}" "$@"
