"""Asking whole words, and all their prefixes, through kept states, in batches.

Whole words are read side by side, one symbol a step, longest first, so that the words still running are always a leading
slice of the batch. Prefixes that are read from their ends come in lexicographic order, and what neighbours have in common is
read once. No step is taken for padding, hence no answer depends on what else is in the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from nerode.links import Link
from nerode.protocols import States, SteppingTeacher, Teacher, TwoWayTeacher, take
from nerode.words import Alphabet, FloatArray, IntArray, Words

BATCH = 4096  # words read side by side: enough to fill the arithmetic, few enough to stay in cache
WIDE = 4  # times as many prefixes are read from their ends: most of them end, or are part of longer ones, before the last step


Visit = Callable[[int, IntArray, IntArray, States], None]


def step_through(teacher: SteppingTeacher, words: Iterable[Any], visit: Visit) -> None:
    """Read words side by side and show each step to `visit(length, rows, lengths, states)`.

    `rows` are the positions in `words` of those that have at least `length` symbols, `lengths` are their full lengths,
    and `states` are the states after their first `length` symbols.
    """
    _step(teacher, *teacher.alphabet.flat(words), visit)


def _step(teacher: SteppingTeacher, symbols: IntArray, lengths: IntArray, visit: Visit) -> None:
    """`step_through` words that are given as symbols (total,), one after the other, and lengths (n,).

    They are not padded: one long word among a million short ones would be a million long ones.
    """
    begins = np.cumsum(lengths) - lengths
    longest_first = np.argsort(-lengths, kind="stable")
    for begin in range(0, len(lengths), BATCH):
        rows = longest_first[begin : begin + BATCH]
        full, next_symbol = lengths[rows], begins[rows]
        states = take(teacher.start(), np.zeros(len(rows), np.int64))
        visit(0, rows, full, states)
        for length in range(1, int(full.max(initial=0)) + 1):
            running = np.arange(np.count_nonzero(full >= length))
            rows, full, next_symbol = rows[: len(running)], full[: len(running)], next_symbol[: len(running)]
            states = teacher.advance(take(states, slice(len(running))), running, symbols[next_symbol + (length - 1)])
            visit(length, rows, full, states)


def scores_by_stepping(teacher: SteppingTeacher, words: Iterable[Any]) -> FloatArray:
    """Scores (n, width) of whole words."""
    symbols, full = teacher.alphabet.flat(words)
    scores = np.empty((len(full), teacher.width))

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        ending = np.flatnonzero(lengths == length)
        if len(ending):
            scores[rows[ending]] = teacher.read(take(states, ending))

    _step(teacher, symbols, full, visit)
    return scores


def prefix_scores(teacher: Teacher, words: Words) -> tuple[FloatArray, IntArray]:
    """Scores of every prefix of every word, ε and the word itself included.

    A teacher that keeps states takes a step for each letter of the words. One of two ways also reads each prefix u from its
    end, and on the way are the states after all endings of u reversed: a step for each distinct factor of the words, and none
    could be left out. Long words have about half the square of their length of these, since two of them rarely have more than
    log(number of prefixes) / log(letters) letters in common. Other teachers are asked each distinct prefix.

    Beside the answer, the states of one batch and a few numbers a prefix are in memory, however long the words are.

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
        scores, _ = prefix_scores(teacher.forward, words)
        _add_prefixes_backward(teacher.backward, words, offsets, scores)
        return scores, offsets
    return _distinct(teacher, [word[:k] for word in words for k in range(len(word) + 1)]), offsets


def _add_prefixes_backward(teacher: SteppingTeacher, words: Words, offsets: IntArray, scores: FloatArray) -> None:
    """Add to the scores (total, width) what the teacher says of every prefix read from its end.

    The prefixes are read as tries of those that follow each other in lexicographic order. Neighbours have most in common, so
    that these tries share nearly all that one trie of all prefixes would.
    """
    letters = np.fromiter(
        chain.from_iterable((-1, *word) for word in words), np.int64, len(scores)
    )  # each prefix's last, of ε −1
    lengths = np.arange(len(letters)) - np.repeat(offsets[:-1], np.diff(offsets))
    order = _order_from_the_end(letters, lengths)
    for first in range(0, len(order), WIDE * BATCH):
        rows = order[first : first + WIDE * BATCH]  # the prefixes that have at least `depth` letters
        nodes = np.zeros(len(rows), np.int64)  # and the node that each of them passes, ascending
        states = teacher.start()
        for depth in range(int(lengths[rows].max()) + 1):
            if depth:
                going = lengths[rows] >= depth
                rows, above = rows[going], nodes[going]
                symbols = letters[rows - (depth - 1)]
                new = np.ones(len(rows), bool)
                new[1:] = (above[1:] != above[:-1]) | (symbols[1:] != symbols[:-1])
                states = teacher.advance(states, above[new], symbols[new])
                nodes = np.cumsum(new) - 1
            ending = np.flatnonzero(lengths[rows] == depth)
            if len(ending):
                distinct, which = np.unique(nodes[ending], return_inverse=True)  # equal prefixes end at one node
                scores[rows[ending]] += teacher.read(take(states, distinct))[which]


def _order_from_the_end(letters: IntArray, lengths: IntArray) -> IntArray:
    """The lexicographic order of prefixes that are read from their ends.

    They are ranked by their last letter, then by their last 2, 4, 8, … letters, until that tells no more of them apart (Manber,
    Myers: Suffix arrays, SIAM Journal on Computing 22, 1993). None is written out: together they have as many letters as the
    words have factors.

    Parameters
    ----------
    letters, lengths : (total,), the last letter of each prefix, −1 for ε, and how many it has; w[:k−1] is the one before w[:k]
    """
    values, ranks = np.unique(letters, return_inverse=True)
    distinct, known = 0, 1
    while len(values) > distinct:
        distinct = len(values)
        longer = np.flatnonzero(lengths >= known)
        before = np.zeros_like(ranks)  # the rank of what is left of each prefix before its last `known` letters
        before[longer] = ranks[longer - known]
        values, ranks = np.unique(ranks * len(ranks) + before, return_inverse=True)
        known *= 2
    return np.argsort(ranks, kind="stable")


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
