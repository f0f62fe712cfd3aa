#!/usr/bin/env python3
"""Matplotlib's overlays as the tutorial draws them, which the crate's must match: `python overlays.py > overlays.json`
(matplotlib 3.10). An image of 16 by 11 pixels is drawn at one pixel per pixel, at alpha 0.7 on white; a map over it at 0.3."""
import json

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

rng = np.random.default_rng(7)
image = rng.integers(0, 256, (11, 16, 3), dtype=np.uint8)
# From the most against the class to the most for it, its ends and zero among them.
saliency = np.linspace(-1.1, 1.1, 11 * 16).reshape(11, 16).astype(np.float32)
saliency[5, :3] = [0.0, 1.0, -1.0]


def drawn(cmap, low):
    figure = plt.figure(figsize=(16, 11), dpi=1)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(image, alpha=0.7, interpolation="nearest")
    axes.imshow(np.clip(saliency, low, 1), cmap=cmap, alpha=0.3, vmin=low, vmax=1, interpolation="nearest")
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[:, :, :3]
    plt.close(figure)
    return pixels.ravel().tolist()


print(json.dumps({
    "image": image.ravel().tolist(),
    "map": [float(value) for value in saliency.ravel()],
    "jet": drawn("jet", 0),
    "RdBu_r": drawn("RdBu_r", -1),
}))
