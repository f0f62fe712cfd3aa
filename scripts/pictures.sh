#!/usr/bin/env bash
# Draws the pictures of README.md again, from a run on LandCover tiles.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cargo run --release --quiet -- run --limit 40 --out "$out"
mkdir -p docs/pictures
cp "$out/item_response.png" "$out/saliency_GaussianBlur.png" "$out/perturbed.png" docs/pictures/
