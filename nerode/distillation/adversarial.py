"""Adversarial words: those whose class a student is least sure of, or on which two students differ most.

Of several words that are drawn one is chosen, and the teacher is asked about these alone. Lewis and Gale: A sequential algorithm
for training text classifiers, 1994; two students: Seung, Opper, Sompolinsky: Query by committee, 1992.
"""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from nerode.distillation.responses import as_logits
from nerode.extraction.source import WordSource
from nerode.links import Link, Value
from nerode.protocols import Teacher
from nerode.words import FloatArray, Word

TRIED = 3  # words that are drawn for each that is chosen; of more, the chosen ones are too unlike those that matter


def hard_words(source: WordSource, student: Teacher, count: int) -> list[Word]:
    """Return words that a classifying student finds hard."""
    drawn = source.invent(TRIED * count)
    return [drawn[i] for i in np.argsort(leads(student.scores(drawn)), kind="stable")[:count].tolist()]


def differing_words(source: WordSource, students: tuple[Teacher, Teacher], count: int) -> list[Word]:
    """Return words whose answers by two students are farthest apart: the probabilities of classes, or values."""
    drawn = source.invent(TRIED * count)
    one, other = (likely(student.link, student.scores(drawn)) for student in students)
    return [drawn[i] for i in np.argsort(-np.abs(one - other).sum(axis=1), kind="stable")[:count].tolist()]


def likely(link: Link, scores: FloatArray) -> FloatArray:
    """Return the probabilities (n, classes) that scores stand for, or the values (n, width)."""
    return scores if isinstance(link, Value) else softmax(as_logits(link, scores), axis=1)


def leads(scores: FloatArray) -> FloatArray:
    """Return by how much the largest score (n,) of each row leads, or how large a single margin is."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0])
    ordered = np.sort(scores, axis=1)
    found: FloatArray = ordered[:, -1] - ordered[:, -2]
    return found
