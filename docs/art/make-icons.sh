#!/usr/bin/env bash
# Draws the icons of an installed ChatOllama from the two drawings beside this file. Needs Chromium; run it after a drawing has changed.
# icon.svg has round corners of its own; icon-full.svg fills the square, because phones cut their own shape out of it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../ChatOllama.Web/wwwroot/icons
mkdir -p "$target"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

draw() { # drawing, size, name
  printf '<!doctype html><style>html,body{margin:0;background:transparent}img{display:block;width:%spx;height:%spx}</style><img src="data:image/svg+xml;base64,%s">' \
    "$2" "$2" "$(base64 -w0 "$here/$1")" > "$work/page.html"
  "${CHROMIUM_PATH:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --default-background-color=00000000 --window-size="$2,$2" --screenshot="$target/$3" "file://$work/page.html" 2>/dev/null
}

draw icon.svg 192 icon-192.png
draw icon.svg 512 icon-512.png
draw icon-full.svg 192 maskable-192.png
draw icon-full.svg 512 maskable-512.png
draw icon-full.svg 180 apple-touch.png
