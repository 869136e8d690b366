"""Small automata read whole words by loops of machine code; the truth is reading them letter by letter, in batches."""

import numpy as np
import pytest

from nerode.automata import whole_words
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FlatWords

LETTERS = Alphabet("abc")


def words_of(rng, count):
    return [tuple(rng.integers(3, size=int(length)).tolist()) for length in rng.integers(0, 30, count)]


@pytest.mark.parametrize("states", [1, 2, 17])
@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("most", [0.0, whole_words.MOST])
def test_weighted_automata(rng, monkeypatch, states, width, most):
    monkeypatch.setattr(whole_words, "MOST", most)
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


REFUSED = {
    (2, 1): "symbol index 2",
    (0, -1): "symbol index -1",
    (0, 2**70): "symbol index",
    (0, 0.5): "0.5 is neither",
    3: "a word is expected",
}


@pytest.mark.parametrize(("word", "message"), REFUSED.items())
def test_their_symbols_are_checked_against_every_alphabet(word, message):
    """A symbol that an automaton does not have would be read from outside its arrays."""
    for words in (FlatWords([(0,), word]), [(0,), word]):
        with pytest.raises(InputError, match=message):
            Alphabet("ab").flat(words)


def test_words_as_text_and_arrays_that_nobody_changes():
    symbols, lengths = Alphabet("ab").flat(FlatWords(["ab", "b"]))
    assert (symbols.tolist(), lengths.tolist()) == ([0, 1, 1], [2, 1])
    for part in Alphabet("ab").flat(FlatWords([(0, 1)])):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0
