#!/usr/bin/env bash
# Draws the images of README.md and docs/report.md again, from a run on LandCover tiles. The image of the page itself
# is taken by Chromium, where it is installed; it is the only one that depends on the machine's fonts.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cargo run --quiet -- run --limit 40 --out "$out/study"
mkdir -p docs/images
for name in item_response saliency_GaussianBlur perturbed confusion metrics drift; do
    cp "$out/study/$name.png" docs/images/
done
if command -v chromium > /dev/null; then
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --hide-scrollbars --user-data-dir="$out/profile" --window-size=1280,2050 \
        --screenshot="$PWD/docs/images/report.png" "file://$out/study/report.html" 2> /dev/null
else
    echo "There is no chromium: docs/images/report.png is left as it is." >&2
fi
