"""Numerical stability: how much a teacher's scores of a word depend on the batch in which it is queried.

The same words are queried in several ways, and the scores are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from nerode.checking import checked
from nerode.errors import InputError
from nerode.links import SCORES, Binary, Link, NextSymbol
from nerode.protocols import Teacher
from nerode.rounding import exact
from nerode.words import FloatArray, Words

TOLERANCE = 1e-5  # allowed difference of two answers of a float32 network to one word, relative to the largest score
ODD_SIZES = (1, 3, 17, 61)  # sizes of small batches, in turn


@dataclass(frozen=True)
class Stability:
    """The differences between a teacher's answers to the same words in several batches.

    Parameters
    ----------
    words : number of words
    largest_score : largest absolute value of a finite score
    deviation : largest difference of two answers to one word, with those of exact mode, relative to the largest score
    exact_deviation : the same for two orders in exact mode; it should be 0, and is None if there is no exact mode
    labels_differed : number of words with different labels in different answers; None if the link has no labels
    labels_at_risk : number of words whose label can change if scores change by the tolerance; None if the link has no labels
    tolerance : relative to the largest score
    """

    words: int
    largest_score: float
    deviation: float
    exact_deviation: float | None
    labels_differed: int | None
    labels_at_risk: int | None
    tolerance: float = TOLERANCE

    def __str__(self) -> str:
        ways = "at once, in another order" + (
            " and in small batches" if self.exact_deviation is None else ", in small batches, and in exact mode"
        )
        lines = [
            f"{_words(self.words)}, asked {ways}:",
            f"answers to one word {_differ(self.deviation)}; the largest score is {self.largest_score:.4g}, "
            f"the tolerance {self.tolerance:g} of it",
            "exact mode is not offered for this teacher"
            if self.exact_deviation is None
            else f"in exact mode answers to one word {_differ(self.exact_deviation)}",
        ]
        if self.labels_differed is not None and self.labels_at_risk is not None:
            lines.append(f"the label really differed for {_words(self.labels_differed)}")
            lines.append(f"the label could differ within the tolerance for {_words(self.labels_at_risk)}")
        return "\n  ".join(lines)


def stability(
    teacher: Teacher, words: Iterable[Any], *, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> Stability:
    """Query the words (indices, symbols or text) in several ways, and return how much the answers differ.

    The ways are: in one call; in one call and in random order; in small batches of odd sizes; and, if the teacher has an exact
    mode, in exact mode in both orders.

    Parameters
    ----------
    seed : draws the random order
    progress : called with the number of answers so far, and the total number of answers

    Raises
    ------
    InputError : there are no words, a symbol is unknown, or an answer is NaN
    """
    given, teacher = teacher, checked(teacher)
    words = teacher.alphabet.words(words)
    if not words:
        raise InputError("there is no word to ask; give at least one")
    order = np.random.default_rng(seed).permutation(len(words))
    shuffled, back = [words[i] for i in order.tolist()], np.argsort(order)
    try:
        same = exact(given)
    except InputError:
        same = None
    total = (3 if same is None else 5) * len(words)
    done = 0

    def ask(teacher: Teacher, words: Words) -> FloatArray:
        nonlocal done
        scores = teacher.scores(words)
        done += len(words)
        if progress is not None:
            progress(done, total)
        return scores

    with np.errstate(all="ignore"):  # a weighted automaton may overflow on long words
        ways = [
            ask(teacher, words),
            ask(teacher, shuffled)[back],
            np.concatenate([ask(teacher, batch) for batch in _odd_batches(words)]),
        ]
        exactly = [] if same is None else [ask(same, words), ask(same, shuffled)[back]]
    answers = np.stack([*ways, *exactly])  # (ways, n, width)
    missing = np.isnan(answers).any(axis=(0, 2))
    if missing.any():
        word = teacher.alphabet.text(words[int(missing.argmax())])
        raise InputError(f"the teacher's answer to the word {word} is not a number; leave such words out")
    largest = float(np.abs(answers).max(initial=0.0, where=np.isfinite(answers)))
    differed = at_risk = None
    if teacher.link.task != SCORES:
        labels = np.stack([teacher.link.labels(scores) for scores in answers])  # (ways, n)
        differed = int((labels != labels[0]).any(axis=0).sum())
        at_risk = int((distance_to_another_label(teacher.link, answers[-1]) <= TOLERANCE * largest).sum())
    exact_deviation = _spread(np.stack(exactly), largest) if exactly else None
    return Stability(len(words), largest, _spread(answers, largest), exact_deviation, differed, at_risk)


def distance_to_another_label(link: Link, scores: FloatArray) -> FloatArray:
    """Return the smallest change (n,) of the scores (n, width), in the maximum norm, that can change the label of each row."""
    if isinstance(link, Binary):
        distance: FloatArray = np.abs(scores[:, 0])
        return distance
    deciding = scores[:, : link.letters + 1] if isinstance(link, NextSymbol) else scores
    second, first = np.partition(deciding, -2, axis=1)[:, -2:].T
    return _difference(first, second) / 2  # the largest may decrease while the second largest increases


def _odd_batches(words: Words) -> list[Words]:
    batches, begin, sizes = [], 0, cycle(ODD_SIZES)
    while begin < len(words):
        size = next(sizes)
        batches.append(words[begin : begin + size])
        begin += size
    return batches


def _spread(answers: FloatArray, largest: float) -> float:
    """Return the largest difference between answers (ways, n, width), relative to the largest score."""
    spread = float(_difference(answers.max(axis=0), answers.min(axis=0)).max())
    return spread / largest if largest else spread


def _difference(high: FloatArray, low: FloatArray) -> FloatArray:
    """Return high − low, with a difference of 0 for two equal infinities."""
    return np.subtract(high, low, out=np.zeros(high.shape), where=high != low)


def _differ(deviation: float) -> str:
    return f"differ by at most {deviation:.2g} of the largest score" if deviation else "are the same to the last bit"


def _words(number: int) -> str:
    return f"{number:,} word{'s' * (number != 1)}"
