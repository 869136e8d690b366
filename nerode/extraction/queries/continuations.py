"""Labels of access words followed by suffixes, read in batches.

For a teacher with states, the state after each access word is kept, so that only the suffix is read.
"""

from __future__ import annotations

import numpy as np

from nerode.arrays import join
from nerode.extraction.hankel.walks import rows_of_a_tile, shape, step
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.protocols import States, SteppingTeacher
from nerode.words import IntArray, Word, Words, unpack


class Continuations:
    """Labels of continuations; a continuation is a suffix that is read from the state after an access word.

    Some teachers have states whose shape does not depend on the length of the word. For these, the states after the
    access words are kept. A continuation then costs only its own letters, and it gives the label after each of them.
    Other teachers receive whole words.

    Parameters
    ----------
    labels : labels of the teacher; each query is counted there

    Attributes
    ----------
    access : the access words, ε first
    along : whether the label after each letter of a continuation is known
    words : number of continuations and whole words read so far
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
        """Whether the label after each letter of a continuation is known."""
        return self._stepping is not None

    def add(self, states: IntArray, letters: IntArray) -> None:
        """Add n access words: the access words of states (n,), each followed by one of letters (n,)."""
        if self._stepping:
            self._states = join([self._states, step(self._stepping, self._states, states, letters)])
        self.access += [(*self.access[state], letter) for state, letter in zip(states.tolist(), letters.tolist(), strict=True)]

    def read(self, states: IntArray, symbols: IntArray, lengths: IntArray, along: bool = True) -> IntArray:
        """Return the labels (n, longest) after each letter of continuations from the access words of states (n,).

        Entries past the end of a continuation are 0. Entries before its last letter are 0 if they were not read.

        Parameters
        ----------
        symbols, lengths : (n, longest) and (n,), the continuations, of at least one letter
        along : whether to read the label after each letter, if the teacher has states; otherwise only the last is read
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
        """Return the teacher's label of each word; words for which the teacher is unsure are left out."""
        self.words += len(words)
        said = zip(words, self._labels.of(words).tolist(), strict=True)
        return {word: label for word, label in said if label != UNSURE}

    def last(self, states: IntArray, symbols: IntArray, lengths: IntArray) -> IntArray:
        """Return the label (n,) at the end of each continuation, of at least one letter."""
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
        """Read the continuations in `rows`, sorted by decreasing length, and write their labels into `found`."""
        running = len(rows)
        states = step(teacher, self._states, starts, symbols[rows, 0])
        for place in range(int(lengths[0])):
            if place:
                still = int(np.searchsorted(-lengths, -place))  # number of continuations longer than `place`
                states = teacher.advance(states, np.arange(still), symbols[rows[:still], place])
                running = still
            ending = int(np.searchsorted(-lengths, -(place + 1)))  # the rows from here on end after this letter
            first = 0 if along else ending
            if first < running:
                read = rows[first:running]
                found[read, place] = self._labels.read(teacher.read(tuple(part[first:running] for part in states)))
                self._labels.asked += len(read)


def _of_one_shape(teacher: SteppingTeacher) -> bool:
    """Return whether the states have the same shape after ε and after one letter."""
    start = teacher.start()
    return shape(start) == shape(teacher.advance(start, np.zeros(1, np.int64), np.zeros(1, np.int64)))
