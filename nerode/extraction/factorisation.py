"""The singular value decomposition of a Hankel block, from which automata of every rank follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.hankel import HankelBlock
from nerode.links import Link
from nerode.words import Alphabet, FloatArray


@dataclass(frozen=True, eq=False)
class Factorisation:
    """The truncated singular value decomposition of a block and what automata are made of.

    With H = U D Vᵀ, the automaton of rank r has states in the basis of the r leading right singular vectors:
    initial = h_ε V, final = the rows of V at ε, A_a = (D² + λ)⁻¹ D Uᵀ H_a V, the ridge solution of U D · A_a = H_a V.
    A smaller rank takes the leading parts.

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


def factorise(block: HankelBlock, largest_rank: int) -> Factorisation:
    """Decompose a block that is in memory.

    Parameters
    ----------
    block : ε must be among its prefixes and its suffixes
    largest_rank : at most so many singular vectors are kept

    Raises
    ------
    InputError : scores that are not finite numbers
    """
    p, _, width = block.values.shape
    flat = block.values.reshape(p, -1).astype(np.float64, copy=False)  # (P, S·width)
    check_finite(flat, block.shifted)
    u, d, vt = np.linalg.svd(flat, full_matrices=False)
    rank = numerical_rank(d, flat.shape, largest_rank)
    v = vt[:rank].T
    return Factorisation(
        d,
        flat[block.prefixes.index(())] @ v,
        v.reshape(-1, width, rank)[block.suffixes.index(())].T,
        np.stack([u[:, :rank].T @ (shifted.reshape(p, -1) @ v) for shifted in block.shifted]),
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
