#!/usr/bin/env bash
# Installs ONNX Runtime for the command's feature `ort` and the tests of the crate `backend-ort`, from PyPI into .venv:
#
#     scripts/onnxruntime.sh         # for the CPU, 20 MB
#     scripts/onnxruntime.sh gpu     # with CUDA and TensorRT, and the CUDA libraries that it needs
#
# The command finds it by the link .venv/libonnxruntime.so (.dylib on macOS); nothing need be exported.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-cpu} in
    cpu) package=onnxruntime version=1.32.0 extras= other=onnxruntime-gpu ;;
    gpu) package=onnxruntime-gpu version=1.31.1 extras='[cuda,cudnn]' other=onnxruntime ;;
    *) echo "the argument is $1, expected nothing, cpu or gpu" >&2; exit 2 ;;
esac
python=.venv/bin/python
[ -x "$python" ] || python3 -m venv .venv
installed() {
    "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('$1') != '$2')" 2>/dev/null
}
if ! installed "$package" "$version"; then
    # Both have the same files.
    "$python" -m pip uninstall --quiet --yes "$package" "$other" 2>/dev/null
    "$python" -m pip install --quiet --disable-pip-version-check "$package$extras==$version"
fi
folder=$("$python" -c "import importlib.util as u, os; print(os.path.dirname(u.find_spec('onnxruntime').origin))")/capi
for library in "$folder"/libonnxruntime.so.* "$folder"/libonnxruntime.*.dylib; do
    [ -f "$library" ] || continue
    link=.venv/libonnxruntime.so
    [ "${library##*.}" != dylib ] || link=.venv/libonnxruntime.dylib
    ln -sf "$library" "$link"
    echo "$package $version is set up: $link"
    exit 0
done
echo "$package $version has no library in $folder" >&2
exit 1
