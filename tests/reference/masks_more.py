#!/usr/bin/env python3
"""Write masks_more.npz and masks_more.json beside the values of generate.py: what XAITK-Saliency's other masks, scorings
and coverage metrics return. A case that the original refuses has `error` instead of outputs.

    python -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python masks_more.py --seed 1 --out .
"""
from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from cases import attempt, number, plain
from generate import Bank, picture


def masks_more(bank: Bank, rng: np.random.Generator) -> None:
    """XAITK: the masks, scorings and stacks beside RISE and sliding windows, and the three coverage metrics."""
    from generate import LinearSoftmax
    from smqtk_descriptors.interfaces.image_descriptor_generator import ImageDescriptorGenerator
    from xaitk_saliency.impls.gen_classifier_conf_sal.mc_rise_scoring import MCRISEScoring
    from xaitk_saliency.impls.gen_classifier_conf_sal.occlusion_scoring import OcclusionScoring
    from xaitk_saliency.impls.gen_classifier_conf_sal.rise_scoring import RISEScoring
    from xaitk_saliency.impls.gen_classifier_conf_sal.squared_difference_scoring import SquaredDifferenceScoring
    from xaitk_saliency.impls.gen_descriptor_sim_sal.similarity_scoring import SimilarityScoring
    from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.mc_rise import MCRISEStack
    from xaitk_saliency.impls.gen_image_classifier_blackbox_sal.occlusion_based import PerturbationOcclusion
    from xaitk_saliency.impls.gen_image_similarity_blackbox_sal.sbsm import SBSMStack
    from xaitk_saliency.impls.perturb_image.mc_rise import MCRISEGrid
    from xaitk_saliency.impls.perturb_image.random_grid import RandomGrid
    from xaitk_saliency.impls.perturb_image.sliding_radial import SlidingRadial
    from xaitk_saliency.utils import sal_metrics

    def seed() -> int:
        return int(rng.integers(0, 2**31))

    def masks_case(kind: str, cls, shape: tuple[int, int], params: dict) -> None:
        result, fields = attempt(lambda: cls(**params).perturb(np.zeros((*shape, 3), np.uint8)))
        if result is not None:
            fields["masks"] = bank.put(f"{len(bank.cases)}_masks", result)
        bank.case(kind=kind, shape=list(shape), params=plain(params), **fields)

    for shape, s, n, p1 in (((32, 32), (8, 8), 6, 0.5), ((37, 29), (8, 5), 6, 0.3), ((24, 40), (7, 9), 4, 0.8), ((20, 20), (1, 1), 3, 0.5), ((20, 20), (30, 6), 4, 0.5), ((16, 17), (2, 3), 4, 0.5), ((9, 9), (3, 3), 3, 0.0), ((9, 9), (3, 3), 3, 1.0)):
        masks_case("RandomGrid", RandomGrid, shape, {"n": n, "s": s, "p1": p1, "seed": seed(), "threads": 0})
    masks_case("RandomGrid", RandomGrid, (20, 20), {"n": 2, "s": (0, 5), "p1": 0.5, "seed": 1, "threads": 0})

    for shape, params in (
        ((32, 40), {"radius": (10, 10), "stride": (8, 9)}), ((31, 25), {"radius": (6.5, 9.0), "stride": (7, 6)}), ((24, 24), {"radius": (50, 50), "stride": (20, 20)}),
        ((30, 30), {"radius": (6, 9), "stride": (10, 10), "sigma": (2.0, 3.0)}), ((25, 33), {"radius": (5, 5), "stride": (9, 11), "sigma": (1.3, 0.7)}), ((21, 20), {"radius": (30, 4), "stride": (12, 8), "sigma": (6.0, 6.0)}),
        ((20, 20), {"radius": (1, 1), "stride": (9, 9)}), ((20, 20), {"radius": (0.5, 0.5), "stride": (9, 9)}), ((12, 12), {"radius": (0, 3), "stride": (6, 6)}), ((12, 12), {"radius": (0, 3), "stride": (6, 6), "sigma": (1.0, 1.0)}), ((12, 12), {"radius": (3, 3), "stride": (0, 4)}),
    ):
        masks_case("SlidingRadial", SlidingRadial, shape, params)

    for shape, n, s, p1, k in (((32, 32), 5, 4, 0.5, 2), ((37, 29), 4, 5, 0.3, 3), ((20, 24), 4, 8, 0.7, 1), ((9, 7), 3, 2, 0.0, 2)):
        masks_case("MCRISEGrid", MCRISEGrid, shape, {"n": n, "s": s, "p1": p1, "k": k, "seed": seed(), "threads": 0})
    for bad in ({"p1": 1.5, "k": 1}, {"p1": 0.5, "k": 0}):
        masks_case("MCRISEGrid", MCRISEGrid, (8, 8), {"n": 2, "s": 2, "seed": 1, "threads": 0, **bad})

    def scoring_case(kind: str, params: dict, reference, perturbed, masks, call) -> None:
        key = f"{len(bank.cases)}_"
        with np.errstate(all="ignore"):
            result, fields = attempt(call)
        if result is not None:
            fields["map"] = bank.put(key + "map", result)
        bank.case(kind=kind, params=params, reference=bank.put(key + "reference", reference), perturbed=bank.put(key + "perturbed", perturbed), masks=bank.put(key + "masks", masks), **fields)

    for classes, n, h, w, dtype in ((3, 12, 16, 20, np.float64), (5, 9, 11, 7, np.float32)):
        reference = rng.dirichlet(np.ones(classes)).astype(dtype)
        perturbed = rng.dirichlet(np.ones(classes), n).astype(dtype)
        soft = rng.random((n, h, w)).astype(np.float32)
        hard = rng.random((n, h, w)) < 0.6
        for masks in (soft, hard, np.ones((n, h, w), np.float32)):  # the last hides nothing: 0/0
            scoring_case("SquaredDifferenceScoring", {}, reference, perturbed, masks, lambda: SquaredDifferenceScoring().generate(reference, perturbed, masks))
        scoring_case("SquaredDifferenceScoring", {"unchanged": True}, reference, np.tile(reference, (n, 1)), soft, lambda: SquaredDifferenceScoring().generate(reference, np.tile(reference, (n, 1)), soft))
        for k, p1 in ((1, 0.5), (3, 0.3), (2, 0.0)):
            coloured = MCRISEGrid(n=n, s=3, p1=max(p1, 0.2), k=k, seed=seed(), threads=0).perturb(np.zeros((h, w)))
            scoring_case("MCRISEScoring", {"k": k, "p1": p1}, reference, perturbed, coloured, lambda: MCRISEScoring(k=k, p1=p1).generate(reference, perturbed, coloured))

    for metric in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine", "correlation", "hamming"):
        n, features, queries, h, w = 10, 6, 2, 9, 12
        ref, query, pert = rng.normal(size=features), rng.normal(size=(queries, features)), rng.normal(size=(n, features))
        masks = rng.random((n, h, w)) < 0.5
        key = f"{len(bank.cases)}_"
        result, fields = attempt(lambda: SimilarityScoring(proximity_metric=metric).generate(ref, query, pert, masks))
        bank.case(kind="SimilarityScoring", params={"proximity_metric": metric}, reference=bank.put(key + "reference", ref), queries=bank.put(key + "queries", query), perturbed=bank.put(key + "perturbed", pert), masks=bank.put(key + "masks", masks), map=bank.put(key + "map", result), **fields)

    class LinearDescriptor(ImageDescriptorGenerator):
        """W . x/255 over a whole HWC image."""

        def __init__(self, weight):
            self.weight = weight

        def describe(self, image):
            return self.weight.astype(np.float64) @ (image.astype(np.float64).ravel() / 255.0)

        def generate_arrays_from_images(self, img_mat_iter):
            for image in img_mat_iter:
                yield self.describe(image)

        def generate_arrays(self, data_iter):
            raise NotImplementedError

        def valid_content_types(self):
            return set()

        def get_config(self):
            return {}

    for shape in ((24, 28, 3), (17, 15, 1)):
        image = picture(rng, shape)
        classes = 4
        weight = rng.normal(0, 12.0 / np.sqrt(image.size), (classes, image.size)).astype(np.float32)
        bias = rng.normal(0, 0.3, classes)
        model = LinearSoftmax(weight, bias)
        fill = [95, 96, 93][: shape[2]]
        common = lambda key: dict(image=bank.put(key + "image", image), weight=bank.put(key + "weight", weight))  # noqa: E731
        for name, perturber, scorer in (
            ("RandomGrid+RISEScoring", RandomGrid(n=25, s=(6, 5), p1=0.5, seed=seed(), threads=0), RISEScoring(p1=0.5)),
            ("SlidingRadial+OcclusionScoring", SlidingRadial(radius=(5, 6), stride=(5, 5)), OcclusionScoring()),
            ("SlidingRadial+SquaredDifferenceScoring", SlidingRadial(radius=(5, 6), stride=(5, 5), sigma=(2.0, 2.0)), SquaredDifferenceScoring()),
        ):
            stack = PerturbationOcclusion(perturber, scorer)
            stack.fill = np.array(fill)
            key = f"{len(bank.cases)}_"
            params = {k: v for k, v in plain(perturber.get_config()).items()} | {f"scoring_{k}": v for k, v in scorer.get_config().items()}
            # squared difference gives one map in all, not one a class
            result, fields = attempt(lambda: stack._generate(image, model))
            bank.case(kind="PerturbationOcclusion", pair=name, params=params, fill=fill, bias=bank.put(key + "bias", bias), map=bank.put(key + "map", result), **common(key), **fields)
        for colours in ([fill], [fill, [0] * shape[2], [255] * shape[2]]):
            params = {"n": 20, "s": 4, "p1": 0.5, "fill_colors": colours, "seed": seed(), "threads": 0}
            key = f"{len(bank.cases)}_"
            result, fields = attempt(lambda: MCRISEStack(**params)._generate(image, model))
            bank.case(kind="MCRISEStack", params=params, bias=bank.put(key + "bias", bias), map=bank.put(key + "map", result), **common(key), **fields)
        describe = LinearDescriptor(weight)
        queries = [picture(rng, shape) for _ in range(2)]
        for metric, fill_ in (("euclidean", None), ("cosine", fill)):
            params = {"window_size": [8, 7], "stride": [5, 4], "proximity_metric": metric, "fill": fill_, "threads": 0}
            key = f"{len(bank.cases)}_"
            result, fields = attempt(lambda: SBSMStack(**params)._generate(image, queries, describe))
            bank.case(kind="SBSMStack", params=params, queries=bank.put(key + "queries", np.stack(queries)), map=bank.put(key + "map", result), **common(key), **fields)

    # coverage: truth is boolean, saliency boolean or soft, shapes equal or not
    soft = rng.random((24, 30))
    pairs = {
        "same_bool": (rng.random((24, 30)) < 0.4, rng.random((24, 30)) < 0.3), "same_soft": (soft, rng.random((24, 30)) < 0.3), "same_float_binary": ((soft > 0.5).astype(float), (rng.random((24, 30)) < 0.3).astype(float)),
        "truth_double": (rng.random((24, 30)) < 0.4, np.kron(rng.random((24, 30)) < 0.3, np.ones((2, 2))) > 0), "truth_double_soft": (soft, np.kron(rng.random((24, 30)) < 0.3, np.ones((2, 2))) > 0),
        "truth_larger_1p5": (soft, rng.random((36, 45)) < 0.3), "map_larger_soft": (rng.random((36, 45)), rng.random((24, 30)) < 0.3), "map_larger_bool": (rng.random((36, 45)) < 0.4, rng.random((24, 30)) < 0.3),
        "other_aspect": (rng.random((24, 30)), rng.random((36, 36)) < 0.3), "crossed": (rng.random((24, 40)), rng.random((30, 30)) < 0.3), "crossed_bool": (rng.random((24, 40)) < 0.5, rng.random((30, 30)) < 0.3),
        "empty_truth": (soft, np.zeros((24, 30), bool)), "empty_map": (np.zeros((24, 30)), rng.random((24, 30)) < 0.3), "both_empty": (np.zeros((24, 30), bool), np.zeros((24, 30), bool)),
        "negative_map": (rng.uniform(-1, 1, (24, 30)), rng.random((24, 30)) < 0.3), "full": (np.ones((24, 30), bool), np.ones((24, 30), bool)), "uint8": ((soft > 0.5).astype(np.uint8), (rng.random((24, 30)) < 0.3).astype(np.uint8)),
        "one_pixel": (np.array([[0.4]]), np.array([[True]])), "one_against_many": (np.array([[0.4]]), rng.random((6, 6)) < 0.5),
    }
    for name, (saliency, truth) in pairs.items():
        fields = {}
        for metric in ("compute_iou_coverage", "compute_saliency_coverage", "compute_ground_truth_coverage"):
            value, more = attempt(lambda: getattr(sal_metrics, metric)(saliency, truth))
            fields[metric] = more["error"] if value is None else number(value)
        bank.case(kind="coverage", name=name, saliency=bank.put(f"coverage_{name}_saliency", saliency), truth=bank.put(f"coverage_{name}_truth", truth), **fields)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    bank = Bank(args.out, "masks_more")
    masks_more(bank, np.random.default_rng([args.seed, 103]))
    bank.save()


if __name__ == "__main__":
    main()
