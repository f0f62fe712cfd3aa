#!/usr/bin/env python3
"""Write the values that the Python originals return, which the tests in `tests/fidelity` hold this workspace against.

Runs NRTK, XAITK-Saliency, MAITE, torchmetrics, OpenCV, scikit-image and NumPy themselves and stores
what they return. Every array goes into one .npz a topic (read it with `ndarray-npy`), and every
case's parameters into the .json of the same name. `--seed` moves every random input, so another seed
is a fresh, disjoint set of cases.

    python3.11 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py --seed 20 --out .
"""
from __future__ import annotations

import argparse
import io
import json
import math
from pathlib import Path

import cv2
import numpy as np
import skimage
import torch
import torchmetrics.classification as tmc
from nrtk.impls.perturb_image.photometric.blur import (
    AverageBlurPerturber,
    GaussianBlurPerturber,
    MedianBlurPerturber,
)
from nrtk.impls.perturb_image.photometric.noise import (
    GaussianNoisePerturber,
    PepperNoisePerturber,
    SaltAndPepperNoisePerturber,
    SaltNoisePerturber,
    SpeckleNoisePerturber,
)
from nrtk.impls.perturb_image.photometric.enhance import (
    BrightnessPerturber,
    ColorPerturber,
    ContrastPerturber,
    SharpnessPerturber,
)
from smqtk_classifier.interfaces.classify_image import ClassifyImage
from PIL import Image
from scipy.ndimage import gaussian_filter
from transformers.models.convnext.image_processing_pil_convnext import ConvNextImageProcessorPil
from xaitk_saliency.impls.gen_classifier_conf_sal.occlusion_scoring import OcclusionScoring
from xaitk_saliency.impls.gen_classifier_conf_sal.rise_scoring import RISEScoring
from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.rise import RISEStack
from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.slidingwindow import SlidingWindowStack
from xaitk_saliency.impls.perturb_image.rise import RISEGrid
from xaitk_saliency.impls.saliency_metric.entropy import Entropy
from xaitk_saliency.utils.masking import occlude_image_streaming
from xaitk_saliency.utils.sal_metrics import compute_ssd, compute_xcorr


class Bank:
    """Arrays and case descriptions of one topic."""

    def __init__(self, out: Path, name: str) -> None:
        self.out, self.name, self.arrays, self.cases = out, name, {}, []

    def put(self, key: str, array: np.ndarray) -> str:
        assert key not in self.arrays, key
        self.arrays[key] = np.ascontiguousarray(array)
        return key

    def case(self, **fields) -> None:
        self.cases.append(fields)

    def save(self) -> None:
        np.savez_compressed(self.out / f"{self.name}.npz", **self.arrays)
        (self.out / f"{self.name}.json").write_text(json.dumps(self.cases, indent=1) + "\n")
        print(f"{self.name}: {len(self.cases)} cases, {len(self.arrays)} arrays")


def picture(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A uint8 picture with smooth regions, edges and noise, so that errors anywhere show."""
    h, w = shape[:2]
    c = shape[2] if len(shape) == 3 else 1
    yy, xx = np.mgrid[0:h, 0:w]
    out = np.zeros((h, w, c))
    for k in range(c):
        a, b, p = rng.uniform(-0.2, 0.2, 2).tolist() + [rng.uniform(0, 6.28)]
        out[..., k] = 128 + 90 * np.sin(a * yy + b * xx + p)
        y0, x0 = rng.integers(0, max(h, 1)), rng.integers(0, max(w, 1))
        out[y0 : y0 + h // 3 + 1, x0 : x0 + w // 3 + 1, k] = rng.integers(0, 256)
    out += rng.normal(0, 12, out.shape)
    out = np.clip(np.round(out), 0, 255).astype(np.uint8)
    return out if len(shape) == 3 else out[..., 0]


class LinearSoftmax(ClassifyImage):
    """softmax(W . x/255 + b) over a whole HWC image: a model that any language can repeat exactly."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.weight, self.bias = weight, bias

    def get_labels(self):
        return list(range(len(self.bias)))

    def scores(self, image: np.ndarray) -> np.ndarray:
        z = self.weight.astype(np.float64) @ (image.astype(np.float64).ravel() / 255.0) + self.bias
        e = np.exp(z - z.max())
        return e / e.sum()

    def classify_images(self, img_iter):
        for image in img_iter:
            yield dict(enumerate(self.scores(image).tolist()))

    def get_config(self):
        return {}


def rng_streams(bank: Bank, rng: np.random.Generator) -> None:
    """numpy.random.default_rng(seed): the streams that NRTK and XAITK draw from."""
    seeds = [0, 1, 123, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**64 - 1, 2**80 + 12345]
    seeds += [int(s) for s in rng.integers(0, 2**63, 4)]
    for i, seed in enumerate(seeds):
        g = np.random.default_rng(seed)
        state = g.bit_generator.state["state"]
        raw = np.random.default_rng(seed).bit_generator.random_raw(16)
        # one generator, drawn from in this order: doubles, bounded integers, doubles, normals
        g = np.random.default_rng(seed)
        doubles = g.random(7)
        bounded = np.array([g.integers(0, n) for n in (1, 2, 3, 8, 28, 1000, 2**32, 2**40)], dtype=np.int64)
        block = g.integers(0, 10, size=9)
        after = g.random(5)
        normal = g.normal(0.25, 1.5, 64)
        tail = g.random(3)
        bank.case(
            seed=str(seed), state=str(state["state"]), inc=str(state["inc"]),
            raw=bank.put(f"{i}_raw", raw), random_7=bank.put(f"{i}_d", doubles),
            integers_highs=[1, 2, 3, 8, 28, 1000, 2**32, 2**40], integers=bank.put(f"{i}_i", bounded),
            integers_0_10_size_9=bank.put(f"{i}_b", block), random_5=bank.put(f"{i}_a", after),
            normal_mean_0p25_std_1p5_size_64=bank.put(f"{i}_n", normal), random_3=bank.put(f"{i}_t", tail),
        )


SHAPES = [(40, 36, 3), (37, 53, 3), (48, 31), (224, 224, 3), (5, 7, 3), (1, 9, 3), (16, 1, 1), (20, 24, 4), (1, 1, 3)]


def perturb(bank: Bank, rng: np.random.Generator) -> None:
    """NRTK image perturbers on uint8 pictures (H, W), (H, W, C)."""
    for s, shape in enumerate(SHAPES):
        image = picture(rng, shape)
        large = shape[0] > 100  # only a few cases: they weigh
        ref = bank.put(f"{s}_image", image)

        def blur(kind: str, perturber, ksize: int) -> None:
            out = perturber(image=image)[0]
            bank.case(kind=kind, image=ref, params={"ksize": ksize}, out=bank.put(f"{s}_{kind}_{ksize}", out.reshape(image.shape)))

        for ksize in (11, 21) if large else (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 25, 31):
            blur("GaussianBlurPerturber", GaussianBlurPerturber(ksize=ksize), ksize)
        for ksize in (5,) if large else (1, 2, 3, 8):
            blur("AverageBlurPerturber", AverageBlurPerturber(ksize=ksize), ksize)
        for ksize in (5,) if large else (3, 5, 9):
            blur("MedianBlurPerturber", MedianBlurPerturber(ksize=ksize), ksize)

        seed = int(rng.integers(0, 2**31))
        for amount in (0.1,) if large else (0.0, 0.05, 0.1, 0.2, 1.0):
            for kind, cls in (("SaltNoisePerturber", SaltNoisePerturber), ("PepperNoisePerturber", PepperNoisePerturber)):
                p = cls(seed=seed, amount=amount)
                bank.case(
                    kind=kind, image=ref, params={"amount": amount, "seed": seed},
                    out=bank.put(f"{s}_{kind}_{amount}", p(image=image)[0]),
                    second_call=bank.put(f"{s}_{kind}_{amount}_2", p(image=image)[0]),
                )
        for amount, ratio in ((0.1, 0.5), (0.3, 0.2)):
            p = SaltAndPepperNoisePerturber(seed=seed, amount=amount, salt_vs_pepper=ratio)
            bank.case(kind="SaltAndPepperNoisePerturber", image=ref,
                      params={"amount": amount, "salt_vs_pepper": ratio, "seed": seed},
                      out=bank.put(f"{s}_sp_{amount}_{ratio}", p(image=image)[0]))
        for kind, cls in (("GaussianNoisePerturber", GaussianNoisePerturber), ("SpeckleNoisePerturber", SpeckleNoisePerturber)):
            p = cls(seed=seed, mean=0.0, var=0.02)
            bank.case(kind=kind, image=ref, params={"mean": 0.0, "var": 0.02, "seed": seed},
                      out=bank.put(f"{s}_{kind}", p(image=image)[0]))
        if len(shape) == 3 and shape[2] == 3 and not large:
            for kind, cls in (("BrightnessPerturber", BrightnessPerturber), ("ContrastPerturber", ContrastPerturber),
                              ("ColorPerturber", ColorPerturber), ("SharpnessPerturber", SharpnessPerturber)):
                for factor in (0.0, 0.5, 1.0, 1.7):
                    try:
                        out = cls(factor=factor)(image=image)[0]
                    except ValueError:
                        continue
                    bank.case(kind=kind, image=ref, params={"factor": factor}, out=bank.put(f"{s}_{kind}_{factor}", out))


def saliency(bank: Bank, rng: np.random.Generator) -> None:
    """XAITK: RISE grids and masks, occlusion, scoring, and whole saliency maps of a linear model."""
    for i, (shape, n, s, p1) in enumerate([
        ((64, 64, 3), 20, 8, 0.5), ((64, 64, 3), 20, 7, 0.1), ((37, 53, 3), 20, 8, 0.5),
        ((48, 31, 1), 25, 5, 0.7), ((112, 96, 3), 6, 8, 0.5), ((6, 5, 3), 12, 8, 0.5), ((32, 32, 3), 1, 1, 0.5),
    ]):
        seed = 123 if i == 0 else int(rng.integers(0, 2**31))
        image = picture(rng, shape)
        classes = 4 if i < 2 else 2
        weight = rng.normal(0, 12.0 / math.sqrt(image.size), (classes, image.size)).astype(np.float32)
        bias = rng.normal(0, 0.3, classes)
        model = LinearSoftmax(weight, bias)
        grid = RISEGrid(n=n, s=s, p1=p1, seed=seed, threads=0)
        masks = grid.perturb(image)
        fill = [95, 96, 93][: shape[2]]
        black = np.stack(list(occlude_image_streaming(image, masks, fill=None)))
        filled = np.stack(list(occlude_image_streaming(image, masks, fill=np.array(fill))))
        conf = np.stack([model.scores(x) for x in filled])
        reference = model.scores(image)
        fields = dict(
            n=n, s=s, p1=p1, seed=seed, fill=fill,
            image=bank.put(f"{i}_image", image), weight=bank.put(f"{i}_weight", weight), bias=bank.put(f"{i}_bias", bias),
            grid=bank.put(f"{i}_grid", grid.grid), masks=bank.put(f"{i}_masks", masks),
            reference_confidence=bank.put(f"{i}_refconf", reference), occluded_confidence=bank.put(f"{i}_conf", conf),
            occluded_filled_first=bank.put(f"{i}_filled", filled[:2]), occluded_black_first=bank.put(f"{i}_black", black[:2]),
            rise_score_debiased=bank.put(f"{i}_deb", RISEScoring(p1=p1).generate(reference, conf, masks)),
            rise_score_plain=bank.put(f"{i}_plain", RISEScoring(p1=0.0).generate(reference, conf, masks)),
        )
        for debiased in (True, False):
            stack = RISEStack(n=n, s=s, p1=p1, seed=seed, threads=0, debiased=debiased)
            stack.fill = np.array(fill)
            fields[f"rise_stack_{'debiased' if debiased else 'plain'}"] = bank.put(f"{i}_stack_{int(debiased)}", stack(image, model))
        if min(shape[:2]) > 8:
            window = SlidingWindowStack(window_size=(9, 7), stride=(6, 5), threads=0)
            window.fill = np.array(fill)
            fields["sliding_window_9x7_stride_6x5"] = bank.put(f"{i}_window", window(image, model))
        binary = (masks > 0.5).astype(np.float32)
        fields["occlusion_score_on_binary_masks"] = bank.put(f"{i}_occ", OcclusionScoring().generate(reference, conf, binary))
        bank.case(**fields)


def saliency_metrics(bank: Bank, rng: np.random.Generator) -> None:
    """Entropy, SSD, XCorr over pairs of maps, edge cases included. inf and nan are stored as such."""
    h, w = 64, 64
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 4)
    smooth /= np.abs(smooth).max()
    other = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 4)
    other /= np.abs(other).max()
    pairs = {
        "smooth": (smooth, other), "near": (smooth, np.clip(smooth + 0.05 * other, -1, 1)), "same": (smooth, smooth.copy()),
        "negated": (smooth, -smooth), "noise": tuple(rng.uniform(-1, 1, (2, 37, 53)).astype(np.float32)),
        "float64": tuple(rng.uniform(-1, 1, (2, 31, 17))), "zero_first": (np.zeros((8, 8), np.float32), smooth[:8, :8]),
        "zero_second": (smooth[:8, :8], np.zeros((8, 8), np.float32)), "both_zero": (np.zeros((8, 8)), np.zeros((8, 8))),
        "constant_first": (np.full((8, 8), 0.5), other[:8, :8].astype(np.float64)), "constant_both": (np.full((8, 8), 0.5), np.full((8, 8), 0.5)),
        "one_pixel": (np.array([[0.3]]), np.array([[0.7]])), "all_negative": (-np.abs(smooth), -np.abs(other)),
        "all_positive": (np.abs(smooth), np.abs(other)),
    }
    for name, (a, b) in pairs.items():
        with np.errstate(all="ignore"):
            values = {
                "entropy": Entropy()(a), "entropy_0_1": Entropy(clip_range=(0, 1))(a),
                "entropy_neg1_0": Entropy(clip_range=(-1, 0))(a), "entropy_neg1_1": Entropy(clip_range=(-1, 1))(a),
                "ssd": compute_ssd(a, b), "xcorr": compute_xcorr(a, b),
            }
        bank.case(name=name, map=bank.put(f"{name}_a", a), reference=bank.put(f"{name}_b", b),
                  **{k: (float(v) if np.isfinite(v) else repr(float(v))) for k, v in values.items()})


def causal(bank: Bank, rng: np.random.Generator) -> None:
    """RISE's insertion and deletion. The authors' `evaluation.py` (github.com/eclique/RISE) is no package: `gkern`,
    `single_run` and `auc` are theirs, on the CPU and for a model that is a sigmoid of a weighted sum."""

    def gkern(klen: int, nsig: float) -> torch.Tensor:
        inp = np.zeros((klen, klen))
        inp[klen // 2, klen // 2] = 1
        k = gaussian_filter(inp, nsig)
        kern = np.zeros((3, 3, klen, klen))
        kern[0, 0] = kern[1, 1] = kern[2, 2] = k
        return torch.from_numpy(kern)

    def single_run(model, start: torch.Tensor, finish: torch.Tensor, explanation: np.ndarray, step: int) -> np.ndarray:
        hw = explanation.size
        n_steps = (hw + step - 1) // step
        scores = np.empty(n_steps + 1)
        salient_order = np.flip(np.argsort(explanation.reshape(-1, hw), axis=1), axis=-1)
        start = start.clone()
        for i in range(n_steps + 1):
            scores[i] = model(start)
            if i < n_steps:
                coords = salient_order[:, step * i:step * (i + 1)].copy()
                start.numpy().reshape(1, 3, hw)[0, :, coords] = finish.numpy().reshape(1, 3, hw)[0, :, coords]
        return scores

    def auc(arr: np.ndarray) -> float:
        return (arr.sum() - arr[0] / 2 - arr[-1] / 2) / (arr.shape[0] - 1)

    mean, deviation = torch.tensor([95.0, 96.0, 93.0]).double().reshape(3, 1, 1), torch.tensor([52.0, 35.0, 29.0]).double().reshape(3, 1, 1)
    for i, (h, w, step) in enumerate([(16, 16, 8), (23, 31, 50), (40, 24, 7), (5, 9, 100)]):
        image = picture(rng, (h, w, 3))
        weight = rng.normal(0, 4 / np.sqrt(h * w), (h, w, 3))
        explanation = rng.normal(0, 1, (h, w)).astype(np.float32)
        normalised = (torch.from_numpy(image).double().permute(2, 0, 1) - mean) / deviation
        blurred = torch.nn.functional.conv2d(normalised[None], gkern(11, 5), padding=11 // 2)[0] * deviation + mean
        blurred = np.floor(blurred.permute(1, 2, 0).numpy() + 0.5).astype(np.uint8)

        def model(x: torch.Tensor) -> float:
            return float(1 / (1 + np.exp(-np.sum(weight * x[0].permute(1, 2, 0).numpy() / 255))))

        def tensor(x: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(x).double().permute(2, 0, 1)[None].contiguous()

        fields = dict(image=bank.put(f"{i}_image", image), weight=bank.put(f"{i}_weight", weight), map=bank.put(f"{i}_map", explanation),
                      blurred=bank.put(f"{i}_blurred", blurred), outside=mean.flatten().tolist(), step=step)
        for name, start, finish in [("deletion", image, np.zeros_like(image)), ("insertion", blurred, image)]:
            scores = single_run(model, tensor(start), tensor(finish), explanation, step)
            fields |= {name: bank.put(f"{i}_{name}", scores), f"{name}_area": float(auc(scores))}
        bank.case(**fields)


def classification(bank: Bank, rng: np.random.Generator) -> None:
    """torchmetrics multiclass metrics fed batch by batch, as MAITE's evaluate does."""
    for i, (classes, size) in enumerate([(10, 27), (10, 200), (3, 50), (2, 11), (5, 1)]):
        scores = rng.dirichlet(np.ones(classes), size).astype(np.float32)
        target = rng.integers(0, classes, size)
        if i == 1:
            target[target == 4] = 5  # class 4 never occurs as truth
            scores[:, 7] = 0.0  # class 7 is never predicted
        if i == 2:
            scores[:10] = 1 / classes  # ties
        values = {}
        for average in ("micro", "macro", "weighted"):
            for name, cls in (("accuracy", tmc.MulticlassAccuracy), ("precision", tmc.MulticlassPrecision),
                              ("recall", tmc.MulticlassRecall), ("f1", tmc.MulticlassF1Score)):
                metric = cls(classes, average=average)
                for j in range(0, size, 8):
                    metric.update(torch.tensor(scores[j : j + 8]), torch.tensor(target[j : j + 8]))
                values[f"{name}_{average}"] = float(metric.compute())
        for k in (2, 3):
            if k < classes:
                metric = tmc.MulticlassAccuracy(classes, average="macro", top_k=k)
                metric.update(torch.tensor(scores), torch.tensor(target))
                values[f"accuracy_macro_top{k}"] = float(metric.compute())
        metric = tmc.MulticlassConfusionMatrix(classes)
        metric.update(torch.tensor(scores), torch.tensor(target))
        bank.case(classes=classes, scores=bank.put(f"{i}_scores", scores), target=bank.put(f"{i}_target", target.astype(np.int64)),
                  confusion=bank.put(f"{i}_confusion", metric.compute().numpy().astype(np.int64)), **values)


def preprocess(bank: Bank, rng: np.random.Generator) -> None:
    """Hugging Face's ConvNextImageProcessor (PIL backend): uint8 HWC picture in, float32 CHW tensor out."""
    imagenet = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
    configs = {
        "native": dict(do_resize=False, image_mean=[0.3444, 0.3803, 0.4078], image_std=[0.2034, 0.1366, 0.1148]),
        "convnext_224": dict(size={"shortest_edge": 224}, crop_pct=0.875, resample=3, **imagenet),
        "convnext_384": dict(size={"shortest_edge": 384}, resample=3, **imagenet),
        "bilinear_96": dict(size={"shortest_edge": 96}, crop_pct=0.9, resample=2, **imagenet),
    }
    for i, shape in enumerate([(64, 64, 3), (37, 53, 3), (300, 260, 3)]):
        image = picture(rng, shape)
        ref = bank.put(f"{i}_image", image)
        for name, config in configs.items():
            if name == "convnext_384" and i != 1:
                continue
            processor = ConvNextImageProcessorPil(**config)
            out = processor(images=[Image.fromarray(image)], return_tensors="np")["pixel_values"][0]
            bank.case(config=name, preprocessor_config=config, image=ref, out=bank.put(f"{i}_{name}", out.astype(np.float32)))


def jpeg_segments(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The segments of a JPEG file up to its first scan, and everything from there on."""
    found, at = [], 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((data[at + 1], data[at + 4 : end]))
        at = end
    return found, data[at:]


def jpeg_file(segments: list[tuple[int, bytes]], rest: bytes) -> bytes:
    heads = [bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content for marker, content in segments]
    return b"\xff\xd8" + b"".join(heads) + rest


def jpeg_rewritten(data: bytes, how: str) -> bytes:
    """A file as neither Pillow nor OpenCV writes it, from one of theirs; its blocks may come to lie elsewhere."""
    segments, rest = jpeg_segments(data)
    if how == "standard tables":  # as in Motion JPEG: the decoder knows them
        segments = [(marker, content) for marker, content in segments if marker != 0xC4]
    elif how == "16-bit quantisation":
        wide = lambda table: bytes([table[0] | 0x10]) + b"".join(bytes([0, step]) for step in table[1:])
        segments = [(m, b"".join(wide(c[i : i + 65]) for i in range(0, len(c), 65)) if m == 0xDB else c) for m, c in segments]
    elif how == "no application data":
        segments = [(marker, content) for marker, content in segments if not 0xE0 <= marker <= 0xEF]
    else:  # the same number of units, of the same number of blocks, in another arrangement
        (width, height), (across, down), (new_across, new_down) = json.loads(how)
        units = -(-width // (8 * across)), -(-height // (8 * down))
        size = units[0] * 8 * new_across - 3, units[1] * 8 * new_down - 5
        for i, (marker, content) in enumerate(segments):
            if marker in (0xC0, 0xC2):
                head = content[:1] + size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big") + content[5:7]
                segments[i] = (marker, head + bytes([new_across * 16 + new_down]) + content[8:])
    return jpeg_file(segments, rest)


def jpeg(bank: Bank, rng: np.random.Generator) -> None:
    """JPEG files of Pillow and OpenCV, as Pillow (libjpeg-turbo) decodes them."""

    def add(file: bytes, **fields) -> None:
        i = len(bank.cases)
        pixels = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
        bank.case(file=bank.put(f"{i}_file", np.frombuffer(file, np.uint8)), out=bank.put(f"{i}_pixels", pixels), **fields)

    def pillow(size: tuple[int, int], **options) -> bytes:
        stream = io.BytesIO()
        mode = options.pop("mode", "RGB")
        Image.fromarray(picture(rng, (size[1], size[0], 3))).convert(mode).save(stream, "JPEG", **options)
        return stream.getvalue()

    sizes = [(1, 1), (2, 3), (3, 2), (5, 17), (16, 16), (17, 33), (31, 7), (40, 25)]
    for i, subsampling in enumerate(("4:4:4", "4:2:2", "4:2:0", "4:1:1")):
        for j, size in enumerate(sizes):
            options = dict(subsampling=subsampling, quality=int(rng.integers(1, 101)))
            options |= [{}, {"progressive": True}, {"optimize": True}, {"restart_marker_blocks": 1 + i}][(i + j) % 4]
            add(pillow(size, **options), size=size, **options)
    for options in (
        dict(mode="L", quality=60), dict(mode="L", progressive=True, restart_marker_rows=1),
        dict(keep_rgb=True, quality=80), dict(keep_rgb=True, quality=30, progressive=True),
        dict(subsampling="4:2:0", quality=1), dict(subsampling="4:4:4", quality=100),
    ):
        size = (int(rng.integers(20, 45)), int(rng.integers(20, 45)))
        add(pillow(size, **options), size=size, **options)
    for i, size in enumerate(sizes):
        image = picture(rng, (size[1], size[0], 3))
        settings = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 101)), cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
                    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440, cv2.IMWRITE_JPEG_PROGRESSIVE, i % 2,
                    cv2.IMWRITE_JPEG_RST_INTERVAL, i // 2]
        add(cv2.imencode(".jpg", image, settings)[1].tobytes(), size=size, writer="OpenCV", settings=settings)
    for how in ("standard tables", "16-bit quantisation", "no application data"):
        add(jpeg_rewritten(pillow((29, 35), quality=75), how), rewritten=how)
    for subsampling, factors, other in (("4:2:0", (2, 2), (1, 4)), ("4:2:0", (2, 2), (4, 1)), ("4:2:2", (2, 1), (1, 2)),
                                        ("4:1:1", (4, 1), (2, 2)), ("4:1:1", (4, 1), (1, 4))):
        for progressive in (False, True):
            how = json.dumps(((32, 32), factors, other))
            file = pillow((32, 32), subsampling=subsampling, progressive=progressive, quality=70)
            add(jpeg_rewritten(file, how), rewritten=how, progressive=progressive)


TOPICS = {"preprocess": preprocess, "rng": rng_streams, "perturb": perturb, "saliency": saliency, "saliency_metrics": saliency_metrics, "classification": classification, "jpeg": jpeg, "causal": causal}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=TOPICS, action="append")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    print("numpy", np.__version__, "cv2", cv2.__version__, "skimage", skimage.__version__, "torch", torch.__version__)
    for i, (name, write) in enumerate(TOPICS.items()):
        if args.only and name not in args.only:
            continue
        bank = Bank(args.out, name)
        write(bank, np.random.default_rng([args.seed, i]))
        bank.save()


if __name__ == "__main__":
    main()
