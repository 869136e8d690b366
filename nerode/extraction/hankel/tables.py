"""Hankel tables: the scores of a teacher over prefixes and suffixes, `H[p, s] = f(p·s)`.

Filling the table is most of the cost of learning. There are three ways, depending on the teacher. A teacher with states walks
the trie of suffixes from the states after the prefixes (`walks.py`). A two-way teacher does so in both directions, and the
results are added. Any other teacher receives whole words in batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from nerode.checking import checked
from nerode.extraction.hankel.walks import KeptStates, Piece, pieces, runs, states_after
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.words import RealArray, Word, Words

CELLS = 2**20  # whole words in a batch; the words take far more memory than their scores


def tabulate(teacher: Teacher, prefixes: Words, suffixes: Words) -> RealArray:
    """Return the scores (P, S, width) of all words p·s, computed in the cheapest exact way that the teacher offers.

    Parameters
    ----------
    prefixes, suffixes : words as indices, symbols or text

    Raises
    ------
    InputError : a symbol is not in the teacher's alphabet
    """
    teacher = checked(teacher)
    prefixes, suffixes = teacher.alphabet.words(prefixes), teacher.alphabet.words(suffixes)
    return filler(teacher).fill(prefixes, suffixes).swapaxes(0, 1)


class Filler(Protocol):
    """A way to fill tables; suffixes are the first axis, because the trie walk produces scores suffix by suffix."""

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        """Return the scores (S, P, width) of all words p·s."""
        ...


@runtime_checkable
class TabulatedTeacher(Teacher, Protocol):
    """A teacher whose tables are computed from the tables of another teacher, rather than from its own scores of words."""

    def filler(self, keep: bool) -> Filler:
        """Return the filler of its tables; `keep` as for the function `filler`."""
        ...


def filler(teacher: Teacher, keep: bool = False) -> Filler:
    """Return the cheapest exact filler for a teacher.

    Parameters
    ----------
    keep : whether to keep the states after prefixes between calls; the prefixes of a call must then be distinct
    """
    if isinstance(teacher, TabulatedTeacher):
        return teacher.filler(keep)
    if isinstance(teacher, SteppingTeacher):
        return _Stepping(teacher, keep)
    if isinstance(teacher, TwoWayTeacher):
        return _TwoWay(teacher, keep)
    return _WholeWords(teacher)


class _Stepping:
    """Fills tables by walking the trie of suffixes from the states after the prefixes."""

    def __init__(self, teacher: SteppingTeacher, keep: bool) -> None:
        self._teacher = teacher
        self._kept = KeptStates(teacher) if keep else None

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        shape = len(suffixes), len(prefixes), self._teacher.width
        if 0 in shape:
            return np.empty(shape)
        table: RealArray | None = None
        for columns, rows, scores in self._pieces(prefixes, suffixes):
            if table is None:
                table = np.empty(shape, scores.dtype)
            if rows[-1] - rows[0] == len(rows) - 1:
                # the rows are adjacent, and there is mostly one suffix: slices are several times faster than index arrays
                for column, of_column in zip(columns.tolist(), scores, strict=True):
                    table[column, rows[0] : rows[-1] + 1] = of_column
            else:
                table[columns[:, None], rows] = scores
        assert table is not None
        return table

    def _pieces(self, prefixes: Words, suffixes: Words) -> Iterator[Piece]:
        for run in runs(self._teacher, prefixes):
            words = [prefixes[position] for position in run]
            batches = self._kept.after(words) if self._kept else states_after(self._teacher, words)
            for columns, rows, scores in pieces(self._teacher, batches, suffixes):
                yield columns, run[rows], scores


class _TwoWay:
    """Fills tables of two-way teachers: the backward teacher reads reversed suffixes first, then reversed prefixes."""

    def __init__(self, teacher: TwoWayTeacher, keep: bool) -> None:
        self._forward = _Stepping(teacher.forward, keep)
        self._backward = _Stepping(teacher.backward, keep)

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        table = self._forward.fill(prefixes, suffixes)
        table += self._backward.fill([s[::-1] for s in suffixes], [p[::-1] for p in prefixes]).swapaxes(0, 1)
        return table


class _WholeWords:
    """Fills tables with whole words, CELLS cells at a time; each batch queries each distinct word once."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        table = np.empty((len(suffixes), len(prefixes), self._teacher.width))
        columns = max(1, CELLS // max(1, len(prefixes)))
        for begin in range(0, len(suffixes) if prefixes else 0, columns):
            position: dict[Word, int] = {}
            cells = [position.setdefault(p + s, len(position)) for s in suffixes[begin : begin + columns] for p in prefixes]
            table[begin : begin + columns] = self._teacher.scores(list(position))[cells].reshape(-1, *table.shape[1:])
        return table


@dataclass(frozen=True)
class HankelBlock:
    """A Hankel block H and its shifted blocks H_a: scores over prefixes, with and without a further letter, and suffixes.

    Parameters
    ----------
    prefixes, suffixes : P and S words
    values : (P, S, width), the scores of p·s
    shifted : (Σ, P, S, width), the scores of p·a·s
    """

    prefixes: tuple[Word, ...]
    suffixes: tuple[Word, ...]
    values: RealArray
    shifted: RealArray


class HankelTable:
    """A Hankel table that grows by rows and suffixes; only new cells are queried.

    A row is a word that precedes the suffixes: a prefix, or a prefix followed by a letter. States after rows are kept. If an
    exception interrupts the queries, the table stays unchanged.
    """

    def __init__(self, teacher: Teacher, rows: Iterable[Word] = (), suffixes: Iterable[Word] = ()) -> None:
        self.teacher = teacher
        self.rows: dict[Word, int] = {}
        self.suffixes: dict[Word, int] = {}
        self._filler = filler(teacher, keep=True)
        self._room: RealArray = np.empty((0, 0, teacher.width))  # (suffixes or more, rows or more, width)
        self.add(rows, suffixes)

    @property
    def values(self) -> RealArray:
        """The scores (rows, suffixes, width)."""
        return self._room[: len(self.suffixes), : len(self.rows)].swapaxes(0, 1)

    def add(self, rows: Iterable[Word] = (), suffixes: Iterable[Word] = ()) -> None:
        """Add the rows and suffixes that the table does not have yet."""
        new_rows = [word for word in dict.fromkeys(rows) if word not in self.rows]
        new_suffixes = [word for word in dict.fromkeys(suffixes) if word not in self.suffixes]
        right = self._filler.fill(list(self.rows), new_suffixes)
        below = self._filler.fill(new_rows, [*self.suffixes, *new_suffixes])
        r, s = len(self.rows), len(self.suffixes)
        self._make_room(s + len(new_suffixes), r + len(new_rows), below.dtype if below.size else right.dtype)
        self._room[s : s + len(new_suffixes), :r] = right
        self._room[: s + len(new_suffixes), r : r + len(new_rows)] = below
        self.rows |= {word: r + i for i, word in enumerate(new_rows)}
        self.suffixes |= {word: s + i for i, word in enumerate(new_suffixes)}

    def block(self, prefixes: Sequence[Word]) -> HankelBlock:
        """Return the block of these prefixes and all suffixes; missing rows are added first."""
        letters = range(len(self.teacher.alphabet))
        extended = [[(*prefix, letter) for prefix in prefixes] for letter in letters]
        self.add([*prefixes, *(word for words in extended for word in words)])
        return HankelBlock(
            tuple(prefixes),
            tuple(self.suffixes),
            self.values[[self.rows[word] for word in prefixes]],
            np.stack([self.values[[self.rows[word] for word in words]] for words in extended]),
        )

    def _make_room(self, suffixes: int, rows: int, precision: np.dtype[np.floating]) -> None:
        """Make room for this many suffixes and rows; sizes double, so that small additions rarely copy the table."""
        if self._room.size == 0:
            self._room = np.empty((suffixes, rows, self.teacher.width), precision)
        elif suffixes > self._room.shape[0] or rows > self._room.shape[1]:
            grown = [n if n <= now else max(n, 2 * now) for n, now in zip((suffixes, rows), self._room.shape, strict=False)]
            grown = [max(n, now) for n, now in zip(grown, self._room.shape, strict=False)]
            room = np.empty((*grown, self.teacher.width), self._room.dtype)
            s, r = len(self.suffixes), len(self.rows)
            room[:s, :r] = self._room[:s, :r]
            self._room = room
