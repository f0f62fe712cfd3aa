#!/usr/bin/env python3
"""Write reference values for the geometric, environment and optical perturbers and for ImageNet-C with frost.

Runs NRTK and imagecorruptions themselves and stores what they return, in the format of `generate.py`: every array in one
.npz per topic, every case's parameters in the .json of the same name. `--seed` moves every random input. A case that the
original refuses has `error` (type and text) instead of outputs; one that warns has `warnings`.

    python3.11 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/pip install -r requirements_catalogue.txt
    venv/bin/pip install --no-deps -r requirements_catalogue_nodeps.txt
    export NPY_DISABLE_CPU_FEATURES="AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
    venv/bin/python catalogue.py --seed 1 --out .

With AVX-512 NumPy's exp differs in its last bit, and with it a few bytes of motion blur, which cuts values off.
"""
from __future__ import annotations

import argparse
import random
from pathlib import Path

import cv2
import numpy as np

from cases import attempt, number, plain
from generate import Bank, picture


def geometric(bank: Bank, rng: np.random.Generator) -> None:
    """NRTK RandomCrop, RandomTranslation, RandomRotation, RandomScale, RadialDistortion.

    `out` and `second_call` are one perturber's first and second call on the same image.
    """
    from nrtk.impls.perturb_image.geometric.random import (
        RandomCropPerturber,
        RandomRotationPerturber,
        RandomScalePerturber,
        RandomTranslationPerturber,
    )
    from nrtk.impls.perturb_image.optical import RadialDistortionPerturber

    def seed() -> int:
        return int(rng.integers(0, 2**31))

    def twice(kind: str, cls, image: str, params: dict, call: dict | None = None, calls: int = 2, draws=None) -> None:
        """One case: construct, call once or twice, store outputs, refusal, warnings."""
        perturber, fields = attempt(lambda: cls(**params))
        if perturber is not None:
            for name in ("out", "second_call")[:calls]:
                result, more = attempt(lambda: perturber(image=bank.arrays[image], **(call or {}))[0])
                fields |= more
                if result is None:
                    break
                fields[name] = bank.put(f"{len(bank.cases)}_{name}", result)
                if draws is not None:
                    fields[f"{name}_drawn"] = plain(draws(perturber))
        bank.case(kind=kind, image=image, params=plain(params), call=plain(call or {}), **fields)

    images = [bank.put(f"image_{i}", picture(rng, shape)) for i, shape in enumerate([(32, 40, 3), (27, 19), (20, 24, 4), (16, 12, 1)])]
    colour, grey, rgba, grey_3d = images

    for image in images:
        height, width = bank.arrays[image].shape[:2]
        for size in ((height // 2, width // 3), (1, 1), (height - 1, width - 1)):
            twice("RandomCropPerturber", RandomCropPerturber, image, {"crop_size": size, "seed": seed()})
    twice("RandomCropPerturber", RandomCropPerturber, colour, {"crop_size": (9, 11), "seed": seed(), "is_static": True})
    for size in (None, (32, 40), (32, 20), (20, 40), (33, 5), (0, 0), (-3, 4)):  # nothing drawn, refused, too large, odd
        twice("RandomCropPerturber", RandomCropPerturber, colour, {"crop_size": size, "seed": seed()})

    for image, fill in ((colour, [10, 200, 30]), (colour, [300, -1, 0]), (grey, [7, 8, 9]), (rgba, [1, 2, 3, 4]), (rgba, [1, 2, 3]), (grey_3d, [9])):
        twice("RandomTranslationPerturber", RandomTranslationPerturber, image, {"seed": seed(), "color_fill": fill})
    for limit in ((4, 6), (0, 5), (5, 0), (0, 0), (32, 40), (-4, -6), (33, 1), (1, 1)):
        twice("RandomTranslationPerturber", RandomTranslationPerturber, colour, {"seed": seed()}, {"max_translation_limit": limit})
    twice("RandomTranslationPerturber", RandomTranslationPerturber, colour, {"seed": seed(), "is_static": True, "color_fill": [5, 6, 7]})

    def angle(perturber):  # the affine matrix in use, empty when the coin said no
        return perturber._transform.transforms[0].get_applied_params().get("matrix", np.zeros((0, 3)))

    rotations = [
        (colour, {"limit": 30.0}), (colour, {"limit": 30, "fill": [10, 200, 30]}), (colour, {"limit": (10.0, 80.0)}), (colour, {"limit": 180.0, "fill": [255, 0, 128]}),
        (colour, {"limit": 0.0}), (colour, {"limit": (90.0, 90.0)}), (colour, {"limit": (1e-7, 1e-7)}), (colour, {"limit": 45.0, "probability": 0.5}), (colour, {"limit": 45.0, "probability": 0.0}),
        (colour, {"limit": 45.0, "is_static": True}), (grey, {"limit": 60.0, "fill": [77, 0, 0]}), (grey, {"limit": 60.0}),
        (rgba, {"limit": 60.0, "fill": [1, 2, 3, 4]}), (rgba, {"limit": 60.0, "fill": [9, 8, 7]}), (grey_3d, {"limit": 60.0, "fill": [50]}), (colour, {"limit": -30.0}),
    ]
    for image, params in rotations:
        twice("RandomRotationPerturber", RandomRotationPerturber, image, {**params, "seed": seed()}, draws=angle)
    for params in ({"limit": 5.0, "probability": 1.5}, {"limit": 5.0, "fill": [256, 0, 0]}, {"limit": (5.0, -5.0)}):
        twice("RandomRotationPerturber", RandomRotationPerturber, colour, {**params, "seed": seed()}, draws=angle)
    for big in (0, 2**32 - 1, 2**32, 2**64 + 5):  # how Python's generator takes a seed
        twice("RandomRotationPerturber", RandomRotationPerturber, colour, {"limit": 30.0, "seed": big}, calls=1, draws=angle)

    def scale(perturber):
        return perturber._transform.transforms[0].get_applied_params().get("scale")

    scales = [(colour, {"limit": 0.5}), (colour, {"limit": (-0.6, -0.2)}), (colour, {"limit": (0.2, 1.3)}), (colour, {"limit": (-0.5, -0.5)}), (colour, {"limit": (1.0, 1.0)}),
              (colour, {"limit": 0.0}), (colour, {"limit": 0.4, "probability": 0.5}), (colour, {"limit": 0.4, "is_static": True}), (grey, {"limit": 0.5}), (rgba, {"limit": 0.5}), (grey_3d, {"limit": 0.5})]
    for image, params in scales:
        twice("RandomScalePerturber", RandomScalePerturber, image, {**params, "seed": seed()}, draws=scale)
    for mode in (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT, cv2.INTER_LINEAR_EXACT, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LANCZOS4):
        for limit in ((-0.6, -0.3), (0.3, 0.9), (-0.5, -0.5)):
            twice("RandomScalePerturber", RandomScalePerturber, colour, {"limit": limit, "interpolation": mode, "seed": seed()}, calls=1, draws=scale)
    for params in ({"limit": (-0.98, -0.98)}, {"limit": -0.5}, {"limit": 1.0}, {"limit": 0.1, "probability": -0.1}, {"limit": 0.1, "interpolation": 16}):
        twice("RandomScalePerturber", RandomScalePerturber, colour, {**params, "seed": seed()}, draws=scale)

    for image, fill in ((colour, [10, 200, 30]), (colour, [300, -1, 0]), (rgba, [1, 2, 3, 4]), (grey, [0, 0, 0]), (grey, [7]), (grey_3d, [9])):
        for k in ([0, 0, 0], [0.3, 0.0, 0.0], [-0.25, 0.05, 0.0], [0.1, -0.2, 0.07], [-1.2, 0.3, 0.1]):
            twice("RadialDistortionPerturber", RadialDistortionPerturber, image, {"k": k, "color_fill": fill}, calls=1)
    twice("RadialDistortionPerturber", RadialDistortionPerturber, colour, {"k": [0.1, 0.2]}, calls=1)

    seeds = [0, 1, 123, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**64 - 1, 2**80 + 12345, *(seed() for _ in range(3))]
    for value in seeds:  # Python's random.Random(seed): the stream behind rotation and scale
        bank.case(kind="python_random", seed=str(value), random_9=bank.put(f"python_random_{value}", np.array([r.random() for r in [random.Random(value)] for _ in range(9)])))


def environment(bank: Bank, rng: np.random.Generator) -> None:
    """NRTK HazePerturber and WaterDropletPerturber; the latter with its drawn droplets and its intermediate images."""
    from nrtk.impls.perturb_image.environment import HazePerturber, WaterDropletPerturber

    images = [bank.put(f"image_{i}", picture(rng, shape)) for i, shape in enumerate([(32, 40, 3), (27, 19), (20, 24, 4), (16, 12, 1)])]
    colour, grey, rgba, grey_3d = images

    def haze(image: str, factor: float, depth: np.ndarray | None = None, sky: list[float] | None = None) -> None:
        call, fields = {}, {}
        if depth is not None:
            call["depth_map"] = depth
            fields["depth_map"] = bank.put(f"{len(bank.cases)}_depth", depth)
        if sky is not None:
            call["sky_color"] = fields["sky_color"] = sky
        result, more = attempt(lambda: HazePerturber(factor=factor)(image=bank.arrays[image], **call)[0])
        if result is not None:
            fields["out"] = bank.put(f"{len(bank.cases)}_out", result)
        bank.case(kind="HazePerturber", image=image, params={"factor": factor}, **fields, **more)

    for factor in (0.0, 0.3, 1.0, 2.5, -0.2):
        for image in (colour, grey, rgba, grey_3d):
            haze(image, factor)
    h, w = bank.arrays[colour].shape[:2]
    ramp = np.linspace(0, 2, h * w).reshape(h, w, 1)
    haze(colour, 0.8, ramp)
    haze(colour, 0.8, ramp, [200, 210, 220])
    haze(colour, 0.8, rng.uniform(0, 3, (h, w, 3)), [200.5, 10.0, 255.0])
    haze(colour, 0.8, (rng.uniform(0, 3, (h, w, 1))).astype(np.float32))
    haze(colour, 0.8, rng.integers(0, 4, (h, w, 1)).astype(np.uint8), [128, 128, 128])
    haze(colour, 0.8, ramp[..., 0])  # refused: dimensions
    haze(colour, 0.8, None, [200])  # refused: bands
    haze(rgba, 0.8, None, [200, 200, 200])  # refused by the broadcast
    haze(rgba, 0.8, None, [200, 200, 200, 255])  # refused: bands
    haze(grey, 0.8, rng.uniform(0, 3, bank.arrays[grey].shape), [250])
    haze(colour, 0.8, None, [300, -20, 0])  # outside 0..255: the cast wraps
    haze(colour, 0.8, np.full((h, w, 1), np.nan))

    for shape, params in (
        ((48, 64, 3), {"num_drops": 20, "size_range": [0.1, 1.0]}),
        ((96, 96, 3), {"num_drops": 8, "size_range": [0.5, 2.0], "blur_strength": 0.9}),
        ((96, 80), {"num_drops": 12, "size_range": [0.2, 0.4], "blur_strength": 0.0}),
        ((40, 96, 3), {"num_drops": 30, "size_range": [0.3, 1.0], "f_x": 90, "f_y": 70}),
        ((64, 64, 3), {"num_drops": 10, "psi": 1.2, "n_water": 1.4, "f_x": 60, "f_y": 60}),
        ((64, 64, 3), {"num_drops": 0}), ((64, 64, 4), {"num_drops": 4}),
        ((24, 520, 3), {"num_drops": 25, "size_range": [0.2, 0.6], "f_x": 300, "f_y": 300}),  # wide enough for size_range to act
    ):
        params["seed"] = int(rng.integers(0, 2**31))
        name = bank.put(f"{len(bank.cases)}_image", picture(rng, shape))
        perturber, fields = attempt(lambda: WaterDropletPerturber(**params))
        plate, background = perturber.M, perturber.B
        result, more = attempt(lambda: perturber(image=bank.arrays[name])[0])
        if result is not None:
            key = f"{len(bank.cases)}_"
            fields |= {"glass_distance": plate, "background_distance": background, "out": bank.put(key + "out", result)}
            fields["drops"] = bank.put(key + "drops", np.array([[*c, r, *s, q] for c, r, s, q in zip(perturber.g_centers, perturber.g_radius, perturber.centers, perturber.radius)]).reshape(-1, 8))
            twin, _ = attempt(lambda: WaterDropletPerturber(**params))
            rain, mask = twin.render(bank.arrays[name])
            fields |= {"rain": bank.put(key + "rain", rain), "mask": bank.put(key + "mask", mask), "second_call": bank.put(key + "second", perturber(image=bank.arrays[name])[0])}
        bank.case(kind="WaterDropletPerturber", image=name, params=plain(params), **fields, **more)


def optical(bank: Bank, rng: np.random.Generator) -> None:
    """NRTK's pyBSM perturbers, with the OTF, the PSF and the picture before noise and before the cast.

    `otf_row` and `otf_column` are lines 750 of the 1501 x 1501 OTF, `otf_coarse` every 50th line of both.
    `blurred` is f64 after convolution and resampling; `noisy` follows it where noise is drawn.
    """
    from nrtk.impls.perturb_image.optical import PybsmPerturber
    from nrtk.impls.perturb_image.optical import otf as nrtk_otf

    images = [bank.put(f"image_{i}", picture(rng, shape)) for i, shape in enumerate([(48, 56, 3), (41, 33), (72, 72, 3)])]
    colour, grey, large = images
    flat = bank.put("image_flat", np.full((24, 24, 3), 128, np.uint8))

    kinds = {name: getattr(nrtk_otf, name) for name in ("CircularAperturePerturber", "DefocusPerturber", "DetectorPerturber", "JitterPerturber", "TurbulenceAperturePerturber")}
    kinds["PybsmPerturber"] = PybsmPerturber
    near = dict(D=0.01, f=0.06, p_x=8e-6, altitude=500, ground_range=0)  # pixels of 1.33e-4 rad: 0.75 of the picture's at 5 cm
    cases = [
        ("CircularAperturePerturber", {}, 0.15, (colour, grey, flat)),
        ("CircularAperturePerturber", {"D": 0.001, "eta": 0.3}, 0.15, (colour,)),
        ("CircularAperturePerturber", {"mtf_wavelengths": [0.45e-6, 0.55e-6, 0.65e-6], "mtf_weights": [1.0, 2.0, 1.0]}, 0.15, (colour,)),
        ("CircularAperturePerturber", {**near, "eta": 0.2}, 0.05, (colour, grey)),
        ("CircularAperturePerturber", {**near, "altitude": 640, "ground_range": 700}, 0.06, (colour,)),
        ("DefocusPerturber", {}, 0.15, (colour,)),
        ("DefocusPerturber", {"w_x": 4e-4, "w_y": 2e-4}, 0.15, (colour, grey, flat)),
        ("DefocusPerturber", {"w_x": 3e-4, "w_y": 3e-4, **near}, 0.05, (colour,)),
        ("DetectorPerturber", {}, 0.15, (colour,)),
        ("DetectorPerturber", {"w_x": 15e-6, "w_y": 6e-6, "f": 0.03}, 0.15, (colour, grey)),
        ("DetectorPerturber", {"w_x": 16e-6, "w_y": 8e-6, **near}, 0.05, (colour,)),
        ("JitterPerturber", {}, 0.15, (colour, flat)),
        ("JitterPerturber", {"s_x": 2e-4, "s_y": 1e-4}, 0.15, (colour, grey)),
        ("JitterPerturber", {"s_x": 1e-4, "s_y": 5e-5, **near}, 0.05, (colour,)),
        ("TurbulenceAperturePerturber", {}, 0.15, (colour, grey)),
        ("TurbulenceAperturePerturber", {"D": 0.1, "altitude": 800.0, "slant_range": 1500.0, "cn2_at_1m": 5e-13, "ha_wind_speed": 30.0, "aircraft_speed": 5.0}, 0.15, (colour,)),
        ("TurbulenceAperturePerturber", {"cn2_at_1m": 0.0}, 0.15, (colour,)),
        ("TurbulenceAperturePerturber", {"slant_range": 100.0}, 0.15, (colour,)),
        ("CircularAperturePerturber", {"mtf_wavelengths": []}, 0.15, (colour,)),
        ("CircularAperturePerturber", {}, None, (colour,)),
        ("PybsmPerturber", {**near, "max_n": 40000, "bit_depth": 10.0, "read_noise": 20.0}, 0.05, (colour, grey)),
        ("PybsmPerturber", {**near, "max_n": 40000, "bit_depth": 10.0, "read_noise": 20.0, "pixel_conversion_mode": "minmax", "reflectance_range": np.array([0.1, 0.9])}, 0.05, (colour,)),
        ("PybsmPerturber", {**near, "max_n": 3000, "bit_depth": 6.0, "cn2_at_1m": 0.0, "int_time": 1e-6}, 0.05, (colour, flat)),
        ("PybsmPerturber", {}, 0.02, (large,)),
        ("PybsmPerturber", nrtk_otf.load_default_config(preset="sample"), 3.19 / 160, (large,)),
        ("PybsmPerturber", nrtk_otf.load_default_config(preset="blackfly"), 0.02, (colour,)),
    ]
    for setting, (kind, params, gsd, on) in enumerate(cases):
        if kind == "PybsmPerturber":
            params = {**params, "seed": int(rng.integers(0, 2**31))}
        perturber, fields = attempt(lambda: kinds[kind](**params))
        if perturber is not None:
            simulator = perturber._simulator
            # the stages of the setting, once
            used = None if perturber._use_default_psf else gsd
            response = simulator._compute_otf()
            fields |= {
                "cutoff": number(simulator._cutoff_frequency), "df": number(simulator._df), "slant_range": number(simulator.slant_range), "ifov": number(simulator._ifov),
                "mtf_wavelengths": bank.put(f"{setting}_wavelengths", np.asarray(simulator.mtf_wavelengths)), "mtf_weights": bank.put(f"{setting}_weights", np.asarray(simulator.mtf_weights)),
                "otf_row": bank.put(f"{setting}_otf_row", response[750]), "otf_column": bank.put(f"{setting}_otf_column", response[:, 750]), "otf_coarse": bank.put(f"{setting}_otf_coarse", response[::50, ::50]),
            }
            if gsd is not None:
                fields["psf"] = bank.put(f"{setting}_psf", simulator._get_psf_cached(gsd=used, use_default=used is None))
            if kind == "PybsmPerturber":
                slope, offset = simulator._affine_pe_coefs
                fields |= {"electrons_slope": number(slope), "electrons_offset": number(offset), "electrons_min": number(simulator._fwd_y_min), "electrons_max": number(simulator._fwd_y_max), "gaussian_noise": number(simulator._g_noise)}
                band = perturber.scenario.atm
                lo, hi = perturber.opt_trans_wavelengths[[0, -1]]
                fields["atmosphere"] = bank.put(f"{setting}_atmosphere", band[(band[:, 0] >= lo) & (band[:, 0] <= hi)])
        for image in on:
            case = dict(kind=kind, image=image, params=plain(params), call={"img_gsd": gsd}, **fields)
            if perturber is not None:
                key = f"{len(bank.cases)}_"
                perturber._set_seed()  # as one just constructed
                stages = {}
                plain_simulate = type(simulator).simulate_image

                def keep(img, gsd, plain_simulate=plain_simulate, simulator=simulator, stages=stages):
                    stages["true"], stages["blurred"], stages["noisy"] = plain_simulate(simulator, img, gsd)
                    return stages["true"], stages["blurred"], stages["noisy"]

                simulator.simulate_image = keep
                result, more = attempt(lambda: perturber(image=bank.arrays[image], img_gsd=gsd)[0])
                case |= more
                if result is not None:
                    case["out"] = bank.put(key + "out", result)
                    case["blurred"] = bank.put(key + "blurred", stages["blurred"])
                    if stages["noisy"] is not None:
                        case["noisy"] = bank.put(key + "noisy", stages["noisy"])
                        case["second_call"] = bank.put(key + "second", perturber(image=bank.arrays[image], img_gsd=gsd)[0])
            bank.case(**case)


def corruptions(bank: Bank, rng: np.random.Generator) -> None:
    """imagecorruptions' 19 (ImageNet-C), each after `numpy.random.seed(seed)`.

    Two need help to run beside today's scikit-image (`patched`): `multichannel=True`, which it no longer
    knows, is passed as `channel_axis=-1`, and impulse noise, which no seed reaches, draws from
    `default_rng(seed)`.
    """
    import imagecorruptions
    import imagecorruptions.corruptions as originals
    import skimage

    gaussian, random_noise = originals.gaussian, skimage.util.random_noise

    def gaussian_today(image, multichannel=False, **kwargs):
        return gaussian(image, **kwargs, **({"channel_axis": -1} if multichannel else {}))

    shapes = {(32, 32, 3): (1, 2, 3, 4, 5), (64, 48, 3): (1, 5), (96, 96, 3): (3,), (40, 33): (3,)}
    for i, (shape, severities) in enumerate(shapes.items()):
        image = bank.put(f"image_{i}", picture(rng, shape))
        for name in imagecorruptions.get_corruption_names("all"):
            for severity in severities:
                seed = int(rng.integers(0, 2**32))
                patched = name in ("gaussian_blur", "glass_blur", "impulse_noise")
                originals.gaussian = gaussian_today if patched else gaussian
                skimage.util.random_noise = (lambda *a, seed=seed, **k: random_noise(*a, rng=seed, **k)) if patched else random_noise

                def corrupted():
                    np.random.seed(seed)  # noqa: NPY002 - the originals draw from it
                    with np.errstate(all="ignore"):
                        return imagecorruptions.corrupt(bank.arrays[image], severity=severity, corruption_name=name)

                result, fields = attempt(corrupted)
                if result is not None:
                    fields["out"] = bank.put(f"{i}_{name}_{severity}", result)
                if patched:
                    fields["patched"] = True
                bank.case(kind=name, severity=severity, image=image, seed=seed, **fields)
    originals.gaussian, skimage.util.random_noise = gaussian, random_noise

    for seed in (0, 1, 2**32 - 1, *(int(rng.integers(0, 2**32)) for _ in range(3))):  # the legacy streams themselves
        r = np.random.RandomState(seed)
        fields = {}
        for label, draw in (("random_5", lambda: r.random_sample(5)), ("normal_5", lambda: r.normal(0.5, 2.0, 5)), ("uniform_4", lambda: r.uniform(-45, 45, 4)), ("poisson_small_9", lambda: r.poisson([0, 0.1, 0.9, 2.5, 5, 7, 9, 9.9, 9.99])),
                            ("poisson_large_9", lambda: r.poisson([10, 12, 20, 30, 47.3, 60, 200, 1e4, 1e8])), ("randint_0_5_6", lambda: r.randint(5, size=6)), ("randint_minus2_2_8", lambda: r.randint(-2, 2, size=8)), ("randint_0_1000_4", lambda: r.randint(0, 1000, size=4)), ("normal_3_after", lambda: r.normal(size=3))):
            fields[label] = bank.put(f"legacy_{seed}_{label}", draw())
        bank.case(kind="legacy_streams", seed=seed, order=list(fields), **fields)


def frost(bank: Bank, rng: np.random.Generator) -> None:
    """imagecorruptions' frost over small textures of noise in place of its photographs, after `numpy.random.seed(seed)`."""
    import imagecorruptions
    import imagecorruptions.corruptions as originals

    shapes = [(50, 70), (40, 41), (64, 33), (36, 90), (120, 37), (33, 33)]
    textures = [picture(rng, (*shape, 3)) for shape in shapes]
    names = [bank.put(f"texture_{i}", texture) for i, texture in enumerate(textures)]
    imread = originals.cv2.imread
    originals.cv2.imread = lambda path: textures[int(Path(path).stem[-1]) - 1][..., ::-1]
    for i, shape in enumerate([(32, 32, 3), (33, 60, 3), (48, 35, 3), (70, 95, 3), (40, 33)]):
        image = bank.put(f"image_{i}", picture(rng, shape))
        for severity in (1, 2, 3, 4, 5):
            seed = int(rng.integers(0, 2**32))
            np.random.seed(seed)  # noqa: NPY002 - the original draws from it
            result = imagecorruptions.corrupt(bank.arrays[image], severity=severity, corruption_name="frost")
            out = bank.put(f"{i}_{severity}", result)
            bank.case(kind="frost", severity=severity, image=image, textures=names[:5], seed=seed, out=out)
    originals.cv2.imread = imread


# Numbered as the values stored here were made.
TOPICS = {"geometric": (geometric, 100), "environment": (environment, 101), "optical": (optical, 102), "corruptions": (corruptions, 105), "frost": (frost, 106)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=TOPICS, action="append")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    for name, (write, number) in TOPICS.items():
        if args.only and name not in args.only:
            continue
        bank = Bank(args.out, name)
        write(bank, np.random.default_rng([args.seed, number]))
        bank.save()


if __name__ == "__main__":
    main()
