"""Adversarial words: those whose class a student is least sure of, which the teacher is then asked about.

Of several words that are drawn one is chosen. The teacher is not asked to find them. Lewis and Gale: A sequential algorithm for
training text classifiers, 1994.
"""

from __future__ import annotations

import numpy as np

from nerode.extraction.source import WordSource
from nerode.protocols import Teacher
from nerode.words import FloatArray, Word

TRIED = 3  # words that are drawn for each that is chosen; of more, the chosen ones are too unlike those that matter


def hard_words(source: WordSource, student: Teacher, count: int) -> list[Word]:
    """Return words that a classifying student finds hard."""
    drawn = source.invent(TRIED * count)
    return [drawn[i] for i in np.argsort(leads(student.scores(drawn)), kind="stable")[:count].tolist()]


def leads(scores: FloatArray) -> FloatArray:
    """Return by how much the largest score (n,) of each row leads, or how large a single margin is."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0])
    ordered = np.sort(scores, axis=1)
    found: FloatArray = ordered[:, -1] - ordered[:, -2]
    return found
