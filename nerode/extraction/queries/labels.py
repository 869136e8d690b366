"""Membership queries: the classes that a teacher gives words, with a count of the queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from nerode.automata.dfa import DFA
from nerode.links import Binary
from nerode.protocols import Teacher, Wrapper, longest_of
from nerode.words import BoolArray, FloatArray, IntArray, RealArray, Word, Words, shortlex

UNSURE = -1


@dataclass
class Labels:
    """The teacher's classes of words, and the number of contradictions among its answers.

    Parameters
    ----------
    teacher : a classifier
    band : a word whose margin is at most this has no class; its label is UNSURE. So is that of a word that the teacher does not
        read, because it has too many letters; the teacher is not asked about it
    left : returns the number of words that may still be queried, None without a limit

    Attributes
    ----------
    asked : number of words answered so far
    contradictions : number of times that two answers of the teacher could not both be right
    counterexamples : the shortest of those that each search found
    """

    teacher: Teacher
    band: float = 0.0
    left: Callable[[], int | None] = lambda: None
    asked: int = field(default=0, init=False)
    contradictions: int = field(default=0, init=False)
    counterexamples: list[Word] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if longest_of(self.teacher) is not None:
            self.teacher = _WithinLength(self.teacher)

    def reads(self, word: Word) -> bool:
        """Return whether the teacher reads words of so many letters."""
        longest = longest_of(self.teacher)
        return longest is None or len(word) <= longest

    @property
    def classes(self) -> int:
        """The number of classes."""
        return 2 if isinstance(self.teacher.link, Binary) else self.teacher.width

    def at_once(self, words: Words) -> Iterator[Words]:
        """Yield the words in parts, each for one batch of queries.

        Without a limit on queries there is one part. With a limit, a part has at most a quarter of the queries that are left:
        a batch that exceeds the limit is not queried at all, so the parts shrink as the limit comes near.
        """
        begin = 0
        while begin < len(words):
            left = self.left()
            count = len(words) if left is None else max(1, left // 4)
            yield words[begin : begin + count]
            begin += count

    def of(self, words: Words) -> IntArray:
        """Query the teacher, and return the class (n,) of each word, or UNSURE."""
        scores = self.teacher.scores(words)
        self.asked += len(words)  # but for words at which a limit was reached
        return self.read(scores)

    def read(self, scores: RealArray) -> IntArray:
        """Return the class (n,) of each row of scores (n, width), or UNSURE."""
        labels = self.teacher.link.labels(scores)
        sure = margins(scores) > self.band if self.band else ~np.isnan(scores).any(axis=1)  # NaN belongs to no class
        return labels if sure.all() else np.where(sure, labels, UNSURE)

    def disagreements(self, hypothesis: DFA, words: Words) -> list[Word]:
        """Return the distinct words that the teacher and the hypothesis classify differently, in shortlex order."""
        return sorted({words[i] for i in np.flatnonzero(self.differ(hypothesis, words)).tolist()}, key=shortlex)

    def differ(self, hypothesis: DFA, words: Words) -> BoolArray:
        """Return whether the class of each word (n,) is known and differs from its class in the hypothesis."""
        labels = self.of(words)
        different: BoolArray = (labels != UNSURE) & (labels != hypothesis.link.labels(hypothesis.scores(words)))
        return different


class _WithinLength(Wrapper):
    """A teacher that is asked whole words only, and no word that it does not read: the scores of these are NaN."""

    def scores(self, words: Words) -> FloatArray:
        longest = longest_of(self._asked)
        assert longest is not None
        short = [row for row, word in enumerate(words) if len(word) <= longest]
        if len(short) == len(words):
            return self._asked.scores(words)
        scores = np.full((len(words), self.width), np.nan)
        scores[short] = self._asked.scores([words[row] for row in short])
        return scores


def margins(scores: RealArray) -> FloatArray:
    """Return the margins (n,) of scores (n, width).

    The margin of a single score is its absolute value. Otherwise it is the largest score minus the second largest.
    """
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0]).astype(np.float64)
    largest = np.partition(scores, -2, axis=1)[:, -2:]
    return (largest[:, 1] - largest[:, 0]).astype(np.float64)
