"""A search with words drawn from the hypothesis."""

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
    """Search with random words of each class of the hypothesis, equally many for each class, and with mutations of them."""

    rng: np.random.Generator
    lengths: IntArray  # (n,); each word has one of these lengths, if its class has words of this length
    name: str = "hypothesis"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield `budget` new random words, half of them mutated."""
        return draw_near_classes(self.rng, hypothesis, self.lengths, budget, BATCH)
