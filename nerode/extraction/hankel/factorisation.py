"""The singular value decomposition of a Hankel block, which gives a weighted automaton for every rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.hankel.tables import HankelBlock
from nerode.links import Link
from nerode.words import Alphabet, FloatArray, Words


@dataclass(frozen=True, eq=False)
class Weights:
    """Positive weights of the rows and columns of a block.

    The block is multiplied by the weights before the decomposition, and the result is divided by them afterwards. The
    decomposition minimises the squared error of the weighted block, so that entries with small weights may have large errors.
    If the block has the rank of the automaton, the weights do not change the function that is learned.

    Parameters
    ----------
    rows : (P,), weights of the prefixes; a shifted row p·a has the weight of p
    columns : (S,), weights of the suffixes; all scores of a word have the same weight
    """

    rows: FloatArray
    columns: FloatArray


def by_length(prefixes: Words, suffixes: Words) -> Weights:
    """Return the weights 1/√(length + 1) of prefixes and 1/(length + 1) of suffixes, so that short words count more.

    These weights are for language models, which are evaluated on prefixes of all lengths. At the same number of states, they
    lowered the error before refinement by 10 % to 40 %, on three networks. On classifiers they gain nothing
    (benchmarks/RESULTS.md).
    """
    rows, columns = (np.array([len(word) + 1.0 for word in words]) for words in (prefixes, suffixes))
    return Weights(rows**-0.5, 1 / columns)


def by_frequency(block: HankelBlock) -> Weights:
    """Return the weights 1/√P(p·Σ*) of prefixes, and 1/√(mean of P(s | p) over prefixes p) of suffixes.

    These weights are for blocks of prefix probabilities. The variance of a count is about its mean, so that they measure
    errors in units of the standard deviation of counts. Rows and columns of zeros have the weight 1.

    Parameters
    ----------
    block : H[p, s] = P(p·s·Σ*), of width 1
    """
    values = block.values[:, :, 0].astype(np.float64, copy=False)
    begins = values[:, block.suffixes.index(())]  # (P,)
    follows = (values / np.where(begins > 0, begins, 1.0)[:, None]).mean(axis=0)  # (S,)
    rows, columns = (np.where(x > 0, x, 1.0) ** -0.5 for x in (begins, follows))
    return Weights(rows, columns)


@dataclass(frozen=True, eq=False)
class Factorisation:
    """The truncated singular value decomposition of a block, and the parts of its automata.

    Let H = U D Vᵀ. The states of the automaton of rank r are coordinates in the basis of the r leading right singular vectors:
    initial = h_ε V, final = the rows of V at ε, A_a = (D² + λ)⁻¹ D Uᵀ H_a V, the ridge solution of U D · A_a = H_a V.
    A smaller rank uses the leading parts of these. For a weighted block, initial and final are divided by the weights of ε.

    Parameters
    ----------
    singular_values : (k,) with k ≥ `rank`, descending
    initial : (rank,)
    final : (rank, width)
    middle : (Σ, rank, rank), Uᵀ H_a V
    """

    singular_values: FloatArray
    initial: FloatArray
    final: FloatArray
    middle: FloatArray

    @property
    def rank(self) -> int:
        """The largest rank of an automaton."""
        return len(self.initial)

    def automaton(self, rank: int, ridge: float, alphabet: Alphabet, link: Link) -> WFA:
        """Return the weighted automaton of a rank, at most `self.rank`; `ridge` is λ relative to the largest squared value."""
        scale = max(self.singular_values[0], np.finfo(float).tiny)
        d = self.singular_values[:rank] / scale  # at most 1, so that the largest square neither overflows nor underflows
        shrunk = d / np.maximum(d**2 + ridge, np.finfo(float).tiny) / scale
        return WFA(alphabet, self.initial[:rank], shrunk[None, :, None] * self.middle[:, :rank, :rank], self.final[:rank], link)


def factorise(block: HankelBlock, largest_rank: int, weights: Weights | None = None) -> Factorisation:
    """Decompose a block that fits into memory.

    Parameters
    ----------
    block : a block with ε among its prefixes and its suffixes
    largest_rank : number of singular vectors to keep, at most
    weights : weights of rows and columns; None for equal weights

    Raises
    ------
    InputError : a score is not finite
    """
    p, s, width = block.values.shape
    start, end = block.prefixes.index(()), block.suffixes.index(())
    weights = weights or Weights(np.ones(p), np.ones(s))
    columns = np.repeat(weights.columns, width)  # (S·width,)
    flat = weights.rows[:, None] * block.values.reshape(p, -1).astype(np.float64, copy=False) * columns
    check_finite(flat, block.shifted)
    u, d, vt = np.linalg.svd(flat, full_matrices=False)
    rank = numerical_rank(d, flat.shape, largest_rank)
    v = vt[:rank].T
    left, right = u[:, :rank].T * weights.rows, columns[:, None] * v
    return Factorisation(
        d,
        flat[start] @ v / weights.rows[start],
        v.reshape(-1, width, rank)[end].T / weights.columns[end],
        np.stack([left @ (shifted.reshape(p, -1) @ right) for shifted in block.shifted]),
    )


def numerical_rank(singular_values: FloatArray, shape: Sequence[int], largest: int) -> int:
    """Return the number of singular values above the rounding error of a matrix of this shape, at most `largest`.

    The result is at least 1, so that the zero function has an automaton.
    """
    floor = singular_values[0] * max(shape) * np.finfo(float).eps
    return max(1, min(largest, int(np.count_nonzero(singular_values > floor))))


def check_finite(*arrays: np.ndarray) -> None:
    """Raise InputError if an array has an entry that is not finite."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("the teacher's scores of some words are not finite numbers; the spectral method needs finite scores")
