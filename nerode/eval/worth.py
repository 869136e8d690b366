"""One number for each word, whatever the task: what traces and explanations follow from letter to letter.

It is the margin of class 1 of two classes, the lead of a class over the best other one of several, the log-probability of the
word and its end of a language model, and else the first value.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerode.automata.diagram import visible
from nerode.eval.columns import chunks
from nerode.links import Binary, Link, Multiclass, NextSymbol
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Words


def answers(function: Teacher, words: Words) -> FloatArray:
    """Return the scores (n, width) of n words; of a language model their log-probabilities (n, 1), with ends if it has any."""
    with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word; what follows an impossible one is NaN
        if not isinstance(function.link, NextSymbol):
            return function.scores(words)
        parts = [_log_probabilities(function, part) for part in chunks(words, function.width)]
        return np.concatenate([np.zeros(0), *parts])[:, None]


def along(function: Teacher, words: Words) -> tuple[FloatArray, FloatArray | None, IntArray]:
    """Return the scores (total, width) after each prefix of each word, and where words begin.

    Returns
    -------
    scores : those of word i are the rows from offsets[i] to offsets[i + 1]
    logs : (total,), of a language model the log-probability of the letters so far, without an end; None for other tasks
    offsets : (n + 1,)
    """
    with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word; what follows an impossible one is NaN
        scores, offsets = prefix_scores(function, words)
        if not isinstance(function.link, NextSymbol):
            return scores, None, offsets
        logs = function.link.log_probabilities(scores)
        sums = np.zeros(len(logs))
        for i, word in enumerate(words):
            begin = int(offsets[i])
            sums[begin + 1 : begin + 1 + len(word)] = np.cumsum(logs[np.arange(begin, begin + len(word)), list(word)])
    return scores, sums, offsets


def worth(values: FloatArray, link: Link, label: int = 0) -> FloatArray:
    """Return the number (n,) that stands for each of the answers (n, width); of several classes, for the class `label`."""
    if isinstance(link, Multiclass):
        with np.errstate(invalid="ignore"):  # ∞ − ∞ is no number
            lead: FloatArray = values[:, label] - np.delete(values, label, axis=1).max(axis=1)
        return lead
    return values[:, 0]


def meaning(link: Link, label: int = 0, classes: Sequence[str] = ()) -> str:
    """Return what the number is, in words.

    Parameters
    ----------
    classes : their names; none for numbers
    """
    if isinstance(link, Multiclass):
        return f"lead of class {name_of(label, classes)} over the best other one"
    names = {Binary: f"margin of class {name_of(1, classes)}", NextSymbol: "log-probability"}
    return names.get(type(link), "value")


def name_of(label: int, classes: Sequence[str]) -> str:
    """Return the name of a class, or its number where classes have no names."""
    return visible(classes[label]) if classes else str(label)


def _log_probabilities(function: Teacher, words: Words) -> FloatArray:
    scores, offsets = prefix_scores(function, words)
    assert isinstance(function.link, NextSymbol)
    following = function.link.followed(function.link.log_probabilities(scores), words)
    sums: FloatArray = np.add.reduceat(following, offsets[:-1]) if len(words) else np.zeros(0)
    return sums
