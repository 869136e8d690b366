"""A search through words that are drawn from the hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.drawn_words import WordsOfClass
from nerode.extraction.queries.searches.base import BATCH, WordSearch
from nerode.sampling import mutate
from nerode.words import FloatArray, IntArray, Word, Words


@dataclass
class FromHypothesis(WordSearch):
    """Looks through words that the hypothesis has in a class, all classes equally often, and through mutations of such words.

    Of a sparse language uniform words are hardly ever members, and a mutated non-member is hardly ever one either; here half
    of the words are members, or nearly, if the hypothesis is right. In half of the draws all words of a class and a length are
    equally likely. In the other half letters that the hypothesis treats alike count together as one letter: brackets among
    26 fillers would else be rare, and deeply nested ones hardly ever seen. Half of the words are drawn so, by their lengths; the
    others pass a state, all states equally often, since some are passed by few words however they are drawn.
    """

    rng: np.random.Generator
    lengths: IntArray  # (n,), one of which each word has, where the class has words of that length
    name: str = "hypothesis"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words, half of them mutated."""
        if budget == 0:
            return
        longest = int(self.lengths.max())
        classes = np.unique(hypothesis.labels).tolist()
        sources = [WordsOfClass(hypothesis, label, longest, weights) for weights in _weights(hypothesis) for label in classes]
        for begin in range(0, budget, BATCH):
            count = min(BATCH, budget - begin)
            words: list[Word] = []
            for place, source in enumerate(sources):
                share = len(range(place, count, len(sources)))
                words += source.draw(self.rng, self.rng.choice(self.lengths, share - share // 2))
                words += source.draw_through(self.rng, share // 2)
            whole = self.rng.random(count) < 0.5
            mutated = mutate(self.rng, list(compress(words, ~whole)), len(hypothesis.alphabet))
            yield [*compress(words, whole), *mutated]


def _weights(dfa: DFA) -> list[FloatArray | None]:
    """Weights (Σ,) of letters by which words are drawn: none; and those by which letters that act alike weigh 1 together."""
    _, kinds, sizes = np.unique(dfa.transitions, axis=1, return_inverse=True, return_counts=True)
    return [None] if sizes.max() == 1 else [None, 1.0 / sizes[kinds.ravel()]]
