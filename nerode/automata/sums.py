"""Sums of scores over infinitely many words, and the string, prefix and factor functions of a distribution over words.

All rest on Σₙ Aⁿ = (I − A)⁻¹, where A is the sum of the letters' matrices: Aⁿ is the sum over all words of n letters. Sums are
taken length by length. Where scores of both signs cancel, such a sum may exist although the sum of the magnitudes is infinite.

A distribution over words has a string function p(w), a prefix function Σ_v p(wv), the probability that a word begins with w,
and a factor function Σ_u Σ_v p(uwv), the expected number of occurrences of w in a word (Balle, Carreras, Luque and Quattoni,
2014). Their automata have the same states, and each can be computed from the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nerode.automata.equilibration import size
from nerode.automata.linear import TOLERANCE, finite, minimise, need_weighted, quiet_overflow, span
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import Value
from nerode.words import Alphabet, FloatArray


@quiet_overflow
def total(a: WFA) -> FloatArray:
    """Return the sum (width,) of the scores of all words.

    Raises
    ------
    InputError : the sums over the words of each length have no finite sum, or one too large for float64
    """
    need_weighted(a)
    # all letters merged into one: states that are then unreachable or without effect may grow without harm
    by_length = WFA(Alphabet.of_size(1), a.initial, a.transitions.sum(axis=0)[None], a.final, Value())
    if radius(by_length.transitions[0]) >= 1:
        by_length = minimise(by_length)
    return finite(by_length.initial @ future(by_length))


@quiet_overflow
def total_of_length(a: WFA, length: int) -> FloatArray:
    """Return the sum (width,) of the scores of all words of a length; if the total diverges, these sums may grow without bound.

    Raises
    ------
    InputError : sums too large for float64
    """
    need_weighted(a)
    forward = a.initial
    step = a.transitions.sum(axis=0)
    for _ in range(length):
        forward = forward @ step
    return finite(forward @ a.final)


def prefix_function(a: WFA) -> WFA:
    """Return the automaton of Σ_v f_a(wv), the sum over all continuations; of probabilities, that of a word beginning with w.

    Raises
    ------
    InputError : the sum over the continuations of some word is not finite
    """
    a = _converging(a)
    return replace(a, final=future(a))


def factor_function(a: WFA) -> WFA:
    """Return the automaton of Σ_u Σ_v f_a(uwv), the expected number of occurrences of w; for ε, the expected length plus 1.

    Raises
    ------
    InputError : the sum around some word is not finite
    """
    a = _converging(a)
    past = _series(a.transitions.sum(axis=0).T, a.initial[:, None])[:, 0]
    return replace(a, initial=past, final=future(a))


def string_from_prefix(a: WFA) -> WFA:
    """Return the automaton of g(w) = f_a(w) − Σ_b f_a(wb), b the letters; this inverts `prefix_function`."""
    return replace(a, final=a.final - a.transitions.sum(axis=0) @ a.final)


def string_from_factor(a: WFA) -> WFA:
    """Return the automaton of g(w) = f_a(w) − Σ_b f_a(bw) − Σ_c f_a(wc) + Σ_b Σ_c f_a(bwc); this inverts `factor_function`."""
    step = a.transitions.sum(axis=0)
    return replace(a, initial=a.initial - a.initial @ step, final=a.final - step @ a.final)


def future(a: WFA) -> FloatArray:
    """Return the sum (r, width) of the scores of all words read from each state.

    Raises
    ------
    InputError : a state whose scores have no finite sum
    """
    return _series(a.transitions.sum(axis=0), a.final)


def radius(matrix: FloatArray) -> float:
    """Return the spectral radius of a matrix (r, r): the largest magnitude of an eigenvalue."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _converging(a: WFA) -> WFA:
    """Return the automaton itself, or its minimal form if the sums of its states diverge; redundant states may be the cause."""
    return a if radius(a.transitions.sum(axis=0)) < 1 else minimise(a)


@quiet_overflow
def _series(matrix: FloatArray, vectors: FloatArray) -> FloatArray:
    """Return Σₙ Mⁿ V (r, m) of a matrix M (r, r) and vectors V (r, m); M may grow in directions that no vector reaches.

    Raises
    ------
    InputError : the sum is not finite, or too large for float64
    """
    basis = np.eye(len(matrix))
    if radius(matrix) >= 1:
        unit = matrix / np.linalg.norm(matrix, 2)
        basis = span(vectors.T / (size(vectors) or 1.0), unit.T[None], TOLERANCE)  # (k, r)
    inner = basis @ matrix @ basis.T
    if len(basis) and radius(inner) >= 1:
        raise InputError(
            f"the scores of all words have no finite sum: the sums over the words of one length change by a factor of "
            f"{radius(inner):.4g} with the length, where less than 1 is needed; `discount` makes long words weigh less"
        )
    return finite(basis.T @ np.linalg.solve(np.eye(len(basis)) - inner, basis @ vectors))
