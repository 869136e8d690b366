"""Statistics of words read by an automaton: how often they visit each state, and which letters change which states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG, NO_PICTURE
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import FloatArray, IntArray, Words, pack


@dataclass(frozen=True, eq=False)
class Reading:
    """Visits and movement of the n states of an automaton with Σ letters.

    Parameters
    ----------
    visits : (n,), the share of each state in all prefixes; the sum is 1, or 0 if all scores are 0
    movement : (Σ, n), the mean change of each state when each letter is read, in the unit of `visits`; NaN for letters that do
        not occur
    readings : (Σ,), the number of occurrences of each letter
    """

    visits: FloatArray
    movement: FloatArray
    readings: IntArray


def reading(automaton: Automaton, words: Iterable[Any]) -> Reading:
    """Return the visits and the movement of words, given as indices, symbols or text; each prefix has the same weight, also ε.

    For a DFA or a PDFA, `visits` is the share of the prefixes that end in a state, and `movement` is the share of the
    occurrences of a letter that enter or leave the state. For a WFA, they are the means of |fᵢ(p)|·sᵢ over prefixes p, and of
    |fᵢ(pa) − fᵢ(p)|·sᵢ over prefixes pa, in units of the mean total visit. Here f are forward vectors, and sᵢ is the root mean
    square of the backward vectors of the words' suffixes. The scale of a state does not matter. The basis matters: the states of
    a weighted automaton are coordinates, so that the statistics belong to the automaton as it is drawn.

    Raises
    ------
    InputError : a grammar, which has no states; no words, a symbol that is not in the alphabet, or weights that overflow on
        words of this length
    """
    if isinstance(automaton, CFG):
        raise InputError(NO_PICTURE)
    words = automaton.alphabet.words(words)
    if not words:
        raise InputError("visits cannot be counted on an empty list of words; give at least one word")
    add_up = _weighted if isinstance(automaton, WFA) else _deterministic
    visits, movement, readings = add_up(automaton, words)
    prefixes = sum(map(len, words)) + len(words)
    total = float(visits.sum())
    if not np.isfinite(total) or not np.isfinite(movement).all():
        raise InputError("the weights of the automaton overflow on words of this length; give shorter ones")
    with np.errstate(invalid="ignore"):
        moved = movement / readings[:, None]  # 0 / 0 for letters that do not occur
    share = total / prefixes or 1.0
    return Reading(visits / (total or 1.0), moved / share, readings)


Sums = tuple[FloatArray, FloatArray, IntArray]
"""Sums of visits (n,) over prefixes, sums of movement (Σ, n) over occurrences of each letter, and their numbers (Σ,)."""


def _deterministic(automaton: Automaton, words: Words) -> Sums:
    """Return the sums for a DFA or a PDFA."""
    n, letters = automaton.states, len(automaton.alphabet)
    symbols, _ = pack(words)
    visits = np.zeros(n)
    movement = np.zeros(letters * n)
    readings = np.zeros(letters, np.int64)
    before = np.zeros(0, np.int64)

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        nonlocal visits, movement, readings, before
        after: IntArray = states[0]
        visits += np.bincount(after, minlength=n)
        if length:
            read, left = symbols[rows, length - 1], before[: len(rows)]
            readings += np.bincount(read, minlength=letters)
            read, left, entered = (array[left != after] for array in (read, left, after))
            for moved in (left, entered):
                movement += np.bincount(read * n + moved, minlength=letters * n)
        before = after

    step_through(automaton, words, visit)
    return visits, movement.reshape(letters, n), readings


def _weighted(automaton: Automaton, words: Words) -> Sums:
    """Return the sums for a weighted automaton."""
    assert isinstance(automaton, WFA)
    letters = len(automaton.alphabet)
    symbols, _ = pack(words)
    visits = np.zeros(automaton.states)
    movement = np.zeros((letters, automaton.states))
    readings = np.zeros(letters, np.int64)
    before = np.zeros((0, automaton.states))

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        nonlocal visits, movement, readings, before
        after: FloatArray = states[0]
        visits += np.abs(after).sum(axis=0)
        if length:
            read = symbols[rows, length - 1]
            readings += np.bincount(read, minlength=letters)
            by_letter = (read == np.arange(letters)[:, None]).astype(np.float64)  # (Σ, rows)
            movement += by_letter @ np.abs(after - before[: len(rows)])
        before = after

    with np.errstate(over="ignore", invalid="ignore"):
        step_through(automaton, words, visit)
        sizes = _backward_sizes(automaton, words)
        return visits * sizes, movement * sizes, readings


def _backward_sizes(a: WFA, words: Words) -> FloatArray:
    """Return the root mean squares (n,) of A[wₖ₊₁] ⋯ A[wₘ] · final, over all suffixes of the words and all scores.

    They depend on the final matrix F only through F·Fᵀ. A factor of F·Fᵀ with at most n columns therefore replaces F.
    """
    squares = np.zeros(a.states)

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        squares[:] += (states[0] ** 2).sum(axis=0)

    reversed_words = [word[::-1] for word in words]
    triangle: FloatArray = np.linalg.qr(a.final.T).R  # (min(n, width), n), with triangleᵀ · triangle = F·Fᵀ
    for column in triangle:
        backward = replace(a, initial=column, transitions=a.transitions.transpose(0, 2, 1), final=a.final)
        step_through(backward, reversed_words, visit)
    suffixes = sum(map(len, words)) + len(words)
    sizes: FloatArray = np.sqrt(squares / suffixes / a.width)
    return sizes
