#!/usr/bin/env python3
"""Compare rten with ONNX Runtime, operator by operator, and write docs/onnx-operators.md.

    pip install onnx onnxruntime numpy
    cargo build --release -p backend-rten --example run_onnx
    python tests/backends/onnx_operators.py target/release/examples/run_onnx docs/onnx-operators.md

Each case is a network of one operator: those of ONNX's own test suite for its nodes, and more here, over the attributes
and the older versions that networks in use have. Each is run as it is and as the crate `backend-rten` rewrites it.
Exits with an error if a rewritten network gives other values than ONNX Runtime without being refused.
"""
from __future__ import annotations

import argparse
import itertools
import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

TYPES = {
    np.dtype(np.float32): "f32", np.dtype(np.float16): "f32", np.dtype(np.float64): "f32", np.dtype(np.int32): "i32",
    np.dtype(np.int64): "i32", np.dtype(np.bool_): "i32", np.dtype(np.int8): "i8", np.dtype(np.uint8): "u8",
}
RNG = np.random.default_rng(0)
# Cases that stay wrong, since nothing in the file shows that they occur.
EXCEPTIONS = {"test_reduce_max_empty_set_bool": "the maximum of no booleans, which is false, is the least int32"}


class Case:
    def __init__(self, name: str, operator: str, model: onnx.ModelProto, inputs: list[np.ndarray], expected: list | None = None):
        self.name, self.operator, self.model, self.inputs, self.expected = name, operator, model, inputs, expected


def case(operator, attributes, inputs, constants=(), opset=17, outputs=1, domain="", said=None):
    """A network of one node; `constants` are inputs of it that are stored in the file, by position."""
    names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
    node = helper.make_node(operator, names, [f"y{i}" for i in range(outputs)], domain=domain, **attributes)
    given = [(n, v) for i, (n, v) in enumerate(zip(names, inputs)) if v is not None and i not in constants]
    stored = [numpy_helper.from_array(v, n) for i, (n, v) in enumerate(zip(names, inputs)) if v is not None and i in constants]
    infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), [None] * v.ndim) for n, v in given]
    graph = helper.make_graph([node], "g", infos, [helper.make_empty_tensor_value_info(f"y{i}") for i in range(outputs)], stored)
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    text = said or ", ".join(f"{k}={v}" for k, v in attributes.items())
    shapes = " ".join("x".join(map(str, v.shape)) for _, v in given)
    return Case(f"opset {opset}: {text or 'defaults'} [{shapes}]", operator, model, [v for _, v in given])


def floats(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def integers(kind, *shape):
    limits = np.iinfo(kind)
    return RNG.integers(limits.min, limits.max + 1, size=shape).astype(kind)


def i64(*values):
    return np.array(values, np.int64)


def more_cases():
    """Attributes and versions that ONNX's own cases leave out."""
    for operator, opset in itertools.product(("Softmax", "LogSoftmax"), (9, 11, 12, 13)):
        for axis, shape in itertools.product((None, 0, 1, 2, -1), ((2, 3, 4), (2, 5), (2, 3, 4, 2))):
            if (axis or 0) < len(shape) and not (axis == -1 and opset < 11):
                yield case(operator, {} if axis is None else {"axis": axis}, [floats(*shape)], opset=opset)
    for kernel, stride, size in itertools.product((1, 2, 3, 4), (1, 2, 3), (7, 8)):
        for auto in ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"):
            x = floats(1, 2, size, size + 1)
            yield case("Conv", {"auto_pad": auto, "strides": [stride] * 2}, [x, floats(3, 2, kernel, kernel), floats(3)], (1, 2), 11)
            attributes = {"auto_pad": auto, "strides": [stride] * 2, "kernel_shape": [kernel] * 2}
            yield case("MaxPool", attributes, [x], opset=12)
            yield case("AveragePool", attributes, [x], opset=11)
            yield case("AveragePool", attributes | {"count_include_pad": 1}, [x], opset=11)
            yield case("ConvTranspose", {"auto_pad": auto, "strides": [stride] * 2}, [x, floats(2, 3, kernel, kernel)], (1,), 11)
        for pads in ([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 1, 0]):
            if max(pads) >= kernel:
                continue
            x = floats(1, 2, size, size + 1)
            attributes = {"pads": pads, "strides": [stride] * 2, "kernel_shape": [kernel] * 2}
            yield case("Conv", attributes, [x, floats(3, 2, kernel, kernel)], (1,), 11)
            yield case("ConvTranspose", attributes, [x, floats(2, 3, kernel, kernel)], (1,), 11)
            for ceil in (0, 1):
                yield case("MaxPool", attributes | {"ceil_mode": ceil}, [x], opset=12)
                for include in (0, 1):
                    for opset in (10, 11, 19):
                        yield case("AveragePool", attributes | {"ceil_mode": ceil, "count_include_pad": include}, [x], opset=opset)
            for auto in (None,):
                u8, w8 = integers(np.uint8, 1, 2, size, size), integers(np.int8, 3, 2, kernel, kernel)
                yield case("ConvInteger", attributes, [u8, w8, np.uint8(37).reshape(())], (1,), 10)
    x, w = floats(1, 4, 9, 8), floats(6, 2, 3, 3)
    yield case("Conv", {"group": 2}, [x, w], (1,), 11, said="group=2, no strides, dilations, pads, kernel_shape")
    yield case("Conv", {"group": 2, "dilations": [2, 2], "kernel_shape": [3, 3]}, [x, w], (1,), 11)
    yield case("Conv", {"group": 2, "dilations": [2, 2], "auto_pad": "SAME_UPPER"}, [x, w], (1,), 11)
    yield case("Conv", {"group": 2, "dilations": [2, 2], "auto_pad": "SAME_LOWER"}, [x, w], (1,), 11)
    yield case("Conv", {"group": 2}, [x, w], (), 11, said="group=2, weights that are no constant")
    yield case("Conv", {}, [floats(1, 3, 17), floats(2, 3, 4)], (1,), 11)
    yield case("Conv", {"auto_pad": "SAME_LOWER"}, [floats(1, 3, 17), floats(2, 3, 4)], (1,), 11)
    yield case("Conv", {}, [floats(1, 3, 5, 6, 7), floats(2, 3, 2, 2, 2)], (1,), 11)
    yield case("Conv", {"pads": [1] * 6, "strides": [2] * 3}, [floats(1, 3, 5, 6, 7), floats(2, 3, 2, 2, 2)], (1,), 11)
    for extra in ({"output_padding": [1, 1], "strides": [2, 2]}, {"output_shape": [10, 9], "strides": [2, 2]}, {"dilations": [2, 2]}, {"group": 2}):
        yield case("ConvTranspose", extra | {"kernel_shape": [3, 3]}, [floats(1, 4, 5, 5), floats(4, 2, 3, 3)], (1,), 11)
    yield case("MaxPool", {"kernel_shape": [2, 2], "dilations": [2, 2]}, [floats(1, 1, 6, 6)], opset=12)
    yield case("MaxPool", {"kernel_shape": [2, 2]}, [floats(1, 2, 6, 6)], opset=12)
    yield case("MaxPool", {"kernel_shape": [3]}, [floats(1, 2, 16)], opset=12)
    yield case("MaxPool", {"kernel_shape": [2, 2, 2]}, [floats(1, 2, 4, 4, 4)], opset=12)
    yield case("MaxPool", {"kernel_shape": [2, 2]}, [integers(np.uint8, 1, 2, 6, 6)], opset=12)
    yield case("AveragePool", {"kernel_shape": [3]}, [floats(1, 2, 16)], opset=11)
    yield case("AveragePool", {"kernel_shape": [2, 2], "dilations": [2, 2]}, [floats(1, 1, 6, 6)], opset=19)
    for operator in ("GlobalAveragePool", "GlobalMaxPool"):
        for shape in ((2, 3, 5), (2, 3, 5, 6), (1, 2, 3, 4, 5)):
            yield case(operator, {}, [floats(*shape)], opset=11)
    for zero, weights_zero in itertools.product((None, 0, 128, 255), (None, 7, "each")):
        for left, right in itertools.product((np.uint8, np.int8), repeat=2):
            point = None if zero is None else np.array(min(zero, np.iinfo(left).max), left)
            points = None if weights_zero is None else (integers(right, 3) if weights_zero == "each" else np.array(7, right))
            inputs = [integers(left, 1, 2, 6, 6), integers(right, 3, 2, 3, 3), point, points]
            yield case("ConvInteger", {"pads": [1, 1, 1, 1]}, inputs, (1, 2, 3), 10, said=f"{left.__name__} {right.__name__}, zero points {zero} {weights_zero}")
            inputs = [integers(left, 4, 200), integers(right, 200, 3), point, points]
            yield case("MatMulInteger", {}, inputs, (1, 2, 3), 10, said=f"{left.__name__} {right.__name__}, zero points {zero} {weights_zero}")
    for opset, attributes, rest in ((7, {"ratio": 0.3}, []), (10, {}, []), (12, {}, [np.float32(0.5).reshape(())]), (13, {}, [np.float32(0.5).reshape(()), np.array(False)])):
        yield case("Dropout", attributes, [floats(3, 4)] + rest, (1, 2), opset)
    parameters = [floats(3), floats(3), floats(3), np.abs(floats(3)) + 0.1]
    for opset, shape in itertools.product((7, 9, 14, 15), ((2, 3), (2, 3, 4), (2, 3, 4, 5))):
        for attributes in ({}, {"epsilon": 0.1}, {"momentum": 0.5}):
            yield case("BatchNormalization", attributes, [floats(*shape)] + parameters, (1, 2, 3, 4), opset)
    for mode, coordinates, (opset, scales) in itertools.product(
        ("nearest", "linear", "cubic"), ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners", "tf_half_pixel_for_nn", "tf_crop_and_resize", "half_pixel_symmetric"),
        itertools.product((11, 13, 18, 19), ((1, 1, 2, 2), (1, 1, 0.6, 0.7), (1, 1, 1, 1), (1, 1, 1.7, 0.5)))):
        for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil") if mode == "nearest" else ("",):
            attributes = {"mode": mode, "coordinate_transformation_mode": coordinates} | ({"nearest_mode": nearest} if nearest else {})
            yield case("Resize", attributes, [floats(1, 2, 5, 6), np.zeros(0, np.float32), np.array(scales, np.float32)], (1, 2), opset, said=f"{attributes} scales {scales}")
    for mode, size in itertools.product(("nearest", "linear"), ((1, 2, 10, 12), (1, 2, 3, 3), (1, 2, 7, 9), (1, 2, 1, 1))):
        yield case("Resize", {"mode": mode}, [floats(1, 2, 5, 6), None, None, i64(*size)], (3,), 13, said=f"mode={mode} sizes {size}")
        yield case("Resize", {"mode": mode, "antialias": 1}, [floats(1, 2, 5, 6), None, None, i64(*size)], (3,), 18, said=f"mode={mode} antialias sizes {size}")
        yield case("Resize", {"mode": mode}, [floats(5, 6), None, None, i64(*size[2:])], (3,), 13, said=f"mode={mode} sizes of 2 axes")
    yield case("Resize", {"mode": "nearest"}, [floats(1, 2, 5, 6), np.array([1, 1, 2, 2], np.float32)], (1,), 10)
    for mode, opset in itertools.product(("nearest", "linear"), (7, 9)):
        for scale in (2.0, 1.5, 3.0):
            scales = [1.0, 1.0, scale, scale]
            if opset == 7:
                yield case("Upsample", {"mode": mode, "scales": scales}, [floats(1, 2, 4, 5)], opset=7)
            else:
                yield case("Upsample", {"mode": mode}, [floats(1, 2, 4, 5), np.array(scales, np.float32)], (1,), 9, said=f"mode={mode} scales={scales}")
    yield case("Clip", {"min": -0.5, "max": 0.5}, [floats(3, 4)], opset=6)
    yield case("Clip", {"max": 0.5}, [floats(3, 4)], opset=6)
    yield case("Clip", {}, [floats(3, 4), np.float32(-0.2).reshape(())], (1,), 11)
    yield case("Clip", {}, [floats(3, 4), None, np.float32(0.2).reshape(())], (2,), 11)
    for mode in ("constant", "reflect", "edge", "wrap"):
        yield case("Pad", {"mode": mode}, [floats(1, 2, 4, 5), i64(0, 0, 1, 2, 0, 0, 2, 1)], (1,), 19)
        if mode != "wrap":
            yield case("Pad", {"mode": mode, "pads": [0, 0, 1, 2, 0, 0, 2, 1]}, [floats(1, 2, 4, 5)], opset=2)
    yield case("Pad", {"pads": [0, 0, 1, 2, 0, 0, 2, 1], "value": 1.5}, [floats(1, 2, 4, 5)], opset=2)
    yield case("Pad", {}, [floats(1, 2, 4, 5), i64(0, 0, -1, 2, 0, 0, 2, -1), np.float32(2).reshape(())], (1, 2), 13, said="negative pads")
    yield case("Pad", {}, [floats(1, 2, 4, 5), i64(1, 2), None, i64(2)], (1, 3), 18, said="axes")
    yield case("Pad", {}, [integers(np.uint8, 1, 2, 4, 5), i64(0, 0, 1, 1, 0, 0, 1, 1), np.uint8(9).reshape(())], (1, 2), 13, said="uint8")
    yield case("Slice", {"starts": [1, -3], "ends": [4, 100], "axes": [0, 2]}, [floats(5, 3, 6)], opset=9)
    yield case("Slice", {"starts": [1], "ends": [2]}, [floats(5, 3, 6)], opset=9)
    for starts, ends, steps in (((-1, -1), (-100, -100), (-1, -2)), ((0, 4), (5, 0), (2, -1)), ((3, 3), (3, 100), (1, 3))):
        yield case("Slice", {}, [floats(5, 6), i64(*starts), i64(*ends), i64(0, 1), i64(*steps)], (1, 2, 3, 4), 13, said=f"{starts} {ends} {steps}")
    for axes in (None, [0], [1, 2], [-1]):
        attributes = {} if axes is None else {"axes": axes}
        for operator in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"):
            for keep in (0, 1):
                x = np.abs(floats(2, 3, 4)) + 0.1
                yield case(operator, attributes | {"keepdims": keep}, [x], opset=11)
                inputs = [x] if axes is None else [x, i64(*axes)]
                yield case(operator, {"keepdims": keep}, inputs, (1,), 18, said=f"keepdims={keep}, axes {axes}")
                yield case(operator, {"keepdims": keep, "noop_with_empty_axes": 1}, inputs, (1,), 18, said=f"keepdims={keep}, axes {axes}, noop")
        yield case("Squeeze", {} if axes is None else {"axes": [1]}, [floats(2, 1, 3, 1) if axes is None else floats(2, 1, 3)], opset=11)
    yield case("Unsqueeze", {"axes": [0, 3]}, [floats(2, 3)], opset=11)
    yield case("Unsqueeze", {}, [floats(2, 3), i64(-1, 0)], (1,), 13, said="axes -1 0")
    yield case("Split", {"axis": 1}, [floats(2, 6)], opset=11, outputs=3)
    yield case("Split", {"axis": 1, "split": [1, 5]}, [floats(2, 6)], opset=11, outputs=2)
    yield case("Split", {"axis": -1, "num_outputs": 4}, [floats(2, 7)], opset=18, outputs=4)
    yield case("Split", {"axis": 1}, [floats(2, 6), i64(2, 4)], (1,), 13, outputs=2)
    for kinds in ((np.int32, np.int32), (np.float32, np.float32)):
        left = RNG.integers(-20, 20, size=(4, 5)).astype(kinds[0])
        right = (RNG.integers(1, 7, size=(4, 5)) * RNG.choice([-1, 1], size=(4, 5))).astype(kinds[1])
        yield case("Div", {}, [left, right], opset=14, said=kinds[0].__name__)
        yield case("Mod", {"fmod": 1}, [left, right], opset=13, said=f"fmod {kinds[0].__name__}")
        if kinds[0] is np.int32:
            yield case("Mod", {}, [left, right], opset=13, said="int32")
    for operator in ("Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Max", "Min", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"):
        for shape in ((3, 1, 5), (5,), (1,), (4, 5), ()):
            yield case(operator, {}, [np.abs(floats(3, 4, 5)) - 0.1 * (operator != "Pow"), floats(*shape)], opset=16)
    for kind in (np.int32, np.int64, np.uint8, np.int8, np.bool_, np.float32):
        values = np.array([-300.7, -2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 127.4, 200.9, 255.2], np.float32)
        small = values[3:9]
        yield case("Cast", {"to": helper.np_dtype_to_tensor_dtype(np.dtype(kind))}, [small if kind in (np.uint8, np.int8) else values], opset=13, said=f"to {kind.__name__}")
    yield case("Cast", {"to": TensorProto.FLOAT}, [integers(np.uint8, 10)], opset=13, said="from uint8")
    yield case("Cast", {"to": TensorProto.FLOAT}, [integers(np.int8, 10)], opset=13, said="from int8")
    yield case("Round", {}, [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6], np.float32)], opset=11)
    for operator in ("ArgMax", "ArgMin"):
        for attributes in ({}, {"axis": 1}, {"axis": -1, "keepdims": 0}, {"select_last_index": 1}):
            yield case(operator, attributes, [RNG.integers(0, 3, size=(3, 4)).astype(np.float32)], opset=13)
    for a, b, c in itertools.product((0, 1), (0, 1), ((), (5,), (3, 1), (3, 5))):
        inputs = [floats(*(4, 3) if a else (3, 4)), floats(*(5, 4) if b else (4, 5)), floats(*c)]
        yield case("Gemm", {"transA": a, "transB": b, "alpha": 0.5, "beta": 2.0}, inputs, opset=13)
    for shapes in (((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((2, 1, 2, 3), (5, 3, 4)), ((3,), (3,))):
        yield case("MatMul", {}, [floats(*shape) for shape in shapes], opset=13)
    for shape in ((2, 3, 4), (2, 3, 4, 5)):
        for axis in (-1, 1, -2):
            x = floats(*shape)
            inner = shape[axis:] if axis < 0 else shape[axis:]
            yield case("LayerNormalization", {"axis": axis, "epsilon": 1e-3}, [x, floats(*inner), floats(*inner)], (1, 2), 17)
            yield case("LayerNormalization", {"axis": axis}, [x, floats(*inner)], (1,), 17, said=f"axis={axis}, no bias")
        yield case("InstanceNormalization", {"epsilon": 1e-2}, [floats(*shape), floats(3), floats(3)], (1, 2), 11)
        yield case("LpNormalization", {"axis": 1, "p": 1}, [floats(*shape)], opset=11)
        yield case("LpNormalization", {}, [floats(*shape)], opset=11)
    for operator, attributes in (
        ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 0.1, "beta": 0.4}), ("Elu", {"alpha": 0.3}), ("LeakyRelu", {"alpha": 0.2}), ("LeakyRelu", {}),
        ("Softplus", {}), ("Softsign", {}), ("Sigmoid", {}), ("Tanh", {}), ("Erf", {}), ("HardSwish", {}), ("Exp", {}), ("Neg", {}), ("Abs", {}), ("Sign", {}), ("Ceil", {}), ("Floor", {}), ("Relu", {}), ("Identity", {}),
    ):
        yield case(operator, attributes, [3 * floats(4, 50)], opset=14)
    for approximate in ("none", "tanh"):
        yield case("Gelu", {"approximate": approximate}, [3 * floats(4, 50)], opset=20)
    for operator in ("Gelu", "FastGelu", "QuickGelu"):
        yield case(operator, {}, [3 * floats(4, 50)], domain="com.microsoft", opset=17)
    yield case("BiasGelu", {}, [floats(4, 8), floats(8)], (1,), domain="com.microsoft")
    yield case("SkipLayerNormalization", {"epsilon": 1e-5}, [floats(2, 4, 8), floats(2, 4, 8), floats(8), floats(8), floats(8)], (2, 3, 4), domain="com.microsoft")
    for axis in (0, 1, 2, -1):
        yield case("Flatten", {"axis": axis}, [floats(2, 3, 4)], opset=13)
        yield case("Concat", {"axis": axis if axis < 2 else 1}, [floats(2, 3), floats(2, 3)], opset=13)
        yield case("Gather", {"axis": axis}, [floats(2, 3, 4), i64(0, -1, 1)], (1,), 13)
        yield case("CumSum", {"reverse": axis % 2, "exclusive": axis // 2 % 2}, [floats(3, 4), i64(1)[0].reshape(())], (1,), 14)
    for mode in ("DCR", "CRD"):
        yield case("DepthToSpace", {"blocksize": 2, "mode": mode}, [floats(1, 8, 2, 3)], opset=13)
    for equation in ("bij,bjk->bik", "ij->ji", "bhid,bhjd->bhij", "ii->i", "i,j->ij"):
        terms = equation.split("->")[0].split(",")
        sizes = dict(zip("bhijkd", (2, 3, 4, 4, 5, 6)))
        yield case("Einsum", {"equation": equation}, [floats(*[sizes[c] for c in term]) for term in terms], opset=13)
    for kind, axis in itertools.product((np.uint8, np.int8), (None, 0, 1)):
        many = axis is not None
        scale = np.abs(floats(*([3, 4][axis:axis + 1] if many else ()))) + 0.05
        zero = integers(kind, *scale.shape) // 4
        attributes = {"axis": axis} if many else {}
        yield case("QuantizeLinear", attributes, [5 * floats(3, 4), scale.astype(np.float32), zero.astype(kind)], (1, 2), 13, said=f"{kind.__name__} axis {axis}")
        yield case("DequantizeLinear", attributes, [integers(kind, 3, 4), scale.astype(np.float32), zero.astype(kind)], (1, 2), 13, said=f"{kind.__name__} axis {axis}")
    yield case("QuantizeLinear", {}, [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32), np.float32(1).reshape(()), np.uint8(10).reshape(())], (1, 2), 13, said="halves")
    yield case("DynamicQuantizeLinear", {}, [floats(3, 4)], opset=11, outputs=3)
    for largest, is_sorted in itertools.product((0, 1), (1,)):
        yield case("TopK", {"largest": largest, "sorted": is_sorted, "axis": 1}, [floats(3, 6), i64(2)], (1,), 11, outputs=2)
    yield case("TopK", {"k": 2}, [floats(3, 6)], opset=1, outputs=2)
    for allow in (0, 1):
        yield case("Reshape", {"allowzero": allow}, [floats(2, 3, 4), i64(2, -1) if allow else i64(0, -1)], (1,), 14)
    yield case("Reshape", {"shape": [3, -1]}, [floats(2, 3, 4)], opset=1)
    yield case("Transpose", {}, [floats(2, 3, 4)], opset=13)
    yield case("Expand", {}, [floats(3, 1), i64(2, 3, 4)], (1,), 13)
    yield case("Tile", {}, [floats(2, 3), i64(2, 2)], (1,), 13)
    yield case("Where", {}, [RNG.random((3, 4)) > 0.5, floats(3, 4), floats(4)], opset=16)
    yield case("Trilu", {"upper": 0}, [floats(4, 4)], opset=14)
    yield case("OneHot", {"axis": 1}, [i64(0, 2, -1, 9), i64(4)[0].reshape(()), np.array([2, 5], np.float32)], (1, 2), 11)
    yield case("MatMulNBits", {"K": 32, "N": 4, "bits": 4, "block_size": 16}, [floats(3, 32), integers(np.uint8, 4, 2, 8), np.abs(floats(8))], (1, 2), domain="com.microsoft")


def own_cases():
    """ONNX's own cases for its nodes."""
    from onnx.backend.test.case.node import collect_testcases

    for test in collect_testcases(None):
        if len(test.model.graph.node) != 1 or not test.data_sets:
            continue
        inputs, outputs = test.data_sets[0]
        if all(isinstance(value, np.ndarray) for value in [*inputs, *outputs]):
            node = test.model.graph.node[0]
            yield Case(f"opset {test.model.opset_import[0].version}: {test.name}", node.op_type, test.model, list(inputs), list(outputs))


def reference(case: Case):
    """ONNX Runtime's outputs; where it has no kernel those of ONNX's own case, or of its reference implementation."""
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        # As it stands, so that no fusion of ONNX Runtime's is compared.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(case.model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        names = [value.name for value in session.get_inputs()]
        return session.run(None, dict(zip(names, case.inputs)))
    except Exception:
        pass
    if case.expected is not None:
        return case.expected
    try:
        evaluator = ReferenceEvaluator(case.model)
        return evaluator.run(None, dict(zip(evaluator.input_names, case.inputs)))
    except Exception:
        return None


def to_json(array: np.ndarray):
    values = [x if np.isfinite(x) else str(x) for x in array.astype(np.float64).ravel().tolist()]
    return {"type": TYPES[array.dtype], "shape": list(array.shape), "data": values}


def equal(found, expected) -> bool:
    if len(found) < len(expected):
        return False
    for ours, theirs in zip(found, expected):
        if list(theirs.shape) != ours["shape"]:
            return False
        ours = np.array([float(x) for x in ours["data"]]).reshape(ours["shape"])
        theirs = theirs.astype(np.float64)
        tolerance = 0 if TYPES[np.asarray(expected[0]).dtype] != "f32" else 2e-5 * max(1.0, float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0)))
        if expected[0].dtype == np.float16:
            tolerance *= 100
        if not np.allclose(ours, theirs, rtol=0, atol=tolerance, equal_nan=True):
            return False
    return True


def judge(outcome, expected) -> tuple[str, str]:
    if "error" in outcome:
        return "refused", outcome["error"]
    return ("equal", "") if equal(outcome["outputs"], expected) else ("wrong", "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_onnx", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    onnxruntime.set_default_logger_severity(4)

    cases, skipped = [], 0
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for one in itertools.chain(own_cases(), more_cases()):
            expected = reference(one)
            arrays = [*one.inputs, *(expected or [])]
            if expected is None or any(not isinstance(a, np.ndarray) or a.dtype not in TYPES for a in arrays):
                skipped += 1
                continue
            path = Path(folder) / f"{len(cases)}.onnx"
            path.write_bytes(one.model.SerializeToString())
            lines.append(json.dumps({"onnx": str(path), "inputs": [to_json(a) for a in one.inputs]}))
            cases.append((one, expected))
        done = subprocess.run([args.run_onnx], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(cases)

    rows = defaultdict(lambda: defaultdict(int))
    reasons, wrong, changed = defaultdict(set), [], defaultdict(set)
    for (one, expected), outcome in zip(cases, outcomes):
        before, _ = judge(outcome["as_it_is"], expected)
        after, reason = judge(outcome["rewritten"], expected)
        row = rows[one.operator]
        row["cases"] += 1
        row[f"before {before}"] += 1
        row[after] += 1
        if after == "refused":
            reasons[one.operator].add(readable(reason))
        if after == "wrong" and one.name.split(": ")[-1] not in EXCEPTIONS:
            wrong.append(f"{one.operator}, {one.name}")
        if before != "equal" and after == "equal":
            changed[one.operator].add(before)
        if args.verbose and after != "equal":
            print(after, one.operator, one.name, reason, file=sys.stderr)
    write(args.page, rows, reasons, changed, len(cases), skipped)
    for text in wrong:
        print("WRONG", text)
    print(f"{len(cases)} cases, {len(wrong)} wrong, {skipped} left out")
    sys.exit(1 if wrong else 0)


def readable(reason: str) -> str:
    reason = re.sub(r'^(in node ".*?": )?(operator error: |graph error: )?', "", reason)
    reason = re.sub(r"^.*?the operator \w+ \(.*?\) ", "", reason)
    reason = re.sub(r"^.*?failed( with error)?: ", "", reason)
    return reason.strip()[:110].replace("|", "\\|")


def write(page: Path, rows, reasons, changed, count: int, skipped: int) -> None:
    known = {name: row for name, row in rows.items() if row["equal"] or row["wrong"] or row["before equal"] or row["before wrong"]}
    unknown = sorted(name for name in rows if name not in known)
    lines = [
        "# ONNX operators",
        "",
        f"`backend-rten` runs ONNX networks on rten 0.27. This page compares both with ONNX Runtime {onnxruntime.__version__}, one",
        f"operator at a time, on {count} networks of one node: the cases of ONNX {onnx.__version__} for its nodes, and others over the",
        "attributes and the older versions that networks in use have. `tests/backends/onnx_operators.py` writes it.",
        "",
        "*rten* counts the cases in which rten alone gives ONNX Runtime's values, refuses the network, or gives other values.",
        "*backend-rten* counts the same after its rewriting: a network that it does not refuse gives ONNX Runtime's values, to",
        "2e-5 of their range, with the exception named at the end.",
        "",
        "rten computes in float32 and int32: float16, float64, int64 and bool become these. A whole number beyond int32 is",
        "not one of the cases.",
        "",
        "| operator | cases | rten: equal | refused | other values | backend-rten: equal | refused | other values | refused for |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in sorted(known):
        row = known[name]
        why = "; ".join(sorted(reasons[name])[:3]) + (" …" if len(reasons[name]) > 3 else "")
        lines.append(
            f"| {name} | {row['cases']} | {row['before equal']} | {row['before refused']} | {row['before wrong']} | {row['equal']} | {row['refused']} | {row['wrong']} | {why} |"
        )
    lines += [
        "",
        "## Operators that are refused in every case",
        "",
        ", ".join(f"`{name}`" for name in unknown) + ".",
        "",
        f"The exception: {'; '.join(EXCEPTIONS.values())}.",
        "",
        f"{skipped} cases are left out: they have strings, sequences, or types of number that rten does not have, or random or",
        "training outputs.",
        "",
    ]
    page.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
