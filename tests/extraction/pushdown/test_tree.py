"""The learner against automata that it does not know, with exact counterexamples."""

import numpy as np
import pytest
from stack_truth import small_vpas

from nerode.automata.stack_operations import minimise, separating_word
from nerode.errors import BudgetExhausted
from nerode.extraction.pushdown.tree import NestedLearner


def test_every_small_automaton_is_learned_exactly_and_minimally():
    largest = 0
    for target in small_vpas(60):
        learner = NestedLearner(lambda words, a=target: a.predict(words) == 1, target.alphabet, target.kinds, 20)
        hypothesis = learner.propose()
        while (word := separating_word(hypothesis, target)) is not None:
            before = hypothesis.states
            assert learner.refine([word]) == 1
            hypothesis = learner.propose()
            assert hypothesis.states > before
        learned = minimise(hypothesis)
        assert learned.states == hypothesis.states == target.states  # no location without need
        assert np.array_equal(learned.pops, target.pops)
        assert np.array_equal(learned.transitions, target.transitions)
        largest = max(largest, target.states)
    assert largest == 6


def test_locations_are_limited():
    (target,) = small_vpas(1, 4)
    learner = NestedLearner(lambda words: target.predict(words) == 1, target.alphabet, target.kinds, 3)

    def learn():
        while (word := separating_word(learner.propose(), target)) is not None:
            learner.refine([word])

    with pytest.raises(BudgetExhausted) as stopped:
        learn()
    assert stopped.value.reason == "states"


def test_words_that_show_nothing_split_nothing():
    (target,) = small_vpas(1, 2)
    learner = NestedLearner(lambda words: target.predict(words) == 1, target.alphabet, target.kinds, 20)
    learner.propose()
    assert learner.refine([()]) == 0
