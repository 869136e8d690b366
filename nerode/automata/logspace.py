"""Scores of long words as signs and logarithms, which overflow or underflow at no length.

After each letter, the state is multiplied by a power of 2, which is exact, so that its largest number lies between 1/2 and 1.
The powers are added up separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from nerode.automata.linear import need_weighted
from nerode.automata.wfa import WFA
from nerode.links import Link, Value
from nerode.protocols import States
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray

LARGEST_POWER = 1023  # the largest binary exponent of float64 numbers


def log_scores(a: WFA, words: Iterable[Any]) -> tuple[FloatArray, FloatArray]:
    """Return the scores of words, given as indices, symbols or text, as signs and natural logarithms of magnitudes.

    Scores are added up as in `a.scores`, with the same rounding: where large numbers of both signs cancel, the rest is rounding
    error here too. A number of the state below 1e-308 of the largest counts as 0, even if later letters remove the largest. So
    only numbers that vanish beside the rest of the state are lost.

    Returns
    -------
    signs, logarithms : both (n, width), f(w) = sign · exp(logarithm); the score 0 has sign 0 and logarithm −inf
    """
    need_weighted(a)
    both = scores_by_stepping(_Logarithmic(a), words)
    return both[:, : a.width], both[:, a.width :]


def rescaled(vectors: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return vectors (n, r) scaled by powers of 2 so that the largest number of each is between 1/2 and 1, and the powers (n,).

    Vectors of 0 stay unchanged. Vectors below 2**−1023 are multiplied by 2**1023 only.
    """
    _, powers = np.frexp(np.abs(vectors).max(axis=1))
    taken = np.maximum(powers, -LARGEST_POWER).astype(np.int64)
    return vectors * np.ldexp(1.0, -taken)[:, None], taken


class _Logarithmic:
    """The function from words to (2 · width,): the signs of an automaton's scores, then their logarithms."""

    def __init__(self, a: WFA) -> None:
        # letters and scores are scaled to size 1 as well, so that no single product overflows
        letters = _powers(a.transitions.reshape(len(a.alphabet), -1))  # (Σ,)
        scores = _powers(a.final.T)  # (width,)
        self._unit = replace(
            a, transitions=np.ldexp(a.transitions, -letters[:, None, None]), final=np.ldexp(a.final, -scores), link=Value()
        )
        self._letters, self._scores = letters, scores

    @property
    def alphabet(self) -> Alphabet:
        return self._unit.alphabet

    @property
    def width(self) -> int:
        return 2 * self._unit.width

    @property
    def link(self) -> Link:
        return Value()

    def start(self) -> States:
        """Return the state after ε: a vector, and the power of 2 by which it is to be multiplied."""
        return rescaled(self._unit.initial[None])

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        (vectors,) = self._unit.advance(states[:1], parents, symbols)
        vectors, powers = rescaled(vectors)
        return vectors, states[1][parents] + self._letters[symbols] + powers

    def read(self, states: States) -> FloatArray:
        vectors, powers = states
        scores = self._unit.read((vectors,))
        with np.errstate(divide="ignore"):
            logarithms = np.log(np.abs(scores)) + (powers[:, None] + self._scores) * np.log(2.0)
        return np.hstack([np.sign(scores), logarithms])

    def scores(self, words: Iterable[Any]) -> FloatArray:
        return scores_by_stepping(self, words)


def _powers(rows: FloatArray) -> IntArray:
    """Return the power of 2 (k,) next above the largest number of each row."""
    _, powers = np.frexp(np.abs(rows).max(axis=1))
    return np.asarray(powers, np.int64)
