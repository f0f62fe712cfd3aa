#!/usr/bin/env python3
"""Make ConvNeXt folders with random weights, and what transformers and timm compute with them.

    python tests/backends/convnext_cases.py small crates/convnext/tests/data
    python tests/backends/convnext_cases.py large target/convnext-cases

`small` writes the tiny networks that `cargo test -p convnext` checks; they are committed. `large` writes a ConvNeXt-Tiny,
a ConvNeXt V2 Atto and a ConvNeXt V2 Tiny at 224x224 and others; check one with

    cargo run --release -p convnext --example agreement -- target/convnext-cases/convnext-tiny

Beside the weights a folder has `reference.safetensors`: `images`, (n, height, width, 3) uint8, and `logits`,
(n, classes) float32. The images' sizes are what the network is given: the processor resizes nothing.
"""
from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from timm.models.convnext import ConvNeXt
from transformers import (
    ConvNextConfig, ConvNextForImageClassification, ConvNextImageProcessor, ConvNextV2Config,
    ConvNextV2ForImageClassification,
)

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def randomise(net: torch.nn.Module, generator: torch.Generator) -> torch.nn.Module:
    """Give every parameter a value that leaves a mark on the logits: fresh networks have gains of 1 and biases of 0."""
    with torch.no_grad():
        for name, value in net.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if value.ndim > 1 and "grn" not in name:
                fan_in = value[0].numel()
                value.copy_(noise / fan_in**0.5)
            elif name.endswith(("gamma", "layer_scale_parameter", "norm.weight", "layernorm.weight")):
                value.copy_(1 + 0.3 * noise)
            else:
                value.copy_(0.3 * noise)
    return net.eval()


@torch.inference_mode()
def reference(folder: Path, net: torch.nn.Module, size: tuple[int, int], count: int, generator: torch.Generator) -> None:
    """Store smooth images with a little noise, and the network's logits."""
    coarse = torch.rand(count, 3, 5, 5, generator=generator)
    images = torch.nn.functional.interpolate(coarse, size, mode="bicubic", align_corners=False)
    images = (255 * images + 20 * torch.randn(images.shape, generator=generator)).clamp(0, 255).round()
    pixels = (images / 255 - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    logits = torch.cat([getattr(out := net(p), "logits", out) for p in pixels.split(8)])
    stored = {"images": images.permute(0, 2, 3, 1).to(torch.uint8).contiguous(), "logits": logits.contiguous()}
    save_file(stored, str(folder / "reference.safetensors"))
    probabilities = logits.softmax(1)
    print(f"{folder}: probabilities {probabilities.min():.4f} to {probabilities.max():.4f}")


def processor(folder: Path) -> None:
    ConvNextImageProcessor(do_resize=False, image_mean=MEAN, image_std=STD).save_pretrained(folder)


def labels(classes: int) -> dict[int, str]:
    return {i: f"class {i}" for i in range(classes)}


def hugging_face(folder: Path, config: ConvNextConfig | ConvNextV2Config, size: tuple[int, int], count: int, seed: int,
                 **save: str) -> None:
    generator = torch.Generator().manual_seed(seed)
    kind = ConvNextForImageClassification if config.model_type == "convnext" else ConvNextV2ForImageClassification
    net = randomise(kind(config), generator)
    shutil.rmtree(folder, ignore_errors=True)
    net.save_pretrained(folder, **save)
    processor(folder)
    reference(folder, net, size, count, generator)


def timm(folder: Path, size: tuple[int, int], count: int, seed: int, **arguments: object) -> None:
    generator = torch.Generator().manual_seed(seed)
    net = randomise(ConvNeXt(**arguments), generator)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    save_file(net.state_dict(), str(folder / "model.safetensors"), metadata={"format": "pt"})
    id2label = {str(i): label for i, label in labels(arguments["num_classes"]).items()}
    config = {"architecture": "convnext_custom", "num_classes": arguments["num_classes"], "id2label": id2label}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    processor(folder)
    reference(folder, net, size, count, generator)


def torch_file(folder: Path, config: ConvNextConfig, size: tuple[int, int], count: int, seed: int) -> None:
    """A folder as transformers wrote it before safetensors, with weights of several types and memory layouts."""
    generator = torch.Generator().manual_seed(seed)
    net = randomise(ConvNextForImageClassification(config), generator).to(memory_format=torch.channels_last)
    kinds = {"classifier": torch.float16, "convnext.layernorm": torch.bfloat16, "convnext.embeddings": torch.float64}
    state = net.state_dict()
    for name in state:
        kind = next((kind for prefix, kind in kinds.items() if name.startswith(prefix)), torch.float32)
        state[name] = state[name].to(kind)
    net.load_state_dict(state)
    shutil.rmtree(folder, ignore_errors=True)
    net.save_pretrained(folder)
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    processor(folder)
    reference(folder, net, size, count, generator)


def half(folder: Path, source: Path, kind: torch.dtype) -> None:
    """The folder `source` with weights of half the width; the logits are those of the rounded weights."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    net = ConvNextForImageClassification.from_pretrained(source).to(kind)
    save_file(net.state_dict(), str(folder / "model.safetensors"), metadata={"format": "pt"})
    stored = load_file(folder / "reference.safetensors")
    pixels = stored["images"].permute(0, 3, 1, 2) / 255
    pixels = (pixels - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    with torch.inference_mode():
        stored["logits"] = net.float().eval()(pixels).logits
    save_file(stored, str(folder / "reference.safetensors"))


def small(out: Path) -> None:
    shape = {"hidden_sizes": [8, 20, 36, 24], "depths": [1, 2, 1, 1], "id2label": labels(5)}
    hugging_face(out / "convnext", ConvNextConfig(**shape), (64, 96), 3, 1)
    # Sides that the patches do not fill; four classes; weights in several files.
    v2 = {**shape, "hidden_sizes": [12, 16, 24, 40], "id2label": labels(4)}
    hugging_face(out / "convnextv2-sharded", ConvNextV2Config(**v2), (75, 53), 3, 2, max_shard_size="40KB")
    half(out / "convnext-bf16", out / "convnext", torch.bfloat16)
    two = {"hidden_sizes": [4, 12], "depths": [1, 1], "num_stages": 2, "id2label": labels(3)}
    torch_file(out / "convnext-pytorch", ConvNextConfig(**two), (24, 32), 3, 6)
    common = {"dims": (16, 24, 32, 20), "depths": (1, 1, 2, 1), "num_classes": 3}
    timm(out / "timm-overlap-tiered", (65, 70), 3, 3, stem_type="overlap_tiered", conv_mlp=True, **common)
    timm(out / "timm-overlap-act", (64, 64), 3, 4, stem_type="overlap_act", use_grn=True, ls_init_value=None, **common)
    timm(out / "timm-stride-2", (48, 40), 3, 5, patch_size=2, **common)


def large(out: Path) -> None:
    ten = {"id2label": labels(10)}
    hugging_face(out / "convnext-tiny", ConvNextConfig(**ten), (224, 224), 6, 11)
    atto = {"hidden_sizes": [40, 80, 160, 320], "depths": [2, 2, 6, 2]}
    hugging_face(out / "convnextv2-atto", ConvNextV2Config(**atto, **ten), (224, 224), 6, 12)
    hugging_face(out / "convnextv2-tiny", ConvNextV2Config(**ten), (224, 224), 4, 13)
    hugging_face(out / "convnext-tiny-384x288", ConvNextConfig(**ten), (384, 288), 2, 14)
    timm(out / "timm-tiny", (224, 224), 4, 15, num_classes=10)
    timm(out / "timm-overlap-tiered", (224, 224), 4, 16, num_classes=10, stem_type="overlap_tiered", conv_mlp=True)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("which", choices=["small", "large"])
    p.add_argument("out", type=Path)
    args = p.parse_args()
    torch.set_num_threads(1)
    {"small": small, "large": large}[args.which](args.out)


if __name__ == "__main__":
    main()
