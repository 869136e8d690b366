"""The rounds of query learning: the learner proposes a hypothesis, searches look for counterexamples, the learner refines."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import Stages
from nerode.words import Words, shortlex

NO_COUNTEREXAMPLE = "no counterexample"
STALLED = "stalled"
NOTED = 5  # counterexamples of a search that are told
PORTION = 4  # states of the hypothesis for each counterexample in a portion


class QueryLearner(Protocol):
    """A learner that uses membership queries and counterexamples."""

    def propose(self) -> DFA:
        """Return a hypothesis that agrees with all answers so far.

        Raises
        ------
        BudgetExhausted : the hypothesis needs more states than are allowed
        """
        ...

    def refine(self, words: Words) -> int:
        """Learn from counterexamples, and return how many refinements they gave.

        The number is 0 if the teacher contradicts itself along all of them.
        """
        ...


def query_rounds(learner: QueryLearner, search: Stages, labels: Labels, effort: int) -> Generator[DFA, None, str]:
    """Run the rounds of query learning, and yield each hypothesis, minimised.

    Counterexamples that were found together are used in portions, and the portions grow with the hypothesis. For a network
    that is not regular, using all of them at once would skip the small hypotheses, which are worth more than the large ones.

    Parameters
    ----------
    search : the searches for counterexamples
    effort : queries of each search in each round, at most

    Returns
    -------
    NO_COUNTEREXAMPLE, or STALLED if the counterexamples of a round gave no refinement, as the value of the generator.

    Raises
    ------
    BudgetExhausted : the next hypothesis would have more states than allowed
    """
    hypothesis = minimise(learner.propose())
    yield hypothesis
    while found := search.find(hypothesis, labels, effort):
        stalled = True
        labels.counterexamples += sorted(found, key=shortlex)[:NOTED]
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
