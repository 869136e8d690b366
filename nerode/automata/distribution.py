"""Weighted automata whose scores are probabilities of words, asked as language models are: what follows a word?

P(a | p) = f(p·a·Σ*) / f(p·Σ*) for a letter and P(end | p) = f(p) / f(p·Σ*), where f(p·Σ*) is the sum over all words that begin
with p. What follows p sums to 1 as long as f(p·Σ*) is not 0. Learned automata give some words, and some of these sums, values
below 0, which no probability has.
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
"""The probability of what has none, so that logarithms are finite: less than rounding leaves of a sum of probabilities."""
NOISE = 0.1
"""Of the size of a row's most negative value: what no value of the row is left below. Divergences of automata learned from
networks fall by half to three quarters against clipping at 0."""


@dataclass(frozen=True)
class Negatives:
    """How much of what ought to be probabilities is below 0, by more than rounding.

    Parameters
    ----------
    strings : the share of the words whose own value is negative
    next_symbols : the share of negative ones among the values of all letters and the end after all prefixes of the words
    """

    strings: float
    next_symbols: float


class Distribution:
    """An automaton of word probabilities as a stepping teacher; its scores are logarithms of next-symbol probabilities.

    A value below 0 shows how wrong those beside it may be: all values of that prefix are raised to at least a tenth of its size,
    and scaled to sum to 1. Where nothing is above 0 the word ends, as in `draw_words`. Then everything below `FLOOR` is raised to
    it. The state is scaled after each letter, so words may have any length. `negatives` tells how often values were negative.

    Raises
    ------
    InputError : more than one score a word, or sums over all words that are not finite or not above 0
    """

    def __init__(self, a: WFA) -> None:
        self._a, self._weigh = _weighed(a)

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
        return (rescaled(vectors)[0],)  # only the direction of a state matters for what comes next

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
        """Logarithms (n, letters + 1) of the probabilities of what follows n words."""
        return scores_by_stepping(self, words)

    def values(self, states: States) -> FloatArray:
        """f(p·a·Σ*) for each letter, and f(p), (n, letters + 1), as the automaton gives them, up to a factor a row."""
        values: FloatArray = states[0] @ self._weigh
        return values


def negatives(a: WFA, words: Iterable[Any]) -> Negatives:
    """How often an automaton of word probabilities gives negative values around some words; no words have none.

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
    """Natural logarithms (n,) of the automaton's own values of words, of any length; −inf where a value is not above 0.

    They need not be sums of the scores of a `Distribution`: those are clipped at each prefix and always finite.

    Raises
    ------
    InputError : more than one score a word
    """
    need_one_score(a)
    signs, logarithms = log_scores(a, words)
    return np.where(signs > 0, logarithms, -np.inf)[:, 0]


def _negative(values: FloatArray) -> BoolArray:
    """Which values (n, letters + 1) are below 0 by more than rounding, which is relative to the largest of their row."""
    below: BoolArray = values < -ROUNDING * np.abs(values).max(axis=1, keepdims=True)
    return below


def _weighed(a: WFA) -> tuple[WFA, FloatArray]:
    """An automaton of f_a, and what gives the sums over what goes on with each letter, and the value, (r, letters + 1)."""
    need_one_score(a)
    a = trim(a)
    if radius(a.transitions.sum(axis=0)) >= 1:
        a = minimise(a)  # what grows there may never be reached
    try:
        following = future(a)  # (r, 1)
    except InputError as error:
        raise InputError(f"an automaton of probabilities is needed, and this is none: {error}") from error
    whole = float(a.initial @ following[:, 0])
    if not whole > 0:
        raise InputError(f"an automaton of probabilities is needed, and this is none: the values of all words sum to {whole:.4g}")
    return a, np.column_stack([*(letter @ following for letter in a.transitions), a.final])
