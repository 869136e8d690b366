"""The calibration of a student: its probabilities in bins, beside those of its teacher.

Probabilities are compared in bins, as in a reliability diagram (DeGroot and Fienberg: The comparison and evaluation of
forecasters, The Statistician 32, 1983). Here the teacher's probability takes the place of the share of events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax, softmax

from nerode.automata.diagram import counted
from nerode.eval.columns import chunks
from nerode.eval.comparable import answers, comparable
from nerode.eval.frames import lines_of
from nerode.eval.outcomes import some_words
from nerode.links import CLASSIFIER, SCORES, Binary, NextSymbol
from nerode.protocols import Teacher, only_labels
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Words

BINS = 10  # of probabilities, equally wide, up to the largest


@dataclass(frozen=True)
class CalibrationBin:
    """The probabilities from `low` to `high` that the student gives: how many, their mean, and that of the teacher's."""

    low: float
    high: float
    count: int
    student: float
    teacher: float


@dataclass(frozen=True)
class Calibration:
    """The probabilities of a student beside those of its teacher.

    Parameters
    ----------
    of : what they are probabilities of
    bins : those with any, the least probabilities first
    gap : the mean distance of the two means of a bin, weighed by its count: the expected calibration error (Guo, Pleiss, Sun and
        Weinberger: On calibration of modern neural networks, ICML 2017) against the teacher; None without any probability
    unscored : words on which the student gives no probability
    """

    of: str
    bins: tuple[CalibrationBin, ...]
    gap: float | None
    unscored: int

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return {"of": self.of, "bins": [asdict(part) for part in self.bins], "gap": self.gap, "unscored": self.unscored}

    def __str__(self) -> str:
        rows = [["probability", "count", "automaton", "network"]]
        for part in self.bins:
            between = f"{part.low:.3g} to {part.high:.3g}"
            rows.append([between, f"{part.count:,}", f"{part.student:.4f}", f"{part.teacher:.4f}"])
        gap = "undefined" if self.gap is None else f"{self.gap:.4f}"
        lost = f"; no probability of {counted(self.unscored, 'word')}" if self.unscored else ""
        return "\n".join(lines_of(rows)) + f"\nmean probability of {self.of}; mean distance {gap}{lost}"


def calibration(student: Teacher, teacher: Teacher, words: Iterable[Any]) -> Calibration | None:
    """Return the probabilities of a student in bins, beside those of its teacher; None where one of them has none.

    They are those of class 1 of two classes, of each class of several, and of each letter and the end after each prefix for
    language models, renormalised over these. The margin of two classes is a log-odds ratio, and the scores of several are
    logarithms up to a constant. A DFA has no probabilities, nor has a function that answers with labels, nor a value.

    Raises
    ------
    InputError : two functions that are not of one kind, no words, or unknown symbols
    """
    student, teacher = comparable(student, teacher)
    parsed = some_words(teacher, words)
    if not (_has_probabilities(student) and _has_probabilities(teacher)):
        return None
    sums = np.zeros((3, BINS))  # counts, and both probabilities summed
    unscored = 0
    parts = list(chunks(parsed, answers(teacher)))
    largest = max(np.nanmax(_probabilities(student, part)[0], initial=0.0) for part in parts)
    for part in parts:
        ours, offsets = _probabilities(student, part)
        theirs, _ = _probabilities(teacher, part)
        known = np.isfinite(ours).all(axis=1)
        unscored += int(np.logical_or.reduceat(~known, offsets).sum())
        known &= np.isfinite(theirs).all(axis=1)  # what follows a word that the teacher takes to be impossible
        place = np.minimum((BINS / (largest or 1.0) * ours[known]).astype(np.int64), BINS - 1).ravel()
        sums += [np.bincount(place, weights, BINS) for weights in (None, ours[known].ravel(), theirs[known].ravel())]
    bins = []
    for i, (count, p, q) in enumerate(sums.T.tolist()):
        if count:
            bins.append(CalibrationBin(i / BINS * largest, (i + 1) / BINS * largest, int(count), p / count, q / count))
    gap = float(np.abs(sums[1] - sums[2]).sum() / sums[0].sum()) if bins else None
    following = "each letter and the end" if getattr(teacher.link, "ends", True) else "each letter"
    of = f"{following} after each prefix" if isinstance(teacher.link, NextSymbol) else "each class"
    of = "class 1" if answers(teacher) == 2 and teacher.link.task == CLASSIFIER else of
    return Calibration(of, tuple(bins), gap, unscored)


def _has_probabilities(function: Teacher) -> bool:
    return function.link.task != SCORES and not only_labels(function)


def _probabilities(function: Teacher, words: Words) -> tuple[FloatArray, IntArray]:
    """Return probabilities (rows, k), and the first row (n,) of each word."""
    with np.errstate(all="ignore"):  # a weighted automaton may overflow; what follows an impossible word has no meaning
        if isinstance(function.link, NextSymbol):
            scores, offsets = prefix_scores(function, words)
            logs = function.link.log_probabilities(scores)[:, : function.link.letters + function.link.ends]
            return np.exp(log_softmax(logs, axis=1)), offsets[:-1]
        scores = function.scores(words)
        chances = expit(scores) if isinstance(function.link, Binary) else softmax(scores, axis=1)
        return chances[:, 1:] if chances.shape[1] == 2 else chances, np.arange(len(words))  # two scores or a margin: class 1
