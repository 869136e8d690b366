"""The classes that a teacher gives words: what query learning asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from nerode.automata.dfa import DFA
from nerode.links import Binary
from nerode.protocols import Teacher
from nerode.words import BoolArray, FloatArray, IntArray, RealArray, Word, Words, shortlex

UNSURE = -1


@dataclass
class Labels:
    """Classes of words, and what is known of how far they can be trusted.

    Parameters
    ----------
    teacher : a classifier
    band : margins up to this are nobody's evidence: such a word is in no class, which is written UNSURE
    left : how many words may still be asked, None without a limit
    asked : how many words were asked
    contradictions : how often two answers of the teacher could not both be right
    """

    teacher: Teacher
    band: float = 0.0
    left: Callable[[], int | None] = lambda: None
    asked: int = field(default=0, init=False)
    contradictions: int = field(default=0, init=False)

    @property
    def classes(self) -> int:
        """How many there are."""
        return 2 if isinstance(self.teacher.link, Binary) else self.teacher.width

    def at_once(self, words: Words) -> Iterator[Words]:
        """The words in parts that may be asked at once: all, or a quarter of what is left where queries are limited.

        A part that passes the limit is not asked at all; so parts get small where little is left.
        """
        begin = 0
        while begin < len(words):
            left = self.left()
            count = len(words) if left is None else max(1, left // 4)
            yield words[begin : begin + count]
            begin += count

    def of(self, words: Words) -> IntArray:
        """The class (n,) of each word, or UNSURE."""
        self.asked += len(words)
        return self.read(self.teacher.scores(words))

    def read(self, scores: RealArray) -> IntArray:
        """The class (n,) that scores (n, width) decide for, or UNSURE."""
        labels = self.teacher.link.labels(scores)
        sure = margins(scores) > self.band if self.band else ~np.isnan(scores).any(axis=1)  # no number decides for a class
        return labels if sure.all() else np.where(sure, labels, UNSURE)

    def disagreements(self, hypothesis: DFA, words: Words) -> list[Word]:
        """The words whose class is another one than the hypothesis says, in shortlex order, each once."""
        return sorted({words[i] for i in np.flatnonzero(self.differ(hypothesis, words)).tolist()}, key=shortlex)

    def differ(self, hypothesis: DFA, words: Words) -> BoolArray:
        """Whether the class of each word (n,) is known, and another one than the hypothesis says."""
        labels = self.of(words)
        different: BoolArray = (labels != UNSURE) & (labels != hypothesis.link.labels(hypothesis.scores(words)))
        return different


def margins(scores: RealArray) -> FloatArray:
    """By how much scores (n, width) decide for their class (n,): a single one over 0, others over the second largest."""
    if scores.shape[1] == 1:
        return np.abs(scores[:, 0]).astype(np.float64)
    largest = np.partition(scores, -2, axis=1)[:, -2:]
    return (largest[:, 1] - largest[:, 0]).astype(np.float64)
