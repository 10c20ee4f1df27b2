#!/usr/bin/env bash
# Lighthouse over the five main citizen pages of a demo house, with Debian's Chromium. CHECK=1 judges.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder="$PWD/tools/lighthouse"
[[ -d "$folder/node_modules/lighthouse" ]] || (cd "$folder" && npm ci --ignore-scripts --silent)
YIMEN_LIGHTHOUSE="$folder" YIMEN_CHECK="${CHECK:-}" go test -tags figures -count=1 -timeout 20m -run '^TestLighthouse$' -v ./app/e2e | grep -E '^lighthouse|^---|^FAIL|MISSED|_test.go'
