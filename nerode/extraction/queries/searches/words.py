"""Searches through words: given ones, random ones, and words around the states of the hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.extraction.queries.searches.base import BATCH, WordSearch
from nerode.sampling import extend, mutate
from nerode.words import Word, Words, shortlex


class GivenWords:
    """Looks through given words, in shortlex order, and asks each of them once in a whole extraction.

    What the teacher said is kept. Later hypotheses are compared with that first, which asks nothing: a teacher that
    contradicts itself is taken at its first word.
    """

    def __init__(self, words: Words, name: str = "given") -> None:
        self.name = name
        self._words = sorted(set(words), key=shortlex)
        self._classes = np.empty(len(self._words), np.int32)  # of the words that were asked, which are the first ones
        self._asked = 0

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`."""
        for begin in range(0, self._asked, BATCH):
            found = self._differ(hypothesis, slice(begin, min(begin + BATCH, self._asked)))
            if found:
                yield found
        most = min(len(self._words), self._asked + budget)
        while self._asked < most:
            part = slice(self._asked, min(self._asked + BATCH, most))
            self._classes[part] = labels.of(self._words[part])
            self._asked = part.stop
            yield self._differ(hypothesis, part)

    def _differ(self, hypothesis: DFA, part: slice) -> list[Word]:
        words, classes = self._words[part], self._classes[part]
        different = (classes != UNSURE) & (classes != hypothesis.predict(words))
        return [words[i] for i in np.flatnonzero(different).tolist()]


@dataclass
class RandomWords(WordSearch):
    """Looks through random words; `draw(count)` gives fresh ones."""

    draw: Callable[[int], Words]
    name: str = "random"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words."""
        for begin in range(0, budget, BATCH):
            yield self.draw(min(BATCH, budget - begin))


@dataclass
class NearAccessWords(WordSearch):
    """Looks around the states of the hypothesis: their access words with random ends, and mutations of those.

    Uniform words hardly ever reach the rare states of a sparse language; these start there.
    """

    rng: np.random.Generator
    longest: int  # letters added at most
    name: str = "access-words"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words, half of them mutated."""
        letters = len(hypothesis.alphabet)
        access = access_words(hypothesis)
        for begin in range(0, budget, BATCH):
            count = min(BATCH, budget - begin)
            chosen = [access[i] for i in self.rng.integers(0, len(access), count)]
            words = extend(self.rng, chosen, letters, self.longest)
            yield words[: count // 2] + mutate(self.rng, words[count // 2 :], letters)
