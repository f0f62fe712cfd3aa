#!/usr/bin/env python3
"""Write the values of torchmetrics' multiclass metrics, which `tests/fidelity` compares ours with.

The scores go into `classification_more.npz`, the cases and torchmetrics' values into `classification_more.json`.
`--seed` changes all random inputs.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 torchmetrics==1.9.0
    venv/bin/python classification_more.py --seed 20 --out .
"""
from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torchmetrics.classification as tmc

BATCH = 8
AVERAGES = ("micro", "macro", "weighted", "none")
BY_CLASS = ("HammingDistance", "JaccardIndex", "NegativePredictiveValue", "Specificity", "StatScores", "Precision",
            "Recall", "F1Score", "Accuracy")


def inputs(rng: np.random.Generator):
    """Names, classes, scores and targets; what each name says is special about them."""
    for name, classes, size in (("plain", 10, 27), ("many", 6, 300), ("absent", 10, 200), ("ties", 3, 50), ("two", 2, 11),
                                ("single", 5, 1), ("all_wrong", 4, 20), ("all_right", 4, 20), ("one_class", 3, 12),
                                ("constant_prediction", 4, 25), ("constant_truth", 4, 25), ("coarse", 4, 60),
                                ("logits", 5, 40)):
        scores = rng.dirichlet(np.ones(classes), size).astype(np.float32)
        target = rng.integers(0, classes, size)
        if name == "absent":
            target[target == 4] = 5
            scores[:, 7] = 0
        elif name == "ties":
            scores[:10] = 1 / classes
        elif name == "all_wrong":
            target = (scores.argmax(1) + rng.integers(1, classes, size)) % classes
        elif name in ("all_right", "one_class"):
            scores[:, 1] += name == "one_class"
            scores /= scores.sum(1, keepdims=True)
            target = scores.argmax(1)
        elif name == "constant_prediction":
            scores[:, 0] += 1
            scores /= scores.sum(1, keepdims=True)
        elif name == "constant_truth":
            target[:] = 2
        elif name == "coarse":
            scores = np.round(scores, 1).astype(np.float32)
        elif name == "logits":
            scores = rng.normal(0, 3, scores.shape).astype(np.float32)
            scores[::BATCH, 0] = 2  # torchmetrics guesses batch by batch whether scores are logits
        yield name, classes, scores, target.astype(np.int64)


def metrics(classes: int):
    for average in AVERAGES:
        for beta in (0.5, 2.0):
            yield f"FBetaScore_{beta}_{average}", tmc.MulticlassFBetaScore(beta, classes, average=average)
        for name in BY_CLASS:
            yield f"{name}_{average}", getattr(tmc, f"Multiclass{name}")(classes, average=average)
    for weights in (None, "linear", "quadratic"):
        yield f"CohenKappa_{weights}", tmc.MulticlassCohenKappa(classes, weights=weights)
    yield "MatthewsCorrCoef", tmc.MulticlassMatthewsCorrCoef(classes)
    yield "ExactMatch", tmc.MulticlassExactMatch(classes)
    for normalize in ("true", "pred", "all"):
        yield f"ConfusionMatrix_{normalize}", tmc.MulticlassConfusionMatrix(classes, normalize=normalize)
    if classes > 2:
        for name in ("Precision", "Recall", "F1Score", "Specificity", "NegativePredictiveValue", "StatScores"):
            yield f"{name}_macro_top2", getattr(tmc, f"Multiclass{name}")(classes, average="macro", top_k=2)
    for norm, bins in (("l1", 15), ("l2", 15), ("max", 15), ("l1", 4)):
        yield f"CalibrationError_{norm}_{bins}", tmc.MulticlassCalibrationError(classes, n_bins=bins, norm=norm)
    for average in AVERAGES[1:]:
        yield f"AUROC_{average}", tmc.MulticlassAUROC(classes, average=average)
        yield f"AveragePrecision_{average}", tmc.MulticlassAveragePrecision(classes, average=average)
        yield f"AUROC_{average}_20", tmc.MulticlassAUROC(classes, average=average, thresholds=20)
        yield f"AveragePrecision_{average}_20", tmc.MulticlassAveragePrecision(classes, average=average, thresholds=20)
    for mode in ("crammer-singer", "one-vs-all"):
        for squared in (False, True):
            name = f"HingeLoss_{mode}_{'squared' if squared else 'plain'}"
            yield name, tmc.MulticlassHingeLoss(classes, squared=squared, multiclass_mode=mode)


def plain(value):
    """A JSON value; NaN becomes null."""
    if isinstance(value, list):
        return [plain(v) for v in value]
    return None if value != value else value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    arrays, cases = {}, []
    for name, classes, scores, target in inputs(np.random.default_rng([args.seed, 7])):
        values = {}
        for label, metric in metrics(classes):
            for i in range(0, len(target), BATCH):
                metric.update(torch.tensor(scores[i : i + BATCH]), torch.tensor(target[i : i + BATCH]))
            values[label] = plain(metric.compute().tolist())
        arrays |= {f"{name}_scores": scores, f"{name}_target": target}
        cases.append({"name": name, "classes": classes, "scores": f"{name}_scores", "target": f"{name}_target", "values": values})
    np.savez_compressed(args.out / "classification_more.npz", **arrays)
    (args.out / "classification_more.json").write_text(json.dumps(cases) + "\n")
    print(f"classification_more: {len(cases)} cases, {sum(len(case['values']) for case in cases)} values")


if __name__ == "__main__":
    main()
