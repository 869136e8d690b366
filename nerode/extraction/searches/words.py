"""Searches through words: given ones, random ones, and words around the states of the hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.extraction.searches.base import BATCH, WordSearch
from nerode.sampling import extend, mutate
from nerode.words import Words


@dataclass
class GivenWords(WordSearch):
    """Looks through given words, in their order."""

    words: Words
    name: str = "given"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """At most `budget` of the words."""
        for begin in range(0, min(len(self.words), budget), BATCH):
            yield self.words[begin : min(begin + BATCH, budget)]


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
