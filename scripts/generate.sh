#!/usr/bin/env bash
# Makes what is not committed: npm packages, templates, bundles, fonts.
# Each part is skipped while the digest of its sources equals the one in .stamp/, so that nothing changed costs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .stamp

# digest PATHS...: one digest over names and contents; paths that are not there count as absent.
digest() {
  { find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print0 2>/dev/null || true; } |
    LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d ' ' -f 1
}

fresh() { [[ -f ".stamp/$1" && "$(<".stamp/$1")" == "$2" ]]; }
done_() { echo "$2" >".stamp/$1"; }

# go_tool NAME ARGS...: a third-party program pinned in tools/go.mod, run from here.
go_tool() { go tool -modfile=tools/go.mod "$@"; }

npm_packages() {
  [[ -f web/package-lock.json ]] || return 0
  local now; now="$(digest web/package-lock.json)"
  [[ -d web/node_modules ]] && fresh npm "$now" && return 0
  echo "generate: npm packages"
  (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  done_ npm "$now"
}

templates() {
  [[ -d web ]] || return 0
  local now missing=0 f
  now="$(find web -name '*.templ' -not -path '*/node_modules/*' -print0 | LC_ALL=C sort -z |
    xargs -0 -r sha256sum | cat - tools/go.sum | sha256sum)"
  while IFS= read -r f; do
    [[ -f "${f%.templ}_templ.go" ]] || missing=1
  done < <(find web -name '*.templ' -not -path '*/node_modules/*')
  # A template that went away must not leave its Go file behind.
  while IFS= read -r f; do
    [[ -f "${f%_templ.go}.templ" ]] || rm -f "$f"
  done < <(find web -name '*_templ.go' -not -path '*/node_modules/*')
  [[ $missing -eq 0 ]] && fresh templ "$now" && return 0
  echo "generate: templates"
  go_tool templ generate -path web -lazy=false >/dev/null
  done_ templ "$now"
}

bundles() {
  [[ -d tools/webbuild ]] || return 0
  local now
  now="$(digest web/css web/js web/icon web/sound web/package-lock.json web/budget.json tools/webbuild tools/go.sum)"
  compgen -G 'web/asset/dist/*' >/dev/null && fresh web "$now" && return 0
  echo "generate: bundles"
  (cd tools && go run ./webbuild)
  done_ web "$now"
}

fonts() {
  [[ -x scripts/fonts.sh ]] || return 0
  scripts/fonts.sh
}

npm_packages
templates
bundles
fonts
