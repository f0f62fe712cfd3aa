"""Recomputes saliency_drift.csv from the maps that --save-maps has written, with NumPy alone.

Usage: python scripts/recompute_drift.py REPORT_FOLDER

Prints the largest difference of each column, and exits with 1 if one is larger than rounding allows.
"""

import csv
import sys
from pathlib import Path

import numpy as np

FILES = ["truth_unscaled", "predicted_unscaled", "reference_unscaled", "half_difference"]
MEASURES = ["pearson", "spearman", "ssd", "iou", "shift"]
# Sums in another order; ranks and the most salient part can flip where pixels differ by rounding.
TOLERANCE = 1e-6


def read_maps(folder):
    """The maps of each row of the table, by file."""
    rows = list(csv.DictReader(open(folder / "saliency_metrics.csv", newline="")))
    if not (folder / "maps.csv").exists():
        return {name: list(np.load(folder / f"{name}.npy").astype(float)) for name in FILES}, rows
    places = list(csv.DictReader(open(folder / "maps.csv", newline="")))
    sizes = {(place["height"], place["width"]) for place in places}
    maps = {}
    for name in FILES:
        of_size = {size: np.load(folder / f"{name}-{size[0]}x{size[1]}.npy").astype(float) for size in sizes}
        maps[name] = [of_size[place["height"], place["width"]][int(place["row"])] for place in places]
    return maps, rows


def pearson(a, b):
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return (a * b).sum() / size if size > 0 else np.nan


def ranks(a):
    """From 1 on; equal pixels share the mean of their ranks."""
    _, inverse, counts = np.unique(a, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse.reshape(a.shape)]


def top(a):
    """The fraction to which each pixel belongs to the most salient 20 %."""
    count = int(np.ceil(0.2 * a.size))
    last = np.sort(a, axis=None)[::-1][count - 1]
    above, ties = a > last, a == last
    return above + ties * (count - above.sum()) / ties.sum()


def centre(a):
    """The centre of mass of the positive values."""
    mass = np.maximum(a, 0)
    if mass.sum() == 0:
        return (np.array(a.shape) - 1) / 2
    return np.array([(mass * index).sum() for index in np.indices(a.shape)]) / mass.sum()


def measures(a, b):
    one, other = top(a), top(b)
    return {
        "pearson": pearson(a, b),
        "spearman": pearson(ranks(a), ranks(b)),
        "ssd": ((a - b) ** 2).sum(),
        "iou": np.minimum(one, other).sum() / np.maximum(one, other).sum(),
        "shift": np.linalg.norm(centre(a) - centre(b)) / np.hypot(*a.shape),
    }


def noise(a, half, b, half_of_b):
    if a.std() == 0 or b.std() == 0:
        return np.nan
    return max(-1.0, 1 - (half / a.std() - half_of_b / b.std()).var() / 2)


def main(folder):
    maps, rows = read_maps(folder)
    place = {(r["perturber"], r["parameter"], r["value"], r["image_id"]): i for i, r in enumerate(rows)}
    drifts = list(csv.DictReader(open(folder / "saliency_drift.csv", newline="")))
    first = {}
    for row in drifts:
        first.setdefault((row["perturber"], row["parameter"]), row["value"])
    largest = {}
    for row in drifts:
        swept = (row["perturber"], row["parameter"])
        here = place[(*swept, row["value"], row["image_id"])]
        clean = place[(*swept, first[swept], row["image_id"])]
        assert row["predicted"] == rows[here]["predicted"]
        assert row["reference_predicted"] == rows[clean]["predicted"]
        assert row["kept"] == str(rows[here]["predicted"] == rows[clean]["predicted"]).lower()
        truth, predicted, reference, half = (maps[name][here] for name in FILES)
        if truth.shape != maps["truth_unscaled"][clean].shape:
            assert all(row[f"{c}_{m}"] == "NaN" for c in ("truth", "predicted") for m in MEASURES)
            continue
        found = {f"truth_{k}": v for k, v in measures(truth, maps["truth_unscaled"][clean]).items()}
        found |= {f"predicted_{k}": v for k, v in measures(predicted, reference).items()}
        of_clean = maps["truth_unscaled"][clean], maps["half_difference"][clean]
        found["noise_pearson"] = noise(truth, half, *of_clean)
        for name, value in found.items():
            written = float(row[name])
            same = np.isnan(value) and np.isnan(written)
            largest[name] = max(largest.get(name, 0.0), 0.0 if same else abs(value - written))
    for name, difference in largest.items():
        print(f"{name:<20} {difference:.1e}")
    return 0 if largest and all(difference < TOLERANCE for difference in largest.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
