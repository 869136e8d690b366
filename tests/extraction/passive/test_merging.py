"""State merging: what it learns has all labels, is what AALpy's own functions learn, and can be stopped."""

import sys
import warnings
from contextlib import suppress

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.loop import extract
from nerode.extraction.meter import Meter
from nerode.extraction.method import Task
from nerode.extraction.passive import samples
from nerode.extraction.passive.merging import COMPARED, LOOKS, merged, watched
from nerode.extraction.passive.samples import Labelled
from nerode.extraction.reasons import LARGEST_SAMPLE, SAME
from nerode.extraction.source import WordSource
from nerode.words import Alphabet

pytest.importorskip("aalpy.learning_algs.general_passive")
BOTH = pytest.mark.parametrize("evidence", [False, True], ids=["rpni", "edsm"])


def sample_of(target, words):
    return Labelled(list(words), target.predict(words))


def learned(sample, target, evidence):
    return merged(sample, target.alphabet, target.classes, evidence, lambda: None)


@BOTH
@pytest.mark.parametrize(("states", "letters", "classes"), [(8, 2, 2), (15, 3, 2), (6, 2, 3)])
@pytest.mark.sampled(3)
def test_no_label_of_the_sample_is_contradicted(rng, evidence, states, letters, classes):
    """Whether there are enough words or not."""
    for _ in range(3):
        target = random_dfa(rng, states, letters, classes)
        sample = sample_of(target, list(dict.fromkeys(random_words(rng, letters, 120, 10))))
        found = learned(sample, target, evidence)
        np.testing.assert_array_equal(found.predict(sample.words), sample.labels)
        assert found.classes == classes


@BOTH
def test_all_short_words_are_enough(evidence):
    """They hold a characteristic sample of each of these languages, for which both find the minimal automaton."""
    for number in range(1, 8):
        target = tomita(number)
        assert equivalent(learned(sample_of(target, words_up_to(2, 9)), target, evidence), target)


@BOTH
def test_it_is_what_aalpy_learns(rng, evidence):
    """For RPNI its own function takes states of one depth in another order, so that only exact results must be the same."""
    from aalpy.learning_algs import run_RPNI
    from aalpy.learning_algs.general_passive.GsmAlgorithms import run_EDSM

    tests = words_up_to(2, 8)
    for _ in range(5):
        target = random_dfa(rng, 6, 2)
        words = sorted(set(random_words(rng, 2, 150 if evidence else 1500, 9)), key=lambda word: (len(word), word))
        sample = sample_of(target, words)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = list(zip(words, sample.labels.tolist(), strict=True))
            theirs = (run_EDSM if evidence else run_RPNI)(data, "moore", print_info=False)
        usual = np.bincount(sample.labels).argmax()
        said = []
        for word in tests:
            state = theirs.initial_state
            for letter in word:
                state = None if state is None else state.transitions.get(letter)
            said.append(usual if state is None or state.output is None else state.output)
        np.testing.assert_array_equal(learned(sample, target, evidence).predict(tests), said)


@BOTH
def test_what_no_word_of_the_sample_tells_has_the_most_frequent_class(evidence):
    sample = Labelled([(0,), (0, 0), (0, 0, 0), ()], np.array([2, 2, 2, 1]))
    found = merged(sample, Alphabet.of_size(3), 4, evidence, lambda: None)
    assert found.predict([(), (0,), (0, 0, 0, 0)]).tolist() == [1, 2, 2]
    assert found.predict([(1,), (2, 0), (0, 1, 2)]).tolist() == [2, 2, 2]


# samples


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(samples, "LABELLED_WORDS", (100, 300, 900, 1000))


@pytest.mark.parametrize("method", ["rpni", "edsm"])
def test_a_larger_sample_that_gives_the_same_ends_it(frugal, small, method):
    teacher = WholeWords(tomita(4))
    result = extract(teacher, method, seconds=None)
    assert result.stop_reason == SAME
    assert equivalent(result.automaton, tomita(4))
    assert [done.states for done in result.rounds][-2:] == [4, 4]


def test_no_word_is_asked_twice_but_for_judging(frugal, small):
    target = random_dfa(np.random.default_rng(1), 40, 2)
    teacher = WholeWords(target)
    result = extract(teacher, "rpni", seconds=None)
    assert result.stop_reason == LARGEST_SAMPLE
    assert len(result.rounds) == 4  # of 1,000 words many are the same
    asked = teacher.asked[400 : result.queries]  # the first are held out
    assert len(asked) - len(set(asked)) < 60  # words around small automata
    assert len(set(asked)) > 600


def test_words_that_are_too_long_together_end_it(frugal, small, monkeypatch):
    monkeypatch.setattr(samples, "LETTERS", 2000)
    teacher = WholeWords(random_dfa(np.random.default_rng(1), 40, 2))
    result = extract(teacher, "rpni", seconds=None)
    assert result.stop_reason == LARGEST_SAMPLE
    assert len(result.rounds) == 3
    assert 500 < sum(len(word) for word in teacher.asked[400 : result.queries]) <= 3000


def test_words_of_which_a_score_is_no_number_have_no_label(rng, small):
    class Unsure(WholeWords):
        def scores(self, words):
            return np.where([[len(word) > 9] for word in words], np.nan, super().scores(words))

    teacher = Unsure(tomita(4))
    task = Task(teacher, rng, WordSource(rng, teacher, []), None, Meter(), None, None, None)
    learned_from = []

    def learn(sample):
        learned_from.append(sample)
        return DFA(teacher.alphabet, [[0, 0]], [len(learned_from) % 2])

    list(samples.of_labelled(task, learn))
    last = learned_from[-1]
    assert max(map(len, last.words)) <= 9
    np.testing.assert_array_equal(last.labels, tomita(4).predict(last.words))
    assert len(teacher.asked) > 1.5 * len(last.words) > 300


def test_automata_of_more_states_than_wanted_are_left_out(frugal, small):
    result = extract(random_dfa(np.random.default_rng(1), 12, 2), "rpni", states=5, seconds=None)
    assert (result.automaton.states, result.stop_reason) == (1, "states")
    assert len(result.rounds) == 1
    assert "Left out: what was learned with more than 5 states; this method makes none smaller." in result.left_out


# limits


def test_the_limits_are_looked_at_while_states_are_merged(frugal, small):
    """An effort strikes in the same place each time, in the midst of merging."""
    target = random_dfa(np.random.default_rng(1), 40, 2)
    complete = extract(target, "rpni", seconds=None)
    one, other = (extract(target, "rpni", effort=complete.effort / 2) for _ in range(2))
    assert one.stop_reason == "effort"
    assert 1 < len(one.rounds) < len(complete.rounds)
    assert [done.states for done in one.rounds] == [done.states for done in other.rounds]
    assert one.effort == other.effort < complete.effort / 2 + LOOKS * COMPARED


def test_comparisons_are_counted():
    meter = Meter(effort_limit=3.5 * LOOKS * COMPARED)
    look, seen = watched(meter), 0
    with suppress(BudgetExhausted):
        for _ in range(10 * LOOKS):
            look()
            seen += 1
    assert seen == 4 * LOOKS - 1


@pytest.mark.parametrize("method", ["rpni", "edsm", "alergia"])
def test_without_aalpy_a_sentence_says_how_to_install_it(monkeypatch, method):
    monkeypatch.setitem(sys.modules, "aalpy.learning_algs.general_passive.GeneralizedStateMerging", None)
    teacher = WholeWords(random_pdfa(np.random.default_rng(1), 3, 2) if method == "alergia" else tomita(1))
    with pytest.raises(InputError, match=r'this method takes AALpy 2, an extra: pip install "nerode\[aalpy\]" \('):
        extract(teacher, method)
    assert teacher.asked == []
