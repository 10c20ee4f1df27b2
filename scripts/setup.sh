#!/usr/bin/env bash
# setup.sh demo|test: installs by apt what this machine lacks, and nothing else.
# demo needs two fonts (sealed documents embed them); test needs databases, a browser and PDF readers too.
set -euo pipefail
what="${1:-test}"

die() { echo "setup: $*" >&2; exit 1; }

# --- Go and Node are the two things we ask people to bring.
command -v go >/dev/null || die "Go is missing; install Go 1.26 or newer from https://go.dev/dl/"
need="$(awk '$1 == "go" {print $2}' go.mod)"
have="$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*$//')"
[[ "$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -n 1)" == "$need" ]] ||
  die "Go $have is too old; go.mod asks for $need"
command -v npm >/dev/null || die "Node with npm is missing; install Node 20 or newer from https://nodejs.org/"

# --- name of the Debian package : a command, or a file pattern when it holds a slash
fonts=(
  "fonts-lxgw-wenkai:/usr/share/fonts/truetype/lxgw-wenkai/*.ttf"
  "fonts-hanazono:/usr/share/fonts/truetype/hanazono/*.ttf"
)
tests=(
  "fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK*"
  "chromium:chromium"
  "postgresql:/usr/lib/postgresql/*/bin/initdb"
  "poppler-utils:pdfsig"
  "qpdf:qpdf"
  "openssl:openssl"
  "kannel:/usr/sbin/bearerbox"
  "kannel-extras:/usr/lib/kannel/test/fakesmsc"
  "gcc:gcc"
  "libc6-dev:/usr/include/stdlib.h"
)
case "$what" in
  demo) wanted=("${fonts[@]}") ;;
  test) wanted=("${fonts[@]}" "${tests[@]}") ;;
  *) die "usage: setup.sh demo|test" ;;
esac

present() {
  case "$1" in
    */*) compgen -G "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for entry in "${wanted[@]}"; do
  present "${entry#*:}" || missing+=("${entry%%:*}")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

command -v apt-get >/dev/null || die "install these by hand, this machine has no apt-get: ${missing[*]}"
sudo=()
if [[ "$(id -u)" -ne 0 ]]; then
  command -v sudo >/dev/null || die "root or sudo is needed to install: ${missing[*]}"
  sudo=(sudo)
fi

echo "setup: installing ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
for entry in "${wanted[@]}"; do
  present "${entry#*:}" || die "${entry%%:*} is installed but ${entry#*:} is not there"
done
