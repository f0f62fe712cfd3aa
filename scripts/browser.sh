#!/usr/bin/env bash
# Opens reports in a real browser, as a reader does: from disk, without a network. Needs node, and installs Debian's
# Chromium where there is none (as root), and playwright-core, which drives it. Screenshots are left in target/browser/.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v chromium > /dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
npm ci --silent --prefix tests/browser

out=$PWD/target/browser
rm -rf "$out"
mkdir -p "$out"
cargo run --quiet -p cli -- run --limit 12 --masks 24 --out "$out/study" --quiet
page() { cargo run --quiet -p report --example page -- "$@"; }
page 6 '</script><img src=x onerror=alert(1)>"'\''&' 'b' > "$out/names.html"
page 2700 a b c d e f g h i j > "$out/large.html"
cargo run --quiet -p report --example compare -- "$out"/study/results.json "$out"/study/results.json > "$out/comparison.html"
node --test --test-reporter=spec tests/browser/report.test.mjs
