"""Recurrent networks in the graphs of ONNX models, as chains of steps.

A graph is followed from its input to its output. Of every tensor it is known which axes it has and which steps made it. Initial
states and lengths, which exporters compute of the shape of the input, are taken for zero and for the whole word. Whether that is
so is shown by the answers of the model itself; see `onnx_models`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nerode.errors import InputError
from nerode.teachers.imports.chain import Function, Pool, Step
from nerode.teachers.imports.onnx_layers import LAYERS
from nerode.teachers.imports.onnx_values import (
    BATCH,
    ONE,
    TIME,
    UNITS,
    WAYS,
    Graph,
    Node,
    Value,
    constants_of,
    fold,
    joined,
    selected,
)
from nerode.teachers.onnx_files import safe
from nerode.teachers.onnx_inputs import MOST_TOKENS

POOLS = {"ReduceMean": "mean", "GlobalAveragePool": "mean", "ReduceMax": "max", "GlobalMaxPool": "max", "ReduceSum": "sum"}
SHAPES = frozenset(("Shape", "Size"))
FAR = 2**31 - 1  # exporters write this or more for the end of an axis


def followed(model: Any, vectors: int | None, time_first: bool) -> tuple[Graph, Value | InputError]:
    """Return a graph that was followed, and its first output, or the error that says what is not read.

    Parameters
    ----------
    vectors : the width of one-hot vectors; None where the input is tokens
    """
    graph = Graph(constants_of(model.graph), tokens=vectors)
    stored = {initial.name for initial in model.graph.initializer}
    source = next(given.name for given in model.graph.input if given.name not in stored)
    axes = (TIME, BATCH) if time_first else (BATCH, TIME)
    graph.values[source] = Value(axes) if vectors is None else Value((*axes, UNITS), ((),))
    try:
        for node in model.graph.node:
            if not any(name in graph.values for name in node.input):
                fold(node, graph)
            elif node.op_type not in SHAPES:
                _step(Node(node, graph))
        return graph, graph.values[model.graph.output[0].name].read
    except KeyError:
        return graph, InputError("its first output does not depend on the words")
    except (TypeError, ValueError, IndexError, RuntimeError, AttributeError):
        return graph, InputError("its operators do not fit together")
    except InputError as error:
        return graph, error


def _step(node: Node) -> None:
    """Find what the outputs of an operator are."""
    known = OPERATORS.get(node.kind)
    if known is None:
        raise InputError(f"it has the operator {safe(node.kind)}, which no recurrent network of nerode has")
    node.graph.values |= dict(zip(node.outputs, known(node), strict=False))


def _same(node: Node) -> list[Value]:
    return [node.value()]


def _transposed(node: Node) -> list[Value]:
    value = node.value()
    order = node.attributes.get("perm", range(len(value.axes))[::-1])
    return [replace(value, axes=tuple(value.axis(place) for place in order))]


def _without(node: Node, value: Value, places: list[int]) -> Value:
    """Return a value without some axes of size one."""
    for place in places:
        if value.axes[place] == TIME or (value.axes[place] == WAYS and len(value.rows) > 1):
            raise node.unread(f"drops the axis of {value.axes[place]}")
    return replace(value, axes=tuple(name for place, name in enumerate(value.axes) if place not in places))


def _small(value: Value) -> list[int]:
    """Return the places of the axes that are known to be of size one."""
    return [i for i, name in enumerate(value.axes) if name == ONE or (name == WAYS and len(value.rows) == 1)]


def _squeezed(node: Node) -> list[Value]:
    value = node.value()
    axes = node.numbers("axes", 1)
    return [_without(node, value, _small(value) if axes is None else [value.place(place) for place in axes])]


def _unsqueezed(node: Node) -> list[Value]:
    value = node.value()
    axes = list(value.axes)
    places = node.numbers("axes", 1) or []
    for place in sorted(place % (len(axes) + len(places)) for place in places):
        axes.insert(place, ONE)
    return [replace(value, axes=tuple(axes))]


def _reshaped(node: Node) -> list[Value]:
    """A reshape drops axes of size one, or puts the directions side by side."""
    value = node.value()
    if WAYS in value.axes and len(value.rows) > 1:
        if value.axes[value.axes.index(WAYS) + 1 :] != (UNITS,):
            raise node.unread("mixes directions with words")
        value = replace(value, rows=(joined(node, value.rows, torch.cat),))
    value = _without(node, value, _small(value))
    wanted = node.graph.constants.get(node.inputs[1]) if node.kind == "Reshape" else None
    if node.kind == "Flatten" and value.axes != (BATCH, UNITS):
        raise node.unread("joins axes")
    if wanted is not None and wanted.size != len(value.axes) and value.axes != (BATCH, UNITS):
        raise node.unread("joins axes")
    return [value]


def _gathered(node: Node) -> list[Value]:
    graph = node.graph
    if node.inputs[0] in graph.constants:  # an embedding
        tokens, table = node.value(1), node.constant(0)
        if tokens.rows or table.ndim != 2 or table.dtype.kind != "f" or node.attributes.get("axis", 0) != 0:
            raise node.unread("looks up something else than an embedding")
        if graph.table is not None:
            raise node.unread("is a second embedding")
        graph.table, graph.tokens = table, len(table)
        return [Value((*tokens.axes, UNITS), ((),))]
    value, index = node.value().read, node.constant(1)
    if index.size != 1:
        raise node.unread("takes several places")
    place = value.place(node.attributes.get("axis", 0))
    return [_taken(node, value, place, int(index.ravel()[0]), keep=index.ndim == 1)]


def _taken(node: Node, value: Value, place: int, index: int, keep: bool) -> Value:
    """Return one place on an axis; the axis stays, with size one, or goes."""
    axis = value.axes[place]
    axes = (*value.axes[:place], *([ONE] if keep else []), *value.axes[place + 1 :])
    if axis == WAYS:
        return Value(axes, (value.rows[index],))
    if axis == TIME and index == -1:
        return replace(value.then(Pool("end")), axes=axes)
    if axis == UNITS:
        index %= node.graph.width(value.rows[0])
        return Value(axes, tuple(selected(node, row, index, index + 1) for row in value.rows))
    if index not in (0, -1) or axis == TIME:
        raise node.unread(f"takes the place {index} of the axis of {axis}")
    return replace(value, axes=axes)


def _sliced(node: Node) -> list[Value]:
    value = node.value().read
    starts, ends = node.numbers("starts", 1) or [], node.numbers("ends", 2) or []
    places = node.numbers("axes", 3) or list(range(len(starts)))
    steps = node.numbers("steps", 4) or [1] * len(starts)
    for start, end, place, step in zip(starts, ends, places, steps, strict=True):
        axis = value.axis(place)
        if step != 1:
            raise node.unread("takes some places of an axis, or turns it round")
        if start in (0, -FAR) and end >= FAR:
            continue
        if axis == TIME and start == -1 and end >= FAR:
            value = _taken(node, value, value.place(place), -1, keep=True)
        elif axis == WAYS:
            value = replace(value, rows=value.rows[start:end])
        elif axis == UNITS:
            value = replace(value, rows=tuple(selected(node, row, start, end) for row in value.rows))
        elif not (axis in (ONE, BATCH) and start == 0 and end == 1):
            raise node.unread(f"takes the places {start} to {end} of the axis of {axis}")
    return [value]


def _split(node: Node) -> list[Value]:
    value = node.value().read
    axis = value.axis(node.attributes.get("axis", 0))
    if axis not in (WAYS, UNITS):
        raise node.unread(f"divides the axis of {axis}")
    width = len(value.rows) if axis == WAYS else node.graph.width(value.rows[0])
    count = len(node.outputs)
    sizes = node.numbers("split", 1) or [-(-width // count)] * count
    ends = np.cumsum(sizes).tolist()
    if axis == WAYS:
        return [replace(value, rows=value.rows[end - size : end]) for size, end in zip(sizes, ends, strict=True)]
    return [
        replace(value, rows=tuple(selected(node, row, end - size, end) for row in value.rows))
        for size, end in zip(sizes, ends, strict=True)
    ]


def _concatenated(node: Node) -> list[Value]:
    values = [node.graph.values[name].read for name in node.inputs if name in node.graph.values]
    if len(values) != len(node.inputs) or len({value.axes for value in values}) > 1:
        raise node.unread("joins the words with something else")
    axis = values[0].axis(node.attributes["axis"])
    if axis == WAYS:
        return [replace(values[0], rows=tuple(row for value in values for row in value.rows))]
    if axis == ONE:  # states of layers or directions that were taken apart
        axes = tuple(WAYS if name == ONE else name for name in values[0].axes)
        return [Value(axes, tuple(row for value in values for row in value.rows))]
    if axis != UNITS or any(len(value.rows) > 1 for value in values):
        raise node.unread(f"joins along the axis of {axis}")
    return [replace(values[0], rows=(joined(node, [value.rows[0] for value in values], torch.cat),))]


def _pooled(node: Node) -> list[Value]:
    value = node.value().read
    whole = node.kind.startswith("Global")
    axes = list(range(2, len(value.axes))) if whole else node.numbers("axes", 1)
    names = [value.axis(place) for place in axes or range(len(value.axes))]
    if not set(names) <= {TIME, ONE}:
        raise node.unread(f"is taken over the axis of {', '.join(names)}")
    kept = [ONE] if whole or node.attributes.get("keepdims", 1) else []
    pooled = value.then(Pool(POOLS[node.kind])) if TIME in names else value
    return [replace(pooled, axes=tuple(new for name in value.axes for new in (kept if name in names else [name])))]


def _one_hot(node: Node) -> list[Value]:
    tokens, depth, numbers = node.value(), node.constant(1), node.constant(2)
    if tokens.rows or node.attributes.get("axis", -1) not in (-1, len(tokens.axes)) or numbers.tolist() != [0, 1]:
        raise node.unread("makes other vectors than one-hot")
    return [_hot(node, tokens, int(depth.ravel()[0]))]


def _equal(node: Node) -> list[Value]:
    """One-hot vectors are also written as a comparison of the tokens with 0, 1, …"""
    place = next(i for i, name in enumerate(node.inputs) if name in node.graph.values)
    tokens, numbers = node.value(place), node.constant(1 - place)
    if (
        tokens.rows
        or tokens.axes[-1] != ONE
        or numbers.size != numbers.shape[-1]
        or (numbers.ravel() != np.arange(numbers.size)).any()
    ):
        raise node.unread("compares tokens with a number, as a mask of padding does")
    return [_hot(node, replace(tokens, axes=tokens.axes[:-1]), numbers.size)]


def _hot(node: Node, tokens: Value, width: int) -> Value:
    if not 0 < width <= MOST_TOKENS:
        raise node.unread(f"makes one-hot vectors of {width} numbers")
    node.graph.tokens = width
    return Value((*tokens.axes, UNITS), ((),))


def _added(node: Node) -> list[Value]:
    """Add what is stored, or two results of the same layers, such as two directions."""
    if not all(name in node.graph.values for name in node.inputs):
        return LAYERS["Add"](node)
    first, second = (node.graph.values[name].read for name in node.inputs)
    if first.axes != second.axes or len(first.rows) > 1:
        raise node.unread("joins what different layers make")
    return [replace(first, rows=(joined(node, [first.rows[0], second.rows[0]], sum),))]


def _multiplied(node: Node) -> list[Value]:
    """Multiply by what is stored, or x by its own sigmoid."""
    if not all(name in node.graph.values for name in node.inputs):
        return LAYERS["Mul"](node)
    first, second = sorted((node.graph.values[name].read for name in node.inputs), key=lambda value: len(value.rows[0]))
    gates = [row[-1] if row else None for row in second.rows]
    ours: list[tuple[Step, ...]] = [row[:-1] for row in second.rows]
    if any(gate != Function("sigmoid") for gate in gates) or list(map(_identities, ours)) != list(map(_identities, first.rows)):
        raise node.unread("multiplies two results")
    return [first.then(Function("silu"))]


def _identities(steps: tuple[Step, ...]) -> list[int]:
    return list(map(id, steps))


OPERATORS: dict[str, Callable[[Node], list[Value]]] = {
    **LAYERS,
    **dict.fromkeys(("Identity", "Dropout", "Cast"), _same),
    **dict.fromkeys(POOLS, _pooled),
    **dict.fromkeys(("Reshape", "Flatten"), _reshaped),
    "Transpose": _transposed,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Gather": _gathered,
    "Slice": _sliced,
    "Split": _split,
    "Concat": _concatenated,
    "OneHot": _one_hot,
    "Equal": _equal,
    "Add": _added,
    "Mul": _multiplied,
}
