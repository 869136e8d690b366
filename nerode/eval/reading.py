"""Reading aids: which states of an automaton words pass through, and which letters move them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import FloatArray, IntArray, Words, pack


@dataclass(frozen=True, eq=False)
class Reading:
    """What words do to the n states of an automaton over Σ letters.

    Parameters
    ----------
    visits : (n,), the share of each state in all prefixes; sums to 1, or is 0 throughout where all scores are 0
    movement : (Σ, n), how far a reading of each letter moves each state on average, in the unit of `visits`; NaN for letters that
        were never read
    readings : (Σ,), how often each letter was read
    """

    visits: FloatArray
    movement: FloatArray
    readings: IntArray


def reading(automaton: Automaton, words: Iterable[Any]) -> Reading:
    """How the words, given as indices, symbols or text, pass through the automaton; every prefix counts alike, ε included.

    For a DFA or a PDFA, `visits` is the share of the prefixes that end in a state, and `movement` the share of the readings of
    a letter that enter or leave it. For a WFA, they are means of |fᵢ(p)|·sᵢ over prefixes p and of |fᵢ(pa) − fᵢ(p)|·sᵢ over
    prefixes pa, where f are forward vectors and sᵢ is the root of the mean square of the backward vectors of the words' suffixes.
    So the scale of a state makes no difference. Another basis does: states of a weighted automaton are coordinates, and a mass
    belongs to the states as they are drawn.

    Raises
    ------
    InputError : no words, a symbol that the alphabet does not have, or weights that overflow on such long words
    """
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
        moved = movement / readings[:, None]  # 0 / 0 where a letter was never read
    share = total / prefixes or 1.0
    return Reading(visits / (total or 1.0), moved / share, readings)


Sums = tuple[FloatArray, FloatArray, IntArray]
"""Visits (n,) summed over prefixes, movement (Σ, n) summed over readings of each letter, and how many these are (Σ,)."""


def _deterministic(automaton: Automaton, words: Words) -> Sums:
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
    """Root mean squares (n,) of A[wₖ₊₁] ⋯ A[wₘ] · final, over all suffixes of the words and all scores.

    Of a final matrix F only F·Fᵀ counts, so that no more than n columns are followed back.
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
