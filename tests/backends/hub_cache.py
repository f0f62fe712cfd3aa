"""Checks that Python's huggingface_hub and the crate `hub` share a cache, in both directions and without a network.

    pip install huggingface_hub
    cargo build -p hub --examples
    python tests/backends/hub_cache.py target/debug/examples

Both sides ask the same server on loopback, which answers as the Hub does.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import huggingface_hub

EXAMPLES = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
MODEL, DATASET = "owner/convnext", "owner/tiles"
# The library reads the environment when it is imported, so that each step is a process of its own.
DOWNLOAD = """
import sys
from huggingface_hub import hf_hub_download, snapshot_download
kind, repo, revision, *files = sys.argv[1:]
for file in files:
    hf_hub_download(repo, file, repo_type=kind, revision=revision)
print(snapshot_download(repo, repo_type=kind, revision=revision, allow_patterns=files))
"""
WANTED = [
    ("model", MODEL, "main", ["config.json", "onnx/model.onnx", "model.safetensors"]),
    ("dataset", DATASET, "refs/convert/parquet", ["default/test/0000.parquet"]),
]


def environment(home, endpoint, offline):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_") and "proxy" not in name.lower()}
    return kept | {"HF_HOME": str(home), "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": str(int(offline)), "HF_HUB_DISABLE_XET": "1"}


def run(command, home, endpoint, offline):
    done = subprocess.run(command, env=environment(home, endpoint, offline), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stderr}")
    return Path(done.stdout.strip().splitlines()[-1])


def python(kind, repo, revision, files, *where):
    return run([sys.executable, "-c", DOWNLOAD, kind, repo, revision, *files], *where)


def rust(kind, repo, revision, files, *where):
    return run([EXAMPLES / "fetch_files", kind, f"hf:{repo}@{revision}", *files], *where)


def tree(home):
    """What a cache holds, but for locks and what is made for either side alone."""
    cache = home / "hub"
    found = {}
    for path in sorted(cache.rglob("*")):
        name = path.relative_to(cache).as_posix()
        if path.is_dir() or name.startswith(".locks") or path.name == "CACHEDIR.TAG":
            continue
        found[name] = ("link", os.readlink(path)) if path.is_symlink() else ("file", path.read_bytes())
    return found


def main():
    work = Path(tempfile.mkdtemp())
    shipped = ROOT / "models/eurosat-convnext"
    model, dataset = work / "model", work / "dataset"
    (model / "onnx").mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "README.md"):
        shutil.copy(shipped / name, model / name)
    shutil.copy(shipped / "model.onnx", model / "onnx/model.onnx")
    (dataset / "default/test").mkdir(parents=True)
    shutil.copy(ROOT / "crates/datasets/tests/files/parquet/beans.parquet", dataset / "default/test/0000.parquet")
    served = [f"models/{MODEL}={model}", f"datasets/{DATASET}@refs/convert/parquet={dataset}"]
    server = subprocess.Popen([EXAMPLES / "hub_server", *served], stdout=subprocess.PIPE, text=True)
    try:
        endpoint = server.stdout.readline().strip()
        # Nobody listens there: offline nothing may be asked.
        nowhere = "http://127.0.0.1:9"
        homes = {fetch: work / fetch.__name__ for fetch in (python, rust)}
        for wanted in WANTED:
            paths = [fetch(*wanted, home, endpoint, False).relative_to(home) for fetch, home in homes.items()]
            assert paths[0] == paths[1], paths
            for fetch, other in ((python, rust), (rust, python)):
                found = fetch(*wanted, homes[other], nowhere, True)
                for file in wanted[-1]:
                    source = (model if wanted[0] == "model" else dataset) / file
                    assert (found / file).read_bytes() == source.read_bytes(), (fetch, file)
        ours, theirs = tree(homes[rust]), tree(homes[python])
        trees = [name for name in ours if "/trees/" in name]
        assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
        assert all(ours[name] == theirs[name] for name in ours if name not in trees)
        # As an older version leaves its cache: without a listing.
        for path in homes[python].glob("hub/*/trees"):
            shutil.rmtree(path)
        for wanted in WANTED:
            rust(*wanted, homes[python], nowhere, True)
        print(f"huggingface_hub {huggingface_hub.__version__}: {len(ours)} files of both caches agree, each is found by the other")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
