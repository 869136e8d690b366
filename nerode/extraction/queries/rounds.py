"""Query learning: a learner proposes, searches look for counterexamples, the learner refines."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import Stages
from nerode.words import Words

NO_COUNTEREXAMPLE = "no counterexample"
STALLED = "stalled"
PORTION = 4  # states for each counterexample that is used before the next hypothesis is looked at


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
    """Propose, search, refine; each hypothesis is yielded, minimal.

    Counterexamples that were found together are used in portions that grow with the hypothesis: on a network that is no
    regular language all at once would lead past the small hypotheses that are worth more than the large ones.

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
    hypothesis = minimise(learner.propose())
    yield hypothesis
    while found := search.find(hypothesis, labels, effort):
        stalled = True
        while found:
            portion = max(1, hypothesis.states // PORTION)
            if learner.refine(found[:portion]):
                stalled = False
                hypothesis = minimise(learner.propose())
                yield hypothesis
                found = labels.disagreements(hypothesis, found)
            else:
                found = found[portion:]
        if stalled:
            return STALLED
    return NO_COUNTEREXAMPLE
