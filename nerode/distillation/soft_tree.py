"""The student soft-tree: filters over features of words in a complete tree, learned together by gradient.

The loss is the mean, over the leaves as a word reaches them, of what the scores of a leaf cost beside the teacher's answer, and a
penalty that keeps both sides of each node in use. L-BFGS (Liu and Nocedal 1989) minimises it; gradients are those of the
formulas. Frosst and Hinton: Distilling a neural network into a soft decision tree, 2017.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit

from nerode.distillation.constant import constant, none_smaller
from nerode.distillation.held_out import held_out
from nerode.distillation.lessons import Lesson, Lessons
from nerode.distillation.responses import Answers, Response, scaled, scaling, student_link
from nerode.distillation.selection import features_of, spread
from nerode.distillation.settings import FeatureSettings
from nerode.errors import InputError
from nerode.extraction.method import Method, Task
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Link
from nerode.protocols import Teacher
from nerode.students.features import Features
from nerode.students.soft_tree import ANSWERS, SoftTree, reached
from nerode.words import FloatArray

WORDS = (1000, 4000, 16_000)  # of the lessons
MOST = 400  # n-grams, and places
DEEPEST = 6
NOISE = 0.1  # of weights at the beginning
LEAST = 0.01  # the share of a side, as the penalty sees it: without it the penalty is too steep for a line search
WARMEST = 3.0  # the largest |log β|
CELLS = 2**24  # of the costs of all words at all leaves
PENALTY = 0.1  # λ
DECAY = 1e-4  # of the squares of weights
ROUNDS, STEPS = 4, 40  # hypotheses of a depth, and steps between them
STEP = 2e-8  # seconds of work that a number of the table takes in each step, about
GAIN = 0.02  # part of the error by which more steps have to lower it


@dataclass(frozen=True)
class SoftTreeSettings(FeatureSettings):
    """Those of soft trees.

    Parameters
    ----------
    depth : filters from the root to a leaf
    answer_by : "path" or "mean", as of `SoftTree`
    """

    depth: int = 4
    answer_by: str = "path"

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if type(self.depth) is not int or not 1 <= self.depth <= DEEPEST:
            raise InputError(f"the depth of a soft tree must be a whole number from 1 to {DEEPEST}, not {self.depth!r}")
        if self.answer_by not in ANSWERS:
            raise InputError(f"a soft tree answers by {' or '.join(ANSWERS)}, not by {self.answer_by!r}")


@dataclass(frozen=True)
class Parts:
    """The parameters of a soft tree as one vector: filters (k, inner), bias, log β (inner,), values (leaves, width)."""

    k: int
    depth: int
    width: int

    @property
    def inner(self) -> int:
        """How many filters there are."""
        return int(2**self.depth) - 1

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return (self.k + 2) * self.inner + (self.inner + 1) * self.width

    def of(self, flat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return the parts of a vector."""
        inner = self.inner
        filters, bias, beta, values = np.split(flat, np.cumsum([self.k * inner, inner, inner]))
        return filters.reshape(self.k, inner), bias, beta, values.reshape(inner + 1, self.width)


def objective(
    parts: Parts, flat: FloatArray, table: Any, response: Response, link: Link, answers: Answers
) -> tuple[float, FloatArray]:
    """Return the loss of a soft tree on n words, and its gradient by the parameters.

    loss = mean over words of Σ over leaves P(leaf | word) · cost(leaf) + Σ over nodes of their penalty
         + the squares of the filters, times DECAY / 2
    The penalty of a node at depth d is −λ 2^−d (log α + log(1 − α)) / 2, where α is the share of what arrives there that goes to
    the right, pulled from LEAST to 1 − LEAST.

    Parameters
    ----------
    table : (n, k), the features
    """
    filters, bias, log_beta, values = parts.of(flat)
    n, inner, beta = len(answers.labels), parts.inner, np.exp(log_beta)
    linear = table @ filters + bias  # (n, inner)
    right = expit(beta * linear)
    logs = reached(beta * linear)
    leaves = np.exp(logs)  # (n, leaves)
    count = inner + 1
    rows = np.repeat(np.arange(n), count)
    costs, slopes = response(link, np.tile(values, (n, 1)), answers[rows])
    costs = costs.reshape(n, count)
    by_values = (leaves[:, :, None] * slopes.reshape(n, count, -1)).sum(axis=0) / n
    total = float((leaves * costs).sum()) / n + DECAY / 2 * float((filters**2).sum())
    # from the leaves up: the probability that a word arrives at a node, and what more of it there would cost
    arriving, dearer = np.ones((n, inner + count)), np.zeros((n, inner + count))
    arriving[:, inner:], dearer[:, inner:] = leaves, costs / n
    by_right = np.empty((n, inner))
    for level in reversed(range(parts.depth)):
        here, after = slice(2**level - 1, 2 * 2**level - 1), slice(2 * 2**level - 1, 4 * 2**level - 1)
        left, to_right = np.moveaxis(dearer[:, after].reshape(n, -1, 2), 2, 0)
        p, arriving[:, here] = right[:, here], arriving[:, after].reshape(n, -1, 2).sum(axis=2)
        unbalanced, by_p, by_arriving = _penalty(PENALTY * 0.5**level, arriving[:, here], p)
        total += unbalanced
        by_right[:, here] = arriving[:, here] * (to_right - left) + by_p
        dearer[:, here] = (1 - p) * left + p * to_right + by_arriving
    by_margin = by_right * right * (1 - right)
    slope = by_margin * beta
    gradient = [table.T @ slope + DECAY * filters, slope.sum(axis=0), (by_margin * linear).sum(axis=0) * beta, by_values]
    return total, np.concatenate([part.ravel() for part in gradient])


def _penalty(weight: float, arriving: FloatArray, right: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """The penalty of the nodes of a level, and its derivatives (n, nodes) by `right` and by `arriving`, both (n, nodes)."""
    mass = arriving.sum(axis=0) + 1e-9
    share = (arriving * right).sum(axis=0) / mass
    alpha = LEAST + (1 - 2 * LEAST) * share
    by_share = -(1 - 2 * LEAST) * weight / 2 * (1 / alpha - 1 / (1 - alpha)) / mass
    return float(-weight / 2 * np.log(alpha * (1 - alpha)).sum()), by_share * arriving, by_share * (right - share)


@dataclass(frozen=True, eq=False)
class Basis:
    """What soft trees of all lessons share, so that a larger lesson goes on where a smaller one ended.

    Parameters
    ----------
    features : those of the words of the first lesson
    spread : (k,), theirs, which they are divided by
    unit, shift : (width,), what scores are multiplied by, and what is then added
    """

    features: Features
    spread: FloatArray
    unit: FloatArray
    shift: FloatArray


def _learned(task: Task) -> Generator[Any, None, str]:
    link, lessons = student_link(task.teacher.link), Lessons(task, WORDS)
    depths = [depth for depth in range(1, task.settings.depth + 1) if task.states is None or 2**depth <= task.states]
    basis: Basis | None = None
    flat: FloatArray | None = None
    for taught in lessons:
        if basis is None:
            features = features_of(taught.words, task.teacher, task.settings, MOST)
            basis = Basis(features, spread(features.matrix(taught.words)), *scaling(link, taught.answers))
        for depth in depths if flat is None else depths[-1:]:
            parts = Parts(len(basis.features), depth, len(basis.unit))
            if flat is None or len(flat) != parts.size:
                flat = _begun(task.rng, parts, flat)
            flat = yield from _grown(task, basis, taught, parts, flat)
    return lessons.reason


def _begun(rng: np.random.Generator, parts: Parts, shallower: FloatArray | None) -> FloatArray:
    """Return the parameters of a tree with random filters: all of them, or those below the tree that is shallower by one.

    Each leaf of that one has a filter in its place, with two leaves nearly like it.
    """
    filters, bias = rng.normal(scale=NOISE, size=(parts.k, parts.inner)), np.zeros(parts.inner)
    log_beta, values = np.zeros(parts.inner), rng.normal(scale=NOISE, size=(parts.inner + 1, parts.width))
    if shallower is not None:
        above = Parts(parts.k, parts.depth - 1, parts.width)
        filters[:, : above.inner], bias[: above.inner], log_beta[: above.inner], leaves = above.of(shallower)
        values += leaves.repeat(2, axis=0)
    return np.concatenate([filters.ravel(), bias, log_beta, values.ravel()])


def _grown(task: Task, basis: Basis, taught: Lesson, parts: Parts, flat: FloatArray) -> Generator[SoftTree, None, FloatArray]:
    """Yield soft trees of a depth, each after more steps of one minimisation, until the error on held-out words stays.

    Parameters
    ----------
    flat : where it begins

    Returns
    -------
    where it ended
    """
    link, features = student_link(task.teacher.link), basis.features
    most = max(1, CELLS // ((parts.inner + 1) * parts.width))
    answers = scaled(taught.answers[:most], basis.unit, basis.shift)
    table = csr_array(features.matrix(taught.words[:most]) / basis.spread)
    free: tuple[float | None, float | None] = (None, None)
    before = (parts.k + 1) * parts.inner
    values = (parts.inner + 1) * parts.width
    bounds = [free] * before + [(-WARMEST, WARMEST)] * parts.inner + [free] * values

    def cost(flat: FloatArray) -> tuple[float, FloatArray]:
        task.meter.check()
        task.meter.effort += STEP * (table.nnz * parts.inner + table.shape[0] * values)
        return objective(parts, flat, table, task.settings.response, link, answers)

    lowest, by = np.inf, task.settings.answer_by
    for _ in range(ROUNDS):
        flat = minimize(cost, flat, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS}).x
        weights, bias, log_beta, leaves = parts.of(flat)
        scores = basis.unit * leaves + basis.shift
        yield SoftTree(features, weights / basis.spread[:, None], bias, np.exp(log_beta), scores, by, link)
        if task.ledger.rounds[-1].error > (1 - GAIN) * lowest:
            break
        lowest = task.ledger.rounds[-1].error
    return flat


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES), _learned, longest=20, frugality=0.002, constant=constant, smaller=none_smaller,
    settings=SoftTreeSettings, held_out=held_out, near=True,
)  # fmt: skip
