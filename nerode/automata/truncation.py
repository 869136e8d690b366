"""Balanced truncation: smaller automata close to a given one, with a bound on the error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nerode.automata.equilibration import unit
from nerode.automata.linear import finite, minimise, quiet_overflow
from nerode.automata.norms import distance, gramians
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.words import FloatArray, frozen_array

FLOOR = 1e-7  # of the largest; smaller singular values are rounding, since their squares are eigenvalues of a product


@dataclass(frozen=True, eq=False)
class Truncation:
    """A smaller automaton, and its distance from the original.

    Parameters
    ----------
    automaton : in balanced form, states in the order of their singular values
    singular_values : of the Hankel matrix of all words of the original, descending; as many as its rank
    bound : the root of the sum of the squares of the omitted singular values; the L2 distance is at most this
    distance : the L2 distance itself; values below about 1e-7 of the norm are rounding
    """

    automaton: WFA
    singular_values: FloatArray
    bound: float
    distance: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "singular_values", frozen_array(self.singular_values, np.float64))


@quiet_overflow
def hankel_singular_values(a: WFA) -> FloatArray:
    """Return the singular values of the infinite Hankel matrix of f_a, descending.

    The rows of this matrix are words, its columns pairs of a word and a score.

    Raises
    ------
    InputError : f_a has no norm, or one too large for float64
    """
    small, root = unit(minimise(a))
    return finite(root * root * _balance(small)[0])


@quiet_overflow
def truncate(a: WFA, states: int) -> Truncation:
    """Return the truncation to the `states` directions with the largest singular values of the Hankel matrix.

    The minimal automaton is transformed to the basis in which both Gramians equal the diagonal matrix of the singular values (a
    singular value automaton; Balle, Panangaden and Precup, 2015 and 2019), and all but its first states are removed. The result
    need not be the closest automaton of its size. But no automaton of that size has a Hankel matrix closer in the spectral norm
    than the first omitted singular value.

    Proof of the bound: let e be the difference of the states of the two automata after a word, D the diagonal matrix, and u what
    is cut away after the last letter. The energy e D eᵀ of the next step is that of this one, minus the square of the difference
    of the scores, plus 2 x D uᵀ − u D uᵀ ≤ x D xᵀ, where x is the part of the full state that is cut away. Summed over all words,
    x D xᵀ is the sum of the squares of the omitted singular values.

    Parameters
    ----------
    states : at least 1; if the rank is smaller, the result has as many states as the rank

    Raises
    ------
    InputError : no states, or f_a has no norm, or one too large for float64
    """
    if states < 1:
        raise InputError(f"a truncated automaton needs at least one state, not {states}")
    small, root = unit(minimise(a))  # Gramians are of the order of squares
    factor = root * root
    values, into, out = _balance(small)
    kept = max(1, min(states, int(np.count_nonzero(values > FLOOR * values[0]))))
    into, out = into[:, :kept], out[:kept]
    cut = replace(small, initial=small.initial @ into, transitions=out @ small.transitions @ into, final=out @ small.final)
    truncated = replace(cut, initial=root * cut.initial, final=root * cut.final)
    bound = factor * float(np.linalg.norm(values[kept:]))
    return Truncation(truncated, finite(factor * values), bound, factor * distance(small, cut))


def _balance(a: WFA) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return singular values (r,), and matrices (r, r) that map row states into the balanced basis and out of it.

    This is the square-root method (Laub, Heath, Paige and Ward, 1987), which never multiplies the Gramians with each other.
    """
    before, after = (_root(gramian) for gramian in gramians(a))
    left, values, right = np.linalg.svd(before.T @ after)
    scales = np.sqrt(np.where(values > 0, values, 1.0))
    return values, after @ right.T / scales, (before @ left / scales).T


def _root(gramian: FloatArray) -> FloatArray:
    """Return R (r, r) such that R Rᵀ is the positive semidefinite part of a symmetric matrix."""
    sizes, vectors = np.linalg.eigh(gramian)
    root: FloatArray = vectors * np.sqrt(np.maximum(sizes, 0.0))
    return root
