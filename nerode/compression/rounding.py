"""Weights that take few bits: shared values, and whole numbers times a scale; see `nerode.teachers.storage`.

Shared values are those of k-means on the weights of a matrix, from values at equal distances on (Han, Mao and Dally 2016: Deep
compression); weights that are 0 stay 0, and 0 is then one of the values. Whole numbers have one scale a row. The scale is the one
of the least squared error among some below the largest weight, which matters for few bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from nerode.compression.task import Task, recovered
from nerode.teachers import shrinking
from nerode.teachers.model import TrainedModel
from nerode.teachers.storage import LARGEST, SHARED, short_scales
from nerode.words import FloatArray, RealArray

PARTS = np.linspace(1.0, 0.4, 13)  # of the largest weight of a row, that the largest code may stand for
FEW = 7  # codes on either side of 0, for which that matters
GAIN = 0.02  # of the bound on the error: what rounding may add without learning
ROUNDS = 100


def shared(task: Task, model: TrainedModel) -> Iterator[TrainedModel]:
    """Yield the network whose matrices have at most 2^bits different values each."""
    count = 2**task.settings.bits
    weights = {name: clustered(matrix, count) for name, matrix in shrinking.matrices(model).items()}
    groups = {name: np.unique(matrix, return_inverse=True) for name, matrix in weights.items()}

    def project(name: str, matrix: RealArray) -> RealArray:
        values, codes = groups[name]
        codes = codes.ravel()
        means = np.bincount(codes, matrix.ravel()) / np.bincount(codes)
        return np.where(values == 0, 0.0, means)[codes].reshape(matrix.shape).astype(np.float32)

    return _learning(task, model, SHARED, weights, project)


def _rounded(kind: str, task: Task, model: TrainedModel, plain: TrainedModel | None = None) -> Iterator[TrainedModel]:
    """Yield the network whose weights are whole numbers times a scale.

    Parameters
    ----------
    plain : the network before anything was rounded, whose error is to be reached again; None for `model`
    """
    before = shrinking.matrices(model)
    zeros = {name: matrix == 0 for name, matrix in before.items()}

    def project(name: str, matrix: RealArray) -> RealArray:
        return rounded(np.where(zeros[name], np.float32(0), matrix), LARGEST[kind])

    weights = {name: project(name, matrix) for name, matrix in before.items()}
    return _learning(task, model, kind, weights, project, plain)


int8, int4 = partial(_rounded, "int8"), partial(_rounded, "int4")


def _learning(
    task: Task,
    model: TrainedModel,
    kind: str,
    weights: dict[str, RealArray],
    project: shrinking.Project,
    plain: TrainedModel | None = None,
) -> Iterator[TrainedModel]:
    """Yield the network with these weights, and then each better one, while it learns to answer as before with such weights."""
    before = task.error(plain or model)[0]
    for found, error in recovered(task, shrinking.with_matrices(model, weights), before + GAIN * task.bound, 1.0, project):
        task.say(f"storing weights as {kind}: held-out error {error:.3g}")
        yield shrinking.packed_as(found, dict.fromkeys(weights, kind))


def rounded(matrix: RealArray, largest: int) -> RealArray:
    """Return a matrix whose rows are whole numbers from −largest to largest, times a scale each, of short bits.

    The scales are such that the largest code of a row is `largest`, so that they can be found again.
    """
    most = np.abs(matrix).max(axis=1).astype(np.float64)
    best, least = np.zeros_like(matrix, np.float32), np.full(len(matrix), np.inf)
    for part in PARTS[: 1 if largest > FEW else None]:
        scales = short_scales(part * most / largest)[:, None]
        codes = np.clip(np.rint(matrix / np.where(scales > 0, scales, 1)), -largest, largest)
        found = (codes * scales).astype(np.float32)
        error = ((found - matrix) ** 2).sum(axis=1)
        better = (error < least) & ((np.abs(codes).max(axis=1) == largest) | (most == 0))
        best[better], least[better] = found[better], error[better]
    return best


def clustered(matrix: RealArray, count: int) -> RealArray:
    """Return a matrix of at most `count` different values, those of k-means in one dimension; zeros stay zeros."""
    flat: FloatArray = matrix[matrix != 0].astype(np.float64)
    centres = count - bool(np.any(matrix == 0))
    if len(np.unique(flat)) <= centres:
        return matrix
    ordered = np.sort(flat)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    values = np.linspace(ordered[0], ordered[-1], centres)
    for _ in range(ROUNDS):
        ends = np.concatenate([[0], np.searchsorted(ordered, (values[1:] + values[:-1]) / 2), [len(ordered)]])
        counts = np.diff(ends)
        means = np.where(counts > 0, np.diff(sums[ends]) / np.maximum(counts, 1), values)
        if np.array_equal(means, values):
            break
        values = means
    values = values.astype(np.float32)
    nearest = values[np.searchsorted((values[1:].astype(np.float64) + values[:-1]) / 2, matrix)]
    return np.where(matrix == 0, np.float32(0), nearest)
