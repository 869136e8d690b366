"""Stages of the spectral method that follow its blocks; refinement has a file of its own."""

import numpy as np
import pytest
from doubles import Stepping, WholeWords, words_up_to

from nerode.automata.growth import growth
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_wfa
from nerode.extraction import methods
from nerode.extraction.budget import Meter, metered
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import constant, extract
from nerode.extraction.methods import Task
from nerode.extraction.source import FARTHEST, WordSource
from nerode.extraction.targets import TARGETS
from nerode.links import Binary
from nerode.words import Alphabet


def fading():
    """Margins that fade to a constant: the last letter, and a little of those before."""
    transitions = np.zeros((2, 2, 2))
    transitions[:, 0, 0] = 1.0
    transitions[:, 1, 1] = 0.5
    transitions[0, 0, 1] = 1.0
    transitions[1, 0, 1] = -1.0
    return WFA(Alphabet.of_size(2), [1.0, 0.0], transitions, [[0.1], [1.0]], Binary())


def growing(size):
    """The same with a third state that nothing shows of at first, and that grows by a fiftieth with each letter."""
    a = fading()
    transitions = np.zeros((2, 3, 3))
    transitions[:, :2, :2] = a.transitions
    transitions[:, 2, 2] = 1.02
    return WFA(a.alphabet, [*a.initial, size], transitions, [*a.final, [1.0]], a.link)


def steadied(automaton, teacher):
    rng = np.random.default_rng(0)
    asked = metered(teacher, Meter())
    source = WordSource(rng, asked, [], longest=40)
    held_out = HeldOut(asked, source.keep(1000, 0.5))
    ledger = Ledger(constant(held_out, teacher, False), held_out, Meter(), 0.0)
    ledger.add(automaton)
    task = Task(asked, TARGETS["scores"], rng, source, ledger, Meter(), None, None)
    for found in methods._steadied(task, asked):
        ledger.add(found)
    return ledger.best


def test_an_automaton_that_explodes_on_long_words_is_kept_from_it():
    automaton = growing(1e-3)  # e^(0.02 · 400) ≈ 2,800
    teacher = Stepping(fading())
    best = steadied(automaton, teacher)
    assert best is not automaton
    assert growth(best).stable
    words = [tuple(word) for word in np.random.default_rng(1).integers(2, size=(100, 400)).tolist()]
    assert (automaton.predict(words) != teacher.link.labels(teacher.scores(words))).mean() > 0.3
    assert (best.predict(words) == teacher.link.labels(teacher.scores(words))).mean() > 0.95


@pytest.mark.parametrize(
    ("automaton", "teacher"),
    [
        (fading(), Stepping(fading())),  # exact, and stable
        (growing(1e-9), Stepping(fading())),  # 400 letters do not show it
        (growing(1e-3), WholeWords(fading())),  # long words would cost too much
    ],
)
def test_others_are_left_alone(automaton, teacher):
    assert steadied(automaton, teacher) is automaton


def test_far_words_are_ten_times_as_long(rng):
    assert {len(word) for word in WordSource(rng, tomita(1), [], longest=40).far(20)} == {400}
    assert {len(word) for word in WordSource(rng, tomita(1), [(0,) * 3]).far(20)} == {30}
    assert {len(word) for word in WordSource(rng, tomita(1), [(0,) * 300]).far(20)} == {FARTHEST}
    assert {len(word) for word in WordSource(rng, tomita(1), [()]).far(20)} == {10}


@pytest.mark.parametrize("states", [2, 5, 10])
def test_a_random_weighted_automaton_is_had_back_with_its_rank(states):
    target = random_wfa(np.random.default_rng(states), states, 3)
    result = extract(target, "spectral", seconds=None)
    assert result.automaton.states == states
    words = words_up_to(3, 6)
    np.testing.assert_allclose(result.automaton.scores(words), target.scores(words), atol=1e-8)
    assert result.curve.sizes[-1].states >= states
