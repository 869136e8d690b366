"""Sets of words as tries: what words begin with in common is read once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.words import IntArray, Words


@dataclass(frozen=True)
class Level:
    """The nodes of one depth of a trie, in lexicographic order of the words that lead to them.

    Parameters
    ----------
    parents, symbols : (nodes,), the position of each node's parent in the level above and the symbol between them
    children : (nodes + 1,), the children of node i are the nodes children[i] … children[i + 1] − 1 of the level below
    stops : (nodes + 1,), the words that end at node i are words[stops[i]] … words[stops[i + 1] − 1]
    words : (m,), positions in the set of words
    """

    parents: IntArray
    symbols: IntArray
    children: IntArray
    stops: IntArray
    words: IntArray

    def __len__(self) -> int:
        return len(self.symbols)

    def ends(self, low: int, high: int) -> IntArray:
        """The nodes from `low` to `high` − 1 where words end, each as often as words do; counted from `low`."""
        return np.repeat(np.arange(high - low), np.diff(self.stops[low : high + 1]))


def trie(words: Words) -> list[Level]:
    """The levels of the trie of a set of words, one more than its longest word has letters; the first is the root alone."""
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int64)
    lengths = np.array([len(words[which]) for which in order], np.int64)
    rows = np.arange(len(order))  # the words, in order, that reach the level
    nodes = np.zeros(len(order), np.int64)  # and the node that each of them passes
    parents = symbols = np.zeros(1, np.int64)
    levels = []
    for depth in range(int(lengths.max(initial=0)) + 1):
        count = len(symbols)
        ending = lengths[rows] == depth
        stops, stopped = _bounds(nodes[ending], count), order[rows[ending]]
        rows, above = rows[~ending], nodes[~ending]
        letters = np.array([words[which][depth] for which in order[rows]], np.int64)
        new = np.ones(len(rows), bool)
        new[1:] = (np.diff(above) != 0) | (np.diff(letters) != 0)
        levels.append(Level(parents, symbols, _bounds(above[new], count), stops, stopped))
        parents, symbols, nodes = above[new], letters[new], np.cumsum(new) - 1
    return levels


def _bounds(owners: IntArray, count: int) -> IntArray:
    """Where the things of each of `count` owners begin, and where the last end; `owners` are ascending."""
    return np.searchsorted(owners, np.arange(count + 1))
