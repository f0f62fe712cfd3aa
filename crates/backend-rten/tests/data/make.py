#!/usr/bin/env python3
"""Make the small ONNX models of the tests, and what PyTorch answers for them.

    pip install torch==2.13.0 onnx
    python make.py
"""
import json
import warnings
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
AXES = {"pixel_values": {0: "batch", 2: "height", 3: "width"}}
warnings.simplefilter("ignore")


class Tiny(nn.Module):
    """A ConvNeXt in miniature: stem, depthwise and pointwise convolutions, layer norm, GELU, mean, head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 2, stride=2)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm = nn.LayerNorm(8)
        self.up, self.down, self.head = nn.Linear(8, 16), nn.Linear(16, 8), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        x = x + self.down(nn.functional.gelu(self.up(y))).permute(0, 3, 1, 2)
        return 8 * self.head(x.mean((2, 3)))


class Reciprocal(nn.Module):
    """Two logits, infinite for a black image."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean((1, 2, 3))
        return torch.stack([1 / mean, mean], 1)


class Pair(nn.Module):
    """Two outputs."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return x.mean((2, 3)), x.amax((2, 3))


def export(module: nn.Module, name: str, batch: int | None, outputs: int = 1) -> None:
    names = ["logits", "largest"][:outputs]
    torch.onnx.export(
        module, (torch.randn(batch or 2, 3, 6, 10),), str(HERE / f"{name}.onnx"), dynamo=False, opset_version=20,
        input_names=["pixel_values"], output_names=names,
        dynamic_axes=None if batch else AXES | {key: {0: "batch"} for key in names},
    )


def draw(i: int) -> torch.Tensor:
    """Height 6, width 10, as the tests draw it."""
    y, x, k = torch.meshgrid(torch.arange(6), torch.arange(10), torch.arange(3), indexing="ij")
    return (y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256


@torch.no_grad()
def main() -> None:
    torch.manual_seed(0)
    tiny = Tiny().eval()
    export(tiny, "tiny", None)
    export(tiny, "tiny_batch_of_2", 2)
    export(Reciprocal(), "reciprocal", None)
    export(Pair(), "pair", None, outputs=2)
    pixels = torch.stack([draw(i).permute(2, 0, 1) for i in range(7)]).double()
    # As the processor `{"do_resize": false}` prepares them.
    logits = tiny.double()((pixels / 255 - 0.5) / 0.5)
    (HERE / "tiny.json").write_text(json.dumps(logits.tolist(), indent=1) + "\n")


if __name__ == "__main__":
    main()
