"""The student regression: a linear model of features of words, with a penalty that leaves most features out.

The loss is convex. It is minimised by L-BFGS-B (Byrd, Lu, Nocedal, Zhu 1995) over the positive and the negative parts of weights,
so that the L1 penalty (Tibshirani 1996) is smooth there and weights become 0 exactly. Penalties go from strong to weak, each
begun where the last one ended: each gives a student, the simplest first.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from nerode.distillation.constant import constant, none_smaller
from nerode.distillation.held_out import held_out
from nerode.distillation.lessons import Lesson, Lessons
from nerode.distillation.responses import Response, scaled, scaling, student_link
from nerode.distillation.selection import features_of, spread
from nerode.distillation.settings import FeatureSettings
from nerode.extraction.meter import Meter
from nerode.extraction.method import Method, Task
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Link
from nerode.students.features import Features
from nerode.students.linear import Linear
from nerode.words import FloatArray

WORDS = (1000, 4000, 16_000, 64_000)  # of the lessons
MOST = 2000  # n-grams, and places
PENALTIES = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5)
STEPS = 60  # for each penalty
STEP = 1e-8  # seconds of work that a number of the table takes in each step, about


def _regression(task: Task) -> Generator[Any, None, str]:
    link, lessons = student_link(task.teacher.link), Lessons(task, WORDS)
    for taught in lessons:
        features = features_of(taught.words, task.teacher, task.settings, MOST)
        yield from _within(task.states, features, link, taught, task)
    return lessons.reason


def _within(most: int | None, features: Features, link: Link, taught: Lesson, task: Task) -> Iterator[Linear]:
    """Yield a student for each penalty, of at most so many features.

    Where a penalty leaves more, all that follow are of those alone that had the largest weights under it.
    """
    for student in fitted(features, link, taught, task.settings.response, task.meter):
        if most is not None and student.size > most:
            reach = np.abs(student.weights).max(axis=1) * spread(student.features.matrix(taught.words))
            largest = np.sort(np.argsort(-reach, kind="stable")[:most])
            yield from fitted(student.features.only(largest), link, taught, task.settings.response, task.meter)
            return
        yield student


def fitted(features: Features, link: Link, taught: Lesson, response: Response, meter: Meter) -> Iterator[Linear]:
    """Yield a student for each penalty, from strong to weak.

    Parameters
    ----------
    meter : looked at before each step, whose work it counts; may raise
    """
    table = features.matrix(taught.words)
    mean, apart = table.mean(axis=0), spread(table)
    table, mean = csr_array(table / apart), mean / apart  # so that one penalty fits all features
    scale, shift = scaling(link, taught.answers)  # and all values
    answers = scaled(taught.answers, scale, shift)
    back = csr_array(table.T)
    n, k, width = len(taught.words), len(features), taught.answers.scores.shape[1]

    def cost(flat: FloatArray, penalty: float) -> tuple[float, FloatArray]:
        meter.check()
        meter.effort += STEP * table.nnz * width
        positive, negative = flat[: 2 * k * width].reshape(2, k, width)
        weights, bias = positive - negative, flat[2 * k * width :]
        costs, gradient = response(link, table @ weights - mean @ weights + bias, answers)  # of centred features
        slope = back @ gradient / n - np.outer(mean, gradient.mean(axis=0))
        total = costs.mean() + penalty * flat[: 2 * k * width].sum()
        return float(total), np.concatenate([(slope + penalty).ravel(), (penalty - slope).ravel(), gradient.mean(axis=0)])

    flat = np.zeros(2 * k * width + width)
    bounds = [(0.0, None)] * (2 * k * width) + [(None, None)] * width
    for penalty in PENALTIES:
        flat = minimize(cost, flat, (penalty,), "L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS}).x
        positive, negative = flat[: 2 * k * width].reshape(2, k, width)
        weights = positive - negative
        bias = flat[2 * k * width :] - mean @ weights
        yield _without_zeros(features, scale * weights / apart[:, None], scale * bias + shift, link)


def _without_zeros(features: Features, weights: FloatArray, bias: FloatArray, link: Link) -> Linear:
    """The student of the features that have a weight."""
    kept = np.flatnonzero(weights.any(axis=1))
    return Linear(features.only(kept), weights[kept], bias, link)


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES), _regression, longest=20, frugality=0.002, constant=constant, smaller=none_smaller,
    settings=FeatureSettings, held_out=held_out, near=True,
)  # fmt: skip
