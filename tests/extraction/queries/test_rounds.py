from itertools import pairwise

import numpy as np
import pytest
from doubles import WholeWords, words_up_to
from learning import LEARNERS

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.automata.operations import minimise
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import BudgetExhausted
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, PORTION, STALLED, query_rounds
from nerode.extraction.queries.searches.base import InTurn, Stages
from nerode.words import Alphabet


class Perfect:
    """Finds counterexamples wherever there are any: it knows the target."""

    name = "perfect"

    def __init__(self, target, most=1000):
        self.target = target
        self.most = most
        self.budgets = []

    def look(self, hypothesis, labels, budget):
        self.budgets.append(budget)
        yield disagreements(hypothesis, self.target, self.most)


def stages(search):
    return Stages([InTurn([search])])


def run(rounds):
    """All hypotheses and the reason to stop."""
    hypotheses = []
    while True:
        try:
            hypotheses.append(next(rounds))
        except StopIteration as end:
            return hypotheses, end.value


def same_arrays(a, b):
    return a.initial == b.initial and np.array_equal(a.transitions, b.transitions) and np.array_equal(a.labels, b.labels)


@pytest.mark.parametrize("most", [1, 1000])
@pytest.mark.parametrize("name", LEARNERS)
def test_rounds_end_at_the_target(name, most):
    """Each hypothesis is minimal, in canonical numbering, and another one than the one before."""
    target = random_dfa(np.random.default_rng(1), 20, 2)
    labels = Labels(WholeWords(target))
    search = Perfect(target, most)
    hypotheses, reason = run(query_rounds(LEARNERS[name](labels), stages(search), labels, 77))
    assert reason == NO_COUNTEREXAMPLE
    assert same_arrays(hypotheses[-1], minimise(target))
    assert all(same_arrays(hypothesis, minimise(hypothesis)) for hypothesis in hypotheses)
    assert not any(same_arrays(a, b) for a, b in pairwise(hypotheses))
    assert set(search.budgets) == {77}


class Scripted:
    """Has a list of hypotheses, goes on to the next one where it is told a word, and remembers what it was told."""

    def __init__(self, *hypotheses):
        self.hypotheses = list(hypotheses)
        self.told = []

    def propose(self):
        return self.hypotheses[0]

    def refine(self, words):
        self.told.append(list(words))
        return int(len(self.hypotheses) > 1 and bool(self.hypotheses.pop(0)))


class Once:
    """Finds these words, and later none."""

    name = "once"

    def __init__(self, *finds):
        self.finds = list(finds)

    def look(self, hypothesis, labels, budget):
        yield self.finds.pop(0) if self.finds else []


EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


NOTHING = DFA(Alphabet.of_size(2), [[0, 0]], [0])
SHORT = DFA(Alphabet.of_size(2), [[min(i + 1, 5)] * 2 for i in range(6)], [1, 1, 1, 1, 1, 0])  # words of up to 4 letters
ONES = [(1,) * length for length in range(9)]


def test_many_counterexamples_are_used_in_portions():
    """The rest is checked against the next hypothesis: what that says rightly is no counterexample any more."""
    learner, labels = Scripted(NOTHING, SHORT, EVERYTHING), Labels(EVERYTHING)
    hypotheses, reason = run(query_rounds(learner, stages(Once(ONES)), labels, 10))
    assert learner.told == [[()], [(1,) * 5]]
    assert reason == NO_COUNTEREXAMPLE
    assert [hypothesis.states for hypothesis in hypotheses] == [1, 6, 1]


def test_rounds_stall_where_no_portion_teaches():
    learner, labels = Scripted(NOTHING), Labels(EVERYTHING)
    hypotheses, reason = run(query_rounds(learner, stages(Once(ONES)), labels, 10))
    assert learner.told == [[word] for word in ONES]
    assert reason == STALLED
    assert len(hypotheses) == 1


def test_portions_grow_with_the_hypothesis():
    """A counterexample for PORTION states."""
    target = random_dfa(np.random.default_rng(3), 40, 2)
    labels = Labels(target)
    inner = LEARNERS["tree"](labels)
    portions = []

    class Watched:
        def propose(self):
            return inner.propose()

        def refine(self, words):
            portions.append((len(words), max(1, minimise(inner.propose()).states // PORTION)))
            return inner.refine(words)

    _, reason = run(query_rounds(Watched(), stages(Perfect(target)), labels, 10))
    assert reason == NO_COUNTEREXAMPLE
    assert all(length <= allowed for length, allowed in portions)
    assert max(length for length, _ in portions) > 1


@pytest.mark.parametrize("name", LEARNERS)
def test_counterexamples_that_are_none_stall(name):
    """The search saw errors that the teacher does not repeat."""
    labels = Labels(EVERYTHING)
    hypotheses, reason = run(query_rounds(LEARNERS[name](labels), stages(Once([(0, 1), (1, 1)])), labels, 10))
    assert reason == STALLED
    assert len(hypotheses) == 1


def test_one_that_teaches_is_enough():
    """A portion that teaches nothing is followed by the next."""
    labels = Labels(tomita(4))
    search = Once([(), (1,), (0, 0, 0)])
    hypotheses, reason = run(query_rounds(LEARNERS["tree"](labels), stages(search), labels, 10))
    assert reason == NO_COUNTEREXAMPLE
    assert same_arrays(hypotheses[-1], tomita(4))


@pytest.mark.parametrize("name", LEARNERS)
def test_the_limit_of_states_ends_rounds(name):
    target = random_dfa(np.random.default_rng(2), 16, 2)
    labels = Labels(target)
    sizes = []
    with pytest.raises(BudgetExhausted) as caught:
        sizes.extend(
            hypothesis.states for hypothesis in query_rounds(LEARNERS[name](labels, 9), stages(Perfect(target)), labels, 1)
        )
    assert caught.value.reason == "states"
    assert max(sizes, default=0) <= 9


def test_words_of_the_search_count():
    labels = Labels(tomita(4))
    words = words_up_to(2, 3)

    class Listed:
        name = "listed"

        def look(self, hypothesis, labels, budget):
            yield labels.disagreements(hypothesis, words)

    turns = stages(Listed())
    run(query_rounds(LEARNERS["tree"](labels), turns, labels, 10))
    (effort,) = turns.records
    assert effort.words % len(words) == 0
    assert effort.words >= len(words)
    assert effort.found > 0
