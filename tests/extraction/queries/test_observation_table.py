"""What the observation table does beyond the contract of learners."""

import numpy as np
import pytest
from doubles import WholeWords
from learning import LEARNERS, learn
from thorough import up_to

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.automata.operations import access_words
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.observation_table import LStar


@pytest.mark.parametrize("seed", up_to(5, 500))
def test_hypotheses_agree_with_the_rows(seed):
    """Every row has its label; suffixes are not closed, so not every cell is right."""
    target = random_dfa(np.random.default_rng(seed), 15, 2)
    learner = LStar(Labels(target))
    while True:
        hypothesis = learner.propose()
        rows = list(learner._table.rows)
        np.testing.assert_array_equal(hypothesis.predict(rows), target.predict(rows))
        words = disagreements(hypothesis, target, 1)
        if not words:
            break
        before = hypothesis.states
        assert learner.refine(words)
        assert learner.propose().states > before
    assert hypothesis.states == target.states


def test_no_counterexample_leaves_the_table_as_it_is():
    target = random_dfa(np.random.default_rng(0), 8, 2)
    learner = LStar(Labels(target))
    hypothesis = learner.propose()
    before = dict(learner._table.suffixes)
    right = [word for word in [(0,), (1,), (0, 1)] if hypothesis.predict([word])[0] == target.predict([word])[0]]
    assert right
    assert learner.refine(right) == 0
    assert learner._table.suffixes == before


def test_access_words_are_the_shortlex_least():
    """Where labels alone tell all states apart."""
    made = random_dfa(np.random.default_rng(4), 20, 3)
    target = DFA(made.alphabet, made.transitions, np.arange(20), classes=20)
    learner = LStar(Labels(target))
    assert learner.propose().states == 20
    assert sorted(learner.access) == sorted(access_words(target))


def test_few_queries_are_asked():
    """A cell for each row and suffix and a few for each counterexample; a table that is filled anew would ask far more."""
    target = random_dfa(np.random.default_rng(1), 100, 5)
    teacher = WholeWords(target)
    learner, hypotheses = learn(LEARNERS["table"], target, teacher, 1)
    assert hypotheses[-1].states == 100
    table = learner._table
    assert len(table.suffixes) <= len(hypotheses)
    assert len(teacher.asked) <= len(table.rows) * len(table.suffixes) + 20 * len(hypotheses)
