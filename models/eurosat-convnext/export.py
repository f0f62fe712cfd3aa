#!/usr/bin/env python3
"""Write the model folder from trained weights, measure it, and write its card.

    python export.py --weights weights.pt --eurosat DIR --landcover unseen.npy

`unseen.npy` comes from `cargo run --release --example landcover_tiles -- unseen.npy 2000 77777`: a seed
that training never saw. DIR holds eurosat-test.parquet, which is read here and nowhere else.
"""
from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from train import MEAN, STD, accuracy, build, eurosat, landcover, normalise

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent.parent / "scripts"))
from export_torchscript import Timm, export  # noqa: E402

CARD = """# eurosat-convnext

A ConvNeXt with {parameters:.2f} M parameters that names the land cover of a 64x64 RGB tile: ten classes, in
alphabetical order (see `config.json`). It is the model that `stressmap` runs when it is given none, small
enough to travel with the source and accurate enough to be worth explaining.

| tiles | count | accuracy |
| --- | --- | --- |
| EuroSAT, test split | {eurosat_count} | {eurosat:.2%} |
| LandCover, seed never trained on | {landcover_count} | {landcover:.2%} |

| class | EuroSAT | LandCover |
| --- | --- | --- |
{classes}

- **Architecture**: timm's `ConvNeXt`, depths 2, 2, 4, 2, widths 32, 64, 112, 192, stem of stride 2, no layer scale.
- **Input**: float32 `(batch, 3, 64, 64)`, RGB / 255, normalised by the mean and deviation in
  `preprocessor_config.json`. **Output**: ten logits. `model.safetensors` holds the weights under timm's names,
  `model.onnx` and `model.pt` the same network in ONNX and TorchScript.
- **Training data**: the training split of EuroSAT RGB (Helber, Bischke, Dengel, Borth: "EuroSAT: A Novel
  Dataset and Deep Learning Benchmark for Land Use and Land Cover Classification", IEEE JSTARS 2019; MIT licence;
  80/10/10 within each class) together with procedural `LandCover` tiles from this repository.
- **Training**: `train.py`, on two CPU cores; no perturbed pictures, so that what a study finds is what a model
  that never saw blur or noise does. `export.py` wrote this folder and this card, figures included.
- **Limits**: it knows Sentinel-2 tiles over Europe at 10 m a pixel, and nothing else. Its scores are not calibrated.
"""


@torch.inference_mode()
def by_class(net: torch.nn.Module, tiles: torch.Tensor, labels: torch.Tensor) -> list[float]:
    hits = torch.cat([net(normalise(t)).argmax(1) for t in tiles.split(128)]) == labels
    return [hits[labels == k].float().mean().item() for k in range(10)]


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--weights", type=Path, required=True)
    p.add_argument("--eurosat", type=Path, required=True)
    p.add_argument("--landcover", type=Path, required=True)
    p.add_argument("--out", type=Path, default=FOLDER)
    args = p.parse_args()
    net = build().eval()
    net.load_state_dict(torch.load(args.weights))
    tiles, labels, names = eurosat(args.eurosat / "eurosat-test.parquet")
    drawn, drawn_labels = landcover(args.landcover)

    args.out.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["ConvNeXt"], "model_type": "convnext", "image_size": 64, "num_channels": 3, "patch_size": 2,
        "depths": [2, 2, 4, 2], "hidden_sizes": [32, 64, 112, 192], "num_labels": 10,
        "id2label": {str(k): n for k, n in enumerate(names)}, "label2id": {n: k for k, n in enumerate(names)},
    }
    processor = {
        "image_processor_type": "ConvNextImageProcessor", "do_resize": True, "size": {"shortest_edge": 64},
        "crop_pct": 1.0, "resample": 3, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True,
        "image_mean": MEAN, "image_std": STD,
    }
    (args.out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (args.out / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    export(Timm(net), (3, 64, 64), args.out)
    save_file(net.state_dict(), str(args.out / "model.safetensors"), metadata={"format": "pt"})

    a, b = by_class(net, tiles, labels), by_class(net, drawn, drawn_labels)
    card = CARD.format(
        parameters=sum(q.numel() for q in net.parameters()) / 1e6,
        eurosat_count=len(tiles), eurosat=accuracy(net, tiles, labels),
        landcover_count=len(drawn), landcover=accuracy(net, drawn, drawn_labels),
        classes="\n".join(f"| {n} | {x:.1%} | {y:.1%} |" for n, x, y in zip(names, a, b)),
    )
    (args.out / "README.md").write_text(card)
    print(card)


if __name__ == "__main__":
    main()
