"""The exact search: an equivalence test, for teachers that are DFAs."""

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
    """Test whether the hypothesis and the teacher's DFA are equivalent; this needs no queries, and no budget.

    Parameters
    ----------
    target : the teacher's DFA, over the same alphabet
    """

    target: DFA
    name: str = "exact"
    decides: ClassVar[Literal[True]] = True

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """Yield one batch: shortest disagreements, all of one length; it is empty if hypothesis and target are equivalent."""
        yield disagreements(hypothesis, self.target, BATCH)
