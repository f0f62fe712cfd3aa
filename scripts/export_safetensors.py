#!/usr/bin/env python3
"""Write a model folder's model.safetensors from the weights in its model.pt, under the names that timm or transformers
gave them.

    python scripts/export_safetensors.py FOLDER

    pip install torch==2.13.0 safetensors
"""
from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder", type=Path)
    args = p.parse_args()
    module = torch.jit.load(str(args.folder / "model.pt"), map_location="cpu")
    # `export_torchscript.py` wraps the network as `model`.
    weights = {name.removeprefix("model."): value.contiguous() for name, value in module.state_dict().items()}
    save_file(weights, str(args.folder / "model.safetensors"), metadata={"format": "pt"})


if __name__ == "__main__":
    main()
