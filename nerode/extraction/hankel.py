"""The Hankel core: a teacher tabulated over prefixes and suffixes, `H[p, s] = f(p·s)`.

Filling the table is nearly all the cost of learning. Where the teacher keeps states, each prefix is read once and the
suffixes are walked as a trie from all prefix states side by side; elsewhere whole words are asked in batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nerode.protocols import States, SteppingTeacher, Teacher, TwoWayTeacher, take
from nerode.words import FloatArray, IntArray, Word, Words

TILE = 4096  # rows of work advanced side by side: a tile stays in cache


@dataclass(frozen=True)
class Level:
    """The nodes of one depth of a trie.

    Parameters
    ----------
    parents, symbols : (nodes,), the position of each node's parent in the level above and the symbol between them
    ends, words : (m,), the nodes where words of the set end, and which words
    """

    parents: IntArray
    symbols: IntArray
    ends: IntArray
    words: IntArray


def trie(words: Words) -> list[Level]:
    """The levels of the trie of a set of words; the first level is the root alone."""
    depth = max((len(word) for word in words), default=0)
    nodes: list[dict[tuple[int, int], int]] = [{} for _ in range(depth + 1)]  # by parent and symbol
    parents: list[list[int]] = [[0], *([] for _ in range(depth))]
    symbols: list[list[int]] = [[0], *([] for _ in range(depth))]
    ends: list[list[tuple[int, int]]] = [[] for _ in range(depth + 1)]
    for which, word in enumerate(words):
        node = 0
        for length, symbol in enumerate(word, start=1):
            parent, node = node, nodes[length].setdefault((node, symbol), len(symbols[length]))
            if node == len(symbols[length]):
                parents[length].append(parent)
                symbols[length].append(symbol)
        ends[len(word)].append((node, which))
    return [
        Level(np.array(p, np.int64), np.array(s, np.int64), *np.array(e, np.int64).reshape(-1, 2).T)
        for p, s, e in zip(parents, symbols, ends, strict=True)
    ]


def tabulate(teacher: Teacher, prefixes: Words, suffixes: Words) -> FloatArray:
    """The scores (P, S, width) of all words p·s, by the cheapest exact way that the teacher offers."""
    if not prefixes or not suffixes:
        return np.empty((len(prefixes), len(suffixes), teacher.width))
    if isinstance(teacher, SteppingTeacher):
        return _tabulate_stepping(teacher, prefixes, suffixes)
    if isinstance(teacher, TwoWayTeacher):
        forward = tabulate(teacher.forward, prefixes, suffixes)
        backward = tabulate(teacher.backward, [s[::-1] for s in suffixes], [p[::-1] for p in prefixes])
        return forward + backward.swapaxes(0, 1)
    position: dict[Word, int] = {}
    cells = [position.setdefault(p + s, len(position)) for p in prefixes for s in suffixes]
    return teacher.scores(list(position))[cells].reshape(len(prefixes), len(suffixes), teacher.width)


def _tabulate_stepping(teacher: SteppingTeacher, prefixes: Words, suffixes: Words) -> FloatArray:
    values = np.empty((len(prefixes), len(suffixes), teacher.width))
    columns = trie(suffixes)
    tile = max(1, TILE // max(len(level.symbols) for level in columns))
    states = teacher.start()
    for depth, level in enumerate(trie(prefixes)):
        if depth:
            states = teacher.advance(states, level.parents, level.symbols)
        for begin in range(0, len(level.ends), tile):
            ends, words = level.ends[begin : begin + tile], level.words[begin : begin + tile]
            values[words] = _walk(teacher, take(states, ends), len(ends), columns, len(suffixes))
    return values


def _walk(teacher: SteppingTeacher, states: States, count: int, columns: list[Level], suffixes: int) -> FloatArray:
    """Scores (count, suffixes, width) of all suffixes after each of `count` kept states, a level of the trie at a time."""
    values = np.empty((count, suffixes, teacher.width))
    above = 1  # nodes of the level above; the states lie prefix by prefix, node by node
    for depth, level in enumerate(columns):
        if depth:
            parents = (np.arange(count)[:, None] * above + level.parents).ravel()
            states = teacher.advance(states, parents, np.tile(level.symbols, count))
            above = len(level.symbols)
        if len(level.ends):
            ends = (np.arange(count)[:, None] * above + level.ends).ravel()
            values[:, level.words] = teacher.read(take(states, ends)).reshape(count, -1, teacher.width)
    return values


@dataclass(frozen=True)
class HankelBlock:
    """A teacher's scores over prefixes and suffixes, and over the prefixes extended by one letter.

    Parameters
    ----------
    prefixes, suffixes : P and S words
    values : (P, S, width), the scores of p·s
    shifted : (Σ, P, S, width), the scores of p·a·s
    """

    prefixes: tuple[Word, ...]
    suffixes: tuple[Word, ...]
    values: FloatArray
    shifted: FloatArray


class HankelTable:
    """A growing tabulation: rows and suffixes are added, and only new cells are asked.

    A row is a word that stands before the suffixes: a prefix, or a prefix extended by a letter. If asking is cut short
    by an exception the table stays as it was.
    """

    def __init__(self, teacher: Teacher, rows: Iterable[Word] = (), suffixes: Iterable[Word] = ()) -> None:
        self.teacher = teacher
        self.rows: dict[Word, int] = {}
        self.suffixes: dict[Word, int] = {}
        self.values: FloatArray = np.empty((0, 0, teacher.width))  # (rows, suffixes, width)
        self.add(rows, suffixes)

    def add(self, rows: Iterable[Word] = (), suffixes: Iterable[Word] = ()) -> None:
        """Add the rows and the suffixes that are not there yet."""
        new_rows = [word for word in dict.fromkeys(rows) if word not in self.rows]
        new_suffixes = [word for word in dict.fromkeys(suffixes) if word not in self.suffixes]
        right = tabulate(self.teacher, list(self.rows), new_suffixes)
        below = tabulate(self.teacher, new_rows, [*self.suffixes, *new_suffixes])
        self.values = np.concatenate([np.concatenate([self.values, right], axis=1), below], axis=0)
        self.rows |= {word: len(self.rows) + i for i, word in enumerate(new_rows)}
        self.suffixes |= {word: len(self.suffixes) + i for i, word in enumerate(new_suffixes)}

    def block(self, prefixes: Sequence[Word]) -> HankelBlock:
        """The block of these prefixes and all suffixes; rows that are missing are asked now."""
        letters = range(len(self.teacher.alphabet))
        extended = [[(*prefix, letter) for prefix in prefixes] for letter in letters]
        self.add([*prefixes, *(word for words in extended for word in words)])
        return HankelBlock(
            tuple(prefixes),
            tuple(self.suffixes),
            self.values[[self.rows[word] for word in prefixes]],
            np.stack([self.values[[self.rows[word] for word in words]] for words in extended]),
        )
