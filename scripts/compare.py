#!/usr/bin/env python3
"""Run the Python originals and this workspace side by side on the same inputs, and write docs/performance.md.

    python3.11 -m venv .venv && .venv/bin/pip install -r tests/reference/requirements.txt
    scripts/libtorch.sh
    .venv/bin/python tests/backends/convnext_tiny.py target/convnext-tiny
    .venv/bin/pip install -r tests/reference/requirements_catalogue.txt
    .venv/bin/pip install --no-deps -r tests/reference/requirements_catalogue_nodeps.txt
    scripts/onnxruntime.sh
    .venv/bin/python scripts/compare.py --tiny target/convnext-tiny

Each row of the page can be measured by itself (`--only blur,salt`); what was measured before is kept in
target/compare.json. The two sides take turns, on one processor where one thread is measured, and what is told is the
median of the rounds' ratios. Reasons for what falls short are kept in docs/performance-notes.toml.
"""
from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SHIPPED = ROOT / "models/eurosat-convnext"
PAGE = ROOT / "docs/performance.md"
NOTES = ROOT / "docs/performance-notes.toml"

SIZES = [64, 128, 224, 512, 1024]
KSIZES = [3, 5, 7, 11, 15, 21, 31]
OTHERS = [("average_blur", 3), ("average_blur", 11), *(("median_blur", ksize) for ksize in (3, 5, 11, 31)),
          *((enhancement, 0.5) for enhancement in ("brightness", "contrast", "color", "sharpness")),
          ("gaussian_noise_numpy", 0.05), ("gaussian_noise_chacha", 0.05)]
OTHER_SIZES = [64, 224, 512]
CORRUPTIONS = ["gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow",
               "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression", "speckle_noise",
               "gaussian_blur", "spatter", "saturate"]
# Geometry, environment and optics by NRTK's names and parameters, which are ours; without a camera, optics need no more.
FAMILIES = [("RandomCrop", {"crop_size": [32, 32]}), ("RandomTranslation", {"color_fill": [0, 0, 0]}),
            ("RandomRotation", {"limit": 30.0}), ("RandomScale", {"limit": [-0.5, -0.3]}),
            ("RandomScale", {"limit": [0.3, 0.5], "interpolation": 2}), ("RandomScale", {"limit": [0.3, 0.5], "interpolation": 4}),
            ("RadialDistortion", {"k": [0.3, 0.0, 0.0]}), ("Haze", {"factor": 1.0}), ("WaterDroplet", {"num_drops": 20}),
            ("CircularAperture", {}), ("Defocus", {"w_x": 2e-4, "w_y": 2e-4}), ("Detector", {}), ("Jitter", {"s_x": 5e-5, "s_y": 5e-5}),
            ("TurbulenceAperture", {})]


# ---------------------------------------------------------------------------------------------- running and timing


def built(package: str, *, example: str | None = None, features: str | None = None) -> Path:
    """Builds a program of the workspace and returns its path."""
    command = ["cargo", "build", "--quiet", "--release", "-p", package]
    command += ["--example", example] if example else []
    command += ["--features", features] if features else []
    subprocess.run(command, cwd=ROOT, check=True)
    return TARGET / "release" / (f"examples/{example}" if example else "stressmap")


def ask(program: Path, *arguments) -> object:
    """The JSON that a program writes."""
    output = subprocess.run([program, *map(str, arguments)], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return json.loads(output.stdout)


@contextmanager
def processors(count: int):
    """Keeps this process, and those that it starts, on so many processors and threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[-count:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def nanoseconds(call: Callable[[], object], seconds: float) -> float:
    """The median time of a call, over samples of at least 100 microseconds that together last `seconds`."""
    def sample(calls: int) -> float:
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        return (time.perf_counter_ns() - start) / calls

    calls = 1
    while sample(calls) * calls < 100_000:
        calls *= 2
    samples, end = [], time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        samples.append(sample(calls))
    return statistics.median(samples)


def wall(command: list, **options) -> float:
    start = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, **options)
    return time.perf_counter() - start


# ------------------------------------------------------------------------------------------------------- the inputs


def byte(first: int, count: int):
    """Byte i is the highest of the four bytes of 2654435761 i modulo 2^32, as the examples have it."""
    import numpy as np

    i = np.arange(first, first + count, dtype=np.uint64)
    return ((i * 2654435761 % 2**32) >> 24).astype(np.uint8)


def picture(size: int):
    return byte(0, size * size * 3).reshape(size, size, 3)


def saliency_map(size: int, first: int):
    import numpy as np

    return (byte(first, size * size).astype(np.float32) / np.float32(127.5) - np.float32(1)).reshape(size, size)


def tiles(folder: Path, count: int) -> Path:
    """Procedural tiles, as `.npy`."""
    path = folder / f"tiles-{count}.npy"
    subprocess.run([built("stressmap", example="landcover_tiles"), path, str(count), "5"], check=True)
    return path


def study_module():
    """The study with the Python originals, for its parts."""
    sys.path.insert(0, str(ROOT / "tests/reference"))
    import study

    return study


# --------------------------------------------------------------------------------------------------------- the rows


class Row:
    """One line of the page: what is measured, and what it comes to."""

    name: str
    # Rows that tell of the same measurement name it; by default a row has its own.
    source: str | None = None
    what: str
    goal: str

    def measure(self, args: argparse.Namespace, folder: Path) -> dict | None:
        """What is measured, as JSON; None where an input that it needs was not given."""
        raise NotImplementedError

    def told(self, found: dict) -> tuple[str, bool]:
        """What was measured, in words, and whether it meets the goal."""
        raise NotImplementedError

    def details(self, found: dict) -> str:
        """What follows the table."""
        return ""


def times(ratios: list[float]) -> str:
    """The median ratio, and the range of the rounds."""
    return f"{statistics.median(ratios):.1f} times ({min(ratios):.1f} to {max(ratios):.1f})"


class RiseAlone(Row):
    name = "rise"
    what = "RISE without the model: masks, occluded images, scoring; 224x224, 1,000 masks, 10 classes, one thread"
    goal = "30 times XAITK's speed"

    def measure(self, args, folder):
        import numpy as np
        from xaitk_saliency.impls.gen_classifier_conf_sal.rise_scoring import RISEScoring
        from xaitk_saliency.impls.perturb_image.rise import RISEGrid
        from xaitk_saliency.utils.masking import occlude_image_streaming

        ours = built("stressmap", example="time_saliency")
        image, fill = picture(224), np.array([95, 96, 93])
        scores = byte(0, 10_000).reshape(1000, 10) / 255.0
        rounds = []
        with processors(1):
            for _ in range(args.rounds):
                found = ask(ours, 224, 1000, 10, 3)
                mine = {part: statistics.median(seconds) for part, seconds in found.items()}
                start = time.perf_counter()
                masks = RISEGrid(n=1000, s=8, p1=0.5, seed=123, threads=0).perturb(image)
                drawn = time.perf_counter()
                for _ in occlude_image_streaming(image, masks, fill=fill):
                    pass
                occluded = time.perf_counter()
                RISEScoring(p1=0.5).generate(scores[0], scores, masks)
                scored = time.perf_counter()
                theirs = {"masks": drawn - start, "occlusion": occluded - drawn, "scoring": scored - occluded}
                rounds.append({"ours": mine, "theirs": theirs})
                del masks
        return {"rounds": rounds}

    @staticmethod
    def ratios(found):
        # Our masks are computed while the image is occluded; nobody computes them twice.
        return [sum(r["theirs"].values()) / (r["ours"]["masks_and_occlusion"] + r["ours"]["scoring"]) for r in found["rounds"]]

    def told(self, found):
        ratios = self.ratios(found)
        return times(ratios), statistics.median(ratios) >= 30

    def details(self, found):
        def median(side: str, *parts: str) -> float:
            return statistics.median(sum(r[side][part] for part in parts) for r in found["rounds"])

        masks = median("theirs", "masks") / median("ours", "masks_alone")
        both = median("theirs", "masks", "occlusion") / median("ours", "masks_and_occlusion")
        scoring = median("theirs", "scoring") / median("ours", "scoring")
        return (f"RISE without the model, part by part: masks {masks:.0f} times XAITK's speed, masks and occluded images "
                f"{both:.0f} times, scoring {scoring:.0f} times.")


class RiseWithModel(Row):
    goal = "at most 1.05"

    def __init__(self, crate: str, side: int) -> None:
        self.crate, self.side = crate, side
        self.name = f"rise-{crate.removeprefix('backend-')}-{side}"
        network = "the shipped model" if side == 64 else "ConvNeXt-Tiny"
        self.what = f"RISE with {network}, {side}x{side}, `{crate}`: its time over that of as many forward passes alone"

    def measure(self, args, folder):
        model = SHIPPED if self.side == 64 else args.tiny
        if model is None:
            return None
        masks = args.masks if self.side == 64 else max(2, args.masks // 4)
        return ask(self.program(), model, self.side, masks, args.rounds)

    def program(self) -> Path:
        return built(self.crate, example=f"time_{self.crate.removeprefix('backend-')}")

    @staticmethod
    def ratios(found, what):
        return [ours / alone for ours, alone in zip(found[what]["ours"], found[what]["alone"])]

    def told(self, found):
        ratios = self.ratios(found, "rise")
        return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})", statistics.median(ratios) <= 1.05

    def details(self, found):
        if "way" not in found:
            return ""
        way = ", ".join(f"{name}: {str(value).lower()}" for name, value in found["way"].items())
        return f"`{self.name}`: fastest way to run the network alone: {way}."


class Memory(Row):
    name = "memory"
    what = "peak memory of RISE over the model's own; images of 224x224, 8,000 masks"
    goal = "at most 64 MB, whatever the number of masks"

    def measure(self, args, folder):
        ours = built("stressmap", example="rise_memory")
        return {"runs": [ask(ours, SHIPPED, 224, masks) for masks in (args.masks, 2000, 8000)]}

    def told(self, found):
        megabytes = {run["masks"]: run["rise_bytes"] / 1e6 for run in found["runs"]}
        text = ", ".join(f"{mb:.1f} MB at {masks:,}" for masks, mb in megabytes.items())
        return text, max(megabytes.values()) <= 64


class MemoryPerThread(Row):
    name = "memory-thread"
    what = "memory of the network in pure Rust per thread, beyond its weights: ConvNeXt-Tiny, 224x224"
    goal = "under 8 MB"

    def measure(self, args, folder):
        if args.tiny is None:
            return None
        ours = built("convnext", example="network_memory")
        return {"threads": {str(threads): ask(ours, args.tiny, 224, threads) for threads in (1, 2, 4)}}

    def told(self, found):
        each = {threads: run["more"] / int(threads) / 1e6 for threads, run in found["threads"].items()}
        text = ", ".join(f"{megabytes:.1f} MB on {threads}" for threads, megabytes in each.items())
        return f"{text} threads", max(each.values()) < 8


class Networks(Row):
    """Forward passes of the same network on every backend, on one processor and on all."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.source = f"network-{side}"
        self.network = "the shipped network" if side == 64 else "ConvNeXt-Tiny"

    def measure(self, args, folder):
        model = SHIPPED if self.side == 64 else args.tiny
        if model is None:
            return None
        backends, torch = built("backend-ort", example="time_backends"), built("backend-tch", example="time_tch")
        native = built("convnext", example="time_convnext")
        rounds = 10 * args.rounds if self.side == 64 else args.rounds
        found = {}
        for count in sorted({1, len(os.sched_getaffinity(0))}):
            with processors(count):
                times = ask(backends, ROOT / ".venv/libonnxruntime.so", model, self.side, rounds)
                alone = ask(torch, model, self.side, 256 if self.side == 64 else 32, rounds)["rise"]["alone"]
            found[str(count)] = times | {"tch": [1000 * seconds for seconds in alone]}
        with processors(1):
            return {"milliseconds": found} | {"one thread": ask(native, model, self.side, 2, rounds)["one thread"]}


class OneThread(Networks):
    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.name = f"network-{side}"
        rivals = "ONNX Runtime's" if side == 64 else "that of the better of ONNX Runtime and libtorch"
        self.rivals = ("ort", "ort, one image per pass") + (() if side == 64 else ("tch",))
        self.what = f"forward passes of {self.network}, {side}x{side}, `convnext`, one thread: its time over {rivals}"
        self.most = 0.7 if side == 64 else 1.0
        self.goal = f"at most {self.most:g}"

    def told(self, found):
        times = found["milliseconds"]["1"]
        ratio = statistics.median(times["native"]) / min(statistics.median(times[name]) for name in self.rivals)
        return f"{ratio:.2f}", ratio <= self.most

    def details(self, found):
        names = ["native", "ort", "ort, one image per pass", "tch", "rten"]
        lines = [["threads", *names], ["---"] * (len(names) + 1)]
        for threads, times in found["milliseconds"].items():
            each = [f"{statistics.median(times[name]):.2f} ({min(times[name]):.2f} to {max(times[name]):.2f})" for name in names]
            lines.append([threads, *each])
        table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return (f"Milliseconds per image of forward passes of {self.network}, {self.side}x{self.side}, the images prepared "
                f"by the backend (by `tch`: libtorch alone, its fastest way):\n\n{table}")


class ShareOfPeak(Networks):
    goal = "at least half"

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.name = f"network-{side}-peak"
        self.what = (f"forward passes of {self.network}, {side}x{side}, `convnext`, one thread: their arithmetic per second "
                     "over that of a large matrix product")

    def told(self, found):
        speed, large = (found["one thread"][name] for name in ("GFLOP/s", "GFLOP/s of a large matrix product"))
        return f"{speed / large:.2f}, {speed:.0f} of {large:.0f} GFLOP/s", speed / large >= 0.5


# How ours is run: by the name that the measurements have.
WAYS = {"native": ["--backend", "native"], "rten": ["--backend", "rten"], "tch": ["--backend", "tch"],
        "tch-bf16": ["--backend", "tch", "--precision", "bf16"]}


class Study(Row):
    """The whole study: one way of running it against another, or against the Python originals."""

    def __init__(self, side: int, way: str, other: str, goal: str, least: float) -> None:
        self.side, self.way, self.other, self.goal, self.least = side, way, other, goal, least
        self.name, self.source = f"study-{side}-{way}-{other}", f"study-{side}"
        self.network = "the shipped model, 64x64" if side == 64 else "ConvNeXt-Tiny, 224x224"
        against = "the Python originals" if other == "python" else f"`{' '.join(WAYS[other])}`"
        self.what = f"the whole study at the tutorial's settings, `stressmap run {' '.join(WAYS[way])}` against {against}; {self.network}"

    def measure(self, args, folder):
        model = SHIPPED if self.side == 64 else args.tiny
        if model is None:
            return None
        count = args.study_tiles if self.side == 64 else args.tiny_tiles
        command = built("cli", features="tch")
        theirs = [sys.executable, ROOT / "tests/reference/study.py"]
        # What Python takes to import the originals is no part of the study.
        imports = min(wall([*theirs, "--help"]) for _ in range(2))
        out = folder / self.source
        theirs += ["--tiles", tiles(folder, count), "--model", model, "--out", out, "--masks", args.masks, "--explain", count]
        rounds = []
        for _ in range(args.study_rounds):
            seconds = {"python": wall(theirs) - imports}
            for way, flags in WAYS.items():
                seconds[way] = wall([command, "run", "--dataset", out / "tiles.parquet", "--limit", count, "--model", model,
                                     *flags, "--rng", "numpy", "--masks", args.masks, "--out", out / "ours"],
                                    stderr=subprocess.DEVNULL)
                shutil.rmtree(out / "ours")
            rounds.append(seconds)
        return {"rounds": rounds, "tiles": count, "masks": args.masks}

    def told(self, found):
        ratios = [seconds[self.other] / seconds[self.way] for seconds in found["rounds"]]
        return times(ratios), statistics.median(ratios) >= self.least

    def details(self, found):
        if self.way != "native" or self.other != "python":
            return ""
        tiles = "one tile" if found["tiles"] == 1 else f"{found['tiles']} tiles"
        each = ", ".join(f"{name} {statistics.median(r[name] for r in found['rounds']):.1f}" for name in ("python", *WAYS))
        return f"Seconds of the whole study, {self.network}, {tiles}, {found['masks']} masks: {each}."


class Cases(Row):
    """Rows that `time_perturbers` measures; a case is (what it calls it, size, parameter)."""

    cases: list[tuple[str, int, float]]

    def original(self, what: str, size: int, parameter: float) -> Callable[[], object]:
        raise NotImplementedError

    def measure(self, args, folder):
        ours = built("stressmap", example="time_perturbers")
        file, cases = folder / "cases.json", []
        with processors(1):
            for what, size, parameter in self.cases:
                original, rounds = self.original(what, size, parameter), []
                file.write_text(json.dumps([{"what": what, "size": size, "parameter": parameter, "seconds": args.seconds}]))
                for _ in range(args.rounds):
                    rounds.append({"ours": ask(ours, file)[0]["median_ns"], "theirs": nanoseconds(original, args.seconds)})
                cases.append({"what": what, "size": size, "parameter": parameter, "rounds": rounds})
        return {"cases": cases}

    @staticmethod
    def ratio(case: dict) -> float:
        return statistics.median(r["theirs"] / r["ours"] for r in case["rounds"])

    def table(self, found) -> dict[tuple[str, int, float], float]:
        return {(case["what"], case["size"], case["parameter"]): self.ratio(case) for case in found["cases"]}

    def told(self, found):
        """Whether no cell is slower than the original, and most are twice as fast."""
        ratios = list(self.table(found).values())
        slower, twice = sum(r < 1 for r in ratios), sum(r >= 2 for r in ratios)
        text = f"{min(ratios):.2f} to {max(ratios):.2f} times; twice or more in {twice} of {len(ratios)} cells, slower in {slower}"
        return text, slower == 0 and twice > len(ratios) / 2

    def grid(self, found, corner: str, heads: list[str], rows: list[tuple[str, list[tuple]]], digits: int) -> str:
        """The ratios of some cases as a table; a row is its head and its cases."""
        table = self.table(found)
        lines = [[corner, *heads], ["---"] * (len(heads) + 1)]
        for head, cases in rows:
            lines.append([head, *("" if (ratio := table.get(case)) is None else f"{ratio:.{digits}f}" for case in cases)])
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Blur(Cases):
    name = "blur"
    what = "Gaussian blur, u8 RGB, 64 to 1024 px, ksize 3 to 31, bit-exact with OpenCV, one thread"
    goal = "OpenCV's speed in every cell, twice in most"
    cases = [("gaussian_blur", size, ksize) for size in SIZES for ksize in KSIZES]

    def original(self, what, size, parameter):
        import cv2

        cv2.setNumThreads(1)
        image, ksize = picture(size), (int(parameter), int(parameter))
        return lambda: cv2.GaussianBlur(image, ksize, 0)

    def details(self, found):
        rows = [(str(size), [("gaussian_blur", size, ksize) for ksize in KSIZES]) for size in SIZES]
        return "Gaussian blur, OpenCV's time over ours:\n\n" + self.grid(found, "px", [f"ksize {k}" for k in KSIZES], rows, 2)


class Listed(Cases):
    """Every case must meet the same bound."""

    least: float

    def told(self, found):
        table = self.table(found)
        several = len({what for what, _, _ in table}) > 1
        text = ", ".join(f"{what + ' ' if several else ''}{size} px: {ratio:.1f}" for (what, size, _), ratio in table.items())
        return f"times at {text}", min(table.values()) >= self.least


class Salt(Listed):
    def __init__(self, stream: str, least: float) -> None:
        self.name, self.least = f"salt-{stream}", least
        streams = {"numpy": "numpy's streams, the same pixels", "chacha": "ChaCha streams"}
        self.what = f"salt noise, amount 0.05, {streams[stream]}, one thread"
        self.goal = f"{least:g} times NRTK's speed"
        self.cases = [(f"salt_{stream}", size, 0.05) for size in (64, 224, 512)]

    def original(self, what, size, parameter):
        from nrtk.impls.perturb_image.photometric.noise import SaltNoisePerturber

        image, salt = picture(size), SaltNoisePerturber(amount=parameter, seed=1)
        return lambda: salt(image=image)


class OtherPerturbers(Cases):
    """Blurs and enhancements against the bare OpenCV and Pillow that NRTK calls, noise against NRTK itself."""

    name = "others"
    what = "average and median blur, the four enhancements, Gaussian noise; u8 RGB, 64 to 512 px, one thread"
    goal = "the speed of OpenCV, Pillow and NRTK in every cell, twice in most"
    cases = [(what, size, parameter) for what, parameter in OTHERS for size in OTHER_SIZES]

    def original(self, what, size, parameter):
        import cv2
        from nrtk.impls.perturb_image.photometric.noise import GaussianNoisePerturber
        from PIL import Image, ImageEnhance

        cv2.setNumThreads(1)
        image = picture(size)
        match what:
            case "average_blur":
                return lambda: cv2.blur(image, (parameter, parameter))
            case "median_blur":
                return lambda: cv2.medianBlur(image, parameter)
            case "gaussian_noise_numpy" | "gaussian_noise_chacha":
                noise = GaussianNoisePerturber(var=parameter, seed=1)
                return lambda: noise(image=image)
            case _:
                enhancement = getattr(ImageEnhance, what.capitalize())
                pillow = Image.fromarray(image)
                return lambda: enhancement(pillow).enhance(parameter)

    def details(self, found):
        rows = [(f"{what.replace('_', ' ')}, {parameter}", [(what, size, parameter) for size in OTHER_SIZES]) for what, parameter in OTHERS]
        return "Other perturbers, the original's time over ours:\n\n" + self.grid(found, "perturber, setting", [f"{size} px" for size in OTHER_SIZES], rows, 1)


class Catalogue(Cases):
    goal = "the speed of the original in every cell, twice in most"

    def details(self, found):
        rows = [(self.label(what), [(what, size, parameter) for size in OTHER_SIZES]) for what, _, parameter in self.cases[:: len(OTHER_SIZES)]]
        return f"{self.heading}, the original's time over ours:\n\n" + self.grid(found, "perturber", [f"{size} px" for size in OTHER_SIZES], rows, 1)

    @staticmethod
    def label(what: str) -> str:
        (name, parameters), = json.loads(what).items()
        return f"{name} " + ", ".join(f"{key} {value}" for key, value in parameters.items())


class Corruptions(Catalogue):
    name = "corruptions"
    heading = "Corruptions of ImageNet-C"
    what = "ImageNet-C's corruptions at severity 5; u8 RGB, 64 to 512 px, one thread"
    cases = [(json.dumps({"ImageNetC": {"corruption": corruption, "severity": 5}}), size, 0) for corruption in CORRUPTIONS for size in OTHER_SIZES]

    def original(self, what, size, parameter):
        import cv2
        import imagecorruptions
        import imagecorruptions.corruptions as originals

        cv2.setNumThreads(1)
        # Today's scikit-image does not know `multichannel` any more.
        from skimage.filters import gaussian

        originals.gaussian = lambda image, *sigma, multichannel=False, **kwargs: gaussian(image, *sigma, **kwargs, **({"channel_axis": -1} if multichannel else {}))
        image, corruption = picture(size), json.loads(what)["ImageNetC"]["corruption"]
        return lambda: imagecorruptions.corrupt(image, severity=5, corruption_name=corruption)


class Families(Catalogue):
    name = "families"
    heading = "Geometry, environment and optics"
    what = "geometric, environmental and optical perturbers, built once; u8 RGB, 64 to 512 px, one thread"
    cases = [(json.dumps({name: parameters}), size, 0) for name, parameters in FAMILIES for size in OTHER_SIZES]

    def original(self, what, size, parameter):
        import cv2
        import nrtk.impls.perturb_image.environment as environment
        import nrtk.impls.perturb_image.geometric.random as geometric
        import nrtk.impls.perturb_image.optical as optical
        import nrtk.impls.perturb_image.optical.otf as otf

        cv2.setNumThreads(1)
        (name, parameters), = json.loads(what).items()
        home = next(module for module in (geometric, environment, optical, otf) if hasattr(module, f"{name}Perturber"))
        parameters = {key: tuple(value) if key in ("limit", "crop_size") and isinstance(value, list) else value for key, value in parameters.items()}
        perturber, image = getattr(home, f"{name}Perturber")(**parameters), picture(size)
        # The ground sample distance is asked for, and not used without a camera.
        extra = {"img_gsd": 0.1} if home is otf else {}
        return lambda: perturber(image=image, **extra)


class MapMetrics(Listed):
    name = "metrics"
    what = "SSD, entropy, cross-correlation of maps, one thread"
    goal = "5 times XAITK's speed"
    least = 5.0
    cases = [(what, size, 0) for what in ("ssd", "entropy", "xcorr") for size in (64, 224)]

    def original(self, what, size, parameter):
        from xaitk_saliency.impls.saliency_metric.entropy import Entropy
        from xaitk_saliency.utils.sal_metrics import compute_ssd, compute_xcorr

        first, second = saliency_map(size, 0), saliency_map(size, 7919)
        entropy = Entropy()
        return {"ssd": lambda: compute_ssd(first, second), "entropy": lambda: entropy(first),
                "xcorr": lambda: compute_xcorr(first, second)}[what]


class Evaluate(RiseWithModel):
    goal = "at most 1.10"

    def __init__(self, crate: str) -> None:
        super().__init__(crate, 64)
        self.name = f"evaluate-{crate.removeprefix('backend-')}"
        self.what = f"evaluating a parquet dataset under salt noise, the shipped model, `{crate}`: its time over that of the forward passes alone"

    def measure(self, args, folder):
        dataset = args.dataset
        if dataset is None:
            import numpy as np

            dataset = folder / "landcover.parquet"
            study_module().write_parquet(np.load(tiles(folder, args.evaluate_tiles)), dataset)
        # RISE is measured elsewhere: two masks.
        found = ask(self.program(), SHIPPED, 64, 2, args.rounds, dataset, args.evaluate_tiles)
        return found | {"dataset": dataset.name}

    def told(self, found):
        ratios = self.ratios(found, "evaluate")
        text = f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}), {found['dataset']}"
        return text, statistics.median(ratios) <= 1.10

    def details(self, found):
        return ""


class Parquet(Row):
    name = "parquet"
    what = "opening a parquet file of 75 MB, reading and decoding its first 27 images"
    goal = "under 50 ms"

    def measure(self, args, folder):
        import numpy as np
        import pyarrow.parquet as pq
        from PIL import Image

        path = folder / "images.parquet"
        # Noise does not pack: 12.3 kB a picture.
        noise = np.random.default_rng(1).integers(0, 256, (6100, 64, 64, 3), dtype=np.uint8)
        study_module().write_parquet(noise, path)
        ours = built("stressmap", example="time_parquet")

        def theirs() -> float:
            start = time.perf_counter()
            for row in pq.read_table(path).slice(0, 27)["image"].to_pylist():
                np.asarray(Image.open(io.BytesIO(row["bytes"])).convert("RGB"))
            return time.perf_counter() - start

        theirs()
        rounds = [{"ours": statistics.median(ask(ours, path, 27, 5)), "theirs": theirs()} for _ in range(args.rounds)]
        return {"rounds": rounds, "megabytes": path.stat().st_size / 1e6}

    def told(self, found):
        milliseconds = statistics.median(1000 * r["ours"] for r in found["rounds"])
        ratio = statistics.median(r["theirs"] / r["ours"] for r in found["rounds"])
        return f"{milliseconds:.1f} ms, {ratio:.0f} times pyarrow's speed", milliseconds < 50


AVX512 = " avx512f " in Path("/proc/cpuinfo").read_text()

ROWS: list[Row] = [
    RiseAlone(),
    OneThread(64),
    OneThread(224),
    ShareOfPeak(64),
    ShareOfPeak(224),
    MemoryPerThread(),
    *(RiseWithModel(crate, side) for side in (64, 224) for crate in ("convnext", "backend-rten", "backend-tch")),
    Memory(),
    Study(64, "native", "python", "at least 12 times", 12),
    Study(64, "native", "rten", "5 times", 5),
    Study(64, "native", "tch", "level with AVX-512, 2.5 times without", 1.0 if AVX512 else 2.5),
    Study(64, "tch", "python", "at least 8 times", 8),
    Study(64, "tch-bf16", "tch", "more than once", 1),
    Study(224, "native", "python", "at least 1.3 times", 1.3),
    Study(224, "native", "tch", "level", 1),
    Study(224, "tch", "python", "at least 1.3 times", 1.3),
    Study(224, "tch-bf16", "tch", "more than once", 1),
    Blur(),
    Salt("numpy", 8),
    Salt("chacha", 25),
    OtherPerturbers(),
    Corruptions(),
    Families(),
    MapMetrics(),
    Evaluate("convnext"),
    Evaluate("backend-rten"),
    Evaluate("backend-tch"),
    Parquet(),
]


# --------------------------------------------------------------------------------------------------------- the page


def machine() -> dict:
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.processor())
    packages = ["nrtk", "xaitk-saliency", "maite", "opencv-python-headless", "scikit-image", "pillow", "numpy", "torch", "onnxruntime", "pyarrow"]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return {"processor": model, "cores": len(os.sched_getaffinity(0)), "system": f"{platform.system()} {platform.machine()}",
            "Rust": rustc, "Python": platform.python_version()} | {name: importlib.metadata.version(name) for name in packages}


def page(results: dict) -> str:
    notes = tomllib.loads(NOTES.read_text()) if NOTES.exists() else {}
    lines = ["# Performance", "",
             "What the libraries take beside the Python originals, and beside the model alone. This page is written by",
             "`scripts/compare.py`, which runs both sides in turn on the same inputs. A number is the median over its rounds, with the",
             "smallest and the largest in brackets; \"n times\" is the original's time over ours.", ""]
    where = results["machine"]
    lines += [f"The machine: {where['processor']}, {where['cores']} cores, {where['system']}. "
              + ", ".join(f"{name} {version}" for name, version in where.items() if name not in ("processor", "cores", "system")) + ".", "",
              "| what | goal | measured | |", "| --- | --- | --- | --- |"]
    details, short = [], []
    for row in ROWS:
        found = results["rows"].get(row.source or row.name)
        if found is None:
            lines.append(f"| {row.what} | {row.goal} | not measured | |")
            continue
        text, met = row.told(found)
        lines.append(f"| {row.what} | {row.goal} | {text} | {'met' if met else '**missed**'} |")
        if more := row.details(found):
            details.append(more)
        if not met:
            short.append(f"- **{row.what}**: {notes.get(row.name, 'the reason is not known yet.').strip()}".replace("\n", "\n  "))
    if short:
        lines += ["", "## What falls short, and why", "", *short]
    lines += ["", "## In detail", ""] + ["\n\n".join(details)]
    if general := notes.get("general"):
        lines += ["", general.strip()]
    return "\n".join(lines) + "\n"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="rows: " + ", ".join(row.name for row in ROWS))
    p.add_argument("--only", help="rows to measure, separated by commas, by name or by how it begins; none is all")
    p.add_argument("--tiny", type=Path, help="a ConvNeXt-Tiny's folder, as tests/backends/convnext_tiny.py makes it")
    p.add_argument("--dataset", type=Path, help="a parquet file to evaluate; without one LandCover tiles are")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=0.2, help="how long a perturber or metric is measured in a round")
    p.add_argument("--masks", type=int, default=200, help="RISE's masks; the tutorial has 200")
    p.add_argument("--study-tiles", type=int, default=27, help="tiles of the study at 64x64; the tutorial has 27")
    p.add_argument("--tiny-tiles", type=int, default=2, help="tiles of the study at 224x224, where Python takes minutes a tile")
    p.add_argument("--study-rounds", type=int, default=1)
    p.add_argument("--evaluate-tiles", type=int, default=640)
    p.add_argument("--results", type=Path, default=TARGET / "compare.json", help="where measurements are kept")
    p.add_argument("--out", type=Path, default=PAGE)
    args = p.parse_args()
    chosen = [name.strip() for name in args.only.split(",") if name.strip()] if args.only is not None else [""]
    for name in chosen:
        if not any(row.name.startswith(name) for row in ROWS):
            p.error(f"no row's name begins with {name!r}; there are {', '.join(row.name for row in ROWS)}")
    if args.tiny is not None:
        args.tiny = args.tiny.resolve()
    if args.dataset is not None:
        args.dataset = args.dataset.resolve()

    results = json.loads(args.results.read_text()) if args.results.exists() else {"rows": {}}
    with tempfile.TemporaryDirectory() as folder:
        measured = set()
        for row in ROWS:
            source = row.source or row.name
            if source in measured or not any(row.name.startswith(name) for name in chosen):
                continue
            measured.add(source)
            print(f"{source} ...", end=" ", flush=True)
            found = row.measure(args, Path(folder))
            if found is None:
                print("needs --tiny")
                continue
            results["rows"][source], results["machine"] = found, machine()
            args.results.parent.mkdir(parents=True, exist_ok=True)
            args.results.write_text(json.dumps(results, indent=1) + "\n")
            print(*row.told(found), sep="; met: ")
    if "machine" in results:
        args.out.write_text(page(results))


if __name__ == "__main__":
    main()
