"""Query learning: a learner proposes, searches look for counterexamples, the learner refines."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.extraction.labels import Labels
from nerode.extraction.searches.base import Stages
from nerode.words import Words

NO_COUNTEREXAMPLE = "no counterexample"
STALLED = "stalled"


class QueryLearner(Protocol):
    """What learns from queries and counterexamples."""

    def propose(self) -> DFA:
        """A hypothesis that agrees with all answers so far.

        Raises
        ------
        BudgetExhausted : it takes more states than are allowed
        """
        ...

    def refine(self, words: Words) -> int:
        """Learn from counterexamples; how many things they taught, 0 where the teacher contradicts itself along all of them."""
        ...


def query_rounds(learner: QueryLearner, search: Stages, labels: Labels, effort: int) -> Generator[DFA, None, str]:
    """Propose, search, refine; each round yields its hypothesis, minimal.

    Parameters
    ----------
    search : looks for counterexamples
    effort : words that each part of the search may ask a round

    Returns
    -------
    The reason why there is no further round, as the value of the generator.

    Raises
    ------
    BudgetExhausted : the next hypothesis would have more states than allowed
    """
    while True:
        hypothesis = minimise(learner.propose())
        yield hypothesis
        counterexamples = search.find(hypothesis, labels, effort)
        if not counterexamples:
            return NO_COUNTEREXAMPLE
        if not learner.refine(counterexamples):
            return STALLED
