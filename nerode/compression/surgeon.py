"""Which neurons of a layer give least away, if what reads the others is fitted anew after each that goes.

A layer gives its states h to affine maps y = W h + b. Without neuron j, the weights of the others that come closest to the old y
on average, by squares, change by −w_j P[j] / P[j, j], and the least squared error is |w_j|² / P[j, j], where P is the inverse of
the second moments of h: the optimal brain surgeon (Hassibi and Stork 1993), for whole columns and with the constant 1 beside h.
So each step costs two outer products, and the error of every number of neurons is known after one run. Neurons that can only go
together, those of a head of attention, are a group J: the change is −W[:, J] P[J, J]⁻¹ P[J], and the error is the trace of
W[:, J] P[J, J]⁻¹ W[:, J]ᵀ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nerode.words import FloatArray, IntArray

RIDGE = 1e-5  # of the mean square of what a neuron gives, added to each: keeps P finite where neurons give the same
TINY = 1e-150  # what stands for 0 where something is divided by it


@dataclass(frozen=True, eq=False)
class Reader:
    """An affine map that reads k neurons.

    Parameters
    ----------
    moments : (k + 1, k + 1), means of the products of what the neurons give, the constant 1 last
    weights : (out, k + 1), the bias last
    inner : whether its rows are those of the same neurons, in blocks of k; a neuron that is gone reads nothing
    """

    moments: FloatArray
    weights: FloatArray
    inner: bool = False


@dataclass(frozen=True, eq=False)
class Removal:
    """Neurons, or groups of them, in the order in which they go.

    Parameters
    ----------
    order : (removed,), their numbers
    errors : (removed,), the squared error to all that the layer gives away after each, in parts of its variance; ascending
    weights : (out, k + 1) of each reader after the last, fitted anew; 0 for those that are gone
    """

    order: IntArray
    errors: FloatArray
    weights: tuple[FloatArray, ...]


def removal(readers: Sequence[Reader], count: int, group: int = 1) -> Removal:
    """Take away `count` of the groups of k neurons, one after the other, always the one that matters least.

    Errors of the readers add up, each in parts of the variance of what it gets.

    Parameters
    ----------
    group : how many neurons, one after the other, go together
    """
    size = readers[0].moments.shape[0] - 1
    shape = (size // group, group)
    units = [_variance(reader) * len(readers) for reader in readers]
    inverses = [_inverse(reader.moments) for reader in readers]
    weights = [reader.weights.copy() for reader in readers]
    gone = np.zeros(shape[0], bool)
    order, errors, total = np.empty(count, np.int64), np.empty(count), 0.0
    for step in range(count):
        costs = np.zeros(shape[0])
        for matrix, inverse, unit in zip(weights, inverses, units, strict=True):
            own = _own_blocks(inverse, shape)
            own[gone] = np.eye(group)
            given = matrix[:, :size].reshape(-1, *shape)  # (out, groups, group)
            costs += (np.einsum("oni,onj->nij", given, given) * np.linalg.inv(own)).sum(axis=(1, 2)) / unit
        costs[gone] = np.inf
        least = int(costs.argmin())
        total += float(costs[least])
        order[step], errors[step] = least, total
        gone[least] = True
        out = slice(least * group, (least + 1) * group)
        for reader, matrix, inverse in zip(readers, weights, inverses, strict=True):
            rows = np.linalg.solve(inverse[out, out], inverse[out])
            matrix -= matrix[:, out] @ rows
            inverse -= inverse[:, out] @ rows
            matrix[:, out] = inverse[out] = inverse[:, out] = 0.0
            if reader.inner:
                matrix.reshape(-1, size, size + 1)[:, out] = 0.0
    return Removal(order, errors, tuple(weights))


def _own_blocks(inverse: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return the blocks (groups, group, group) of a matrix (k + 1, k + 1) on its diagonal."""
    groups, size = np.arange(shape[0]), shape[0] * shape[1]
    blocks: FloatArray = inverse[:size, :size].reshape(*shape, *shape)[groups, :, groups]
    return blocks


def shares(curves: Sequence[FloatArray], weights: Sequence[int], removed: int) -> list[int]:
    """Return how many neurons each layer spares if `removed` or a little more are to go in all, at one error for all layers.

    Parameters
    ----------
    curves : the ascending errors of each layer
    weights : how many neurons a step takes from each layer
    """
    steps = sorted((error, layer) for layer, curve in enumerate(curves) for error in curve.tolist())
    spared, total = [0] * len(curves), 0
    for _, layer in steps:
        if total >= removed:
            break
        spared[layer] += 1
        total += weights[layer]
    return spared


def _inverse(moments: FloatArray) -> FloatArray:
    size = len(moments) - 1
    ridge = np.zeros(size + 1)
    ridge[:size] = RIDGE * max(float(np.trace(moments[:size, :size])) / size, TINY)
    return np.asarray(np.linalg.inv(moments + np.diag(ridge)), np.float64)


def _variance(reader: Reader) -> float:
    """Return the variance of what a reader gets, summed over its rows."""
    mean = reader.moments[-1]
    spread = reader.moments - np.outer(mean, mean)
    return max(float(np.einsum("oi,ij,oj->", reader.weights, spread, reader.weights, optimize=True)), TINY)
