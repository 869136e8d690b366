"""Searches with given words, random words, and random words near the access words of the hypothesis."""

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
    """Search among given words, in shortlex order; each is queried once in an extraction.

    The teacher reads all of them. The labels are kept. Each later hypothesis is first compared with the kept labels, without
    queries. If the teacher contradicts itself, its first answer counts.
    """

    def __init__(self, words: Words, name: str = "given") -> None:
        self.name = name
        self._words = sorted(set(words), key=shortlex)
        self._classes = np.empty(len(self._words), np.int32)  # known for the first `_asked` words
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
        """Return the queried words in a part whose kept label differs from that of the hypothesis."""
        words, classes = self._words[part], self._classes[part]
        different = (classes != UNSURE) & (classes != hypothesis.predict(words))
        return [words[i] for i in np.flatnonzero(different).tolist()]


@dataclass
class RandomWords(WordSearch):
    """Search among random words; `draw(count)` returns new ones."""

    draw: Callable[[int], Words]
    name: str = "random"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield `budget` new random words."""
        for begin in range(0, budget, BATCH):
            yield self.draw(min(BATCH, budget - begin))


@dataclass
class NearAccessWords(WordSearch):
    """Search near the states of the hypothesis: access words with random endings, and mutations of such words.

    Uniform words rarely reach the rare states of a sparse language. These words begin at them.
    """

    rng: np.random.Generator
    longest: int  # letters added to an access word, at most
    name: str = "access-words"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield `budget` new random words, half of them mutated."""
        letters = len(hypothesis.alphabet)
        access = access_words(hypothesis)
        for begin in range(0, budget, BATCH):
            count = min(BATCH, budget - begin)
            chosen = [access[i] for i in self.rng.integers(0, len(access), count)]
            words = extend(self.rng, chosen, letters, self.longest)
            yield words[: count // 2] + mutate(self.rng, words[count // 2 :], letters)
