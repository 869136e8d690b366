"""Tries of words, in which common prefixes occur once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.words import IntArray, Words


@dataclass(frozen=True)
class Level:
    """The nodes at one depth of a trie, in lexicographic order of the words that lead to them.

    Parameters
    ----------
    parents, symbols : (nodes,), the index of each node's parent in the level above, and the symbol between them
    children : (nodes + 1,), the children of node i are the nodes children[i] … children[i + 1] − 1 of the level below
    stops : (nodes + 1,), the words that end at node i are words[stops[i]] … words[stops[i + 1] − 1]
    words : (m,), positions in the list of words
    """

    parents: IntArray
    symbols: IntArray
    children: IntArray
    stops: IntArray
    words: IntArray

    def __len__(self) -> int:
        return len(self.symbols)

    def ends(self, low: int, high: int) -> IntArray:
        """Return the nodes among `low` … `high` − 1 at which words end, minus `low`; each node once for each of its words."""
        return np.repeat(np.arange(high - low), np.diff(self.stops[low : high + 1]))


def trie(words: Words) -> list[Level]:
    """Return the levels of the trie of a list of words, from the root to the length of the longest word."""
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int64)
    lengths = np.array([len(words[which]) for which in order], np.int64)
    rows = np.arange(len(order))  # the sorted words that reach the level
    nodes = np.zeros(len(order), np.int64)  # the node of each of them at the level
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


@dataclass(frozen=True)
class Preorder:
    """The nodes of a trie without its root, in preorder: each node precedes its descendants.

    Parameters
    ----------
    parents, symbols : (nodes,), the parent of each node, −1 for the root, and the symbol between them
    ends : (m,), ascending, the nodes at which words end, −1 for the root
    words : (m,), positions of these words in the list of words
    """

    parents: IntArray
    symbols: IntArray
    ends: IntArray
    words: IntArray


def preorder(levels: list[Level]) -> Preorder:
    """Return the same trie in preorder."""
    below = np.zeros(len(levels[-1]), np.int64)  # number of descendants of each node of a level
    before = []  # number of nodes between each node and its parent: earlier siblings and their descendants
    for upper, lower in zip(levels[-2::-1], levels[:0:-1], strict=True):
        sums = np.concatenate([[0], np.cumsum(below + 1)])
        before.append(sums[:-1] - sums[upper.children[lower.parents]])
        below = np.diff(sums[upper.children])
    place = np.full(1, -1)
    places, parents = [place], []
    for level, shift in zip(levels[1:], reversed(before), strict=True):
        parents.append(place[level.parents])
        place = parents[-1] + 1 + shift
        places.append(place)
    order = np.argsort(np.concatenate(places))[1:] - 1
    ends = np.concatenate([nodes[level.ends(0, len(level))] for nodes, level in zip(places, levels, strict=True)])
    by_end = np.argsort(ends, kind="stable")
    return Preorder(
        np.concatenate([place[:0], *parents])[order],
        np.concatenate([place[:0], *(level.symbols for level in levels[1:])])[order],
        ends[by_end],
        np.concatenate([level.words for level in levels])[by_end],
    )


def _bounds(owners: IntArray, count: int) -> IntArray:
    """Return the bounds (count + 1,) of the runs of 0 … count − 1 in `owners`, which are ascending."""
    return np.searchsorted(owners, np.arange(count + 1))
