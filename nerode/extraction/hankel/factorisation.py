"""The singular value decomposition of a Hankel block, from which automata of every rank follow."""

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
    """What the rows and columns of a block are multiplied by before it is decomposed, and divided by after: all above 0.

    The decomposition minimises squared errors of the weighted block, so what has a small weight may be wrong. The function
    that is learned stays the same wherever the block has the rank of the automaton.

    Parameters
    ----------
    rows : (P,), of the prefixes; a shifted row p·a has the weight of p
    columns : (S,), of the suffixes; all scores of a word have the same
    """

    rows: FloatArray
    columns: FloatArray


def by_length(prefixes: Words, suffixes: Words) -> Weights:
    """1/√(length + 1) for prefixes and 1/(length + 1) for suffixes: errors of short words count more.

    For language models, whose prefixes are judged at all lengths: at the same number of states the error of automata from three
    networks fell by a tenth to two fifths, before refinement. On classifiers it gains nothing (benchmarks/RESULTS.md).
    """
    rows, columns = (np.array([len(word) + 1.0 for word in words]) for words in (prefixes, suffixes))
    return Weights(rows**-0.5, 1 / columns)


def by_frequency(block: HankelBlock) -> Weights:
    """1/√P(p) for prefixes, and for suffixes 1/√ of the mean of P(s | p): for blocks of probabilities that words begin so.

    A count has a variance of its mean, so errors then count in units of what would be chance. Rows and columns of nothing
    but zeros have the weight 1.

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
    """The truncated singular value decomposition of a block and what automata are made of.

    With H = U D Vᵀ, the automaton of rank r has states in the basis of the r leading right singular vectors:
    initial = h_ε V, final = the rows of V at ε, A_a = (D² + λ)⁻¹ D Uᵀ H_a V, the ridge solution of U D · A_a = H_a V.
    A smaller rank takes the leading parts. Of a weighted block initial and final are divided by the weights of ε.

    Parameters
    ----------
    singular_values : at least `rank` of them, descending
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
        return len(self.initial)

    def automaton(self, rank: int, ridge: float, alphabet: Alphabet, link: Link) -> WFA:
        """The weighted automaton of a rank, at most `self.rank`, with a relative ridge."""
        scale = max(self.singular_values[0], np.finfo(float).tiny)
        d = self.singular_values[:rank] / scale  # at most 1, so that squares neither overflow nor vanish
        shrunk = d / np.maximum(d**2 + ridge, np.finfo(float).tiny) / scale
        return WFA(alphabet, self.initial[:rank], shrunk[None, :, None] * self.middle[:, :rank, :rank], self.final[:rank], link)


def factorise(block: HankelBlock, largest_rank: int, weights: Weights | None = None) -> Factorisation:
    """Decompose a block that is in memory.

    Parameters
    ----------
    block : ε must be among its prefixes and its suffixes
    largest_rank : at most so many singular vectors are kept
    weights : of rows and columns; None for equal ones

    Raises
    ------
    InputError : scores that are not finite numbers
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
    """How many singular values of a matrix of this shape are more than rounding, at most `largest`.

    At least one is left, so that the zero function has an automaton.
    """
    floor = singular_values[0] * max(shape) * np.finfo(float).eps
    return max(1, min(largest, int(np.count_nonzero(singular_values > floor))))


def check_finite(*arrays: np.ndarray) -> None:
    """Raises InputError where an array has numbers that are not finite."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise InputError("the teacher's scores of some words are not finite numbers; the spectral method needs finite scores")
