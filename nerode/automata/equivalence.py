"""All shortest counterexamples to the equivalence of two DFAs, not only the least one.

A learner that receives hundreds of counterexamples at once needs few rounds. `operations.separating_word` returns the least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nerode.automata.dfa import DFA
from nerode.automata.operations import need_one_alphabet
from nerode.errors import InputError
from nerode.words import IntArray, Word

FEW = 16  # up to so many pairs, merging one by one is faster than building a graph


@dataclass(frozen=True)
class _Level:
    """Pairs of states that words of one length reach, in the shortlex order of the least of these words."""

    p: IntArray  # (m,) states of the first automaton
    q: IntArray  # (m,) states of the second
    parents: IntArray  # (m,) the position, in the level before, of the pair before the last letter of the least word
    letters: IntArray  # (m,) the last letter of the least word

    def take(self, chosen: IntArray) -> _Level:
        return _Level(self.p[chosen], self.q[chosen], self.parents[chosen], self.letters[chosen])


def disagreements(a: DFA, b: DFA, most: int) -> list[Word]:
    """Return the shortest words on which the labels differ, the first `most` in shortlex order; [] if `a` and `b` are equivalent.

    All have the same length, and no two of them lead to the same pair of a state of `a` and a state of `b`. Each is the least
    word of this length that leads to its pair.

    Pairs are visited breadth first, one level at a time. As in the algorithm of Hopcroft and Karp (1971), the states of visited
    pairs are merged, and a pair whose states are already merged is skipped: a word that separated it would also separate one of
    the merged pairs, which is nearer to the start, and would give a shorter counterexample. Merging through pairs of the same
    level would lose counterexamples, so it is not done. There are at most n + m levels, and no table of n · m pairs.

    Raises
    ------
    InputError : different alphabets, or `most` below 1
    """
    need_one_alphabet(a, b)
    if most < 1:
        raise InputError(f"at least one word must be asked for, not {most}")
    zero = np.zeros(1, np.int64)
    level = _Level(np.array([a.initial]), np.array([b.initial]), zero, zero)
    levels: list[_Level] = []
    block = np.arange(a.states + b.states)  # the block of each state of `a`, then of `b`; merged states share a block
    while len(level.p):
        differ = np.flatnonzero(a.labels[level.p] != b.labels[level.q])
        if len(differ):
            return _words(levels, _distinct(level.take(differ), b.states), most)
        level = _distinct(level.take(np.flatnonzero(block[level.p] != block[level.q + a.states])), b.states)
        levels.append(level)
        block = _merged(block, block[level.p], block[level.q + a.states])
        level = _after(a, b, level)
    return []


def _after(a: DFA, b: DFA, level: _Level) -> _Level:
    """Return the successors of each pair by each letter, repeated pairs included."""
    letters = len(a.alphabet)
    return _Level(
        a.transitions[level.p].ravel(),
        b.transitions[level.q].ravel(),
        np.repeat(np.arange(len(level.p)), letters),
        np.tile(np.arange(letters), len(level.p)),
    )


def _distinct(level: _Level, m: int) -> _Level:
    """Keep the first occurrence of each pair; the second automaton has `m` states."""
    _, first = np.unique(level.p * m + level.q, return_index=True)
    return level.take(np.sort(first))


def _merged(block: IntArray, p: IntArray, q: IntArray) -> IntArray:
    """Return the blocks (n + m,) after merging the blocks p (pairs,) and q (pairs,), pair by pair."""
    if len(p) > FEW:
        graph = coo_array((np.ones(len(p), bool), (p, q)), shape=(len(block), len(block)))
        names: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
        return names[block]
    name = np.arange(len(block))
    for one, other in zip(p.tolist(), q.tolist(), strict=True):
        name[name == name[one]] = name[other]
    return name[block]


def _words(levels: list[_Level], last: _Level, most: int) -> list[Word]:
    """Return the least words that lead to the first `most` pairs of the last level, through the levels before."""
    columns = [last.letters[:most]]
    position = last.parents[:most]
    for level in reversed(levels):
        columns.append(level.letters[position])
        position = level.parents[position]
    # the first level is the pair of initial states, before any letter
    return list(map(tuple, np.stack(columns[-2::-1], axis=1).tolist())) if levels else [()]
