#!/usr/bin/env bash
# What `cargo test` runs, and what needs ONNX Runtime, libtorch, Python and 6 GB of disk.
#
#     scripts/test-all.sh
set -euo pipefail
cd "$(dirname "$0")/.."

cargo test
scripts/onnxruntime.sh
cargo test -p backend-ort --features test-library
scripts/libtorch.sh
python=.venv/bin/python
# As libtorch.sh, it does nothing where all is there.
"$python" -m pip install --quiet --disable-pip-version-check -r tests/backends/requirements.txt
cargo test -p backend-tch
# The cache of the Hugging Face Hub, shared with Python's.
cargo build -p hub --examples
"$python" tests/backends/hub_cache.py target/debug/examples

# A person's own network on both backends, and a network of real weights on photographs.
tiny=target/convnext-tiny
[ -f "$tiny/preprocessor_config.json" ] || "$python" -W ignore tests/backends/convnext_tiny.py "$tiny"
cargo test --release -p cli --features ort,tch --test backends -- --include-ignored
# ConvNeXt networks of usual sizes in pure Rust, beside transformers and timm.
cases=target/convnext-cases
[ -f "$cases/timm-overlap-tiered/reference.safetensors" ] ||
    "$python" -W ignore tests/backends/convnext_cases.py large "$cases"
cargo run --release -p convnext --example agreement -- "$cases"/*
cargo build --release --features tch
"$python" -W ignore tests/backends/photographs.py target/release/stressmap
