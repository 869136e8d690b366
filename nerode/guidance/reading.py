"""Reads all tokens from some states of an automaton over bytes, a level of their trie at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nerode.arrays import intervals
from nerode.tries import Level
from nerode.words import IntArray

BYTES = 256
DEAD = 0  # the state from which nothing is accepted


def read(
    levels: list[Level], states: IntArray, step: Callable[[IntArray, IntArray], IntArray]
) -> tuple[IntArray, IntArray, IntArray]:
    """Return the transitions (m,) that do not end in DEAD: the state, the token, the next state.

    Parameters
    ----------
    levels : the trie of the tokens, as words of bytes
    states : (n,), where they are read from
    step : gives the states (k,) after one more byte, of states and bytes (k,); DEAD where nothing is accepted any more
    """
    sources, at, nodes, above = states, states, np.zeros_like(states), levels[0]
    found = []
    for depth, level in enumerate(levels):
        if depth:
            counts = above.children[nodes + 1] - above.children[nodes]
            nodes = intervals(above.children[nodes], counts)
            after = step(np.repeat(at, counts), level.symbols[nodes])
            possible = after != DEAD
            sources, at, nodes = np.repeat(sources, counts)[possible], after[possible], nodes[possible]
        ending = level.stops[nodes + 1] - level.stops[nodes]
        words = level.words[intervals(level.stops[nodes], ending)]
        found.append((np.repeat(sources, ending), words, np.repeat(at, ending)))
        above = level
    sources, words, at = (np.concatenate(column) for column in zip(*found, strict=True))
    return sources, words, at
