"""Proof of a reading: how far the network that it makes gives the answers of the user's own program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from scipy.special import expit, log_softmax, softmax
from torch import Tensor

from nerode.errors import InputError
from nerode.links import SCORES
from nerode.words import FloatArray, IntArray

R = TypeVar("R")
FEWER, FEW = 4, 20  # words that most wrong readings fail on
WITHIN = 1e-5
"""How far an answer may be from that of the reading, in parts of the largest answer if that is above 1."""


def up_to(error: float) -> str:
    """Return how far apart answers are, for people."""
    return f"up to {error:.0e}" if error else "exactly"


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


def probes_of(tokens: int, longest: int) -> list[IntArray]:
    """Return words of tokens, of all lengths from 1 to the longest, always the same."""
    rng = np.random.default_rng(0)
    return [rng.integers(tokens, size=length) for length in range(1, longest + 1) for _ in range(4)]
