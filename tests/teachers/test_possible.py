"""Possible words of a language model: against the definition on all short words, and languages that come out of such models."""

from itertools import pairwise

import numpy as np
import pytest

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.protocols import SteppingTeacher
from nerode.stepping import scores_by_stepping
from nerode.teachers.possible import PossibleWords
from nerode.words import Alphabet, all_words

AB = Alphabet("ab")
WORDS = list(all_words(2, 5))
LEAST = 0.05
# a b-word of an even number of a's: of an odd one the end has .01, which is not possible; after b, a has .02
EVEN = PDFA(AB, [[1, 2], [0, 3], [0, 2], [1, 3]], [[0.3, 0.3, 0.4], [0.5, 0.49, 0.01], [0.02, 0.5, 0.48], [0.02, 0.97, 0.01]])


class Random:
    """A language model of random scores that keeps no states, with one row for each word."""

    alphabet, width = AB, 3

    def __init__(self, seed, ends=True):
        self.link = NextSymbol(2, ends=ends)
        self.table = 3 * np.random.default_rng(seed).normal(size=(len(WORDS), self.width))

    def scores(self, words):
        return self.table[[WORDS.index(tuple(word)) for word in words]]


def margins(model, least):
    """The definition: the least of the log-probabilities of what follows each prefix."""
    found = []
    for word in WORDS:
        follows = [*word, 2] if model.link.ends else [*word]
        logs = [model.link.log_probabilities(model.scores([word[:i]]))[0, s] for i, s in enumerate(follows)]
        found.append(min(logs, default=0.0) - np.log(least))
    return np.array(found)[:, None]


@pytest.mark.parametrize("ends", [True, False], ids=["words end", "words do not end"])
@pytest.mark.parametrize("seed", range(3))
def test_the_least_likely_letter_decides(seed, ends):
    model = Random(seed, ends)
    possible = PossibleWords(model, LEAST)
    expected = margins(model, LEAST)
    assert len({*np.sign(expected).ravel().tolist()}) == 2, "both kinds of words are there"
    np.testing.assert_allclose(possible.scores(WORDS), expected)
    assert possible.link.labels(possible.scores(WORDS)).tolist() == (expected[:, 0] > 0).tolist()


def test_states_say_what_words_say():
    possible = PossibleWords(EVEN, LEAST)
    assert isinstance(possible, SteppingTeacher)
    np.testing.assert_allclose(scores_by_stepping(possible, WORDS), margins(EVEN, LEAST))


def test_what_is_impossible_has_a_finite_score():
    never = PDFA(AB, [[0, 1], [1, 1]], [[0.5, 0.0, 0.5], [0.5, 0.0, 0.5]])
    scores = PossibleWords(never, 0.1).scores(WORDS)
    assert np.isfinite(scores).all()
    assert (scores[:, 0] > 0).tolist() == [1 not in word for word in WORDS]


@pytest.mark.parametrize("method", ["lstar", "rpni", None])
def test_the_language_is_learned(method):
    result = nerode.extract(PossibleWords(EVEN, LEAST), method, effort=3)
    assert isinstance(result.automaton, DFA)
    words = list(all_words(2, 9))
    truth = [word.count(0) % 2 == 0 and (1, 0) not in pairwise(word) for word in words]
    assert result.automaton.predict(words).tolist() == truth
    assert "words that the model draws (half of them changed)" in result.verdict.distribution


def test_words_are_drawn_from_the_model_and_near_it():
    possible = PossibleWords(EVEN, LEAST)
    words = possible.own_words(np.random.default_rng(0), 1000, 30)
    assert words == possible.own_words(np.random.default_rng(0), 1000, 30)
    accepted = possible.scores(words)[:, 0] > 0
    drawn, changed = accepted[:500].mean(), accepted[500:].mean()
    assert drawn > 0.75 > 0.6 > changed > 0.1
    assert max(map(len, words[:500])) <= 30


def test_words_of_a_model_without_ends_have_all_lengths():
    words = PossibleWords(Random(0, ends=False), LEAST).own_words(np.random.default_rng(0), 300, 5)
    assert {len(word) for word in words[:150]} == set(range(6))


def test_words_that_are_drawn_are_queries():
    asked = []

    class Counting(Random):
        def scores(self, words):
            asked.extend(words)
            return self.table[[WORDS.index(tuple(word)[:5]) for word in words]]

    result = nerode.extract(PossibleWords(Counting(1), LEAST), "lstar", queries=2000, effort=1)
    drawn = sum(map(len, result.fresh)) + len(result.fresh)
    assert 0 < drawn <= result.queries <= 2000


def test_what_it_is_is_told():
    possible = PossibleWords(EVEN, LEAST)
    assert possible.told == "A word is accepted if each of its letters, and its end, is more likely than 0.05."
    assert PossibleWords(Random(0, ends=False), 0.5).told == "A word is accepted if each of its letters is more likely than 0.5."
    assert repr(possible) == "<PossibleWords: classifier, 2 symbols>"


@pytest.mark.parametrize("least", [0, 1, -0.5, True, "0.1", None, float("nan")])
def test_a_bound_that_is_no_probability_is_refused(least):
    with pytest.raises(InputError, match="between 0 and 1"):
        PossibleWords(EVEN, least)


def test_a_classifier_is_refused():
    with pytest.raises(InputError, match="only a language model says which words are possible"):
        PossibleWords(DFA(AB, [[0, 0]], [1]))
