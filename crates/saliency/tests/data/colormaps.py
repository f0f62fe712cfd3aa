#!/usr/bin/env python3
"""Matplotlib's colours, which the crate's colormaps must match: `python colormaps.py > colormaps.json` (matplotlib 3.10)."""
import json

import matplotlib
import numpy as np

print(json.dumps({
    name: (matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8).ravel().tolist()
    for name in ("jet", "RdBu_r")
}))
