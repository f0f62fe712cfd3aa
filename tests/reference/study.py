#!/usr/bin/env python3
"""The whole study with the Python originals: NRTK + MAITE + torchmetrics + XAITK-Saliency on a TorchScript model.

It writes item_response.csv and saliency_metrics.csv, which `stressmap run --rng numpy` must reproduce on the
same pictures and model. It follows NRTK's and XAITK's tutorial "Test and Analyze Model Robustness with NRTK
and XAITK", except where the notebook departs from its own text (see docs/fidelity.md):

  - SSD and XCorr compare the map of the TRUE class with that of the PREDICTED class, and entropy is that of
    the true class's map; the notebook takes the maps of classes 0 and 1, whatever they are;
  - noise is seeded, datum by datum, with numpy.random.default_rng([seed, index]); the notebook leaves it
    unseeded, so that its accuracy and its saliency see different pictures;
  - the fill is the mean colour itself; the notebook's np.uint8(mean * 255) overflows;
  - XAITK's masks are made without threads, which would draw their shifts in a race.

    cargo run --release --example landcover_tiles -- tiles.npy 40 5
    venv/bin/python study.py --tiles tiles.npy --model ../../models/eurosat-convnext --out study
"""
from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
import torchmetrics.classification
from maite.interop.metrics.torchmetrics import TMClassificationMetric
from maite.tasks import evaluate
from nrtk.impls.perturb_image.photometric.blur import GaussianBlurPerturber
from nrtk.impls.perturb_image.photometric.noise import SaltNoisePerturber
from nrtk.interop import MAITEImageClassificationAugmentation
from PIL import Image
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from xaitk_jatic.interop.image_classification.model import JATICImageClassifier
from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.rise import RISEStack
from xaitk_saliency.impls.saliency_metric.entropy import Entropy
from xaitk_saliency.utils.sal_metrics import compute_ssd, compute_xcorr

# The label order of the published Hugging Face copy of EuroSAT; the tiles' own order is alphabetical.
NAMES = ["Forest", "River", "Highway", "AnnualCrop", "SeaLake", "HerbaceousVegetation", "Industrial", "Residential",
         "PermanentCrop", "Pasture"]


def write_parquet(tiles: np.ndarray, path: Path) -> None:
    """Tiles as a Hugging Face image-classification file; tile i is of the alphabetical class i % 10."""
    rows = []
    for i, tile in enumerate(tiles):
        png = io.BytesIO()
        Image.fromarray(tile).save(png, "png")
        rows.append({"bytes": png.getvalue(), "path": f"tile-{i}.png"})
    labels = [NAMES.index(sorted(NAMES)[i % 10]) for i in range(len(tiles))]
    features = {"image": {"_type": "Image"}, "label": {"names": NAMES, "_type": "ClassLabel"}}
    schema = pa.schema(
        [("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    pq.write_table(pa.table({"image": rows, "label": labels}, schema=schema), path)


class ParquetDataset:
    """A Hugging Face image-classification parquet file as a MAITE dataset (images are CHW uint8)."""

    def __init__(self, path: Path) -> None:
        table = pq.read_table(path)
        self.names = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["label"]["names"]
        self.images = [np.asarray(Image.open(io.BytesIO(r["bytes"])).convert("RGB")) for r in table["image"].to_pylist()]
        self.labels = table["label"].to_pylist()
        self.metadata = {"id": path.stem, "index2label": dict(enumerate(self.names))}

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int):
        target = np.zeros(len(self.names), dtype=np.float32)
        target[self.labels[i]] = 1.0
        return self.images[i].transpose(2, 0, 1), target, {"id": str(i)}


class TorchScriptModel:
    """TorchScript and Hugging Face's processor as a MAITE model; scores come in the dataset's label order."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self.module = torch.jit.load(str(folder / "model.pt")).eval()
        self.processor = ConvNextImageProcessorPil(**json.loads((folder / "preprocessor_config.json").read_text()))
        id2label = {int(k): v for k, v in json.loads((folder / "config.json").read_text())["id2label"].items()}
        self.order = [next(k for k, v in id2label.items() if v == name) for name in names]
        self.metadata = {"id": folder.name, "index2label": dict(enumerate(names))}

    def __call__(self, batch):
        pictures = [Image.fromarray(np.asarray(x).astype(np.uint8).transpose(1, 2, 0)) for x in batch]
        pixels = self.processor(images=pictures, return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            return list(torch.softmax(self.module(pixels)[:, self.order], dim=-1).numpy())


class PerDatum:
    """A perturber seeded datum by datum, so that a picture depends on the datum alone."""

    def __init__(self, make, seed: int) -> None:
        self.make, self.seed = make, seed

    def __call__(self, image, boxes=None, **metadata):
        return self.make([self.seed, int(metadata["id"])])(image=image, boxes=boxes)

    def get_config(self):
        return {}


def sweep():
    for k in (int(p) if p % 2 == 1 else int(p) + 1 for p in np.floor(np.linspace(1, 20, 5)).astype(int)):
        yield ("GaussianBlur", "ksize", k), lambda _, k=k: GaussianBlurPerturber(ksize=k)
    for a in np.round(np.linspace(0.0, 0.2, 5), decimals=2).tolist():
        yield ("SaltNoise", "amount", a), lambda s, a=a: SaltNoisePerturber(amount=a, seed=s)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--tiles", type=Path, required=True)
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seed", type=int, default=123)
    p.add_argument("--masks", type=int, default=200)
    p.add_argument("--explain", type=int, default=4, help="how many of the pictures are explained")
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    write_parquet(np.load(args.tiles), args.out / "tiles.parquet")
    data = ParquetDataset(args.out / "tiles.parquet")
    model = TorchScriptModel(args.model, data.names)

    with open(args.out / "item_response.csv", "w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow("perturber parameter value accuracy_macro accuracy_micro count".split())
        for name, make in sweep():
            augmentation = MAITEImageClassificationAugmentation(augment=PerDatum(make, args.seed), augment_id=name[0])
            row = list(name)
            for average in ("macro", "micro"):
                metric = TMClassificationMetric(torchmetrics.classification.MulticlassAccuracy(len(data.names), average=average))
                result, _, _ = evaluate(model=model, metric=metric, dataset=data, augmentation=augmentation, batch_size=8)
                row.append(float(result["MulticlassAccuracy"]))
            rows.writerow([*row, len(data)])

    rise = RISEStack(n=args.masks, s=8, p1=0.5, seed=args.seed, threads=0, debiased=True)
    rise.fill = np.array([95, 96, 93])
    classifier = JATICImageClassifier(classifier=model, ids=range(len(data.names)), img_batch_size=1)
    with open(args.out / "saliency_metrics.csv", "w", newline="") as f:
        rows = csv.writer(f)
        rows.writerow("perturber parameter value image_id truth predicted truth_score predicted_score entropy ssd xcorr".split())
        for name, make in sweep():
            for i in range(args.explain):
                image, target, _ = data[i]
                image = make([args.seed, i])(image=image.transpose(1, 2, 0))[0]
                scores = model([image.transpose(2, 0, 1)])[0]
                truth, predicted = int(np.argmax(target)), int(np.argmax(scores))
                maps = rise(image, classifier)
                rows.writerow([*name, i, data.names[truth], data.names[predicted], float(scores[truth]),
                               float(scores[predicted]), float(Entropy()(maps[truth])),
                               float(compute_ssd(maps[truth], maps[predicted])),
                               float(compute_xcorr(maps[truth], maps[predicted]))])


if __name__ == "__main__":
    main()
