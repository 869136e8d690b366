"""How much a teacher's answers depend on what else is asked beside them, measured."""

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

TOLERANCE = 1e-5  # of the largest score: what nerode allows two answers of a float32 network to the same word to differ by
ODD = (1, 3, 17, 61)  # sizes of small batches, in turn


@dataclass(frozen=True)
class Stability:
    """How far answers to the same words differ when they are asked in several ways.

    Parameters
    ----------
    words : how many were asked
    largest_score : the largest absolute value of a finite score
    deviation : the largest difference of two answers to one word, exact mode among them, as a part of the largest score
    exact_deviation : the same within exact mode, asked in two orders; 0 where it keeps its promise, None where it is not offered
    labels_differed : words whose label was not always the same; None where the link has no labels
    labels_at_risk : words whose label can change if scores move by the tolerance; None where the link has no labels
    tolerance : as a part of the largest score
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
    """Ask the words (indices, symbols or text) in several ways and say how far the answers differ.

    The ways: all at once, in another order, which is drawn with the seed, in small batches of odd sizes, and, where exact mode is
    offered, in exact mode in both orders.

    Parameters
    ----------
    progress : called with the number of answers so far and in all

    Raises
    ------
    InputError : no words, unknown symbols, or an answer that is not a number
    """
    teacher = checked(teacher)
    words = teacher.alphabet.words(words)
    if not words:
        raise InputError("there is no word to ask; give at least one")
    order = np.random.default_rng(seed).permutation(len(words))
    shuffled, back = [words[i] for i in order.tolist()], np.argsort(order)
    try:
        same = exact(teacher)
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
    """How far the scores of each row of (n, width) must move, each by at most so much, for its label to change."""
    if isinstance(link, Binary):
        distance: FloatArray = np.abs(scores[:, 0])
        return distance
    deciding = scores[:, : link.letters + 1] if isinstance(link, NextSymbol) else scores
    second, first = np.partition(deciding, -2, axis=1)[:, -2:].T
    return _difference(first, second) / 2  # the largest may fall while the next one rises


def _odd_batches(words: Words) -> list[Words]:
    batches, begin, sizes = [], 0, cycle(ODD)
    while begin < len(words):
        size = next(sizes)
        batches.append(words[begin : begin + size])
        begin += size
    return batches


def _spread(answers: FloatArray, largest: float) -> float:
    """The largest difference between ways (ways, n, width), as a part of the largest score."""
    spread = float(_difference(answers.max(axis=0), answers.min(axis=0)).max())
    return spread / largest if largest else spread


def _difference(high: FloatArray, low: FloatArray) -> FloatArray:
    """high − low, where two equal infinities do not differ."""
    return np.subtract(high, low, out=np.zeros(high.shape), where=high != low)


def _differ(deviation: float) -> str:
    return f"differ by at most {deviation:.2g} of the largest score" if deviation else "are the same to the last bit"


def _words(number: int) -> str:
    return f"{number:,} word{'s' * (number != 1)}"
