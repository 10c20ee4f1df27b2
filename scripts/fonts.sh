#!/usr/bin/env bash
# Puts the fonts that foundation/pdf embeds into foundation/pdf/font (never committed).
# They come from Debian: fonts-lxgw-wenkai (OFL) as the main face, fonts-hanazono for rare
# characters. The leading number is the order in which faces are asked for a character.
set -euo pipefail
cd "$(dirname "$0")/.."
from=${YIMEN_FONTS:-/usr/share/fonts/truetype}
to=foundation/pdf/font
mkdir -p "$to"

take() {
  local source="$from/$1" target="$to/$2"
  if [ ! -r "$source" ]; then
    echo "fonts: $source is missing: apt-get install fonts-lxgw-wenkai fonts-hanazono" >&2
    exit 1
  fi
  if ! cmp -s "$source" "$target"; then
    cp "$source" "$target.part"
    mv "$target.part" "$target"
  fi
}

take lxgw-wenkai/LXGWWenKai-Regular.ttf 1-main.ttf
take hanazono/HanaMinA.ttf 2-rare.ttf
take hanazono/HanaMinB.ttf 3-rare.ttf
