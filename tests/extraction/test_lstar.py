import numpy as np
import pytest
from doubles import Noisy, WholeWords, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, equivalent, minimise, separating_word
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import BudgetExhausted
from nerode.extraction.budget import Meter, metered
from nerode.extraction.counterexamples import states_along
from nerode.extraction.lstar import NO_COUNTEREXAMPLE, STALLED, LStar, lstar_rounds
from nerode.stepping import TwoWay


class Perfect:
    """Finds a counterexample wherever there is one: it knows the target."""

    def __init__(self, target):
        self.target = target

    def find(self, hypothesis, teacher, budget):
        word = separating_word(hypothesis, self.target)
        return [] if word is None else [word]


class Exhaustive:
    """Looks through all words up to a length, all counterexamples at once."""

    def __init__(self, longest):
        self.longest = longest

    def find(self, hypothesis, teacher, budget):
        words = words_up_to(len(hypothesis.alphabet), self.longest)
        wrong = hypothesis.predict(words) != teacher.link.labels(teacher.scores(words))
        return [word for word, is_wrong in zip(words, wrong, strict=True) if is_wrong]


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


TARGETS = {f"tomita {number}": tomita(number) for number in range(1, 8)}
TARGETS |= {
    f"{states} states, {letters} letters, {classes} classes, seed {seed}": random_dfa(
        np.random.default_rng([states, letters, classes, seed]), states, letters, classes
    )
    for states, letters, classes in [(1, 1, 2), (2, 1, 2), (5, 2, 2), (12, 3, 2), (30, 2, 2), (60, 4, 2), (6, 2, 3), (25, 3, 5)]
    for seed in range(4)
}
TARGETS["dyck"] = Dyck(2, 3, 1).dfa()


@pytest.mark.parametrize("name", TARGETS)
def test_the_minimal_automaton_is_found(name):
    """With perfect counterexamples: exactly, in canonical numbering, a state or more a round."""
    target = TARGETS[name]
    hypotheses, reason = run(lstar_rounds(target, Perfect(target), 0))
    assert reason == NO_COUNTEREXAMPLE
    assert equivalent(hypotheses[-1], target)
    assert same_arrays(hypotheses[-1], minimise(target))
    assert hypotheses[-1].classes == target.classes
    assert hypotheses[-1].states == target.states
    assert len(hypotheses) <= target.states


@pytest.mark.parametrize(
    "name", ["tomita 5", "12 states, 3 letters, 2 classes, seed 1", "6 states, 2 letters, 3 classes, seed 2"]
)
def test_the_same_from_teachers_of_whole_words(name):
    target = TARGETS[name]
    hypotheses, _ = run(lstar_rounds(WholeWords(target), Perfect(target), 0))
    assert same_arrays(hypotheses[-1], minimise(target))


def test_the_same_from_a_two_way_teacher():
    """The margins of reading forwards twice, of a language that is its own reversal."""
    target = tomita(5)
    hypotheses, _ = run(lstar_rounds(TwoWay(target, target), Perfect(target), 0))
    assert same_arrays(hypotheses[-1], target)


@pytest.mark.parametrize("seed", range(5))
def test_counterexamples_by_the_dozen(seed):
    """Only the first that teaches is used; the others wait for the next hypothesis."""
    target = random_dfa(np.random.default_rng(seed), 10, 2)
    hypotheses, reason = run(lstar_rounds(target, Exhaustive(9), 0))
    assert reason == NO_COUNTEREXAMPLE
    assert same_arrays(hypotheses[-1], minimise(target))


@pytest.mark.parametrize("seed", range(5))
def test_hypotheses_agree_with_what_was_asked(seed):
    """Access words lead to their states, and every row has its label; suffixes are not closed, so not every cell is right."""
    target = random_dfa(np.random.default_rng(seed), 15, 2)
    learner = LStar(target)
    while True:
        hypothesis = learner.propose()
        rows = list(learner._table.rows)
        np.testing.assert_array_equal(hypothesis.predict(rows), target.predict(rows))
        assert [states_along(hypothesis, word)[-1] for word in learner.access] == list(range(hypothesis.states))
        word = separating_word(hypothesis, target)
        if word is None:
            break
        before = hypothesis.states
        assert learner.refine(word)
        assert learner.propose().states > before
    assert hypothesis.states == target.states


def test_what_is_no_counterexample_teaches_nothing():
    target = tomita(4)
    learner = LStar(target)
    hypothesis = learner.propose()
    right = next(word for word in words_up_to(2, 4) if hypothesis.predict([word])[0] == target.predict([word])[0])
    before = dict(learner._table.suffixes)
    assert not learner.refine(right)
    assert learner._table.suffixes == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_real_counterexample_among_others_is_enough(order):
    """The others may have been answered differently when they were found."""
    target = tomita(4)

    class Doubtful(Perfect):
        def find(self, hypothesis, teacher, budget):
            real = super().find(hypothesis, teacher, budget)
            both = [*real, ()]
            return [both[i] for i in order] if real else []

    hypotheses, reason = run(lstar_rounds(target, Doubtful(target), 0))
    assert reason == NO_COUNTEREXAMPLE
    assert same_arrays(hypotheses[-1], target)


def test_access_words_are_the_shortlex_least():
    """Where labels alone tell all states apart."""
    made = random_dfa(np.random.default_rng(4), 20, 3)
    target = DFA(made.alphabet, made.transitions, np.arange(20), classes=20)
    learner = LStar(target)
    assert learner.propose().states == 20
    assert sorted(learner.access) == sorted(access_words(target))


def test_refining_before_a_hypothesis_proposes_one():
    assert LStar(tomita(4)).refine((0, 0, 0))


@pytest.mark.parametrize("states", [1, 2, 7, 15, 16, 20])
def test_no_hypothesis_has_more_states_than_allowed(states):
    target = random_dfa(np.random.default_rng(2), 16, 2)
    rounds = lstar_rounds(target, Perfect(target), 0, states)
    sizes = []
    if states < 16:
        with pytest.raises(BudgetExhausted) as caught:
            sizes.extend(hypothesis.states for hypothesis in rounds)
        assert caught.value.reason == "states"
    else:
        hypotheses, reason = run(rounds)
        assert reason == NO_COUNTEREXAMPLE
        sizes = [hypothesis.states for hypothesis in hypotheses]
        assert sizes[-1] == 16
    assert all(size <= states for size in sizes)


def test_few_queries_are_asked():
    """About n² k cells and a few for each counterexample; an observation table that is filled anew would ask far more."""
    target = random_dfa(np.random.default_rng(1), 100, 5)
    meter = Meter()
    hypotheses, _ = run(lstar_rounds(metered(target, meter), Perfect(target), 0))
    assert hypotheses[-1].states == 100
    assert meter.queries < 501 * (len(hypotheses) + 1) + 20 * len(hypotheses)


def test_a_teacher_that_contradicts_itself_does_not_break_the_learner():
    """Rounds end, stalled or out of queries, and every hypothesis is whole."""
    ends = []
    for seed in range(8):
        teacher = metered(Noisy(tomita(5), 0.05, seed), Meter(queries_limit=20_000))
        hypotheses = []
        rounds = lstar_rounds(teacher, Exhaustive(6), 0)
        try:
            while True:
                hypotheses.append(next(rounds))
        except StopIteration as end:
            ends.append(end.value)
        except BudgetExhausted as end:
            ends.append(end.reason)
        assert all(isinstance(hypothesis, DFA) for hypothesis in hypotheses)
    assert set(ends) <= {STALLED, NO_COUNTEREXAMPLE, "queries"}


def test_counterexamples_that_are_none_stall():
    """The search saw errors that the teacher does not repeat."""

    class Mistaken:
        def find(self, hypothesis, teacher, budget):
            return [(0, 1), (1, 1)]

    hypotheses, reason = run(lstar_rounds(tomita(1), Mistaken(), 0))
    assert reason == STALLED
    assert len(hypotheses) == 1
