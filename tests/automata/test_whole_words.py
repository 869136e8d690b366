"""Small automata read whole words by loops of machine code; the truth is reading them letter by letter, in batches."""

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.automata.whole_words import MOST_STATES
from nerode.errors import InputError
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FlatWords

LETTERS = Alphabet("abc")


def words_of(rng, count):
    return [tuple(rng.integers(3, size=int(length)).tolist()) for length in rng.integers(0, 30, count)]


@pytest.mark.parametrize("states", [1, 2, MOST_STATES, MOST_STATES + 1])
@pytest.mark.parametrize("width", [1, 3])
def test_weighted_automata(rng, states, width):
    parts = [rng.normal(size=shape) for shape in ((states,), (3, states, states), (states, width))]
    automaton = WFA(LETTERS, parts[0], parts[1] / np.sqrt(states), parts[2])
    for words in (words_of(rng, 200), [()], []):
        assert automaton.scores(words) == pytest.approx(scores_by_stepping(automaton, words), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("classes", [2, 4])
def test_deterministic_automata(rng, classes):
    automaton = DFA(LETTERS, rng.integers(7, size=(7, 3)), rng.integers(classes, size=7), 3, classes)
    for words in (words_of(rng, 200), [()], []):
        assert np.array_equal(automaton.scores(words), scores_by_stepping(automaton, words))


def test_numbers_that_overflow_stay_what_they_are():
    grows = WFA(LETTERS, np.ones(1), np.full((3, 1, 1), 1e200), np.ones((1, 1)))
    assert grows.scores(["", "a", "aa"]).tolist() == [[1.0], [1e200], [np.inf]]
    lost = WFA(LETTERS, np.ones(2), np.full((3, 2, 2), 1e200) * [1, -1], np.ones((2, 1)))
    assert np.isnan(lost.scores(["aaa"])).all()


def test_words_that_are_converted_once(rng):
    plain = words_of(rng, 40)
    words = FlatWords(plain)
    for expected, found in zip(LETTERS.flat(plain), LETTERS.flat(words), strict=True):
        assert np.array_equal(expected, found)
    for since, before in [(0, None), (3, 9), (5, None), (0, 0), (39, 100)]:
        part = words.between(since, before)
        assert list(part) == plain[since:before]
        for expected, found in zip(LETTERS.flat(plain[since:before]), part.flat, strict=True):
            assert np.array_equal(expected, found)


def test_their_symbols_are_checked_against_every_alphabet():
    with pytest.raises(InputError, match="unknown symbol index 2"):
        Alphabet("ab").flat(FlatWords([(0,), (2, 1)]))
