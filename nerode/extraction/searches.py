"""Searches for a counterexample: a word that a hypothesis and its teacher classify differently.

A search that finds nothing has shown nothing but that: it never means that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.protocols import Teacher
from nerode.sampling import extend, mutate
from nerode.words import Word, Words, shortlex

BATCH = 1000  # words asked side by side


def disagreements(hypothesis: Teacher, teacher: Teacher, words: Words) -> list[Word]:
    """The words that the two classify differently, in shortlex order."""
    wrong = hypothesis.link.labels(hypothesis.scores(words)) != teacher.link.labels(teacher.scores(words))
    return sorted({words[i] for i in np.flatnonzero(wrong).tolist()}, key=shortlex)


@dataclass
class GivenWords:
    """Looks through given words, in their order."""

    words: Words

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """At most `budget` of the words."""
        for begin in range(0, min(len(self.words), budget), BATCH):
            yield self.words[begin : min(begin + BATCH, budget)]


@dataclass
class RandomWords:
    """Looks through random words; `draw(count)` gives fresh ones."""

    draw: Callable[[int], Words]

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words."""
        for begin in range(0, budget, BATCH):
            yield self.draw(min(BATCH, budget - begin))


@dataclass
class NearAccessWords:
    """Looks around the states of the hypothesis: their access words with random ends, and mutations of those.

    Uniform words hardly ever reach the rare states of a sparse language; these start there.
    """

    rng: np.random.Generator
    longest: int  # letters added at most

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words, half of them mutated."""
        letters = len(hypothesis.alphabet)
        access = access_words(hypothesis)
        for begin in range(0, budget, BATCH):
            count = min(BATCH, budget - begin)
            chosen = [access[i] for i in self.rng.integers(0, len(access), count)]
            words = extend(self.rng, chosen, letters, self.longest)
            yield words[: count // 2] + mutate(self.rng, words[count // 2 :], letters)


BatchSearch = GivenWords | RandomWords | NearAccessWords


@dataclass
class InTurn:
    """Lets several searches look, a batch of each in turn; stops at the first batch that shows something."""

    searches: tuple[BatchSearch, ...]

    def find(self, hypothesis: DFA, teacher: Teacher, budget: int) -> list[Word]:
        """The counterexamples in the first batch that holds any, in shortlex order; each search may ask `budget` words."""
        running = [search.batches(hypothesis, budget) for search in self.searches]
        while running:
            for batches in list(running):
                words = next(batches, None)
                if words is None:
                    running.remove(batches)
                elif found := disagreements(hypothesis, teacher, words):
                    return found
        return []
