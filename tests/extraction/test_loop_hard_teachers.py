import numpy as np
import pytest
from doubles import Noisy, WholeWords, random_words, words_up_to
from methods_of import CLASSIFYING, ENDINGS
from thorough import up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_pdfa
from nerode.extraction.loop import extract
from nerode.links import NextSymbol
from nerode.words import Alphabet


@pytest.mark.parametrize("probability", [0.001, 0.05, 0.5])
@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(6)
def test_contradictions_do_not_break_it(frugal, method, probability):
    for seed in up_to(1, 100):
        result = extract(Noisy(tomita(6), probability, seed), method, seconds=None, queries=5000, seed=seed)
        assert result.stop_reason in ENDINGS | {"queries", "stalled", "no gain", "unpaid"}
        assert result.queries <= 5000
        assert np.isfinite(result.automaton.scores(words_up_to(2, 4))).all()


def test_a_constant_teacher_has_one_state(frugal):
    always = DFA(Alphabet.of_size(3), [[0, 0, 0]], [1])
    for method in CLASSIFYING:
        result = extract(always, method, seconds=None)
        assert result.automaton.states == 1
        assert (result.automaton.predict(words_up_to(3, 3)) == 1).all()


def test_zero_everywhere(frugal):
    zero = WFA(Alphabet.of_size(2), [0.0], np.zeros((2, 1, 1)), [[0.0]])
    result = extract(zero, seconds=None)
    assert not result.automaton.scores(words_up_to(2, 3)).any()


def test_an_irregular_language_ends_without_a_limit_on_time(frugal):
    """Brackets of any depth: hypotheses grow until nothing is found or nothing is gained."""
    result = extract(Dyck(1), "lstar", seconds=None, queries=50_000)
    assert result.stop_reason in ("no counterexample", "no gain", "queries")
    words = words_up_to(2, 6)
    assert (result.automaton.predict(words) == Dyck(1).link.labels(Dyck(1).scores(words))).all()


def test_hypotheses_that_grow_with_no_gain_are_given_up(frugal):
    """Tomita 5, but random labels on words of 18 letters and more, which are rare: no automaton is worth those."""

    class Wild(WholeWords):
        def scores(self, words):
            labels = np.array([hash(word) % 2 for word in words])
            long = np.array([len(word) >= 18 for word in words])
            return np.where(long[:, None], 2.0 * labels[:, None] - 1, super().scores(words))

    words = random_words(np.random.default_rng(2), 2, 4000, 17)
    result = extract(Wild(tomita(5)), "lstar", seconds=30, words=[*words, *[(0, 1) * 9] * 8])
    assert result.stop_reason == "no gain"
    assert result.automaton.states == 4


def test_of_a_language_model_the_task_is_kept(frugal):
    teacher = random_pdfa(np.random.default_rng(1), 4, 3)
    automaton = extract(teacher, seconds=None).automaton
    assert automaton.link == NextSymbol(3)
    assert (automaton.predict([(), (0,)]) == teacher.predict([(), (0,)])).all()


def test_runs_are_searched_where_no_words_are_given(frugal):
    """Over 20 letters hardly any uniform word holds aaa, and that is all that the language forbids."""
    letters = 20
    forbidden = np.array([[1, *[0] * (letters - 1)], [2, *[0] * (letters - 1)], [3, *[0] * (letters - 1)], [3] * letters])
    target = DFA(Alphabet.of_size(letters), forbidden, np.array([1, 1, 1, 0]))
    assert equivalent(extract(target, "lstar", seconds=None).automaton, target)
