#!/usr/bin/env bash
# Formats Go and templates, and sets full-width punctuation beside Chinese characters.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
find . -name '*.go' -not -name '*_templ.go' -not -path './web/node_modules/*' -not -path './var/*' -print0 |
  xargs -0 gofmt -s -w
go tool -modfile=tools/go.mod templ fmt web
(cd tools && go run ./zhpunct ..)
