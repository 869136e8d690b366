"""All that two DFAs first disagree on: as many shortest words as there are, not only the least of them.

A learner that is told hundreds of counterexamples at once needs few rounds. `operations.separating_word` gives the least one.
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

FEW = 16  # pairs that are merged one by one in less time than it takes to build a graph of them


@dataclass(frozen=True)
class _Level:
    """Pairs of states that words of one length lead to, in the shortlex order of the least of these words."""

    p: IntArray  # (m,) states of the first automaton
    q: IntArray  # (m,) and of the second
    parents: IntArray  # (m,) the position in the level before of the pair that the least word passes
    letters: IntArray  # (m,) and its last letter

    def take(self, chosen: IntArray) -> _Level:
        return _Level(self.p[chosen], self.q[chosen], self.parents[chosen], self.letters[chosen])


def disagreements(a: DFA, b: DFA, most: int) -> list[Word]:
    """Shortest words on which the labels differ, the first `most` in shortlex order; [] where `a` and `b` are equivalent.

    All have one length, and no two of them lead to the same pair of a state of `a` and a state of `b`; of the words of
    this length that lead to such a pair, each is the least.

    Pairs are walked breadth first, a level at a time. As in the algorithm of Hopcroft and Karp (1971), states of earlier
    pairs are taken for one, and a pair that these chain together is not followed: a word that told it apart would tell
    one of them apart too, and be a shorter way to a difference. Chaining through pairs of the same level would lose
    differences, so it is not done. At most n + m levels, and no table of n · m pairs.

    Raises
    ------
    InputError : alphabets that differ, or `most` below 1
    """
    need_one_alphabet(a, b)
    if most < 1:
        raise InputError(f"at least one word must be asked for, not {most}")
    zero = np.zeros(1, np.int64)
    level = _Level(np.array([a.initial]), np.array([b.initial]), zero, zero)
    levels: list[_Level] = []
    block = np.arange(a.states + b.states)  # of each state of `a`, then of `b`: its name is shared by states taken for one
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
    """What each pair leads to by each letter, pairs that are met again included."""
    letters = len(a.alphabet)
    return _Level(
        a.transitions[level.p].ravel(),
        b.transitions[level.q].ravel(),
        np.repeat(np.arange(len(level.p)), letters),
        np.tile(np.arange(letters), len(level.p)),
    )


def _distinct(level: _Level, m: int) -> _Level:
    """Each pair where it is first met; the second automaton has `m` states."""
    _, first = np.unique(level.p * m + level.q, return_index=True)
    return level.take(np.sort(first))


def _merged(block: IntArray, p: IntArray, q: IntArray) -> IntArray:
    """The blocks (n + m,) after those named p (pairs,) and q (pairs,) have been merged, pair by pair."""
    if len(p) > FEW:
        graph = coo_array((np.ones(len(p), bool), (p, q)), shape=(len(block), len(block)))
        names: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
        return names[block]
    name = np.arange(len(block))
    for one, other in zip(p.tolist(), q.tolist(), strict=True):
        name[name == name[one]] = name[other]
    return name[block]


def _words(levels: list[_Level], last: _Level, most: int) -> list[Word]:
    """The least words that lead to the first `most` pairs of the last level, by way of the levels before."""
    columns = [last.letters[:most]]
    position = last.parents[:most]
    for level in reversed(levels):
        columns.append(level.letters[position])
        position = level.parents[position]
    # the first level is the pair of initial states, which no letter leads to
    return list(map(tuple, np.stack(columns[-2::-1], axis=1).tolist())) if levels else [()]
