"""Weighted automata of word probabilities, used as language models: the distribution of the next symbol after a prefix.

P(a | p) = f(p·a·Σ*) / f(p·Σ*) for a letter and P(end | p) = f(p) / f(p·Σ*), where f(p·Σ*) is the sum over all words that begin
with p. These values sum to 1 unless f(p·Σ*) is 0. Learned automata give some words, and some of these sums, negative values,
which are not probabilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.linear import minimise, trim
from nerode.automata.logspace import log_scores, rescaled
from nerode.automata.stochastic import ROUNDING, need_one_score
from nerode.automata.sums import future, radius
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.protocols import States
from nerode.stepping import scores_by_stepping, step_through
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray

FLOOR = 1e-20
"""The least probability, which keeps logarithms finite; it is below the rounding error of a sum of probabilities."""
NOISE = 0.1
"""The least value of a row, relative to the magnitude of its most negative value. Compared with clipping at 0, this reduces
divergences of automata learned from networks by half to three quarters."""


@dataclass(frozen=True)
class Negatives:
    """The shares of intended probabilities that are negative by more than rounding.

    Parameters
    ----------
    strings : the share of words whose own value is negative
    next_symbols : the share of negative values among those of all letters and the end, after all prefixes of the words
    """

    strings: float
    next_symbols: float


class Distribution:
    """An automaton of word probabilities as a stepping teacher; its scores are logarithms of next-symbol probabilities.

    A negative value shows how wrong its neighbours may be. Therefore all values of that prefix are raised to at least a tenth
    of its magnitude and scaled to sum to 1. If no value is positive, the word ends, as in `draw_words`. Then every probability
    below `FLOOR` is raised to it. The state is rescaled after each letter, so words may have any length. `negatives` counts the
    negative values.

    Raises
    ------
    InputError : more than one score per word, or sums over all words that are not finite or not above 0
    """

    def __init__(self, a: WFA) -> None:
        self._a, self._weights = _with_weights(a)

    @property
    def automaton(self) -> WFA:
        """The automaton that is read; it computes the same values as the one that was given."""
        return self._a

    @property
    def weights(self) -> FloatArray:
        """The weights (r, letters + 1) that map a state to the sum after each letter and to its own value."""
        return self._weights

    @property
    def alphabet(self) -> Alphabet:
        return self._a.alphabet

    @property
    def width(self) -> int:
        return len(self.alphabet) + 1

    @property
    def link(self) -> Link:
        return NextSymbol(len(self.alphabet))

    def start(self) -> States:
        return (rescaled(self._a.initial[None])[0],)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        (vectors,) = self._a.advance(states, parents, symbols)
        return (rescaled(vectors)[0],)  # only the direction of a state determines what follows

    def read(self, states: States) -> FloatArray:
        values = self.values(states)
        nothing = ~(values > 0).any(axis=1)
        noise = -values.min(axis=1, keepdims=True).clip(max=0.0)
        values = np.maximum(values, NOISE * noise)
        values[nothing] = 0.0
        values[nothing, -1] = 1.0
        sums = values.sum(axis=1)
        logarithms: FloatArray = np.log(np.maximum(values / sums[:, None], FLOOR))
        return logarithms

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Return logarithms (n, letters + 1) of the next-symbol probabilities after n words."""
        return scores_by_stepping(self, words)

    def values(self, states: States) -> FloatArray:
        """Return f(p·a·Σ*) for each letter, and f(p), (n, letters + 1), uncorrected and up to a factor per row."""
        values: FloatArray = states[0] @ self._weights
        return values


def negatives(a: WFA, words: Iterable[Any]) -> Negatives:
    """Return the shares of negative values of an automaton of word probabilities around some words; 0 for an empty list.

    Raises
    ------
    InputError : as for `Distribution`
    """
    distribution = Distribution(a)
    strings, count, below, values = 0, 0, 0, 0

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        nonlocal strings, count, below, values
        negative = _negative(distribution.values(states))
        strings += int(np.count_nonzero(negative[lengths == length, -1]))
        count += int(np.count_nonzero(lengths == length))
        below += int(np.count_nonzero(negative))
        values += negative.size

    step_through(distribution, words, visit)
    return Negatives(strings / max(count, 1), below / max(values, 1))


def log_probabilities(a: WFA, words: Iterable[Any]) -> FloatArray:
    """Return natural logarithms (n,) of the automaton's own values of words, of any length; −inf where a value is not above 0.

    They may differ from sums of the scores of a `Distribution`, which are clipped at each prefix and always finite.

    Raises
    ------
    InputError : more than one score per word
    """
    need_one_score(a)
    signs, logarithms = log_scores(a, words)
    return np.where(signs > 0, logarithms, -np.inf)[:, 0]


def _negative(values: FloatArray) -> BoolArray:
    """Return which values (n, letters + 1) are negative by more than rounding, relative to the largest of their row."""
    below: BoolArray = values < -ROUNDING * np.abs(values).max(axis=1, keepdims=True)
    return below


def _with_weights(a: WFA) -> tuple[WFA, FloatArray]:
    """Return an automaton of f_a, and weights (r, letters + 1) that map a state to the sum after each letter and to its value."""
    need_one_score(a)
    a = trim(a)
    if radius(a.transitions.sum(axis=0)) >= 1:
        a = minimise(a)  # the growing part may be unreachable
    try:
        following = future(a)  # (r, 1)
    except InputError as error:
        raise InputError(f"an automaton of probabilities is needed, and this is none: {error}") from error
    whole = float(a.initial @ following[:, 0])
    if not whole > 0:
        raise InputError(f"an automaton of probabilities is needed, and this is none: the values of all words sum to {whole:.4g}")
    return a, np.column_stack([*(letter @ following for letter in a.transitions), a.final])
