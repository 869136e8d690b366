"""Readings of a network: what is not in its weights, and how a reading is proved by answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from scipy.special import expit, log_softmax, softmax
from torch import Tensor

from nerode.errors import InputError
from nerode.links import SCORES
from nerode.teachers.imports.parts import Norm, Parts, is_norm, other_orders
from nerode.teachers.networks import NONLINEARITIES, POOLINGS, RecurrentNetwork, RecurrentSpec
from nerode.teachers.readout import FUNCTIONS, NORM
from nerode.words import FloatArray, IntArray

R = TypeVar("R")
NONE = "none"
FEWER, FEW = 4, 20  # words that most wrong readings fail on
WITHIN = 1e-5
"""How far an answer may be from that of the reading, in parts of the largest answer if that is above 1."""


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


@dataclass(frozen=True)
class Agreement:
    """How far a reading agrees with answers.

    Parameters
    ----------
    form : what the answers are of the outputs: "scores", "probabilities", "log-probabilities", "probability of class 1", "labels"
    errors : (n,), the largest difference for each word, in parts of the largest answer if that is above 1; 0 or 1 for labels
    """

    form: str
    errors: FloatArray

    @property
    def worst(self) -> float:
        """The largest error."""
        return float(self.errors.max(initial=0.0))

    @property
    def holds(self) -> bool:
        """Whether the reading gives all answers."""
        return bool((self.errors <= WITHIN).all())


FORMS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "scores": lambda outputs: outputs,
    "probabilities": lambda outputs: softmax(outputs, axis=1),
    "log-probabilities": lambda outputs: log_softmax(outputs, axis=1),
    "sigmoids": expit,
    "probability of class 1": lambda outputs: softmax(outputs, axis=1)[:, 1:] if outputs.shape[1] == 2 else expit(outputs),
    "labels": lambda outputs: outputs.argmax(axis=1)[:, None] if outputs.shape[1] > 1 else (outputs > 0).astype(float),
}
"""What programs answer, as a function of the outputs (n, k) before the last function."""


def agreement(outputs: FloatArray, answers: FloatArray, task: str) -> Agreement:
    """Return how far outputs (n, k) agree with answers (n, k) or (n, 1), in the form in which they agree best.

    Values are the outputs themselves; answers of other tasks may have any of FORMS.

    Raises
    ------
    InputError : answers of another width
    """
    with np.errstate(over="ignore"):
        scale = max(1.0, float(np.abs(answers).max(initial=0.0)))
        formed = {form: make(outputs) for form, make in FORMS.items()}
    fitting = {form: values for form, values in formed.items() if values.shape == answers.shape}
    whole = bool((answers == np.round(answers)).all())
    if not (whole and answers.shape[1] == 1):
        fitting.pop("labels", None)
    if task == SCORES:
        fitting = {form: values for form, values in fitting.items() if form == "scores"}
    if not fitting:
        raise InputError(
            f"the answers have {answers.shape[1]} numbers a word, and the network has {outputs.shape[1]} outputs; give its "
            "outputs or their probabilities, or one number: the probability of class 1, or the class"
        )
    each = [Agreement(form, np.abs(values - answers).max(axis=1) / scale) for form, values in fitting.items()]
    return min(
        each, key=lambda found: (np.median(found.errors) > WITHIN, found.worst)
    )  # one wrong answer may lie near another form


class Answering(Protocol):
    """A network that maps tokens (n, length) to outputs (n, width of its specification)."""

    spec: Any

    def __call__(self, tokens: Tensor, /) -> Any:
        """Return the outputs."""
        ...


def outputs_of(network: Any, tokens: Sequence[IntArray]) -> FloatArray:
    """Return the outputs (n, k) of a network for words of tokens."""
    outputs = np.empty((len(tokens), network.spec.width))
    by_length: dict[int, list[int]] = {}
    for row, word in enumerate(tokens):
        by_length.setdefault(len(word), []).append(row)
    with torch.inference_mode():
        for rows in by_length.values():
            outputs[rows] = network(torch.from_numpy(np.stack([tokens[row] for row in rows]))).numpy()
    return outputs


def proved(
    make: Callable[[R], Any], candidates: Iterable[R], tokens: Sequence[IntArray], answers: FloatArray, task: str
) -> tuple[R, Agreement]:
    """Return the first reading that gives all answers, or else the one that comes nearest.

    A reading that fails on the first words is not asked about the others.

    Parameters
    ----------
    make : returns the network of a reading
    """
    best: tuple[R, Agreement] | None = None
    for reading in candidates:
        found = _agreed(make(reading), tokens, answers, task)
        if found.holds and len(found.errors) == len(tokens):
            return reading, found
        if best is None or np.median(found.errors) < np.median(best[1].errors):
            best = reading, found
    assert best is not None  # there is at least one reading
    reading, _ = best
    return reading, agreement(outputs_of(make(reading), tokens), answers, task)


def _agreed(network: Any, tokens: Sequence[IntArray], answers: FloatArray, task: str) -> Agreement:
    """Return how far a network gives the answers to the first words: to all of them if it gives those to few."""
    for count in (FEWER, FEW, len(tokens)):
        found = agreement(outputs_of(network, tokens[:count]), answers[:count], task)
        if not found.holds or count >= len(tokens):
            break
    return found


def rivals(
    make: Callable[[R], Any],
    reading: R,
    candidates: Iterable[R],
    probes: Sequence[IntArray],
    tokens: Sequence[IntArray],
    answers: FloatArray,
    task: str,
) -> Iterator[R]:
    """Yield readings other than the proved one that give all answers too, and others to the probes."""
    mine = outputs_of(make(reading), probes)
    limit = WITHIN * max(1.0, float(np.abs(mine).max(initial=0.0)))
    for other in candidates:
        if other != reading:
            network = make(other)
            found = _agreed(network, tokens, answers, task)
            fits = found.holds and len(found.errors) == len(tokens)
            if fits and np.abs(outputs_of(network, probes) - mine).max(initial=0.0) > limit:
                yield other


def near(reading: Reading, candidates: Iterable[Reading]) -> Iterator[Reading]:
    """Yield the readings that differ in one thing from a reading."""
    for other in candidates:
        if sum(getattr(other, field.name) != getattr(reading, field.name) for field in fields(Reading)) == 1:
            yield other


def probes_of(tokens: int, longest: int) -> list[IntArray]:
    """Return words of tokens, of all lengths from 1 to the longest, always the same."""
    rng = np.random.default_rng(0)
    return [rng.integers(tokens, size=length) for length in range(1, longest + 1) for _ in range(4)]
