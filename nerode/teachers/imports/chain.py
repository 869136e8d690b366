"""Chains of layers, for formats that describe the whole network: from steps in their order to parts and the reading.

What the engine has no place for is folded, exactly: affine layers between recurrent layers into the weights of the next, and a
function behind a norm becomes the function of an affine layer that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.parts import Affine, Direction, Norm, Parts, output_of
from nerode.teachers.imports.readings import NONE, Reading
from nerode.teachers.imports.widening import fitted, widened
from nerode.teachers.readout import FUNCTIONS

LAST = ("softmax", "log-softmax", "sigmoid")
"""Functions at the end of a network; the scores are what stands before."""


@dataclass(frozen=True)
class Cells:
    """A recurrent layer in one direction or in two, whose outputs stand side by side."""

    name: str
    cell: str
    directions: tuple[Direction, ...]
    nonlinearity: str = "tanh"


@dataclass(frozen=True)
class Normed(Norm):
    """A layer norm with its epsilon."""

    epsilon: float = 1e-5


@dataclass(frozen=True)
class Function:
    """A function of each number, or one in LAST."""

    name: str


@dataclass(frozen=True)
class Pool:
    """What is taken of the outputs at all tokens; the kinds are those of RecurrentSpec."""

    kind: str


Step = Cells | Affine | Normed | Function | Pool


def parts_of_chain(table: Tensor | None, steps: Sequence[Step], told: Sequence[str] = ()) -> tuple[Parts, Reading]:
    """Return the parts of a network of these steps, and the reading, which the steps say whole.

    Parameters
    ----------
    table : (tokens, width), the input vector of each token; None for one-hot input

    Raises
    ------
    InputError : no recurrent layers, steps that no recurrent network of nerode has, or weights that do not fit together
    """
    places = [place for place, step in enumerate(steps) if isinstance(step, Cells)]
    if not places:
        raise InputError("it has no recurrent layers, and only recurrent networks are read")
    try:
        cells = list(_folded(steps[places[0] : places[-1] + 1]))
        kinds = {(step.cell, step.nonlinearity) for step in cells}
        if len(kinds) > 1:
            raise InputError(
                f"its recurrent layers are of several kinds ({', '.join(sorted(' '.join(k) for k in kinds))}), which is not read"
            )
        ((cell, nonlinearity),) = kinds
        pooling, after = _pooled(steps[places[-1] + 1 :], len(cells[-1].directions) > 1)
        layers, unused = _with_directions([step.directions for step in cells])
        first, head, functions, epsilon = _head(after, sum(map(output_of, cells[-1].directions)))
        if not isinstance(head[0], Affine) and (unused or len({output_of(way) for layer in layers for way in layer}) > 1):
            head, functions = [identity(len(head[0].bias), head[0].bias), *head], (NONE, *functions)
        if unused and isinstance(head[0], Affine):
            head[0] = replace(head[0], weight=torch.nn.functional.pad(head[0].weight, (0, unused)))
        before = list(steps[: places[0]])
        if table is None and before:
            table = torch.eye(_width(before), dtype=layers[0][0].weight_ih.dtype)
        if table is not None:
            table = _through(table, before)
        _check(layers, table, head)
        parts = Parts(cell, widened(layers), table, fitted(head, layers), tuple(told))
    except (RuntimeError, IndexError, ValueError) as error:
        raise InputError("the shapes of its weights do not fit together") from error
    reading = Reading(pooling, nonlinearity, functions, function_first=True, after_cells=first, epsilon=epsilon)
    return parts, reading


def identity(width: int, like: Tensor) -> Affine:
    """Return an affine layer that changes nothing."""
    return Affine("identity", torch.eye(width, dtype=like.dtype), torch.zeros(width, dtype=like.dtype))


def described(step: Step) -> str:
    """Return what a step is, for messages."""
    return step.name if isinstance(step, Function) else f"pooling ({step.kind})" if isinstance(step, Pool) else step.name


def _folded(steps: Sequence[Step]) -> Iterator[Cells]:
    """Yield the recurrent layers, each with the affine layers before it folded into its weights."""
    affine: list[Affine] = []
    for step in steps:
        if isinstance(step, Affine):
            affine.append(step)
        elif isinstance(step, Cells):
            directions = step.directions
            for layer in reversed(affine):
                directions = tuple(_behind(layer, direction) for direction in directions)
            affine = []
            yield replace(step, directions=directions)
        else:
            raise InputError(f"between its recurrent layers stands {described(step)}, which is not read")


def _behind(layer: Affine, direction: Direction) -> Direction:
    into = direction.weight_ih.double()
    return replace(
        direction,
        weight_ih=(into @ layer.weight.double()).to(direction.weight_ih),
        bias_ih=(direction.bias_ih.double() + into @ layer.bias.double()).to(direction.bias_ih),
    )


def _pooled(steps: Sequence[Step], both: bool) -> tuple[str, list[Affine | Normed | Function]]:
    """Return the pooling, and the steps behind the recurrent layers as steps behind the pooling."""
    pools = [place for place, step in enumerate(steps) if isinstance(step, Pool)]
    rest = [step for step in steps if isinstance(step, Affine | Normed | Function)]
    if not pools:
        if both:
            raise InputError("it reads in both directions and answers at each token, which is no score of a word")
        return "last", rest
    if len(pools) > 1:
        raise InputError("it pools over time more than once")
    pool = steps[pools[0]]
    assert isinstance(pool, Pool)
    before = steps[: pools[0]]
    one_place = pool.kind == "end" or (pool.kind == "last" and not both)
    if not one_place and not (pool.kind == "mean" and all(isinstance(step, Affine) for step in before)) and before:
        raise InputError(f"{described(before[0])} stands between its recurrent layers and the {pool.kind} over time")
    return "last" if pool.kind == "end" and not both else pool.kind, rest


def _with_directions(layers: list[tuple[Direction, ...]]) -> tuple[tuple[tuple[Direction, ...], ...], int]:
    """Return layers that all read in one direction or all in both, and the width of outputs that were added on top.

    A direction whose weights are all zero answers zero.
    """
    if len({len(directions) for directions in layers}) == 1:
        return tuple(layers), 0
    full: list[tuple[Direction, ...]] = []
    added = 0
    for directions in layers:
        padded = tuple(
            replace(direction, weight_ih=torch.nn.functional.pad(direction.weight_ih, (0, added))) for direction in directions
        )
        added = 0
        if len(padded) == 1:
            zero = Direction(*(torch.zeros_like(weights) for weights in list(vars(padded[0]).values())[:4]))
            padded, added = (padded[0], zero), output_of(zero)
        full.append(padded)
    return tuple(full), added


def _head(steps: list[Affine | Normed | Function], width: int) -> tuple[str, list[Affine | Norm], tuple[str, ...], float]:
    """Return the function after the cells, the layers of the read-out, the function after each but the last, and the epsilon."""
    if steps and isinstance(steps[-1], Function) and steps[-1].name in LAST:
        steps = steps[:-1]
    like = next((step.bias for step in steps if not isinstance(step, Function)), torch.zeros(0))
    first, head, functions = NONE, list[Affine | Norm](), list[str]()  # a function for each affine layer
    epsilons = {step.epsilon for step in steps if isinstance(step, Normed)}
    if len(epsilons) > 1:
        raise InputError(f"its layer norms have several epsilons ({', '.join(map(str, sorted(epsilons)))})")
    for step in steps:
        if isinstance(step, Function):
            if step.name not in FUNCTIONS:
                raise InputError(
                    f"the function {step.name} stands in its read-out, and those that are read are {', '.join(FUNCTIONS)}"
                )
            if not head and first == NONE:
                first = step.name
                continue
            if not head or not isinstance(head[-1], Affine) or functions[-1] != NONE:
                head.append(identity(width, like))
                functions.append(NONE)
            functions[-1] = step.name
            continue
        head.append(Norm(step.name, step.weight, step.bias) if isinstance(step, Normed) else step)
        width = len(step.bias)
        if isinstance(step, Affine):
            functions.append(NONE)
    if not head or not isinstance(head[-1], Affine) or functions[-1] != NONE:
        head.append(identity(width, like))
        functions.append(NONE)
    return first, head, tuple(functions[:-1]), next(iter(epsilons), 1e-5)


def _width(steps: Sequence[Step]) -> int:
    """Return how many numbers the first of some steps takes."""
    return next(step.weight.shape[-1] for step in steps if isinstance(step, Affine | Norm))


@torch.no_grad()
def _through(table: Tensor, steps: Sequence[Step]) -> Tensor:
    """Return the vectors (tokens, width) behind steps that change each vector alone."""
    for step in steps:
        if isinstance(step, Affine):
            table = table @ step.weight.T + step.bias
        elif isinstance(step, Normed):
            table = torch.nn.functional.layer_norm(table, (table.shape[1],), step.weight, step.bias, step.epsilon)
        elif isinstance(step, Function) and step.name in FUNCTIONS:
            table = FUNCTIONS[step.name]()(table)
        else:
            raise InputError(f"before its recurrent layers stands {described(step)}, which is not read")
    return table


def _check(layers: Sequence[tuple[Direction, ...]], table: Tensor | None, head: Sequence[Affine | Norm]) -> None:
    """Raise ValueError where the weights do not fit to each other."""
    width = layers[0][0].weight_ih.shape[1] if table is None else table.shape[1]
    for directions in layers:
        for direction in directions:
            gates = len(direction.weight_hh)
            if direction.weight_ih.shape != (gates, width) or {len(direction.bias_ih), len(direction.bias_hh)} != {gates}:
                raise ValueError
        width = sum(map(output_of, directions))
    for layer in head:
        if layer.weight.shape[-1] != width or len(layer.weight) != len(layer.bias):
            raise ValueError
        width = len(layer.bias)
