from collections import Counter
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from doubles import Branching, Stepping, Tree, WholeWords, random_words, words_up_to

from nerode.automata.distribution import Distribution, log_probabilities
from nerode.automata.pdfa import PDFA
from nerode.automata.stochastic import from_pdfa
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.eval.report import compare
from nerode.extraction.hankel.basis import LONGEST_FACTOR, frequent
from nerode.extraction.hankel.tables import HankelTable, tabulate
from nerode.extraction.loop import extract
from nerode.extraction.spectral.targets import BeginningProbabilities, HeldOutProbabilities, labelled, letters_alone
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import SteppingTeacher
from nerode.sampling import sample_words
from nerode.stepping import TwoWay
from nerode.words import Alphabet


def margins(rng, width=1, letters=2):
    link = Binary() if width == 1 else Multiclass()
    a = random_wfa(rng, 4, letters, width)
    return WFA(a.alphabet, a.initial, a.transitions, a.final, link)


def decided(rows):
    """+1 and −1 written down row by row."""
    if len(rows[0]) == 1:
        return [[1.0 if margin > 0 else -1.0] for (margin,) in rows]
    return [[1.0 if score == max(row) else -1.0 for score in row] for row in rows]


CLASSIFIERS = {
    "stepping": lambda rng: Stepping(margins(rng)),
    "branching": lambda rng: Branching(margins(rng)),
    "tree": lambda rng: Tree(margins(rng)),
    "two-way": lambda rng: TwoWay(margins(rng), margins(rng)),
    "whole words": lambda rng: WholeWords(margins(rng)),
    "classes": lambda rng: Stepping(margins(rng, width=3)),
    "dfa": lambda rng: random_dfa(rng, 5, 2, classes=3),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_labels_are_those_of_whole_words_however_they_are_asked(rng, name):
    teacher = CLASSIFIERS[name](rng)
    learned = labelled(teacher)
    assert (learned.width, learned.link, learned.alphabet) == (teacher.width, teacher.link, teacher.alphabet)
    words = words_up_to(2, 5)
    expected = np.array(decided(teacher.scores(words).tolist()))
    assert len(np.unique(expected, axis=0)) > 1
    np.testing.assert_array_equal(learned.scores(words), expected)
    sides = words_up_to(2, 2)
    table = np.array([[learned.scores([p + s])[0] for s in sides] for p in sides])
    np.testing.assert_array_equal(tabulate(learned, sides, sides), table)
    growing = HankelTable(learned, suffixes=sides[:3])
    growing.block(sides[:2])
    growing.add(suffixes=sides)
    np.testing.assert_array_equal(growing.block(sides).values, table)
    assert isinstance(learned, SteppingTeacher) == isinstance(teacher, SteppingTeacher)


def test_what_is_no_number_has_no_label(rng):
    class Broken(WholeWords):
        def scores(self, words):
            return np.where(np.array([len(word) == 1 for word in words])[:, None], np.nan, super().scores(words))

    scores = labelled(Broken(margins(rng))).scores([(), (0,), (1, 0)])
    assert np.isnan(scores).tolist() == [[False], [True], [False]]


def beginning(pdfa, word):
    """The probability that a word of a PDFA begins so, letter by letter."""
    state, probability = pdfa.initial, 1.0
    for letter in word:
        probability *= pdfa.probabilities[state, letter]
        state = pdfa.transitions[state, letter]
    return probability, probability * pdfa.probabilities[state, -1]


@pytest.mark.parametrize("kind", [lambda p: p, WholeWords, Stepping, Branching])
def test_probabilities_of_beginning_with_a_word(rng, kind):
    pdfa = random_pdfa(rng, 4, 2)
    learned = BeginningProbabilities(kind(pdfa))
    assert (learned.width, learned.link) == (1, Value())
    words, sides = words_up_to(2, 5), words_up_to(2, 3)
    np.testing.assert_allclose(learned.scores(words)[:, 0], [beginning(pdfa, word)[0] for word in words], rtol=1e-12)
    table = [[beginning(pdfa, p + s)[0] for s in sides] for p in sides]
    np.testing.assert_allclose(tabulate(learned, sides, sides)[:, :, 0], table, rtol=1e-12)


def test_other_tasks_have_no_probabilities_and_no_labels(rng):
    with pytest.raises(
        InputError, match=r"only a language model gives words a probability; the task of this teacher is 'classifier'"
    ):
        BeginningProbabilities(tomita(5))
    with pytest.raises(InputError, match=r"only classifiers have labels; the task of this teacher is 'language-model'"):
        labelled(random_pdfa(rng, 2, 2))


def test_the_distribution_of_a_pdfa_is_recovered(rng):
    pdfa = random_pdfa(rng, 5, 3)
    result = extract(pdfa, target="probabilities", seconds=None)
    words = words_up_to(3, 6)
    expected = [beginning(pdfa, word)[1] for word in words]
    np.testing.assert_allclose(result.automaton.scores(words)[:, 0], expected, rtol=1e-3, atol=1e-9)
    assert (result.automaton.states, result.automaton.link) == (5, Value())
    logs = log_probabilities(result.automaton, words)
    np.testing.assert_allclose(logs, np.log(expected), rtol=0, atol=1e-3)
    assert result.rounds[0].states == 1
    assert result.rounds[-1].error < 1e-4 < result.rounds[0].error


def test_words_that_cannot_be_are_learned_too():
    probabilities = np.array([[0.6, 0.0, 0.4], [0.0, 0.5, 0.5]])
    pdfa = PDFA(Alphabet.of_size(2), np.array([[1, 0], [0, 1]]), probabilities)
    automaton = extract(pdfa, target="probabilities", states=2, seconds=None).automaton
    words = words_up_to(2, 6)
    expected = [beginning(pdfa, word)[1] for word in words]
    assert expected.count(0.0) > 10
    np.testing.assert_allclose(automaton.scores(words)[:, 0], expected, rtol=0, atol=1e-6)


def test_the_same_seed_gives_the_same_automaton(rng):
    pdfa = random_pdfa(rng, 6, 2)
    first, second = (extract(pdfa, target="probabilities", states=4, seed=3, seconds=None).automaton for _ in range(2))
    np.testing.assert_array_equal(first.transitions, second.transitions)


def test_labels_are_learned():
    result = extract(tomita(6), target="labels", seconds=None)
    words = words_up_to(2, 8)
    np.testing.assert_allclose(result.automaton.scores(words), decided(tomita(6).scores(words).tolist()), rtol=0, atol=1e-6)
    assert result.automaton.states == 3


FITTING = {
    ("dfa", "probabilities"): "does not fit a teacher whose task is classifier; it can have scores, labels",
    ("pdfa", "labels"): "does not fit a teacher whose task is language-model; it can have scores, probabilities",
    ("wfa", "labels"): "does not fit a teacher whose task is scores; it can have scores",
}


@pytest.mark.parametrize(("teacher", "target"), FITTING)
def test_targets_that_do_not_fit(rng, teacher, target):
    teachers = {"dfa": tomita(5), "pdfa": random_pdfa(rng, 2, 2), "wfa": random_wfa(rng, 2, 2)}
    with pytest.raises(InputError, match=rf"^the target {target} {FITTING[teacher, target]}$"):
        extract(teachers[teacher], target=target)


def test_targets_that_are_not_there_or_not_for_the_method():
    with pytest.raises(InputError, match=r"^unknown target 'margins'; choose one of scores, labels, probabilities$"):
        extract(tomita(5), target="margins")
    with pytest.raises(InputError, match=r"^the method lstar has no setting 'target'; its settings are learner, searches, band"):
        extract(tomita(5), "lstar", target="labels")


def test_words_that_never_end_have_no_probability(rng):
    endless = replace(random_wfa(rng, 3, 2, 3), link=NextSymbol(2, ends=False))
    with pytest.raises(InputError, match="no word of this teacher ever ends"):
        extract(endless, target="probabilities", queries=1000)


def test_hypotheses_are_weighed_as_language_models(rng):
    pdfa, other = random_pdfa(rng, 4, 2), random_pdfa(rng, 3, 2)
    words = sample_words(rng, pdfa, 40, 30)
    held_out = HeldOutProbabilities(pdfa, words)
    slow = [abs(np.log(beginning(pdfa, word)[1]) - np.log(beginning(other, word)[1])) / (len(word) + 1) for word in words]
    errors = held_out.errors(from_pdfa(other))
    np.testing.assert_allclose(errors, slow, rtol=1e-9)
    np.testing.assert_array_equal(held_out.errors(from_pdfa(other), since=30), errors[30:])
    np.testing.assert_allclose(held_out.errors(from_pdfa(pdfa)), 0, atol=1e-9)
    growing = WFA(pdfa.alphabet, np.ones(1), np.full((2, 1, 1), 0.6), np.ones((1, 1)))
    assert np.isposinf(held_out.errors(growing)).tolist() == [True] * 40


def test_the_constant_counts_letters(rng):
    pdfa = random_pdfa(rng, 4, 3)
    words = sample_words(rng, pdfa, 50, 30)
    constant = letters_alone(HeldOutProbabilities(pdfa, words))
    counts = Counter(chain.from_iterable(words))
    total = sum(counts.values()) + len(words) + 4
    np.testing.assert_allclose(constant.transitions[:, 0, 0], [(counts[a] + 1) / total for a in range(3)])
    assert constant.final[0, 0] == pytest.approx((len(words) + 1) / total)


def test_an_automaton_of_probabilities_is_compared_with_a_language_model(rng):
    pdfa, other = random_pdfa(rng, 4, 2), random_pdfa(rng, 3, 2)
    words = sample_words(rng, pdfa, 100, 30)
    direct, through = compare(other, pdfa, words), compare(from_pdfa(other), pdfa, words)
    for name in ("word_error_rate", "ndcg_at_5", "perplexity", "next_symbol_kl"):
        assert through[name].value == pytest.approx(direct[name].value, rel=1e-9)
    assert through.metrics == compare(Distribution(from_pdfa(other)), pdfa, words).metrics


def test_frequent_words_come_first(rng):
    words = random_words(rng, 2, 100, 14)
    prefixes, suffixes = frequent(words)
    begin = Counter(word[:k] for word in words for k in range(len(word) + 1))
    factors = Counter(word[i:k] for word in words for i in range(15) for k in range(i, len(word) + 1) if k - i <= LONGEST_FACTOR)
    for found, counts in ((prefixes, begin), (suffixes, factors)):
        assert found[0] == ()
        assert set(found) == set(counts)
        assert len(found) == len(counts)
        numbers = [counts[word] for word in found[1:]]
        assert numbers == sorted(numbers, reverse=True)
        assert all(word[:-1] in found[:place] or counts[word[:-1]] == counts[word] for place, word in enumerate(found) if word)
    assert frequent([]) == ([()], [()])
