"""A teacher that reads words up to some length is asked about no longer ones, whatever asks."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import Stepping, WholeWords, words_up_to
from methods_of import CLASSIFYING, PASSIVE, suited

from nerode.automata.operations import equivalent
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import InputError
from nerode.extraction.hankel.basis import Basis, frequent, shares
from nerode.extraction.loop import extract
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.extraction.queries.settings import LEARNERS, QuerySettings
from nerode.extraction.queries.strategy import SEARCHES
from nerode.extraction.reasons import REFUSED
from nerode.extraction.source import WordSource
from nerode.protocols import longest_of
from nerode.stepping import TwoWay, prefix_scores

LONGEST = 9
LETTERS = 2


class Short(WholeWords):
    """It refuses words of more than `longest` letters, and notes them."""

    def __init__(self, inner, longest=LONGEST):
        super().__init__(inner)
        self.longest = longest
        self.refused = []

    def check(self, lengths):
        if (np.asarray(lengths) > self.longest).any():
            self.refused.append(int(np.max(lengths)))
            raise InputError("this network reads no word of so many letters")

    def scores(self, words):
        self.check([len(word) for word in words])
        return super().scores(words)


class ShortStepping(Short, Stepping):
    """The same with states of one size, which know how many letters they have read."""

    def start(self):
        return (*self.inner.start(), np.zeros(1))

    def advance(self, states, parents, symbols):
        depths = states[-1][parents] + 1
        self.check(depths)
        return (*self.inner.advance(states[:-1], parents, symbols), depths)

    def read(self, states):
        return self.inner.read(states[:-1])


def dfa(states=7, seed=3, classes=2):
    return random_dfa(np.random.default_rng(seed), states, LETTERS, classes)


def model():
    return random_pdfa(np.random.default_rng(3), 5, LETTERS)


@pytest.mark.parametrize("kind", [Short, ShortStepping])
@pytest.mark.parametrize("name", [None, *(name for name in SEARCHES if name not in ("exact", "given", "white-box"))])
@pytest.mark.sampled(6)
def test_no_search_asks_longer_words(name, kind):
    teacher = kind(dfa())
    result = extract(teacher, "lstar", effort=0.1, searches=name and (name,))
    assert teacher.refused == []
    assert result.stop_reason != REFUSED
    assert result.verdict.epsilon < 0.05
    assert f"of 0 to {LONGEST} letters" in str(result.verdict)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("longest", [2, 4, 6, 8])
def test_learners_end_whatever_the_limit_is(learner, longest):
    """With long access words and little room, much of what a learner would ask is unknown."""
    automaton = dfa(states=12, seed=longest, classes=2 + longest // 2 % 2)
    teacher = Short(automaton, longest)
    labels = Labels(teacher)
    made = LEARNERS[learner](labels, None, QuerySettings())
    words = words_up_to(LETTERS, longest)
    for _ in range(40):
        found = labels.disagreements(made.propose(), words)
        if not found or not made.refine(found[:1]):
            break
    assert teacher.refused == []
    assert len(labels.disagreements(made.propose(), words)) <= 0.15 * len(words)


@pytest.mark.parametrize("learner", LEARNERS)
def test_a_regular_language_is_found_with_room_enough(learner):
    teacher = Short(dfa())
    result = extract(teacher, "lstar", effort=0.1, learner=learner)
    assert teacher.refused == []
    assert equivalent(result.automaton, dfa())


@pytest.mark.parametrize("kind", [Short, ShortStepping])
@pytest.mark.parametrize("target", ["scores", "labels"])
@pytest.mark.sampled(2)
def test_the_spectral_method_asks_no_longer_words(target, kind):
    teacher = kind(dfa(4))
    result = extract(teacher, effort=0.1, target=target)
    assert teacher.refused == []
    assert result.stop_reason != REFUSED
    assert result.verdict.epsilon < 0.05


@pytest.mark.parametrize("kind", [Short, ShortStepping])
@pytest.mark.parametrize("target", ["scores", "probabilities"])
@pytest.mark.sampled(2)
def test_a_language_model_is_asked_no_longer_words(target, kind):
    teacher = kind(model())
    result = extract(teacher, effort=0.1, target=target)
    assert teacher.refused == []
    assert result.stop_reason != REFUSED
    assert result.chosen.error < 0.2


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_given_words_that_are_too_long_are_left_out(method):
    rng = np.random.default_rng(1)
    words = [tuple(rng.integers(LETTERS, size=length).tolist()) for length in rng.integers(20, size=400)]
    teacher = Short(dfa(4))
    result = extract(teacher, method, words=words, effort=0.1)
    assert teacher.refused == []
    assert result.stop_reason != REFUSED
    (sentence,) = [sentence for sentence in result.left_out if "given words" in sentence]
    assert sentence.startswith(f"Left out: {sum(len(word) > LONGEST for word in words)} given words of more than 9 letters")
    assert "words like those given of at most 9 letters" in str(result.verdict)
    assert "random words as long as those given of at most 9 letters" in str(result.verdict_random)


def test_given_words_that_are_all_too_long_are_refused():
    with pytest.raises(InputError, match="reads words of at most 9 letters, and all given words are longer"):
        extract(Short(dfa()), "lstar", words=[(0,) * 10])


@pytest.mark.parametrize("longest", [0, 1])
def test_a_teacher_of_single_letters_is_refused(longest):
    with pytest.raises(InputError, match=f"reads words of at most {longest} letters?"):
        extract(Short(dfa(), longest), "lstar")


@pytest.mark.parametrize("longest", ["9", 9.0, -1, True])
def test_a_limit_that_is_no_number_of_letters_is_refused(longest):
    with pytest.raises(InputError, match="`longest` of a teacher is the number of letters"):
        extract(Short(dfa(), longest), "lstar")


def test_a_two_way_teacher_reads_what_both_directions_read():
    both = TwoWay(ShortStepping(dfa(), 5), ShortStepping(dfa(), 4))
    assert longest_of(both) == 4
    assert longest_of(replace(both, backward=dfa())) == 5
    assert longest_of(replace(both, forward=dfa(), backward=dfa())) is None
    result = extract(both, "lstar", effort=0.05)
    assert both.forward.refused == both.backward.refused == []
    assert result.stop_reason != REFUSED


def test_a_teacher_without_a_limit_has_none():
    assert longest_of(dfa()) is None
    assert longest_of(Labels(dfa()).teacher) is None


def test_words_that_are_too_long_have_no_label():
    labels = Labels(Short(dfa(), 2))
    words = [(0, 0, 1), (0, 1), (), (1,) * 9]
    expected = dfa().predict(words)
    assert labels.of(words).tolist() == [UNSURE, expected[1], expected[2], UNSURE]


@pytest.mark.parametrize("room", range(2, 8))
def test_words_of_shifted_blocks_are_not_too_long(room):
    rng = np.random.default_rng(room)
    words = WordSource(rng, Short(dfa(), room), []).learn(200)
    assert max(map(len, words)) == room
    grown = Basis(rng, words, room=room).grow(50, 50, None)
    for prefixes, suffixes in (grown, frequent(words, room)):
        assert (max(map(len, prefixes)), max(map(len, suffixes))) == shares(room)
        assert max(map(len, prefixes)) + 1 + max(map(len, suffixes)) == room


def test_prefix_scores_ask_nothing_longer():
    teacher = Short(dfa(), 3)
    prefix_scores(teacher, [(0, 1, 1)])
    assert teacher.refused == []


@pytest.mark.parametrize("kind", [Short, ShortStepping])
@pytest.mark.parametrize("method", PASSIVE)
def test_no_passive_method_asks_longer_words(frugal, method, kind):
    teacher = kind(suited(method, dfa()))
    result = extract(teacher, method, seconds=None)
    assert teacher.refused == []
    assert result.stop_reason != REFUSED
    assert len(result.rounds) > 1
