"""What students of all kinds share: the one that needs no learning, and that there are no others made afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nerode.distillation.responses import student_link
from nerode.domains import domain_of
from nerode.extraction.held_out import HeldOut
from nerode.extraction.method import Task, letter_shares
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.students.features import Features
from nerode.students.linear import Linear
from nerode.words import FloatArray


def constant(settings: Any, held_out: HeldOut, teacher: Teacher) -> Linear:
    """Return the student that says the same of each word: the most frequent label, how often letters are, or the mean."""
    bias = same_scores(held_out, teacher)
    return Linear(
        Features(teacher.alphabet, domain=domain_of(teacher)), np.zeros((0, len(bias))), bias, student_link(teacher.link)
    )


def same_scores(held_out: HeldOut, teacher: Teacher) -> FloatArray:
    """Return the scores (width,) of the student that says the same of each word."""
    if teacher.link.task == LANGUAGE_MODEL:
        return np.log(letter_shares(held_out.words, len(teacher.alphabet)))
    if teacher.link.task != CLASSIFIER:
        return held_out.mean_scores
    classes = max(2, teacher.width)
    label = int(np.bincount(held_out.truth.astype(np.int64), held_out.weights, classes).argmax())
    return np.array([2.0 * label - 1]) if teacher.width == 1 else (np.arange(classes) == label).astype(np.float64)


def none_smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[Any]:
    """Yield nothing: students of other sizes are those that learning passed."""
    task.ledger.left_out.append("Other sizes are those that learning passed.")
    yield from ()
