#!/usr/bin/env python3
"""Write what Hugging Face's image processors return, which `tests/fidelity` compares `model-folder` with.

The images and tensors go into `processors.npz`, the cases into `processors.json`: the texts of the model's files, an
image, a tensor. `--seed` changes the images.

    python3 -m venv venv && venv/bin/pip install transformers==5.23.0 pillow==13.0.0 torch==2.13.0 torchvision timm==1.0.31
    venv/bin/python processors.py --seed 20 --out .
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import timm.data
import transformers
from PIL import Image

IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
# Class and settings; the first of each are the defaults.
PROCESSORS = {
    "ViT": [{}, dict(size={"height": 48, "width": 40}, resample=3, **IMAGENET), dict(size=32, resample=0), dict(do_resize=False), dict(do_normalize=False, size=24), dict(do_rescale=False, size=24),
            *(dict(size={"height": 40, "width": 40}, resample=n) for n in (1, 4, 5)), dict(size=24, rescale_factor=1 / 127.5), dict(size={"shortest_edge": 40}), dict(size=24, do_convert_rgb=True)],
    "Beit": [{}, dict(size=40, do_center_crop=True, crop_size=32)],
    "Bit": [{}, dict(size={"shortest_edge": 40}, crop_size=32, **IMAGENET), dict(size=40, crop_size={"height": 30, "width": 44}), dict(do_center_crop=False, size={"shortest_edge": 33})],
    "CLIP": [{}, dict(size=40, crop_size=36), dict(size={"shortest_edge": 32}, crop_size={"height": 41, "width": 40})],
    "ConvNext": [{}, dict(size={"shortest_edge": 48}), dict(size={"shortest_edge": 48}, crop_pct=0.95, resample=2, **IMAGENET), dict(size={"shortest_edge": 384})],
    "DeiT": [{}, dict(size={"height": 40, "width": 44}, crop_size=32), dict(do_center_crop=False, size=30), dict(size=24, crop_size={"height": 31, "width": 20})],
    "EfficientNet": [{}, dict(size=40, include_top=False), dict(size=32, resample=0, rescale_offset=True),
                     dict(size={"height": 36, "width": 28}, rescale_offset=True, rescale_factor=1 / 127.5, include_top=False, do_center_crop=True, crop_size=24)],
    "Levit": [{}, dict(size={"shortest_edge": 40}), dict(size={"height": 30, "width": 30}, crop_size=24)],
    "MobileNetV1": [{}, dict(size=36, crop_size=30)],
    "MobileNetV2": [{}, dict(size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32})],
    "MobileViT": [{}, dict(size={"shortest_edge": 40}, crop_size=32), dict(size={"shortest_edge": 36}, crop_size=32, do_flip_channel_order=False, do_normalize=True)],
    "PoolFormer": [{}, dict(size={"shortest_edge": 32}, crop_size=28, crop_pct=0.9), dict(size={"shortest_edge": 30}, crop_size=30, crop_pct=None), dict(size={"height": 30, "width": 25}, crop_size=24)],
    "Pvt": [{}, dict(size={"height": 33, "width": 28})],
    "Segformer": [dict(size=40), dict(size={"height": 33, "width": 28}, do_center_crop=True, crop_size=20)],
    "Siglip": [{}, dict(size={"height": 33, "width": 28}), dict(size=30)],
}
TIMM = [
    {"input_size": [3, 32, 32], "interpolation": "bicubic", "crop_pct": 0.95},
    {"input_size": [3, 31, 31], "interpolation": "bilinear", "crop_pct": 0.9, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
    {"input_size": [3, 40, 40], "crop_pct": 1.0, "crop_mode": "squash"},
    {"input_size": [3, 29, 29]},
]


def image(rng: np.random.Generator, height: int, width: int, channels: int) -> np.ndarray:
    """Smooth regions, an edge and noise."""
    y, x, k = np.mgrid[0:height, 0:width, 0:channels]
    a, b = rng.uniform(-0.2, 0.2, (2, channels))
    values = 128 + 90 * np.sin(a[k] * y + b[k] * x) + rng.normal(0, 12, y.shape)
    values[height // 3 : height // 2, width // 4 : width // 2] = rng.integers(0, 256, channels)
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rng = np.random.default_rng([args.seed, 11])
    arrays, cases = {}, []
    # A wide image, a tall one that Pillow resizes along the height first, and one with an alpha channel.
    for i, shape in enumerate([(37, 53, 3), (150, 61, 3), (50, 34, 4)]):
        arrays[f"image_{i}"] = image(rng, *shape)

    def store(name: str, tensor: np.ndarray, fields: dict) -> None:
        step = 7 if tensor.size > 12000 else 1
        arrays[f"out_{len(cases)}"] = np.ascontiguousarray(tensor[:, ::step, ::step], np.float32)
        cases.append({"image": name, "out": f"out_{len(cases)}", "step": step, **fields})

    for kind, variants in PROCESSORS.items():
        for settings in variants:
            processor = getattr(transformers, f"{kind}ImageProcessorPil")(**settings)
            for name in ("image_0", "image_1", "image_2"):
                if name == "image_2" and not getattr(processor, "do_convert_rgb", False):
                    continue
                tensor = processor(images=[Image.fromarray(arrays[name])], return_tensors="np")["pixel_values"][0]
                # As a file has it, with the settings that were given and nothing else.
                store(name, tensor, {"preprocessor_config": {"image_processor_type": f"{kind}ImageProcessor", **settings}})
    for settings in TIMM:
        transform = timm.data.create_transform(**timm.data.resolve_data_config(settings, model=None, verbose=False), is_training=False)
        for name in ("image_0", "image_1"):
            store(name, transform(Image.fromarray(arrays[name])).numpy(), {"config": {"model_type": "timm_wrapper", "pretrained_cfg": settings}})
    np.savez_compressed(args.out / "processors.npz", **arrays)
    (args.out / "processors.json").write_text(json.dumps(cases, indent=1) + "\n")
    print(f"processors: {len(cases)} cases")


if __name__ == "__main__":
    main()
