"""The search that decides: for teachers that are known to be a DFA."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import BATCH
from nerode.words import Word


@dataclass
class Exact:
    """Compares the hypothesis with the DFA that the teacher is; nothing is asked, so there is no budget to keep.

    Parameters
    ----------
    target : what the teacher is, over the same alphabet
    """

    target: DFA
    name: str = "exact"
    decides: ClassVar[Literal[True]] = True  # where nothing is found the two are equivalent

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """One batch: the first disagreements, all of one length; empty where hypothesis and target are equivalent."""
        yield disagreements(hypothesis, self.target, BATCH)
