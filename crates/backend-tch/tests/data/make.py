#!/usr/bin/env python3
"""Writes the TorchScript modules that the tests load: small classifiers with each of the faults that users' have.

    python crates/backend-tch/tests/data/make.py       # torch 2.13.0, numpy
"""
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

OUT = Path(__file__).resolve().parent
sys.path.insert(0, str(OUT.parents[3] / "scripts"))
from export_torchscript import save  # noqa: E402


class Tiny(nn.Module):
    """A 3x3 convolution, four features, two classes."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4, 3, padding=1)
        self.head = nn.Linear(4, 2)

    @torch.jit.export
    def features(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv(x)).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class Plain(Tiny):
    """Without the method `features`."""

    @torch.jit.unused
    def features(self, x: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.relu(self.conv(x)).mean((2, 3)))


class NotANumber(nn.Module):
    """The second class of an image that is bright on average is NaN."""

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3))
        return torch.stack([mean, torch.log(0.5 - mean)], 1)


class Greedy(nn.Module):
    """Asks for more memory than there is."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros([x.size(0), 1 << 46], device=x.device)


class Two(nn.Module):
    """Returns two outputs."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x, x


class Raising(nn.Module):
    """Raises an error of its own, of two lines."""

    def forward(self, x: Tensor) -> Tensor:
        if x.size(0) > 0:
            raise ValueError("no batch is good enough\nnot even this one")
        return x


torch.manual_seed(1)
for name, module in {
    "features": Tiny(), "plain": Plain(), "four_channels": Plain(4), "not_a_number": NotANumber(),
    "greedy": Greedy(), "two_outputs": Two(), "raising": Raising(),
}.items():
    save(torch.jit.script(module.eval()), OUT / f"{name}.pt")

# torch.jit.save deflates all code that is not short.
with zipfile.ZipFile(OUT / "plain.pt") as plain, zipfile.ZipFile(OUT / "deflated.pt", "w") as deflated:
    for entry in plain.infolist():
        kind = zipfile.ZIP_DEFLATED if entry.filename.endswith(".py") else zipfile.ZIP_STORED
        deflated.writestr(zipfile.ZipInfo(entry.filename), plain.read(entry), kind)
