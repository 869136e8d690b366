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
from nerode.teachers.possible import PossibleWords, gap, possible_words
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


class Counting(Random):
    """The same of words of any length, which it keeps."""

    def __init__(self, seed, longest=None):
        super().__init__(seed)
        self.asked, self.longest = [], longest

    def scores(self, words):
        self.asked.extend(words)
        return self.table[[WORDS.index(tuple(word)[:5]) for word in words]]


@pytest.mark.parametrize("queries", [300, 3000])
def test_what_the_model_is_asked_is_counted(queries):
    """Without states each prefix is a word that is asked, those of words that are drawn as well; the verdict is not counted."""
    model = Counting(1)
    result = nerode.extract(PossibleWords(model, LEAST), "lstar", queries=queries)
    judged = sum(len(word) + 1 for word in result.fresh)
    assert 0 < len(model.asked) - judged <= result.queries <= queries


def test_no_word_is_longer_than_the_model_reads():
    model = Counting(1, longest=6)
    possible = PossibleWords(model, LEAST)
    assert possible.longest == 6
    assert max(map(len, possible.own_words(np.random.default_rng(0), 1000, 6))) == 6
    assert nerode.extract(possible, "lstar", effort=1).failure is None
    assert max(map(len, model.asked)) == 6


def test_scores_that_mean_nothing_change_nothing():
    """Behind what is impossible a language model may answer what it likes."""
    model = Random(0)
    model.table[[word for word in range(len(WORDS)) if 1 in WORDS[word]]] = np.nan
    model.table[[word for word in range(len(WORDS)) if 1 not in WORDS[word]]] = [1.0, -np.inf, 1.0]
    scores = PossibleWords(model, LEAST).scores(WORDS)
    assert np.isfinite(scores).all()
    assert (scores[:, 0] > 0).tolist() == [1 not in word for word in WORDS]


def test_exact_mode_is_that_of_the_model():
    exact = nerode.exact(PossibleWords(EVEN, LEAST))
    assert exact.least == LEAST
    np.testing.assert_allclose(exact.scores(WORDS), margins(EVEN, LEAST))


def test_what_it_is_is_told():
    possible = PossibleWords(EVEN, LEAST)
    assert possible.told == "A word is accepted if each of its letters, and its end, is more likely than 0.05."
    assert PossibleWords(Random(0, ends=False), 0.5).told == "A word is accepted if each of its letters is more likely than 0.5."
    assert repr(possible) == "<PossibleWords: classifier, 2 symbols>"


def test_a_bound_is_found_where_no_letters_are():
    """The letters of these words have probabilities of .02 at most, or of .3 at least."""
    bound, near = gap(EVEN, np.random.default_rng(0))
    assert 0.04 < bound < 0.15
    assert near == 0
    possible = possible_words(EVEN)
    assert possible.told == (
        f"A word is accepted if each of its letters, and its end, is more likely than {possible.least:g}. "
        "The bound lies where few letters are: 0 in 100 places are within a factor of 2 of it."
    )
    assert possible_words(EVEN, seed=0).least == possible.least
    assert possible_words(EVEN, 0.3).least == 0.3


def test_letters_near_a_bound_are_counted():
    """Each place has 20 letters of probability .04, so that they are near a bound next to it, and others of .0002."""
    letters = Alphabet(tuple(map(str, range(25))))
    model = PDFA(letters, [[0] * 25], [[0.04] * 20 + [0.0002] * 5 + [0.199]])
    bound, near = gap(model, np.random.default_rng(0))
    assert near == 0
    assert not 0.02 < bound < 0.08


def test_where_there_is_no_gap_it_is_said():
    """Letters of all probabilities from .0005 to .2, none of which is apart from the others."""
    chances = np.geomspace(0.0005, 0.2, 30)
    chances /= chances.sum()
    model = PDFA(Alphabet(tuple(map(str, range(29)))), [[0] * 29], [[*chances[1:], chances[0]]])
    assert "No gap was found" in possible_words(model).told


def test_half_of_the_words_are_possible():
    """No letter has a probability above .04, so that nothing is near .2, where every word is impossible."""
    model = PDFA(Alphabet(tuple(map(str, range(25)))), [[0] * 25], [[0.04] * 24 + [1e-6, 0.04 - 1e-6]])
    bound, near = gap(model, np.random.default_rng(0))
    assert (0.001 < bound < 0.02, near) == (True, 0)
    never = PDFA(Alphabet(tuple(map(str, range(2000)))), [[0] * 2000], [[0.0004] * 2000 + [0.2]])
    assert gap(never, np.random.default_rng(0)) == (0.001, np.inf)
    assert "No gap was found" in possible_words(never).told


def test_below_a_gap_there_are_letters():
    """Every word is possible to this model: that nothing is below its letters is no gap between letters."""
    model = PDFA(AB, [[0, 0]], [[0.4, 0.4, 0.2]])
    assert gap(model, np.random.default_rng(0)) == (0.001, np.inf)


def test_words_that_are_cut_are_judged_as_far_as_they_go():
    """Most words have more than a hundred letters, where their end is not likely."""
    model = PDFA(AB, [[0, 1], [0, 1]], [[0.997, 1e-6, 0.003 - 1e-6], [0.5, 0.0, 0.5]])
    bound, near = gap(model, np.random.default_rng(0))
    assert near == 0
    assert 0.003 < bound < 0.2


@pytest.mark.parametrize("least", [0, 1, -0.5, True, "0.1", float("nan")])
def test_a_bound_that_is_no_probability_is_refused(least):
    with pytest.raises(InputError, match="between 0 and 1"):
        possible_words(EVEN, least)


@pytest.mark.parametrize("least", [None, 0.1])
def test_a_classifier_is_refused(least):
    with pytest.raises(InputError, match="only a language model says what may follow, and so which words are possible"):
        possible_words(DFA(AB, [[0, 0]], [1]), least)


def test_a_model_whose_words_never_end_is_refused():
    with pytest.raises(InputError, match="no word that the model draws has ended after 100 letters"):
        possible_words(PDFA(AB, [[0, 0]], [[0.6, 0.4, 0.0]]))


def test_words_of_a_model_without_ends_are_never_cut_off():
    model = Random(0, ends=False)
    model.scores = lambda words: np.tile(np.log([0.9999, 0.0001, 1.0]), (len(words), 1))  # always a, and hardly ever b
    bound, near = gap(model, np.random.default_rng(0))
    assert 0.001 < bound < 0.2
    assert near == 0
    assert (PossibleWords(model, bound).scores([(), (0, 0), (0, 1)])[:, 0] > 0).tolist() == [True, True, False]


def test_a_slow_model_draws_few_words():
    asked = []
    model = Random(0, ends=False)
    model.pace = 1.0
    model.scores = lambda words: (asked.extend(words), np.zeros((len(words), 3)))[1]
    possible_words(model)
    assert len(asked) < 20 * 2 * 101, "twenty words, each prefix of which is asked while it is drawn and once again"
