#!/usr/bin/env bash
# test.sh [all|lint|soak]: what `make test` runs, part after part, with the time each took.
# A part that fails does not hide the next; the last part is go test over everything, so the output ends with its lines.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode="${1:-all}"

failed=()
times=()
leave=() # what is to be done at the end, however it comes
trap 'for last in "${leave[@]}"; do eval "$last"; done' EXIT

# part NAME CMD...: one heading, one command, one line with its time.
part() {
  local name="$1" from=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if ! "$@"; then
    failed+=("$name")
    printf '== %s: FAILED\n' "$name"
  fi
  times+=("$(printf '%4ds  %s' $((SECONDS - from)) "$name")")
}

summary() {
  printf '\n== time so far\n'
  printf '%s\n' "${times[@]}"
  [[ ${#failed[@]} -eq 0 ]] || printf '== FAILED so far: %s\n' "${failed[*]}"
}

# Packages in which goroutines meet; the race detector costs several times the run.
raced=(
  ./foundation/db ./foundation/event ./foundation/once ./foundation/push ./foundation/telemetry ./foundation/session
  ./domain/approval ./domain/casefile ./foundation/crypto ./foundation/blob ./device/...
)

go_files() { find . -name '*.go' -not -name '*_templ.go' -not -path './web/node_modules/*' -not -path './var/*' -print0; }

format() {
  local bad
  bad="$(go_files | xargs -0 gofmt -s -l)"
  [[ -z "$bad" ]] || { printf 'not formatted (make fmt):\n%s\n' "$bad"; return 1; }
}

vet() { go vet ./... && (cd tools && go vet ./...); }

static() { go tool -modfile=tools/go.mod staticcheck ./...; }

punctuation() { (cd tools && go run ./zhpunct -check ..); }

house() { go test -count=1 -run "$1" ./app; }

tools() { (cd tools && go test ./...); }

# existing PATTERN...: those whose folder is there, one per line.
existing() {
  local p
  for p in "$@"; do [[ -d "${p%/...}" ]] && echo "$p"; done
}

race() {
  local list
  mapfile -t list < <(existing "${raced[@]}")
  CGO_ENABLED=1 go test -race -timeout 10m "${list[@]}" &&
    CGO_ENABLED=1 go test -race -timeout 10m -run 'Concurrent|AtOnce|Twenty|Audit' ./app
}

cross() {
  local arch
  for arch in arm64 loong64; do
    echo "linux/$arch"
    CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -buildvcs=false -o /dev/null ./cmd/yimen || return 1
  done
}

lint() {
  part format format
  part vet vet
  part staticcheck static
  part floors house '^TestFloors'
  part glossary house '^TestGlossary'
  part journeys house '^TestJourney'
  part 'message keys' go test -count=1 ./web/text
  part punctuation punctuation
}

# scratch puts the tests' files and their PostgreSQL into memory where there is plenty: they make and drop hundreds of
# databases, and nothing in them has to outlive the run. The toolchain's own files stay where they were.
scratch() {
  local free dir
  free="$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)" || return 0
  [[ "${free:-0}" -ge 4096 ]] || return 0
  dir="$(mktemp -d /dev/shm/yimen-test.XXXXXX)" || return 0
  chmod 711 "$dir" # PostgreSQL runs as a user of its own
  printf '#!/bin/sh\n' >"$dir/try" && chmod +x "$dir/try"
  "$dir/try" 2>/dev/null || { rm -rf "$dir"; return 0; } # mounted noexec
  export GOTMPDIR="${GOTMPDIR:-${TMPDIR:-/tmp}}" TMPDIR="$dir"
  leave+=("rm -rf '$dir'")
}

# Packages for the last part; the browser tests come after the rest, on a machine then quiet.
packages() { go list ./... | grep -v '/e2e$'; }

with_postgres() {
  [[ -n "${YIMEN_TEST_PG:-}" ]] && return 0
  YIMEN_TEST_PG="$(scripts/pg.sh start $$)" || return 1
  export YIMEN_TEST_PG
  leave=("scripts/pg.sh stop '$YIMEN_TEST_PG'" "${leave[@]}")
}

[[ "$mode" == lint ]] || scripts/generate.sh || exit 1

case "$mode" in
  lint)
    lint
    summary
    [[ ${#failed[@]} -eq 0 ]]
    ;;
  soak)
    with_postgres || exit 1
    YIMEN_SOAK=1 go test -count=1 -timeout 6h ./app/...
    ;;
  all)
    scratch
    lint
    part 'PostgreSQL start' with_postgres
    part 'cross build' cross
    part tools tools
    part race race
    summary
    code=0
    printf '\n== unit, store (SQLite and PostgreSQL) and crash tests\n'
    packages | xargs go test -timeout 12m || code=1
    printf '\n== browser tests\n'
    if [[ -d app/e2e ]]; then go test -timeout 12m ./app/e2e || code=1; fi
    if [[ ${#failed[@]} -ne 0 ]]; then
      code=1
      printf '\nFAIL\t%s\n' "${failed[@]}"
    fi
    exit $code
    ;;
  *) echo "usage: test.sh [all|lint|soak]" >&2; exit 2 ;;
esac
