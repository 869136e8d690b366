"""A search through words that are drawn from the hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.drawn_words import draw_near_classes
from nerode.extraction.queries.searches.base import BATCH, WordSearch
from nerode.words import IntArray, Words


@dataclass
class FromHypothesis(WordSearch):
    """Looks through words that the hypothesis has in a class, all classes equally often, and through mutations of such words."""

    rng: np.random.Generator
    lengths: IntArray  # (n,), one of which each word has, where the class has words of that length
    name: str = "hypothesis"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words, half of them mutated."""
        return draw_near_classes(self.rng, hypothesis, self.lengths, budget, BATCH)
