#!/usr/bin/env python3
"""Make one small classifier in the many forms in which networks come, and what ONNX Runtime answers for each.

    pip install onnx onnxruntime numpy
    python make_variants.py

variants.json has the outputs for the first two images of the tests, prepared as `{"do_resize": false}` does.
"""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent / "variants"
RNG = np.random.default_rng(5)
WEIGHTS = {
    "conv": RNG.normal(size=(4, 3, 3, 3)), "bias": RNG.normal(size=4), "head": RNG.normal(size=(3, 4)) * 3,
    "one": RNG.normal(size=(1, 4)) * 3, "zero": np.zeros(1), "scale": np.ones(4) * 1.5, "shift": np.ones(4) * 0.1, "mean": np.ones(4) * 0.2, "variance": np.ones(4) * 2,
}
PLANES, CHANNELS_LAST = ["batch", 3, "height", "width"], ["batch", "height", "width", 3]


def network(nodes, opset=17, shape=PLANES, kind=TensorProto.FLOAT, outputs=("logits",), extra=()):
    used = {name for node in nodes for name in node.input}
    stored = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in WEIGHTS.items() if name in used]
    graph = helper.make_graph(
        nodes, "variant", [helper.make_tensor_value_info("image", kind, shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs], [*stored, *extra],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def stem(image="image", **attributes):
    attributes = attributes or {"pads": [1, 1, 1, 1], "strides": [2, 2], "kernel_shape": [3, 3]}
    return [helper.make_node("Conv", [image, "conv", "bias"], ["c"], **attributes), helper.make_node("Relu", ["c"], ["r"])]


def pooled(features="r"):
    return [helper.make_node("GlobalAveragePool", [features], ["p"]), helper.make_node("Flatten", ["p"], ["f"])]


def head(out="logits", features="f", weights="head"):
    return [helper.make_node("Gemm", [features, weights, "zero"], [out], transB=1)]


def constant(name, array):
    return numpy_helper.from_array(array, name)


def variants():
    yield "plain", network(stem() + pooled() + head())
    yield "softmax", network(stem() + pooled() + head("l") + [helper.make_node("Softmax", ["l"], ["probabilities"])], outputs=["probabilities"])
    yield "sigmoid", network(stem() + pooled() + head("l", weights="one") + [helper.make_node("Sigmoid", ["l"], ["logits"])])
    yield "one_logit", network(stem() + pooled() + head(weights="one"))
    one = stem() + pooled() + head("l", weights="one")
    clipped = [helper.make_node("Sigmoid", ["l"], ["s"]), helper.make_node("Clip", ["s", "least", "most"], ["logits"])]
    yield "one_clipped", network(one + clipped, extra=[constant("least", np.float32(0)), constant("most", np.float32(1))])
    yield "one_scaled", network(one + [helper.make_node("Mul", ["l", "factor"], ["logits"])], extra=[constant("factor", np.float32(2))])
    yield "fixed_size", network(stem() + pooled() + head(), shape=["batch", 3, 6, 10])
    yield "sigmoids", network(stem() + pooled() + head("l") + [helper.make_node("Sigmoid", ["l"], ["logits"])])
    yield "dropout", network(stem() + pooled() + [helper.make_node("Dropout", ["f"], ["d"], ratio=0.4)] + head(features="d"), opset=9)
    yield "features_too", network(stem() + pooled() + head(), outputs=["f", "logits"])
    yield "two_outputs", network(stem() + pooled() + head("scores"), outputs=["f", "scores"])
    yield "four_axes", network(stem() + pooled() + head("l") + [helper.make_node("Reshape", ["l", "shape"], ["logits"])], extra=[constant("shape", np.array([-1, 3, 1, 1]))])
    planes = [helper.make_node("Transpose", ["image"], ["x"], perm=[0, 3, 1, 2])]
    yield "channels_last", network(planes + stem("x") + pooled() + head(), shape=CHANNELS_LAST)
    scaled = [helper.make_node("Cast", ["image"], ["cast"], to=TensorProto.FLOAT), helper.make_node("Div", ["cast", "most"], ["x"])]
    yield "bytes", network(scaled + stem("x") + pooled() + head(), kind=TensorProto.UINT8, extra=[constant("most", np.float32(255))])
    bytes_last = [helper.make_node("Transpose", ["image"], ["t"], perm=[0, 3, 1, 2]), helper.make_node("Cast", ["t"], ["cast"], to=TensorProto.FLOAT), scaled[1]]
    yield "bytes_channels_last", network(bytes_last + stem("x") + pooled() + head(), shape=CHANNELS_LAST, kind=TensorProto.UINT8, extra=[constant("most", np.float32(255))])
    yield "no_strides", network([helper.make_node("Conv", ["image", "conv", "bias"], ["c"]), helper.make_node("Relu", ["c"], ["r"])] + pooled() + head())
    yield "same_lower", network(stem(auto_pad="SAME_LOWER", strides=[2, 2], kernel_shape=[3, 3]) + [helper.make_node("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], auto_pad="SAME_LOWER")] + pooled("m") + head())
    norm = [helper.make_node("BatchNormalization", ["r", "scale", "shift", "mean", "variance"], ["b"])]
    yield "batch_normalisation", network(stem() + norm + pooled("b") + head())
    old = [helper.make_node("Softmax", ["r"], ["s"], axis=1), helper.make_node("Mul", ["s", "many"], ["m"])]
    yield "old_softmax", network(stem() + old + pooled("m") + head(), opset=11, extra=[constant("many", np.float32(60))])
    quantised = [
        helper.make_node("DynamicQuantizeLinear", ["image"], ["q", "scale_q", "zero_q"]),
        helper.make_node("ConvInteger", ["q", "conv_q", "zero_q", "zero_w"], ["i"], pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3]),
        helper.make_node("Cast", ["i"], ["cast"], to=TensorProto.FLOAT), helper.make_node("Mul", ["cast", "scale_q"], ["c0"]),
        helper.make_node("Mul", ["c0", "scale_w"], ["c"]), helper.make_node("Relu", ["c"], ["r"]),
    ]
    yield "conv_integer", network(quantised + pooled() + head(), extra=[
        constant("conv_q", np.clip(WEIGHTS["conv"] * 40 + 128, 0, 255).astype(np.uint8)), constant("zero_w", np.uint8(128)), constant("scale_w", np.float32(1 / 40))])
    cubic = [helper.make_node("Resize", ["r", "", "scales"], ["m"], mode="cubic")]
    yield "cubic_resize", network(stem() + cubic + pooled("m") + head(), extra=[constant("scales", np.array([1, 1, 2, 2], np.float32))])
    train = [helper.make_node("BatchNormalization", ["r", "scale", "shift", "mean", "variance"], ["b", "rm", "rv"], training_mode=1)]
    yield "training_mode", network(stem() + train + pooled("b") + head())
    yield "grey", network([helper.make_node("GlobalAveragePool", ["image"], ["logits"])], shape=["batch", 1, 28, 28])


def image(i: int) -> np.ndarray:
    y, x, k = np.meshgrid(np.arange(6), np.arange(10), np.arange(3), indexing="ij")
    return (y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256


def main() -> None:
    HERE.mkdir(exist_ok=True)
    expected = {}
    for name, model in variants():
        path = HERE / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        if name in ("cubic_resize", "training_mode", "grey"):
            continue
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        rows = []
        for i in range(2):
            pixels = image(i)
            if given.type == "tensor(uint8)":
                pixels = pixels.astype(np.uint8)
            else:
                pixels = ((pixels / 255).astype(np.float32) - np.float32(0.5)) / np.float32(0.5)
            if given.shape[-1] != 3:
                pixels = pixels.transpose(2, 0, 1)
            output = "logits" if name != "softmax" and name != "two_outputs" else None
            output = {"softmax": "probabilities", "two_outputs": "scores"}.get(name, output)
            rows.append(session.run([output], {given.name: pixels[None]})[0].ravel().astype(float).tolist())
        expected[name] = rows
    model = onnx.load(HERE / "plain.onnx")
    # An existing file would be appended to.
    (HERE / "external.onnx.data").unlink(missing_ok=True)
    onnx.save(model, HERE / "external.onnx", save_as_external_data=True, location="external.onnx.data", size_threshold=0)
    expected["external"] = expected["plain"]
    (HERE / "variants.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
