#!/usr/bin/env python3
"""Turn a Hugging Face or timm image classifier into a model folder: model.pt, model.onnx, JSON files and a check.

    python scripts/export_torchscript.py SOURCE OUT [--size 224]

SOURCE is a folder that Hugging Face's `save_pretrained` wrote (AutoModelForImageClassification and its image
processor), or a timm name such as `convnext_tiny.fb_in1k`. Both files are run again on random images, and must
give the original's logits.

    pip install torch==2.13.0 transformers timm onnx onnxscript pillow
"""
from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

TOLERANCE = 1e-3


class HuggingFace(torch.nn.Module):
    """A Hugging Face classifier that returns its logits alone."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values=pixel_values).logits

    def features(self, pixel_values: torch.Tensor) -> torch.Tensor | None:
        return getattr(self.model.base_model(pixel_values=pixel_values), "pooler_output", None)


class Timm(torch.nn.Module):
    """A timm classifier."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values)

    def features(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model.forward_head(self.model.forward_features(pixel_values), pre_logits=True)


def worst(name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    difference = float(np.abs(ours - theirs).max()) / max(1.0, float(np.abs(theirs).max()))
    print(f"{name}: largest difference from the original's values {difference:.1e} of their range")
    if not difference <= TOLERANCE:
        sys.exit(f"{name} does not give the original's values: {difference:.1e}, at most {TOLERANCE:.0e} is allowed")


def onnx_logits(path: Path, pixels: torch.Tensor) -> np.ndarray:
    """By ONNX Runtime where it is installed, else by ONNX's own reference implementation."""
    try:
        import onnxruntime
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(str(path)).run(None, {"pixel_values": pixels.numpy()})[0]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"pixel_values": pixels.numpy()})[0]


def save(script: torch.jit.ScriptModule, path: Path) -> None:
    """Write a module without the places of the lines that it was made from, which are those of one machine."""
    written = io.BytesIO()
    torch.jit.save(script, written)
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(path, "w") as kept:
        for entry in whole.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                kept.writestr(zipfile.ZipInfo(entry.filename), whole.read(entry))


@torch.no_grad()
def export(module: HuggingFace | Timm, shape: tuple[int, int, int], out: Path) -> None:
    """Write model.pt and model.onnx of `module`, (batch, *shape) float32 to logits, and check both.

    model.pt has the method `features` beside it where the network has penultimate activations, (batch, features).
    """
    out.mkdir(parents=True, exist_ok=True)
    module = module.eval()
    generator = torch.Generator().manual_seed(0)
    example, other = (torch.randn(n, *shape, generator=generator) for n in (2, 3))
    expected = module(other).numpy()
    features = module.features(other)
    features = features.numpy() if features is not None and features.dim() == 2 else None

    methods = {"forward": example} if features is None else {"forward": example, "features": example}
    # A traced convolution keeps this setting: without it, a GPU computes in TensorFloat-32.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        traced = torch.jit.trace_module(module, methods, check_trace=False)
    save(traced, out / "model.pt")
    written = torch.jit.load(str(out / "model.pt"))
    worst("model.pt", written(other).numpy(), expected)
    if features is not None:
        worst("model.pt, features", written.features(other).numpy(), features)

    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "model.onnx"
        torch.onnx.export(
            module, (example,), str(temporary), dynamo=False, opset_version=20,
            input_names=["pixel_values"], output_names=["logits"],
            dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
        )
        shutil.copyfile(temporary, out / "model.onnx")
    worst("model.onnx", onnx_logits(out / "model.onnx", other), expected)


@torch.no_grad()
def write_check(module: HuggingFace | Timm, prepare, out: Path, size: tuple[int, int] = (96, 128)) -> None:
    """Write check.png and check.json: an image, and the network's logits for what `prepare` makes of it."""
    y, x, k = np.meshgrid(np.arange(size[0]), np.arange(size[1]), np.arange(3), indexing="ij")
    waves = np.sin(x / (9 + 5 * k)) + np.cos(y / (7 + 4 * k)) + ((x // 16 + y // 16) % 2)
    image = Image.fromarray(np.uint8(np.clip(70 + 60 * waves, 0, 255)))
    logits = module.eval()(prepare(image))[0]
    image.save(out / "check.png")
    (out / "check.json").write_text(json.dumps({"outputs": logits.double().tolist()}, indent=1) + "\n")


def from_hugging_face(source: Path, out: Path, size: int | None) -> None:
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    model = AutoModelForImageClassification.from_pretrained(source, local_files_only=True).eval()
    processor = json.loads((source / "preprocessor_config.json").read_text())
    wanted = processor.get("crop_size") or processor.get("size") or {}
    side = size or wanted.get("shortest_edge") or wanted.get("height") or getattr(model.config, "image_size", 224)
    export(HuggingFace(model), (model.config.num_channels, side, side), out)
    for name in ("config.json", "preprocessor_config.json"):
        shutil.copyfile(source / name, out / name)
    # The backend that this project's image processors follow.
    prepare = AutoImageProcessor.from_pretrained(source, local_files_only=True, backend="pil")
    size_of_check = (96, 128) if processor.get("do_resize", True) else (side, side)
    write_check(HuggingFace(model), lambda image: prepare(images=image, return_tensors="pt")["pixel_values"], out, size_of_check)


def from_timm(name: str, out: Path, size: int | None) -> None:
    import timm
    from timm.data import ImageNetInfo, resolve_model_data_config

    model = timm.create_model(name, pretrained=True).eval()
    data = resolve_model_data_config(model)
    side = size or data["input_size"][-1]
    export(Timm(model), (data["input_size"][0], side, side), out)
    info = ImageNetInfo() if model.num_classes == 1000 else None
    labels = {str(i): info.index_to_description(i) if info else f"class {i}" for i in range(model.num_classes)}
    if len(set(labels.values())) < len(labels):
        labels = {i: f"{label} ({i})" for i, label in labels.items()}
    resample = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}[data["interpolation"]]
    processor = {
        "image_processor_type": "ConvNextImageProcessor", "do_resize": True, "size": {"shortest_edge": side},
        "crop_pct": data["crop_pct"], "resample": resample, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": list(data["mean"]), "image_std": list(data["std"]),
    }
    config = {"architectures": [name], "num_labels": len(labels), "id2label": labels}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (out / "preprocessor_config.json").write_text(json.dumps(processor, indent=2) + "\n")
    from transformers import ConvNextImageProcessorPil

    prepare = ConvNextImageProcessorPil(**{k: v for k, v in processor.items() if k != "image_processor_type"})
    write_check(Timm(model), lambda image: prepare(images=image, return_tensors="pt")["pixel_values"], out)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("source", help="a Hugging Face folder or a timm name")
    p.add_argument("out", type=Path)
    p.add_argument("--size", type=int, help="side of the input, where the processor does not say")
    args = p.parse_args()
    if Path(args.source).is_dir():
        from_hugging_face(Path(args.source), args.out, args.size)
    else:
        from_timm(args.source, args.out, args.size)


if __name__ == "__main__":
    main()
