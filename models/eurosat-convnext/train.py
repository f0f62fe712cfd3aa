#!/usr/bin/env python3
"""Train the small ConvNeXt that ships with stressmap, on EuroSAT and on LandCover tiles.

The network works on 64x64 tiles as they are: its stem has stride 2, not 4. Training runs in rounds, each a
cosine schedule from the weights of the one before, with a moving average of the weights, which is what gets
saved. The shipped model is the fourth round's; together they took about 70 minutes on two cores:

    pip install torch==2.13.0 timm==1.0.31 pyarrow pillow
    cargo run --release --example landcover_tiles -- landcover.npy 8000 1000
    python train.py --eurosat DIR --seed 1 --mixup 0.2 --drop-path 0.05 --out 1.pt
    python train.py --eurosat DIR --seed 2 --drop-path 0 --init 1.pt --out 2.pt
    python train.py --eurosat DIR --seed 3 --drop-path 0.05 --init 2.pt --out 3.pt
    python train.py --eurosat DIR --seed 4 --drop-path 0.05 --init 3.pt --epochs 36 --landcover landcover.npy --out weights.pt

DIR holds eurosat-train.parquet and eurosat-validation.parquet in Hugging Face's format. The test split is
not read here: `export.py` measures on it, once.
"""
from __future__ import annotations

import argparse
import copy
import io
import json
import math
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
import torch.nn.functional as F
from PIL import Image
from timm.models.convnext import ConvNeXt

MEAN = [0.3444, 0.3803, 0.4078]
STD = [0.2034, 0.1366, 0.1148]


def build(drop_path: float = 0.0) -> ConvNeXt:
    """The architecture: 1.2 M parameters, logits of ten classes."""
    return ConvNeXt(num_classes=10, depths=(2, 2, 4, 2), dims=(32, 64, 112, 192), patch_size=2,
                    ls_init_value=None, drop_path_rate=drop_path)


def eurosat(path: Path) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """Tiles (n, 3, 64, 64) u8, labels in alphabetical order of the names, and those names."""
    table = pq.read_table(path, columns=["image", "label"])
    names = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]["label"]["names"]
    alphabetical = sorted(names)
    order = torch.tensor([alphabetical.index(n) for n in names])
    tiles = np.stack([np.asarray(Image.open(io.BytesIO(r["bytes"])).convert("RGB")) for r in table["image"].to_pylist()])
    return torch.from_numpy(tiles).permute(0, 3, 1, 2).contiguous(), order[table["label"].to_numpy()], alphabetical


def landcover(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Tiles written by the example `landcover_tiles`: (n, 64, 64, 3) u8, class i % 10 in alphabetical order."""
    tiles = np.load(path)
    return torch.from_numpy(tiles).permute(0, 3, 1, 2).contiguous(), torch.arange(len(tiles)) % 10


def augment(x: torch.Tensor, g: torch.Generator) -> torch.Tensor:
    """Normalised pictures under a random symmetry of the square, a small shift and a little brightness and contrast."""
    n = len(x)
    out = torch.empty_like(x)
    which = torch.randint(0, 8, (n,), generator=g)
    for k in range(8):
        i = (which == k).nonzero()[:, 0]
        if len(i):
            part = torch.rot90(x[i], k % 4, (2, 3))
            out[i] = part.flip(3) if k >= 4 else part
    dy, dx = torch.randint(-4, 5, (2,), generator=g).tolist()
    out = F.pad(out, (4, 4, 4, 4), mode="reflect")[:, :, 4 + dy : 68 + dy, 4 + dx : 68 + dx]
    gain = 1 + 0.1 * torch.randn(n, 1, 1, 1, generator=g)
    bias = 0.1 * torch.randn(n, 1, 1, 1, generator=g)
    return out * gain + bias


def normalise(x: torch.Tensor) -> torch.Tensor:
    return (x.float() / 255 - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


@torch.inference_mode()
def accuracy(net: torch.nn.Module, tiles: torch.Tensor, labels: torch.Tensor) -> float:
    net.eval()
    hits = 0
    for i in range(0, len(tiles), 128):
        hits += (net(normalise(tiles[i : i + 128])).argmax(1) == labels[i : i + 128]).sum().item()
    return hits / len(tiles)


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--eurosat", type=Path, required=True)
    p.add_argument("--landcover", type=Path)
    p.add_argument("--init", type=Path)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--epochs", type=int, default=30)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--warmup", type=float, default=1.0, help="epochs")
    p.add_argument("--drop-path", type=float, default=0.05)
    p.add_argument("--mixup", type=float, default=0.0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--minutes", type=float, default=1e9, help="shorten the schedule to end within this time")
    args = p.parse_args()
    torch.manual_seed(args.seed)
    g = torch.Generator().manual_seed(args.seed)

    tiles, labels, _ = eurosat(args.eurosat / "eurosat-train.parquet")
    held, held_labels, _ = eurosat(args.eurosat / "eurosat-validation.parquet")
    drawn = None
    if args.landcover:
        more, more_labels = landcover(args.landcover)
        drawn, drawn_labels = more[-1000:], more_labels[-1000:]
        tiles, labels = torch.cat([tiles, more[:-1000]]), torch.cat([labels, more_labels[:-1000]])

    net = build(args.drop_path)
    if args.init:
        net.load_state_dict(torch.load(args.init))
    net = net.to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    decay = [q for q in net.parameters() if q.ndim > 1]
    rest = [q for q in net.parameters() if q.ndim <= 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}], lr=args.lr)
    batch, step, start = 128, 0, time.monotonic()
    steps = args.epochs * (len(tiles) // batch)
    progress = 0.0
    epoch = 0
    while progress < 1:
        net.train()
        total = 0.0
        order = torch.randperm(len(tiles), generator=g)
        for i in range(0, len(tiles) - batch + 1, batch):
            progress = max(step / steps, (time.monotonic() - start) / 60 / args.minutes)
            if progress >= 1:
                break
            warm = min(1.0, (step + 1) / (args.warmup * len(tiles) / batch))
            for group in opt.param_groups:
                group["lr"] = args.lr * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
            index = order[i : i + batch]
            x = augment(normalise(tiles[index]), g)
            y = F.one_hot(labels[index], 10).float() * 0.9 + 0.01
            if args.mixup and torch.rand((), generator=g) < 0.5:
                lam = float(np.random.default_rng([args.seed, step]).beta(args.mixup, args.mixup))
                mate = torch.randperm(batch, generator=g)
                x, y = lam * x + (1 - lam) * x[mate], lam * y + (1 - lam) * y[mate]
            with torch.autocast("cpu", torch.bfloat16):
                z = net(x.contiguous(memory_format=torch.channels_last))
            loss = F.cross_entropy(z.float(), y)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            step += 1
            rate = min(0.999, (1 + step) / (10 + step))
            with torch.no_grad():
                for a, b in zip(ema.parameters(), net.parameters()):
                    a.lerp_(b, 1 - rate)
            total += loss.item()
        epoch += 1
        line = f"epoch {epoch} progress {progress:.3f} loss {total / (len(tiles) // batch):.4f} eurosat {accuracy(ema, held, held_labels):.4f}"
        if drawn is not None:
            line += f" landcover {accuracy(ema, drawn, drawn_labels):.4f}"
        print(line, f"{time.monotonic() - start:.0f} s", flush=True)
        torch.save(ema.state_dict(), args.out)


if __name__ == "__main__":
    main()
