"""What the tree learner does beyond the contract of learners: few words, and letters that are alike."""

from collections import Counter

import numpy as np
import pytest
from doubles import Stepping, WholeWords
from learning import LEARNERS, learn
from thorough import up_to

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent, minimise
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.ttt import TreeLearner
from nerode.words import shortlex

TREE, CLASSES, TABLE = LEARNERS["tree"], LEARNERS["tree with classes of letters"], LEARNERS["table"]


def depth(learner):
    """Suffixes on the way to each state, on average."""
    return np.mean([len(learner._tree.path(node)) for node in learner._node[learner._state_rows].tolist()])


@pytest.mark.parametrize("most", [1, 1000])
@pytest.mark.parametrize("shape", [(30, 2), (60, 5), (100, 5), (50, 20)])
@pytest.mark.sampled(4)
def test_fewer_words_than_sifting_each_transition_down_a_tree(shape, most):
    """Kearns and Vazirani's: each of n · k transitions, and ε, at each level; and 2 log₂ n for each of n counterexamples.

    Redundant levels of the tree are not counted.
    """
    states, letters = shape
    target = random_dfa(np.random.default_rng([states, letters]), states, letters)
    learner, hypotheses = learn(TREE, target, WholeWords(target), most)
    assert hypotheses[-1].states == states
    levels = 2 * np.log2(states) + 2
    assert depth(learner) <= levels
    assert learner.words <= (states * letters + 1) * levels + 2 * states * np.log2(states)
    assert learner.words >= states * letters


@pytest.mark.parametrize("shape", [(60, 5), (100, 5), (50, 20), (80, 2)])
@pytest.mark.sampled(2)
def test_fewer_words_than_the_table(shape):
    """The gap opens as states do."""
    states, letters = shape
    target = random_dfa(np.random.default_rng([states, letters]), states, letters)
    tree, table = WholeWords(target), WholeWords(target)
    learner, _ = learn(TREE, target, tree, 1)
    learn(TABLE, target, table, 1)
    assert abs(len(tree.asked) - learner.words) <= 1  # the label of ε
    assert len(tree.asked) < len(table.asked)


@pytest.mark.parametrize("seed", up_to(4, 200))
@pytest.mark.sampled(2)
def test_the_tree_asks_each_word_about_once(seed):
    """Exactly once before any counterexample; later a word may be met again, cut elsewhere or in a counterexample."""
    target = random_dfa(np.random.default_rng(seed), 40, 3)
    teacher = WholeWords(target)
    learner = TreeLearner(Labels(teacher))
    learner.propose()
    assert max(Counter(teacher.asked).values()) == 1
    for most in (1, 10, 1000):
        teacher = WholeWords(target)
        learner, _ = learn(TREE, target, teacher, most)
        often = Counter(teacher.asked)
        assert learner.words + 1 == sum(often.values()) <= 3 * len(often)


def test_a_teacher_that_keeps_states_tells_more_of_a_word():
    """The labels on the way tell states apart as well: fewer words are read."""
    for seed in range(3):
        target = random_dfa(np.random.default_rng(seed), 60, 3)
        keeps, _ = learn(TREE, target, Stepping(target), 1)
        whole, _ = learn(TREE, target, WholeWords(target), 1)
        assert keeps.words < whole.words


def test_suffixes_of_long_counterexamples_do_not_stay_in_the_tree():
    """A counterexample of 1,000 letters proves a state; what sorts words is short."""
    target = random_dfa(np.random.default_rng(5), 20, 2)
    rng = np.random.default_rng(0)
    learner = TreeLearner(Labels(target))
    for _ in range(60):
        words = [tuple(word) for word in rng.integers(2, size=(50, 1000)).tolist()]
        wrong = np.flatnonzero(learner.propose().predict(words) != target.predict(words))
        if not len(wrong):
            break
        learner.refine([words[wrong[0]]])
    assert equivalent(learner.propose(), target)
    suffixes = [learner._tree.suffix(node) for node in np.flatnonzero(learner._tree.inner).tolist()]
    assert max(map(len, suffixes)) <= 10
    assert max(map(len, learner.access)) <= 10


def test_the_least_row_of_a_leaf_becomes_its_state():
    """In shortlex order, whatever order the rows have come in."""
    for seed in range(3):
        learner, _ = learn(TREE, random_dfa(np.random.default_rng(seed), 30, 2), most=1)
        extended = zip(learner._from[1:].tolist(), learner._letter[1:].tolist(), strict=True)
        rows = [(), *((*learner.access[state], letter) for state, letter in extended)]
        for leaf in set(learner._node.tolist()):
            members = [row for row in range(len(rows)) if learner._node[row] == leaf and row]
            if members and learner._node[0] != leaf:
                assert rows[learner._least(leaf)] == min((rows[row] for row in members), key=shortlex)


# letters that are alike


@pytest.mark.parametrize("teacher", [Stepping, WholeWords])
@pytest.mark.parametrize("most", [1, 1000])
def test_letters_that_are_alike_cost_less(teacher, most):
    """26 letters that change nothing between two brackets: one of them is asked for all."""
    target = nerode.language("dyck-1-depth-6-fillers-26", np.random.default_rng(0))
    plain, hypotheses = learn(TREE, target, teacher(target), most)
    classes, others = learn(CLASSES, target, teacher(target), most)
    a, b = minimise(hypotheses[-1]), minimise(others[-1])
    assert np.array_equal(a.transitions, b.transitions)
    assert np.array_equal(a.labels, b.labels)
    assert classes.words < plain.words / 2
    assert len(set(classes._alike.tolist())) == 3


def test_letters_are_asked_in_the_end_where_none_are_alike():
    """Each letter leads to a state of its own."""
    letters = 12
    transitions = np.add.outer(np.arange(letters), np.arange(letters)) % letters
    target = DFA(nerode.Alphabet.of_size(letters), transitions, np.arange(letters) == 1)
    learner, hypotheses = learn(CLASSES, target)
    assert equivalent(hypotheses[-1], target)
    assert sorted(set(learner._alike.tolist())) == list(range(letters))


def test_one_counterexample_parts_all_letters_that_answer_like_it():
    """The letters 0–4 and 5–9 are two classes: no more than the two are ever asked."""
    target = DFA(nerode.Alphabet.of_size(10), [[0] * 5 + [1] * 5, [1] * 5 + [0] * 5], [0, 1])
    learner = CLASSES(Labels(target))
    assert learner.propose().states == 1
    assert learner.refine([(7,)]) > 0
    assert equivalent(learner.propose(), target)
    assert learner._alike.tolist() == [0] * 5 + [7] * 5


def test_what_the_tree_was_built_on_is_not_contradicted():
    """Words that were asked of a leaf's states on the way are as good as counterexamples: they are used up."""
    for seed in range(8):
        target = random_dfa(np.random.default_rng(seed), 25, 2)
        learner, hypotheses = learn(TREE, target, WholeWords(target), 1)
        assert len(hypotheses) < target.states
        assert learner._inconsistent(learner.propose()) == []


def test_the_hypothesis_of_an_unknown_teacher_has_one_state_for_each_label():
    learner = TreeLearner(Labels(tomita(1)))
    assert learner.propose().states == 2
    assert learner.access == [(), (0,)] or learner.access == [(), (1,)]
