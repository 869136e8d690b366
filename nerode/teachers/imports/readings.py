"""Readings of a network: what is not in its weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any, TypeVar

import torch
from torch import Tensor

from nerode.teachers.imports.parts import Norm, Parts, is_norm, other_orders
from nerode.teachers.networks import NONLINEARITIES, POOLINGS, RecurrentNetwork, RecurrentSpec
from nerode.teachers.readout import FUNCTIONS, NORM

R = TypeVar("R")
NONE = "none"
MIXED, MOST_MIXED = 4, 2  # the likeliest functions, and the places in which different ones are tried


@dataclass(frozen=True)
class Reading:
    """What is not in the weights of a network.

    Parameters
    ----------
    pooling, nonlinearity, epsilon : as in RecurrentSpec; the nonlinearity is that of simple recurrent cells
    functions : the name of the function after each affine layer but the last, "none" for none
    function_first : whether the function stands before a norm between the same layers, and not after it
    after_cells : the function between the pooled outputs and the read-out
    gates : the order of the gates of a GRU, "torch" (reset, update, candidate) or "keras" (update, reset, candidate)
    order : the names of the layers of the read-out in another order than that of the parts; none for theirs
    """

    pooling: str = "last"
    nonlinearity: str = "tanh"
    functions: tuple[str, ...] = ()
    function_first: bool = False
    after_cells: str = NONE
    epsilon: float = 1e-5
    gates: str = "torch"
    order: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [
            {"last": "the last state", "end": "the output at the last token"}.get(self.pooling, f"the {self.pooling} over time")
        ]
        if self.nonlinearity != "tanh":
            said.append(f"cells of {self.nonlinearity} units")
        if self.gates != "torch":
            said.append(f"gates in the order of {self.gates.capitalize()}")
        if self.after_cells != NONE:
            said.append(f"{self.after_cells} after the cells")
        if self.functions:
            named = ", ".join("nothing" if function == NONE else function for function in self.functions)
            said.append(f"{named} between the affine layers")
        if self.order:
            said.append(f"the read-out in the order {', '.join(self.order)}")
        return ", ".join(said)


def network_of(parts: Parts, reading: Reading) -> RecurrentNetwork:
    """Return the network of these parts in this reading, in the file's order of tokens and outputs."""
    lowest = parts.layers[0][0]
    projection = lowest.weight_hr
    hidden = (lowest.weight_hh if projection is None else projection).shape[1]
    readout: list[int | str] = [] if reading.after_cells == NONE else [reading.after_cells]
    placed: list[tuple[int, str]] = []  # places of the layers of the head in the read-out
    functions = iter((*reading.functions, NONE))
    waiting = NONE
    head = sorted(parts.head, key=lambda layer: reading.order.index(layer.name)) if reading.order else parts.head
    for layer in head:
        if not is_norm(layer):
            readout += [] if waiting == NONE else [waiting]
            placed.append((len(readout), layer.name))
            readout.append(len(layer.bias))
            waiting = next(functions)
        else:
            if reading.function_first and waiting != NONE:
                readout.append(waiting)
                waiting = NONE
            placed.append((len(readout), layer.name))
            readout.append(NORM if isinstance(layer, Norm) else len(layer.bias))
    spec = RecurrentSpec(
        parts.cell, parts.tokens, hidden, tuple(readout), len(parts.layers), len(parts.layers[0]) > 1,
        None if parts.table is None else parts.table.shape[1], reading.nonlinearity,
        None if projection is None else len(projection), reading.pooling, reading.epsilon,
    )  # fmt: skip
    state = {} if parts.table is None else {"embedding.weight": parts.table}
    for depth, directions in enumerate(parts.layers):
        for direction, way in zip(directions, ("", "_reverse"), strict=False):
            for name, tensor in vars(direction).items():
                if tensor is not None:
                    swapped = reading.gates == "keras" and parts.cell == "gru"
                    state[f"cells.{name}_l{depth}{way}"] = _swapped(tensor) if swapped else tensor
    for (place, _), layer in zip(placed, head, strict=True):
        state |= {f"readout.{place}.weight": layer.weight, f"readout.{place}.bias": layer.bias}
    with torch.device("meta"):
        network = RecurrentNetwork(spec)
    # an embedding is copied, since training code may go on to change the weights of a module in memory
    network.load_state_dict(
        {name: tensor.detach().to(lowest.weight_ih.dtype).clone() for name, tensor in state.items()}, assign=True
    )
    return network.eval()


def _swapped(gates: Tensor) -> Tensor:
    """Return the rows of the gates of a GRU (3 · hidden, …) with the first two gates exchanged."""
    first, second, candidate = gates.chunk(3)
    return torch.cat([second, first, candidate])


def readings(parts: Parts, given: Reading, fixed: frozenset[str]) -> Iterator[Reading]:
    """Yield the readings that the parts allow, the likelier first.

    Parameters
    ----------
    given : the values of the fields in `fixed`, which stay as they are
    """
    both = len(parts.layers[0]) > 1
    norms = any(map(is_norm, parts.head))
    likely = ("relu", "tanh", NONE, "gelu", "sigmoid", "elu", "silu", "leaky-relu")
    assert set(likely) == {*FUNCTIONS, NONE}
    choices: dict[str, Sequence[Any]] = {
        "pooling": [kind for kind in POOLINGS if both or kind != "end"],
        "nonlinearity": NONLINEARITIES if parts.cell == "rnn" else ("tanh",),
        "functions": [(name,) * parts.gaps for name in likely] if parts.gaps else [()],
        "function_first": (False, True) if norms and parts.gaps else (False,),
        "after_cells": (NONE, "relu", "tanh"),
        "epsilon": (1e-5, 1e-3, 1e-6, 1e-12) if any(isinstance(layer, Norm) for layer in parts.head) else (1e-5,),
        "gates": ("torch", "keras") if parts.cell == "gru" else ("torch",),
    }
    choices["order"] = [(), *other_orders(parts)]
    for name in fixed:
        choices[name] = [getattr(given, name)]
    # the last of a product changes fastest: what is least likely to differ is varied last
    order = ("gates", "after_cells", "epsilon", "function_first", "order", "functions", "nonlinearity", "pooling")
    for values in product(*(choices[name] for name in order)):
        yield replace(given, **dict(zip(order, values, strict=True)))
    if "functions" not in fixed and 1 < parts.gaps <= MOST_MIXED:  # different functions, with what is likeliest beside them
        choices |= {name: choices[name][:1] for name in ("gates", "after_cells", "epsilon", "function_first", "order")}
        mixed = product(likely[:MIXED], repeat=parts.gaps)
        choices["functions"] = [functions for functions in mixed if len(set(functions)) > 1]
        for values in product(*(choices[name] for name in order)):
            yield replace(given, **dict(zip(order, values, strict=True)))


def near(reading: Reading, candidates: Iterable[Reading]) -> Iterator[Reading]:
    """Yield the readings that differ in one thing from a reading."""
    for other in candidates:
        if sum(getattr(other, field.name) != getattr(reading, field.name) for field in fields(Reading)) == 1:
            yield other
