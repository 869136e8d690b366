"""Answers that are the same to the last bit however a word is asked: a wrapper around the teacher.

The order in which a matrix product adds up depends on its shape, so a network's answer to one word differs in the last bits
between batches of different sizes. Here every batch is cut into pieces of one size and the last piece is filled up: every
product has one shape.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nerode.arrays import join
from nerode.checking import checked
from nerode.errors import InputError
from nerode.protocols import States, SteppingTeacher, Teacher, TwoWayTeacher, Wrapper, take
from nerode.stepping import TwoWay, scores_by_stepping
from nerode.words import FloatArray, IntArray, Words

ROWS = 64
TOGETHER = 32  # numbers that elementwise kernels work on at once; what is left over at the end they round another way


def exact(teacher: Teacher, rows: int = ROWS) -> Teacher:
    """The same teacher, whose answer to a word does not depend on how the word is asked.

    Alone or in any batch, at any place in it, as a whole word, as a prefix or as a cell of a Hankel table: the answers are
    bit-identical. The teacher steps where the given one does. Asking costs more, above all in small batches, which are filled up.

    It holds on one machine with one number of threads, for teachers that treat all rows of a batch alike. Networks do, on
    the processors that were tried, though no library promises it; `nerode.eval.stability` measures it. Weighted automata do
    not, since they multiply symbol by symbol.

    Parameters
    ----------
    rows : how many rows every product has, a multiple of 32

    Raises
    ------
    InputError : another number of rows
    """
    if rows < 1 or rows % TOGETHER:
        raise InputError(f"the rows of an exact teacher's batches must be a multiple of {TOGETHER}, not {rows}")
    teacher = checked(teacher)
    if isinstance(teacher, SteppingTeacher):
        return _ExactStepping(teacher, rows)
    if isinstance(teacher, TwoWayTeacher):
        return TwoWay(_ExactStepping(teacher.forward, rows), _ExactStepping(teacher.backward, rows))
    return _ExactWholeWords(teacher, rows)


class _Exact(Wrapper):
    def __init__(self, teacher: Teacher, rows: int) -> None:
        super().__init__(teacher)
        self._rows = rows

    def _pieces(self, count: int) -> Iterator[tuple[slice, IntArray]]:
        """Pieces of 0 … count − 1, each also as an array (rows,) that repeats the last number to be of full size."""
        for begin in range(0, count, self._rows):
            end = min(begin + self._rows, count)
            yield slice(begin, end), np.minimum(np.arange(begin, begin + self._rows), end - 1)


class _ExactWholeWords(_Exact):
    def scores(self, words: Words) -> FloatArray:
        words = self.alphabet.words(words)
        lengths = np.array([len(word) for word in words], np.int64)
        scores = np.empty((len(words), self.width))
        for length in np.unique(lengths):
            positions = np.flatnonzero(lengths == length)
            for piece, filled in self._pieces(len(positions)):
                answers = self._asked.scores([words[position] for position in positions[filled]])
                scores[positions[piece]] = answers[: piece.stop - piece.start]
        return scores


class _ExactStepping(_Exact):
    def __init__(self, teacher: SteppingTeacher, rows: int) -> None:
        super().__init__(teacher, rows)
        self._stepping = teacher

    def scores(self, words: Words) -> FloatArray:
        return scores_by_stepping(self, words)

    def start(self) -> States:
        return self._stepping.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        everyone = np.arange(self._rows)
        after = []
        for piece, filled in self._pieces(len(symbols)):
            # the parent of each child is taken first, else the product of the parents would be of any size
            pieces = self._stepping.advance(take(states, parents[filled]), everyone, symbols[filled])
            after.append(take(pieces, slice(piece.stop - piece.start)))
        return join(after) if after else take(states, parents)

    def read(self, states: States) -> FloatArray:
        # in float64, as whole words are answered: the sum of two directions is then rounded alike in a table
        scores = np.empty((len(states[0]), self.width))
        for piece, filled in self._pieces(len(scores)):
            scores[piece] = self._stepping.read(take(states, filled))[: piece.stop - piece.start]
        return scores
