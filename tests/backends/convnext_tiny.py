#!/usr/bin/env python3
"""Make a ConvNeXt-Tiny with random weights, 224x224 to the shipped model's ten classes, and export it.

    python tests/backends/convnext_tiny.py OUT

It goes the way of a person's own fine-tuned model: a folder that Hugging Face's `save_pretrained` wrote, turned into
OUT by `scripts/export_torchscript.py`, which checks both formats against the original's logits.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from transformers import ConvNextConfig, ConvNextForImageClassification, ConvNextImageProcessor

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("out", type=Path)
    args = p.parse_args()
    shipped = json.loads((ROOT / "models/eurosat-convnext/config.json").read_text())
    id2label = {int(i): label for i, label in shipped["id2label"].items()}
    torch.manual_seed(0)
    # Wider than the usual 0.02, so that logits differ from picture to picture.
    config = ConvNextConfig(id2label=id2label, label2id={v: k for k, v in id2label.items()}, initializer_range=0.1)
    with tempfile.TemporaryDirectory() as folder:
        ConvNextForImageClassification(config).save_pretrained(folder)
        ConvNextImageProcessor(size={"shortest_edge": 224}, crop_pct=0.875).save_pretrained(folder)
        export = [sys.executable, str(ROOT / "scripts/export_torchscript.py"), folder, str(args.out)]
        subprocess.run(export, check=True)


if __name__ == "__main__":
    main()
