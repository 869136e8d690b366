"""The Hankel core: a teacher tabulated over prefixes and suffixes, `H[p, s] = f(p·s)`.

Filling the table is nearly all the cost of learning. There are three ways to fill one, by what a teacher can do: walk the
trie of suffixes from kept states (`walks.py`), do so in both directions and add, or ask whole words in batches.
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

CELLS = 2**20  # of whole words asked at once: their spelling takes far more memory than their scores


def tabulate(teacher: Teacher, prefixes: Words, suffixes: Words) -> RealArray:
    """The scores (P, S, width) of all words p·s, by the cheapest exact way that the teacher offers.

    Parameters
    ----------
    prefixes, suffixes : words as indices, symbols or text

    Raises
    ------
    InputError : a symbol that is not in the teacher's alphabet
    """
    teacher = checked(teacher)
    prefixes, suffixes = teacher.alphabet.words(prefixes), teacher.alphabet.words(suffixes)
    return filler(teacher).fill(prefixes, suffixes).swapaxes(0, 1)


class Filler(Protocol):
    """One way to fill tables, suffix by suffix: the layout in which the engine has the scores."""

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        """The scores (S, P, width) of all words p·s."""
        ...


@runtime_checkable
class TabulatedTeacher(Teacher, Protocol):
    """A teacher whose tables are made of those of another: of what that one is asked, not of its answers to whole words."""

    def filler(self, keep: bool) -> Filler:
        """The way to fill its tables; `keep` as for the function of this name."""
        ...


def filler(teacher: Teacher, keep: bool = False) -> Filler:
    """The cheapest exact way that the teacher offers.

    Parameters
    ----------
    keep : keep the states after prefixes from call to call; prefixes are then distinct
    """
    if isinstance(teacher, TabulatedTeacher):
        return teacher.filler(keep)
    if isinstance(teacher, SteppingTeacher):
        return _Stepping(teacher, keep)
    if isinstance(teacher, TwoWayTeacher):
        return _TwoWay(teacher, keep)
    return _WholeWords(teacher)


class _Stepping:
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
                # neighbours, and mostly one suffix: slices are several times faster than lists of places
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
    """The sum of both directions; the one from right to left reads reversed suffixes first."""

    def __init__(self, teacher: TwoWayTeacher, keep: bool) -> None:
        self._forward = _Stepping(teacher.forward, keep)
        self._backward = _Stepping(teacher.backward, keep)

    def fill(self, prefixes: Words, suffixes: Words) -> RealArray:
        table = self._forward.fill(prefixes, suffixes)
        table += self._backward.fill([s[::-1] for s in suffixes], [p[::-1] for p in prefixes]).swapaxes(0, 1)
        return table


class _WholeWords:
    """Each distinct word is asked once; of a table with more than CELLS cells, once for as many suffixes as have so many."""

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
    """A teacher's scores over prefixes and suffixes, and over the prefixes extended by one letter.

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
    """A growing tabulation: rows and suffixes are added, and only new cells are asked, from the states that are kept.

    A row is a word that stands before the suffixes: a prefix, or a prefix extended by a letter. If asking is cut short
    by an exception the table stays as it was.
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
        """Add the rows and the suffixes that are not there yet."""
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

    def _make_room(self, suffixes: int, rows: int, precision: np.dtype[np.floating]) -> None:
        """Grow by doubling, so that many small additions do not copy the table each time."""
        if self._room.size == 0:
            self._room = np.empty((suffixes, rows, self.teacher.width), precision)
        elif suffixes > self._room.shape[0] or rows > self._room.shape[1]:
            grown = [n if n <= now else max(n, 2 * now) for n, now in zip((suffixes, rows), self._room.shape, strict=False)]
            grown = [max(n, now) for n, now in zip(grown, self._room.shape, strict=False)]
            room = np.empty((*grown, self.teacher.width), self._room.dtype)
            s, r = len(self.suffixes), len(self.rows)
            room[:s, :r] = self._room[:s, :r]
            self._room = room
