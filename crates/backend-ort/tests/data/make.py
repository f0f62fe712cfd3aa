#!/usr/bin/env python3
"""Make small classifiers that only ONNX Runtime runs, or only it runs exactly, and what it answers for each in Python.

    pip install onnx onnxruntime numpy
    python make.py

expected.json has the outputs for the first two images of the tests, prepared as `{"do_resize": false}` does. The other
forms in which networks come are those of ../../../backend-rten/tests/data/make_variants.py.
"""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).resolve().parent
RNG = np.random.default_rng(7)
WEIGHTS = {"conv": RNG.normal(size=(4, 3, 3, 3)), "bias": RNG.normal(size=4), "head": RNG.normal(size=(3, 4)) * 3, "zero": np.zeros(3)}


def network(nodes, opset=17, kind=TensorProto.FLOAT, numbers=np.float32, ir=8, extra=(), output=None, listed=False):
    used = {name for node in nodes for name in node.input}
    stored = [numpy_helper.from_array(value.astype(numbers), name) for name, value in WEIGHTS.items() if name in used]
    stored += [numpy_helper.from_array(array, name) for name, array in extra]
    inputs = [helper.make_tensor_value_info("image", kind, ["batch", 3, "height", "width"])]
    if listed:  # Until IR version 4 constants had to be listed as inputs, too.
        inputs += [helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)) for tensor in stored]
    outputs = [output or helper.make_tensor_value_info("logits", kind, ["batch", 3])]
    graph = helper.make_graph(nodes, "network", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    onnx.checker.check_model(model)
    return model


def stem(image="image"):
    convolution = helper.make_node("Conv", [image, "conv", "bias"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3])
    return [convolution, helper.make_node("Relu", ["c"], ["r"])]


def head(features="r", **attributes):
    return [
        helper.make_node("GlobalAveragePool", [features], ["p"]), helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "head", "zero"], ["logits"], transB=1, **attributes),
    ]


def quantised(name, out, scale, zero):
    return [
        helper.make_node("QuantizeLinear", [name, scale, zero], [f"{out}_q"]),
        helper.make_node("DequantizeLinear", [f"{out}_q", scale, zero], [out]),
    ]


def networks():
    yield "half", network(stem() + head(), kind=TensorProto.FLOAT16, numbers=np.float16)
    # ONNX Runtime has no convolution in float64 on the CPU.
    mean = [helper.make_node("ReduceMean", ["image"], ["m"], axes=[2, 3], keepdims=0), helper.make_node("MatMul", ["m", "mixed"], ["logits"])]
    yield "double", network(mean, kind=TensorProto.DOUBLE, extra=[("mixed", RNG.normal(size=(3, 3)))])
    yield "opset_7", network(stem() + head(), opset=7, ir=3, listed=True)
    # Statically quantised, as by `quantize_static`: int8 weights per channel, uint8 activations.
    scales = np.abs(WEIGHTS["conv"]).max(axis=(1, 2, 3)) / 127
    weights = np.round(WEIGHTS["conv"] / scales[:, None, None, None]).astype(np.int8)
    nodes = quantised("image", "x", "scale_x", "zero_x")
    nodes += [helper.make_node("DequantizeLinear", ["weights_q", "scale_w", "zero_w"], ["w"], axis=0)]
    nodes += [helper.make_node("Conv", ["x", "w", "bias"], ["c0"], pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3])]
    nodes += quantised("c0", "c", "scale_c", "zero_c") + [helper.make_node("Relu", ["c"], ["r"])]
    yield "static_int8", network(nodes + head(), extra=[
        ("weights_q", weights), ("scale_w", scales.astype(np.float32)), ("zero_w", np.zeros(4, np.int8)),
        ("scale_x", np.float32(2 / 255)), ("zero_x", np.uint8(128)), ("scale_c", np.float32(40 / 255)), ("zero_c", np.uint8(128))])
    cubic = [helper.make_node("Resize", ["r", "", "scales"], ["m"], mode="cubic")]
    yield "cubic_resize", network(stem() + cubic + head("m"), extra=[("scales", np.array([1, 1, 2, 2], np.float32))])
    # No scores, but a class.
    largest = [helper.make_node("ArgMax", ["logits"], ["class"], axis=1)]
    yield "class_only", network(stem() + head() + largest, output=helper.make_tensor_value_info("class", TensorProto.INT64, ["batch", 1]))


def image(i: int) -> np.ndarray:
    y, x, k = np.meshgrid(np.arange(6), np.arange(10), np.arange(3), indexing="ij")
    return (y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256


def main() -> None:
    expected = {}
    for name, model in networks():
        path = HERE / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0]
        numbers = {"tensor(float16)": np.float16, "tensor(double)": np.float64}.get(given.type, np.float32)
        pixels = [((image(i) / 255).astype(np.float32) - np.float32(0.5)) / np.float32(0.5) for i in range(2)]
        rows = [session.run(None, {given.name: p.transpose(2, 0, 1)[None].astype(numbers)})[0] for p in pixels]
        expected[name] = [row.ravel().astype(float).tolist() for row in rows]
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
