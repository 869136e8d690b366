from collections import Counter

import numpy as np
import pytest
from doubles import words_up_to
from scipy.stats import chisquare

from nerode.automata.dfa import DFA
from nerode.automata.drawn_words import WordsOfClass, draw_words
from nerode.automata.operations import access_words
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import Alphabet


def dfa(transitions, labels, classes=2):
    return DFA(Alphabet.of_size(np.shape(transitions)[1]), transitions, labels, classes=classes)


def members(automaton, label, longest):
    """Words of a class by their length, found by trying all."""
    words = words_up_to(len(automaton.alphabet), longest)
    found = {length: [] for length in range(longest + 1)}
    for word, given in zip(words, automaton.predict(words).tolist(), strict=True):
        if given == label:
            found[len(word)].append(word)
    return found


def nearest(possible, length):
    return min(possible, key=lambda other: (abs(other - length), other))


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("label", [0, 1])
def test_words_are_uniform_over_those_of_a_length(rng, number, label):
    language = tomita(number)
    truth = members(language, label, 9)
    for length in (3, 6):
        wanted = truth[nearest([n for n in truth if truth[n]], length)]
        drawn = Counter(draw_words(rng, language, label, np.full(2000, length)))
        assert set(drawn) <= set(wanted)
        if len(wanted) > 1:
            assert chisquare([drawn[word] for word in wanted]).pvalue > 1e-4


def test_weights_multiply_along_the_word(rng):
    language = tomita(4)
    wanted = members(language, 1, 5)[5]
    weights = np.array([3.0, 0.5])
    expected = np.array([np.prod(weights[list(word)]) for word in wanted])
    drawn = Counter(WordsOfClass(language, 1, 5, weights).draw(rng, np.full(4000, 5)))
    assert set(drawn) <= set(wanted)
    assert chisquare([drawn[word] for word in wanted], 4000 * expected / expected.sum()).pvalue > 1e-4


def test_lengths_are_the_nearest_there_are(rng):
    for _ in range(30):
        automaton = random_dfa(rng, int(rng.integers(2, 7)), int(rng.integers(1, 4)), 3)
        for label in np.unique(automaton.labels).tolist():
            truth = members(automaton, label, 9)
            possible = [length for length, words in truth.items() if words]
            lengths = rng.integers(0, 5, size=20)  # the nearest to those has 8 letters at most
            drawn = draw_words(rng, automaton, label, lengths)
            assert [len(word) for word in drawn] == [nearest(possible, length) for length in lengths.tolist()]
            assert (automaton.predict(drawn) == label).all()


def test_lengths_far_from_those_wanted(rng):
    """Class 1 has one word of 40 letters, and class 2 the longer ones of a length that 7 divides."""
    n = 48
    chain = np.minimum(np.arange(n)[:, None] + 1, n - 1)
    chain[n - 1] = n - 7
    labels = np.zeros(n, int)
    labels[40], labels[42] = 1, 2
    automaton = dfa(chain, labels, classes=3)
    assert [len(word) for word in draw_words(rng, automaton, 1, np.array([0, 39, 40, 41, 90]))] == [40] * 5
    assert [len(word) for word in draw_words(rng, automaton, 2, np.array([3, 45, 46, 100, 101]))] == [42, 42, 49, 98, 98]
    assert draw_words(rng, automaton, 0, np.array([], int)) == []


def test_thousands_of_letters_neither_overflow_nor_vanish(rng):
    """Beside 26ⁿ words that begin otherwise there is one, 0ⁿ, and it has a class of its own."""
    transitions = np.full((3, 26), 2)
    transitions[0, 0] = 1
    transitions[1, 0] = 1
    automaton = dfa(transitions, [0, 1, 0])
    assert draw_words(rng, automaton, 1, np.array([3000])) == [(0,) * 3000]
    (word,) = draw_words(rng, automaton, 0, np.array([3000]))
    assert np.bincount(word, minlength=26).min() > 50
    brackets = Dyck(1, 6, 26).dfa()
    drawn = draw_words(rng, brackets, 1, np.full(10, 2000))
    assert (brackets.predict(drawn) == 1).all()
    assert {len(word) for word in drawn} == {2000}


def test_a_seed_replays():
    drawn = [draw_words(np.random.default_rng(seed), tomita(5), 1, np.arange(0, 30, 2)) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_class_without_words_is_refused(rng):
    with pytest.raises(InputError, match="no word has the class 2"):
        draw_words(rng, dfa([[1], [0]], [0, 1], classes=3), 2, np.array([4]))


# words that pass a state


def chances_through(automaton, label, longest, weights):
    """The probability of each word, by going through all states, all lengths and all ends."""
    access = access_words(automaton)
    ends = words_up_to(len(automaton.alphabet), longest)
    ways = []
    for start in access:
        right = (automaton.predict([start + end for end in ends]) == label).tolist()
        ways.append([end for end, is_right in zip(ends, right, strict=True) if is_right])
    able = [(start, good) for start, good in zip(access, ways, strict=True) if good]
    chances = Counter()
    for start, good in able:
        lengths = {len(end) for end in good}
        for length in lengths:
            alike = {end: np.prod(weights[list(end)]) for end in good if len(end) == length}
            for end, weight in alike.items():
                chances[start + end] += weight / sum(alike.values()) / len(lengths) / len(able)
    return chances


@pytest.mark.parametrize("weights", [None, np.array([3.0, 0.5])])
@pytest.mark.parametrize("label", [0, 1, 2])
def test_words_through_states_are_as_frequent_as_promised(rng, label, weights):
    """The last state is a trap of class 0, which no word of the other classes passes."""
    automaton = dfa([[1, 0], [2, 3], [0, 4], [3, 1], [4, 4]], [0, 1, 2, 1, 0], classes=3)
    drawn = Counter(WordsOfClass(automaton, label, 4, weights).draw_through(rng, 6000))
    expected = chances_through(automaton, label, 4, np.ones(2) if weights is None else weights)
    assert set(drawn) <= set(expected)
    assert len(expected) > 8
    words = [word for word in expected if expected[word] > 1e-3]
    rare = 6000 - sum(drawn[word] for word in words)
    observed, theory = [drawn[word] for word in words], [6000 * expected[word] for word in words]
    assert chisquare([*observed, rare + 1e-9], [*theory, 6000 - sum(theory) + 1e-9]).pvalue > 1e-4


def test_states_that_few_words_pass_are_passed(rng):
    """One word of 10 letters in 26¹⁰ passes the last state; drawn through states it is every eleventh."""
    n = 11
    transitions = np.zeros((n, 26), int)
    transitions[:, 0] = np.minimum(np.arange(n) + 1, n - 1)
    source = WordsOfClass(dfa(transitions, np.zeros(n)), 0, 20)
    zeros = (0,) * (n - 1)
    assert not any(word[: n - 1] == zeros for word in source.draw(rng, np.full(1100, 20)))
    assert 60 <= sum(word[: n - 1] == zeros for word in source.draw_through(rng, 1100)) <= 145


def test_no_words_are_drawn_through_states_where_none_are_wanted(rng):
    assert WordsOfClass(tomita(4), 1, 9).draw_through(rng, 0) == []


def test_words_through_states_replay():
    drawn = [WordsOfClass(tomita(5), 1, 9).draw_through(np.random.default_rng(seed), 30) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]
