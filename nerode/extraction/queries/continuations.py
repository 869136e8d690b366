"""What a teacher answers after access words: many continuations at once, from the states that are kept."""

from __future__ import annotations

import numpy as np

from nerode.arrays import join
from nerode.extraction.hankel.walks import rows_of_a_tile, shape, step
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.protocols import States, SteppingTeacher
from nerode.words import IntArray, Word, Words, unpack


class Continuations:
    """Labels of access words that are read on, letter by letter.

    Where the teacher keeps states, and they have one shape whatever the length of a word, those of the access words are
    kept: a continuation costs its own letters only, and the labels after each of them come with it. Other teachers
    are asked whole words.

    Parameters
    ----------
    labels : asks the teacher

    Attributes
    ----------
    access : the access words, ε first; few are ever asked twice
    along : whether the labels after all letters of a continuation are known
    words : how many continuations and whole words were read
    """

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self.access: list[Word] = [()]
        self.words = 0
        teacher = labels.teacher
        self._stepping = teacher if isinstance(teacher, SteppingTeacher) and _of_one_shape(teacher) else None
        self._states: States = self._stepping.start() if self._stepping else ()

    @property
    def along(self) -> bool:
        return self._stepping is not None

    def add(self, states: IntArray, letters: IntArray) -> None:
        """Access words (n,): those of states (n,), each longer by a letter."""
        if self._stepping:
            self._states = join([self._states, step(self._stepping, self._states, states, letters)])
        self.access += [(*self.access[state], letter) for state, letter in zip(states.tolist(), letters.tolist(), strict=True)]

    def read(self, states: IntArray, symbols: IntArray, lengths: IntArray, along: bool = True) -> IntArray:
        """Labels (n, longest) after each letter of continuations, at least of one letter, of the access words of states (n,).

        Entries beyond the length are 0, and so are those before the last letter where they were not read.

        Parameters
        ----------
        symbols, lengths : (n, longest) and (n,), the continuations
        along : read all labels, where they come at no price; else the last alone
        """
        found = np.zeros(symbols.shape, np.int64)
        self.words += len(states)
        if self._stepping is None:
            suffixes = unpack(symbols, lengths)
            words = [self.access[state] + suffix for state, suffix in zip(states.tolist(), suffixes, strict=True)]
            found[np.arange(len(states)), lengths - 1] = self._labels.of(words)
            return found
        longest_first = np.argsort(-lengths, kind="stable")
        size = rows_of_a_tile(self._stepping, self._states)
        for begin in range(0, len(states), size):
            rows = longest_first[begin : begin + size]
            self._walk(self._stepping, rows, states[rows], symbols, lengths[rows], along, found)
        return found

    def answers(self, words: Words) -> dict[Word, int]:
        """What the teacher says of whole words, but for those of which it is unsure."""
        self.words += len(words)
        said = zip(words, self._labels.of(words).tolist(), strict=True)
        return {word: label for word, label in said if label != UNSURE}

    def last(self, states: IntArray, symbols: IntArray, lengths: IntArray) -> IntArray:
        """Labels (n,) at the ends of continuations of at least one letter."""
        return self.read(states, symbols, lengths, along=False)[np.arange(len(states)), lengths - 1]

    def _walk(
        self,
        teacher: SteppingTeacher,
        rows: IntArray,
        starts: IntArray,
        symbols: IntArray,
        lengths: IntArray,
        along: bool,
        found: IntArray,
    ) -> None:
        """Read some rows of the continuations, longest first, and write their labels into `found`."""
        running = len(rows)
        states = step(teacher, self._states, starts, symbols[rows, 0])
        for place in range(int(lengths[0])):
            if place:
                still = int(np.searchsorted(-lengths, -place))  # as many are longer than `place`
                states = teacher.advance(states, np.arange(still), symbols[rows[:still], place])
                running = still
            ending = int(np.searchsorted(-lengths, -(place + 1)))  # from here on the words end after this letter
            first = 0 if along else ending
            if first < running:
                read = rows[first:running]
                found[read, place] = self._labels.read(teacher.read(tuple(part[first:running] for part in states)))
                self._labels.asked += len(read)


def _of_one_shape(teacher: SteppingTeacher) -> bool:
    start = teacher.start()
    return shape(start) == shape(teacher.advance(start, np.zeros(1, np.int64), np.zeros(1, np.int64)))
