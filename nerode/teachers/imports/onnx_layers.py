"""The operators of ONNX that have weights or are functions, as steps of a chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.teachers.imports.chain import Cells, Function, Normed, Pool
from nerode.teachers.imports.onnx_values import BATCH, TIME, UNITS, WAYS, Node, Steps, Value, behind, selected, tensor
from nerode.teachers.imports.parts import Affine, Direction
from nerode.teachers.onnx_files import safe
from nerode.teachers.reset_first import RESET_FIRST
from nerode.words import FloatArray

CELLS = {"LSTM": ("lstm", (0, 2, 3, 1)), "GRU": ("gru", (1, 0, 2)), "RNN": ("rnn", (0,))}
"""The cells, and the places of torch's gates among those of ONNX: input, output, forget, cell; update, reset, hidden."""

USUAL = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}
FUNCTIONS = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "Softmax": "softmax", "LogSoftmax": "log-softmax"}
SHAPED: dict[str, tuple[str, str, Any, Any]] = {
    "Elu": ("elu", "alpha", 1.0, 1.0),
    "LeakyRelu": ("leaky-relu", "alpha", 0.01, 0.01),
    "Gelu": ("gelu", "approximate", "none", "none"),
}
"""Functions with a parameter: their name, that of the parameter, its default, and the value with which they are read."""


def _cells(node: Node) -> list[Value]:
    """Return the outputs at all tokens, and the last states, with an axis for the directions in either."""
    value = node.value().read
    if value.axes != (TIME, BATCH, UNITS) or node.attributes.get("layout", 0):
        raise node.unread("reads another axis than time first")
    cell, order = CELLS[node.kind]
    way = node.attributes.get("direction", b"forward").decode()
    both = way == "bidirectional"
    nonlinearity = _nonlinearity(node, 2 if both else 1)
    if node.kind == "GRU" and not node.attributes.get("linear_before_reset", 0):
        cell = RESET_FIRST
    if node.given(7) or "clip" in node.attributes or node.attributes.get("input_forget", 0):
        raise node.unread("has peepholes, a clip or coupled gates")
    for place in (5, 6):
        if node.given(place) and np.any(node.graph.constants.get(node.inputs[place], 0)):
            raise node.unread("starts in a state that is not zero")
    directions = _directions(node, 1 + both, order)
    if way == "reverse":
        directions = (Direction(*(torch.zeros_like(weights) for weights in list(vars(directions[0]).values())[:4])), *directions)
    cells = Cells(node.name, cell, directions, nonlinearity)
    steps = value.then(cells).rows[0]
    last = behind(steps, Pool("last"))
    axes = (TIME, WAYS, BATCH, UNITS), (WAYS, BATCH, UNITS)
    return [Value(names, _ways(node, made, way)) for names, made in zip(axes, (steps, last), strict=True)]


def _ways(node: Node, steps: Steps, way: str) -> tuple[Steps, ...]:
    """Return the outputs of each direction."""
    if way == "forward":
        return (steps,)
    half = node.graph.width(steps) // 2
    backward = selected(node, steps, half, 2 * half)
    return (backward,) if way == "reverse" else (selected(node, steps, 0, half), backward)


def _nonlinearity(node: Node, ways: int) -> str:
    named = [safe(name).lower() for name in node.attributes.get("activations", ())]
    if node.kind == "RNN" and named == ["relu"] * ways:
        return "relu"
    if named and named != USUAL[node.kind] * ways:
        raise node.unread(f"has the activations {', '.join(named)[:80]}")
    return "tanh"


def _directions(node: Node, ways: int, order: tuple[int, ...]) -> tuple[Direction, ...]:
    into, back = node.constant(1), node.constant(2)
    gates = back.shape[1] if back.ndim == 3 else 0
    bias = node.constant(3) if node.given(3) else np.zeros((ways, 2 * gates), into.dtype)
    fitting = into.ndim == back.ndim == 3 and len(into) == len(back) == ways and into.shape[1] == gates
    if not fitting or bias.shape != (ways, 2 * gates) or gates != len(order) * back.shape[2] or not gates:
        raise node.unread("has weights of another shape than its kind")

    def arranged(weights: FloatArray) -> Tensor:
        parts = np.split(weights, len(order))
        return tensor(np.concatenate([parts[place] for place in order]))

    return tuple(
        Direction(arranged(into[way]), arranged(back[way]), arranged(bias[way][:gates]), arranged(bias[way][gates:]))
        for way in range(ways)
    )


def _function(node: Node) -> list[Value]:
    return [node.value().then(Function(FUNCTIONS[node.kind]))]


def _shaped(node: Node) -> list[Value]:
    name, parameter, default, wanted = SHAPED[node.kind]
    found = node.attributes.get(parameter, default)
    found = safe(found) if isinstance(found, bytes) else round(found, 6) if isinstance(found, float) else found
    if found != wanted:
        raise node.unread(f"has {parameter} {found}")
    return [node.value().then(Function(name))]


def _affine(node: Node, value: Value, weight: Tensor, bias: Tensor) -> list[Value]:
    if value.axes[-1] != UNITS:
        raise node.unread("computes along another axis than that of the numbers of a token")
    for row in value.rows:
        node.graph.claim_for(row, len(bias))
    return [value.then(Affine(node.name, weight, bias))]


def _matmul(node: Node) -> list[Value]:
    weight = tensor(node.constant(1))
    if weight.dim() != 2:
        raise node.unread("multiplies by something else than a matrix")
    return _affine(node, node.value(), weight.T.contiguous(), weight.new_zeros(weight.shape[1]))


def _gemm(node: Node) -> list[Value]:
    weight = tensor(node.constant(1))
    weight = (weight if node.attributes.get("transB", 0) else weight.T).contiguous() * node.attributes.get("alpha", 1.0)
    bias = tensor(node.constant(2)).ravel() * node.attributes.get("beta", 1.0) if node.given(2) else weight.new_zeros(1)
    if node.attributes.get("transA", 0):
        raise node.unread("transposes what it is given")
    return _affine(node, node.value(), weight, bias.expand(len(weight)).clone())


def _elementwise(node: Node) -> list[Value]:
    """Add, subtract, multiply or divide by what is stored."""
    place = 0 if node.inputs[0] in node.graph.values else 1
    value, stored = node.value(place).read, node.constant(1 - place)
    width = node.graph.width(value.rows[0])
    given = tensor(stored).ravel()
    if len(given) not in (1, width) or (stored.ndim and stored.shape[-1] != len(given)) or (node.kind == "Div" and place == 1):
        raise node.unread("computes with numbers of another shape")
    node.graph.claim(8 * width * width)
    given = given.expand(width)
    one, none = torch.ones_like(given), torch.zeros_like(given)
    scale, shift = {"Add": (one, given), "Sub": (one, -given), "Mul": (given, none), "Div": (1 / given, none)}[node.kind]
    if node.kind == "Sub" and place == 1:
        scale, shift = -one, given
    return _affine(node, value, torch.diag(scale), shift)


def _layer_norm(node: Node) -> list[Value]:
    value = node.value()
    weight = tensor(node.constant(1))
    bias = tensor(node.constant(2)) if node.given(2) else torch.zeros_like(weight)
    if value.axes[-1] != UNITS or weight.dim() != 1 or value.place(node.attributes.get("axis", -1)) != len(value.axes) - 1:
        raise node.unread("is taken over several axes")
    return [value.then(Normed(node.name, weight, bias, round(float(node.attributes.get("epsilon", 1e-5)), 12)))]


def _batch_norm(node: Node) -> list[Value]:
    """A batch norm is the affine layer that it is after training, of the second axis."""
    value = node.value()
    scale, shift, mean, variance = (tensor(node.constant(place)).double() for place in (1, 2, 3, 4))
    if value.axis(1) != UNITS or node.attributes.get("training_mode", 0):
        raise node.unread("is taken over another axis than that of the numbers of a token")
    factors = scale / torch.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    kind = tensor(node.constant(1)).dtype
    node.graph.claim(8 * len(factors) * len(factors))
    return [value.then(Affine(node.name, torch.diag(factors).to(kind), (shift - mean * factors).to(kind)))]


LAYERS: dict[str, Callable[[Node], list[Value]]] = {
    **dict.fromkeys(CELLS, _cells),
    **dict.fromkeys(FUNCTIONS, _function),
    **dict.fromkeys(SHAPED, _shaped),
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _elementwise),
    "MatMul": _matmul,
    "Gemm": _gemm,
    "LayerNormalization": _layer_norm,
    "BatchNormalization": _batch_norm,
}
