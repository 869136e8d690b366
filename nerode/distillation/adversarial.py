"""Adversarial words: those that a student finds hard, which the teacher is then asked about.

One half are near the words that cost the student most so far. Of a classifier the other half are words, of many that are drawn,
whose class the student is least sure of: Lewis and Gale, A sequential algorithm for training text classifiers, 1994. Nothing
is asked to find them.
"""

from __future__ import annotations

import numpy as np

from nerode.extraction.method import Task
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.sampling import misspell
from nerode.words import FloatArray, Word, Words

TRIED = 8  # words that are drawn for each that is chosen


def hard_words(task: Task, student: Teacher, words: Words, costs: FloatArray, count: int) -> list[Word]:
    """Return words that a student finds hard.

    Parameters
    ----------
    words, costs : (n,), those that it learned from, and what its scores cost there
    """
    classifies = task.teacher.link.task == CLASSIFIER
    near = count - count // 2 if classifies else count
    worst = np.argsort(-costs, kind="stable")[: max(1, near // 2)]
    begun = [words[i] for i in np.resize(worst, near).tolist()]
    room = task.source.room
    found = [word[:room] for word in misspell(task.rng, begun, len(task.teacher.alphabet))]
    if classifies:
        drawn = task.source.invent(TRIED * (count - near))
        found += [drawn[i] for i in np.argsort(leads(student.scores(drawn)), kind="stable")[: count - near].tolist()]
    return found


def leads(scores: FloatArray) -> FloatArray:
    """Return by how much the largest score (n,) of each row leads, or how large a single margin is."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0])
    ordered = np.sort(scores, axis=1)
    found: FloatArray = ordered[:, -1] - ordered[:, -2]
    return found
