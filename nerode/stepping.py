"""Asking whole words, and all their prefixes, through kept states, in batches.

Words are read side by side, one symbol a step, longest first, so that the words still running are always a leading
slice of the batch. No step is taken for padding, hence no answer depends on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nerode.links import Link
from nerode.protocols import States, SteppingTeacher, Teacher, TwoWayTeacher, take
from nerode.words import Alphabet, FloatArray, IntArray, Words, pack

BATCH = 4096  # words read side by side: enough to fill the arithmetic, few enough to stay in cache


def step_through(teacher: SteppingTeacher, words: Words, visit: Callable[[int, IntArray, IntArray, States], None]) -> None:
    """Read words side by side and show each step to `visit(length, rows, lengths, states)`.

    `rows` are the positions in `words` of those that have at least `length` symbols, `lengths` are their full lengths,
    and `states` are the states after their first `length` symbols.
    """
    symbols, lengths = pack(teacher.alphabet.words(words))
    longest_first = np.argsort(-lengths, kind="stable")
    for begin in range(0, len(words), BATCH):
        rows = longest_first[begin : begin + BATCH]
        states = take(teacher.start(), np.zeros(len(rows), np.int64))
        visit(0, rows, lengths[rows], states)
        for length in range(1, int(lengths[rows].max(initial=0)) + 1):
            rows = rows[: np.count_nonzero(lengths[rows] >= length)]
            running = np.arange(len(rows))
            states = teacher.advance(take(states, slice(len(rows))), running, symbols[rows, length - 1])
            visit(length, rows, lengths[rows], states)


def scores_by_stepping(teacher: SteppingTeacher, words: Words) -> FloatArray:
    """Scores (n, width) of whole words."""
    scores = np.empty((len(words), teacher.width))

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        ending = np.flatnonzero(lengths == length)
        if len(ending):
            scores[rows[ending]] = teacher.read(take(states, ending))

    step_through(teacher, words, visit)
    return scores


def prefix_scores(teacher: Teacher, words: Words) -> tuple[FloatArray, IntArray]:
    """Scores of every prefix of every word, ε and the word itself included.

    Returns
    -------
    scores : (total, width), word after word, each from ε to the whole word; total = Σ (length + 1)
    offsets : (n + 1,), the prefixes of word i are the rows offsets[i] … offsets[i + 1] − 1
    """
    words = teacher.alphabet.words(words)
    lengths = np.array([len(word) for word in words], np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths + 1)]).astype(np.int64)
    if isinstance(teacher, SteppingTeacher):
        scores = np.empty((int(offsets[-1]), teacher.width))

        def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
            scores[offsets[rows] + length] = teacher.read(states)

        step_through(teacher, words, visit)
        return scores, offsets
    if isinstance(teacher, TwoWayTeacher):
        forward, _ = prefix_scores(teacher.forward, words)
        return forward + _distinct(teacher.backward, [word[:k][::-1] for word in words for k in range(len(word) + 1)]), offsets
    return _distinct(teacher, [word[:k] for word in words for k in range(len(word) + 1)]), offsets


def _distinct(teacher: Teacher, words: Words) -> FloatArray:
    """Scores (n, width) of words with many repetitions: each distinct word is asked once."""
    position: dict[tuple[int, ...], int] = {}
    where = [position.setdefault(word, len(position)) for word in words]
    return teacher.scores(list(position))[where]


@dataclass(frozen=True)
class TwoWay:
    """The sum of a left-to-right function and a right-to-left function, each of them stepping."""

    forward: SteppingTeacher
    backward: SteppingTeacher

    @property
    def alphabet(self) -> Alphabet:
        return self.forward.alphabet

    @property
    def width(self) -> int:
        return self.forward.width

    @property
    def link(self) -> Link:
        return self.forward.link

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width): each word is read in both directions and the two answers are added."""
        words = self.alphabet.words(words)
        return self.forward.scores(words) + self.backward.scores([word[::-1] for word in words])
