#!/usr/bin/env bash
# Sets libtorch up for the crate `backend-tch` and the command's feature `tch`:
#
#     scripts/libtorch.sh            # torch 2.13.0 from PyPI, in .venv
#     scripts/libtorch.sh PYTHON     # the torch 2.13.0 that this interpreter has
#
# Where it is gets written into .cargo/config.toml, where cargo finds it; nothing need be exported.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.13.0
python=${1:-}
if [ -z "$python" ]; then
    python=.venv/bin/python
    [ -x "$python" ] || python3 -m venv .venv
    if ! "$python" -c "import torch, sys; sys.exit(torch.__version__.split('+')[0] != '$version')" 2>/dev/null; then
        "$python" -m pip install --quiet "torch==$version"
    fi
fi
# torch warns that it has no NumPy, which nothing here needs.
folder=$("$python" -W ignore -c "
import os, sys, torch
found = torch.__version__.split('+')[0]
if found != '$version':
    sys.exit(f'$python has torch {found}, expected $version')
print(os.path.dirname(torch.__file__))")

config=.cargo/config.toml
wanted="[env]
LIBTORCH = \"$folder\""
if [ -f "$config" ] && [ "$(cat "$config")" = "$wanted" ]; then
    echo "libtorch $version is set up already: $folder"
    exit 0
fi
if [ -f "$config" ] && ! grep -q '^LIBTORCH = ' "$config"; then
    echo "$config has settings of its own; add to it: $wanted" >&2
    exit 1
fi
mkdir -p .cargo
printf '%s\n' "$wanted" > "$config"
echo "libtorch $version is set up: $folder"
