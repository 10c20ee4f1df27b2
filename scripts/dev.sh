#!/usr/bin/env bash
# Builds and runs the demo, and does so again whenever a source file changes. Ctrl-C ends both.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .stamp
running=""

halt() { [[ -z "$running" ]] || { kill "$running" 2>/dev/null; wait "$running" 2>/dev/null; running=""; }; }
trap 'halt; exit 0' INT TERM EXIT

changed() {
  find . \( -name node_modules -o -name dist -o -name var -o -name .git -o -name .stamp -o -name bin \) -prune -o \
    -type f \( -name '*.go' -o -name '*.templ' -o -name '*.json' -o -name '*.css' -o -name '*.ts' -o -name '*.sql' \) \
    -not -name '*_templ.go' -newer .stamp/dev -print -quit | grep -q .
}

while :; do
  touch .stamp/dev
  if make --no-print-directory build; then
    halt
    ./bin/yimen demo "$@" &
    running=$!
  fi
  until changed; do sleep 1; done
done
