"""What the tensors of an ONNX graph are of the words, while the graph is followed: named axes, and the steps that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.chain import Cells, Normed, Step
from nerode.teachers.imports.parts import Affine, output_of
from nerode.teachers.onnx_files import library, safe
from nerode.words import FloatArray

BATCH, TIME, UNITS, WAYS, ONE = "batch", "time", "units", "ways", "one"
"""The axes: words, tokens, numbers, directions or layers of cells, and an axis of size one."""

Steps = tuple[Step, ...]
FOLDED = frozenset(("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Identity", "Slice", "Split", "Concat", "Gather"))
"""Operators that move or join constants, as exporters leave them before weights."""

MORE, LEAST = 16, 16 << 20
"""How many times the bytes of its constants are made of a graph while it is followed, and how many bytes at least."""


@dataclass(frozen=True)
class Value:
    """A tensor that depends on the words.

    Parameters
    ----------
    axes : the names of its axes
    rows : the steps that make it of the input vectors, for each entry of the axis WAYS, or one; none for the tokens themselves
    """

    axes: tuple[str, ...]
    rows: tuple[Steps, ...] = ()

    def axis(self, number: int) -> str:
        """Return the name of an axis, which may be counted from the end."""
        if not -len(self.axes) <= number < len(self.axes):
            raise InputError(f"it takes the axis {number} of a tensor of {len(self.axes)} axes")
        return self.axes[number]

    def place(self, number: int) -> int:
        """Return the place of an axis that may be counted from the end."""
        self.axis(number)
        return number % len(self.axes)

    def then(self, step: Step) -> Value:
        """Return the value after one more step."""
        return replace(self, rows=tuple(behind(row, step) for row in self.read.rows))

    @property
    def read(self) -> Value:
        """The value itself, if it is numbers that steps can change, and not tokens."""
        if not self.rows:
            raise InputError("it computes with the numbers of the tokens")
        return self


@dataclass
class Graph:
    """A graph while it is followed: its constants, what is known of its tensors, and the table of the embedding."""

    constants: dict[str, FloatArray]
    values: dict[str, Value] = field(default_factory=dict)
    table: FloatArray | None = None
    tokens: int | None = None
    room: int = field(init=False)  # the bytes that may yet be made

    def __post_init__(self) -> None:
        self.room = max(LEAST, MORE * sum(array.nbytes for array in self.constants.values()))

    def claim(self, size: int) -> None:
        """Take bytes from what may yet be made of the graph.

        Raises
        ------
        InputError : more than may be made
        """
        if size > self.room:
            raise InputError("it makes much more numbers than it stores")
        self.room -= size

    def claim_for(self, steps: Steps, width: int) -> None:
        """Take the bytes of an affine layer of so many numbers, which becomes one with another at the end of the steps."""
        if steps and isinstance(steps[-1], Affine):
            self.claim(8 * width * steps[-1].weight.shape[1])

    def width(self, steps: Steps) -> int:
        """Return how many numbers there are behind some steps."""
        for step in reversed(steps):
            if isinstance(step, Affine | Normed):
                return len(step.bias)
            if isinstance(step, Cells):
                return sum(map(output_of, step.directions))
        if self.table is None and self.tokens is None:
            raise InputError("it does not say how many tokens there are")
        return int(self.tokens or 0) if self.table is None else self.table.shape[1]

    def eye(self, width: int, begin: int = 0, end: int | None = None) -> Tensor:
        """Return the weight that takes some of so many numbers; errors are those of `claim`."""
        taken = range(width)[begin:end]
        self.claim(8 * len(taken) * width)
        weight = torch.zeros(len(taken), width)
        weight[torch.arange(len(taken)), torch.tensor(taken, dtype=torch.int64)] = 1
        return weight


class Node:
    """An operator of a graph, with what is known of its inputs."""

    def __init__(self, node: Any, graph: Graph) -> None:
        self.kind: str = node.op_type
        self.name = safe(node.name or node.op_type)
        self.graph = graph
        self.inputs = list(node.input)
        self.outputs = list(node.output)
        self.attributes = {a.name: library().helper.get_attribute_value(a) for a in node.attribute}

    def value(self, place: int = 0) -> Value:
        """Return an input that depends on the words; no other may."""
        others = [name for i, name in enumerate(self.inputs) if i != place and name in self.graph.values]
        if others or place >= len(self.inputs) or self.inputs[place] not in self.graph.values:
            raise InputError(f"its operator {self.kind} joins what no recurrent network of nerode joins")
        return self.graph.values[self.inputs[place]]

    def given(self, place: int) -> bool:
        """Return whether there is such an input."""
        return place < len(self.inputs) and self.inputs[place] != ""

    def constant(self, place: int) -> FloatArray:
        """Return an input that is stored in the file."""
        if not self.given(place) or self.inputs[place] not in self.graph.constants:
            raise InputError(f"its operator {self.kind} takes something that is computed, and not stored")
        return self.graph.constants[self.inputs[place]]

    def numbers(self, attribute: str, place: int) -> list[int] | None:
        """Return whole numbers that are an attribute or, in newer files, an input; None where they are not given."""
        if attribute in self.attributes:
            found = self.attributes[attribute]
            return [int(number) for number in found] if isinstance(found, Sequence) else [int(found)]
        return [int(number) for number in self.constant(place).ravel()] if self.given(place) else None

    def unread(self, what: str) -> InputError:
        """Return the error that says what of the operator is not read."""
        return InputError(f"its operator {safe(self.kind)} {what}, which is not read")


def behind(steps: Steps, step: Step) -> Steps:
    """Return steps with one more. An affine layer after another becomes one with it."""
    if not isinstance(step, Affine) or not steps or not isinstance(steps[-1], Affine):
        return (*steps, step)
    first, into = steps[-1], step.weight.double()
    weight, bias = into @ first.weight.double(), into @ first.bias.double() + step.bias.double()
    return (*steps[:-1], Affine(step.name, weight.to(step.weight), bias.to(step.bias)))


def joined(node: Node, parts: Sequence[Steps], join: Any) -> Steps:
    """Return the steps of what joins several results of the same steps; they differ in their last affine layers alone.

    Parameters
    ----------
    join : makes a weight (m, k) of weights (mᵢ, k), and a bias of biases
    """
    stems = [part[:-1] if part and isinstance(part[-1], Affine) else part for part in parts]
    if any(len(stem) != len(stems[0]) or any(a is not b for a, b in zip(stem, stems[0], strict=True)) for stem in stems):
        raise node.unread("joins what different layers make")
    width = node.graph.width(stems[0])
    ends = [part[-1] if len(part) > len(stem) else None for part, stem in zip(parts, stems, strict=True)]
    like = next((end.weight for end in ends if isinstance(end, Affine)), torch.zeros(0))
    eye, none = node.graph.eye(width).to(like.dtype), torch.zeros(width, dtype=like.dtype)
    node.graph.claim(8 * width * sum(len(end.bias) if isinstance(end, Affine) else width for end in ends))
    weight = join([end.weight if isinstance(end, Affine) else eye for end in ends])
    bias = join([end.bias if isinstance(end, Affine) else none for end in ends])
    if weight.shape == eye.shape and torch.equal(weight, eye) and not bias.any():
        return stems[0]
    return (*stems[0], Affine(node.name, weight, bias))


def selected(node: Node, steps: Steps, begin: int, end: int) -> Steps:
    """Return the steps of some of the numbers of a result."""
    weight = node.graph.eye(node.graph.width(steps), begin, end)
    node.graph.claim_for(steps, len(weight))
    return behind(steps, Affine(node.name, weight, torch.zeros(len(weight))))


def tensor(array: FloatArray) -> Tensor:
    """Return weights as a tensor in float32 or float64."""
    return torch.from_numpy(np.array(array, np.float64 if array.dtype == np.float64 else np.float32))


def constants_of(graph: Any) -> dict[str, FloatArray]:
    """Return the weights and other constants of a graph by name, and what is moved or joined of them.

    Raises
    ------
    InputError : weights that do not have the sizes that they claim
    """
    onnx = library()
    found: dict[str, FloatArray] = {}
    try:
        found |= {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and len(node.attribute) == 1:
                value = onnx.helper.get_attribute_value(node.attribute[0])
                is_tensor = node.attribute[0].name == "value"
                found[node.output[0]] = onnx.numpy_helper.to_array(value) if is_tensor else np.array(value)
    except (ValueError, TypeError, RuntimeError, IndexError, AttributeError, OverflowError) as error:
        raise InputError("its weights do not have the sizes that they claim") from error
    return found


def fold(node: Any, graph: Graph) -> None:
    """Compute what moves or joins constants alone. What cannot be folded is missing later, and named there.

    Raises
    ------
    InputError : it would make much more numbers than the graph stores
    """
    given = [graph.constants[name] for name in node.input if name in graph.constants]
    if node.op_type not in FOLDED or not given or len(given) < sum(name != "" for name in node.input):
        return
    from onnx.reference import ReferenceEvaluator

    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    if node.op_type == "Cast" and attributes.get("to") not in _numbers():
        return
    if attributes.get("num_outputs", 0) > len(node.output):
        return
    size = sum(array.size * 8 if node.op_type == "Cast" else array.nbytes for array in given)
    if node.op_type == "Gather" and len(given) == 2:
        table, places = given
        axis = attributes.get("axis", 0)
        if not -table.ndim <= axis < table.ndim:
            return
        size = places.size * (table.nbytes // max(1, table.shape[axis]))
    graph.claim(size)
    try:
        feeds = {name: graph.constants[name] for name in node.input if name}
        results = ReferenceEvaluator(node).run(None, feeds)
    except Exception:  # what the file asks for may be impossible in any way
        return
    graph.constants.update(zip(node.output, results, strict=False))


def _numbers() -> frozenset[int]:
    """Return the kinds of plain numbers."""
    kinds = library().TensorProto
    return frozenset((kinds.FLOAT, kinds.DOUBLE, kinds.FLOAT16, kinds.INT32, kinds.INT64, kinds.BOOL))
