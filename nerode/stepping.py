"""Scores of whole words, and of all their prefixes, from stepping teachers, in batches.

Whole words are read one symbol a step, sorted by decreasing length, so that the words that have not ended are always the first
rows of the batch. Prefixes that a backward teacher reads are sorted by their reversal, and what neighbours share is read once.
No step is taken for padding, so that the scores of a word do not depend on the other words of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from nerode.domains import Domain, domain_of
from nerode.links import Link
from nerode.protocols import Described, States, SteppingTeacher, Teacher, TwoWayTeacher, longest_of, parameter_bytes_of, take
from nerode.words import Alphabet, FloatArray, IntArray, Words

BATCH = 4096  # words in a batch: enough to use the processor fully, few enough to stay in cache
WIDE = 4  # factor for prefixes read backward, most of which end early or share steps with longer ones


Visit = Callable[[int, IntArray, IntArray, States], None]


def step_through(teacher: SteppingTeacher, words: Iterable[Any], visit: Visit) -> None:
    """Read words in batches, and call `visit(length, rows, lengths, states)` after each step.

    `rows` are the positions in `words` of the words of the batch with at least `length` symbols, `lengths` are their full
    lengths, and `states` are the states after their first `length` symbols.
    """
    _step(teacher, *teacher.alphabet.flat(words), visit)


def _step(teacher: SteppingTeacher, symbols: IntArray, lengths: IntArray, visit: Visit) -> None:
    """Do what `step_through` does, for words given as concatenated symbols (total,) and lengths (n,).

    The words are not padded: with padding, one long word among a million short ones would need the memory of a million long
    ones.
    """
    begins = np.cumsum(lengths) - lengths
    longest_first = np.argsort(-lengths, kind="stable")
    for begin in range(0, len(lengths), BATCH):
        rows = longest_first[begin : begin + BATCH]
        full, next_symbol = lengths[rows], begins[rows]
        states = take(teacher.start(), np.zeros(len(rows), np.int64))
        visit(0, rows, full, states)
        all_rows = np.arange(len(rows))
        running = np.searchsorted(-full, -np.arange(full[0] + 1), side="right").tolist()  # words of each length or more
        for length, count in enumerate(running[1:], 1):
            rows, full, next_symbol = rows[:count], full[:count], next_symbol[:count]
            states = teacher.advance(take(states, slice(count)), all_rows[:count], symbols[next_symbol + (length - 1)])
            visit(length, rows, full, states)


def scores_by_stepping(teacher: SteppingTeacher, words: Iterable[Any]) -> FloatArray:
    """Return the scores (n, width) of whole words."""
    return scores_of_flat(teacher, *teacher.alphabet.flat(words))


def scores_of_flat(teacher: SteppingTeacher, symbols: IntArray, full: IntArray) -> FloatArray:
    """Return the scores (n, width) of whole words, given as concatenated symbols (total,) and lengths (n,)."""
    scores = np.empty((len(full), teacher.width))

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        if lengths[-1] == length:  # longer words come first
            ending = slice(int(np.count_nonzero(lengths > length)), None)
            scores[rows[ending]] = teacher.read(take(states, ending))

    _step(teacher, symbols, full, visit)
    return scores


def prefix_scores(teacher: Teacher, words: Words) -> tuple[FloatArray, IntArray]:
    """Return the scores of every prefix of every word, with ε and the word itself.

    A stepping teacher takes one step for each letter of the words. A two-way teacher also reads each prefix from its end, and
    passes the states after all reversed suffixes of the prefix. This takes one step for each distinct factor of the words, which
    is the minimum. A long word of n letters has about n²/2 factors of its own, since two random words rarely share factors longer
    than log(number of prefixes) / log(letters). Any other teacher receives each distinct prefix.

    Besides the result, memory holds the states of one batch and a few numbers for each prefix.

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
    """Add the backward teacher's scores of every reversed prefix to the scores (total, width).

    The reversed prefixes are sorted, and runs of them are read as tries. Neighbours have the longest common beginnings, so that
    these tries share nearly as much as one trie of all reversed prefixes.
    """
    letters = np.fromiter(
        chain.from_iterable((-1, *word) for word in words), np.int64, len(scores)
    )  # the last letter of each prefix, −1 for ε
    lengths = np.arange(len(letters)) - np.repeat(offsets[:-1], np.diff(offsets))
    order = _order_from_the_end(letters, lengths)
    for first in range(0, len(order), WIDE * BATCH):
        rows = order[first : first + WIDE * BATCH]  # the prefixes with at least `depth` letters
        nodes = np.zeros(len(rows), np.int64)  # the node of each of them at `depth`, ascending
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
    """Return the lexicographic order (total,) of reversed prefixes.

    Prefix doubling (Manber, Myers: Suffix arrays, SIAM Journal on Computing 22, 1993): the prefixes are ranked by their last
    letter, then by their last 2, 4, 8, … letters, until no more ranks are added. The prefixes themselves are never stored, since
    together they have about as many letters as the words have factors.

    Parameters
    ----------
    letters, lengths : (total,), the last letter of each prefix, −1 for ε, and its length; w[:k−1] is the entry before w[:k]
    """
    values, ranks = np.unique(letters, return_inverse=True)
    distinct, known = 0, 1
    while len(values) > distinct:
        distinct = len(values)
        longer = np.flatnonzero(lengths >= known)
        before = np.zeros_like(ranks)  # the rank of each prefix without its last `known` letters
        before[longer] = ranks[longer - known]
        values, ranks = np.unique(ranks * len(ranks) + before, return_inverse=True)
        known *= 2
    return np.argsort(ranks, kind="stable")


def _distinct(teacher: Teacher, words: Words) -> FloatArray:
    """Return the scores (n, width) of words with many repetitions; each distinct word is queried once."""
    position: dict[tuple[int, ...], int] = {}
    where = [position.setdefault(word, len(position)) for word in words]
    return teacher.scores(list(position))[where]


@dataclass(frozen=True, repr=False)
class TwoWay(Described):
    """The sum of two stepping teachers, one that reads words from left to right and one that reads them from right to left."""

    forward: SteppingTeacher
    backward: SteppingTeacher
    told: str = ""  # how it was made, in a sentence

    @property
    def domain(self) -> Domain | None:  # type: ignore[override]
        return domain_of(self.forward)

    @property
    def alphabet(self) -> Alphabet:
        return self.forward.alphabet

    @property
    def width(self) -> int:
        return self.forward.width

    @property
    def link(self) -> Link:
        return self.forward.link

    @property
    def longest(self) -> int | None:
        limits = (longest_of(self.forward), longest_of(self.backward))
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def parameter_bytes(self) -> int | None:
        sizes = (parameter_bytes_of(self.forward), parameter_bytes_of(self.backward))
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width): the sum of the scores in both directions."""
        words = self.alphabet.words(words)
        return self.forward.scores(words) + self.backward.scores([word[::-1] for word in words])
