"""The word that is traced when a page opens."""

import numpy as np
from pages import AB, EVEN

from nerode.automata.pdfa import PDFA
from nerode.eval.page.first import first_word

MODEL = PDFA(AB, [[0, 0]], [[0.9, 1e-6, 0.1 - 1e-6]])


def by_hand(words):
    return max(words, key=lambda word: sum(np.log([0.9, 1e-6][letter]) for letter in word))


def test_a_language_model_is_opened_on_a_likely_word():
    """Not on the words on which an automaton errs, which are next to impossible."""
    words = [(0,), (0, 1, 0, 0), (1,) * 8, (0,) * 21, (0,) * 6, (0,) * 5 + (1,), ()]
    assert first_word(MODEL, words) == (0,) * 6 == by_hand([word for word in words if 4 <= len(word) <= 20])
    assert first_word(MODEL, [(1, 0), (0,), ()]) == (0,)
    assert first_word(MODEL, [()]) == first_word(MODEL, []) == ()
    impossible = PDFA(AB, [[0, 0]], [[0.0, 0.5, 0.5]])
    assert first_word(impossible, [(0,) * 5, (0, 1, 1, 1), (1,) * 7]) == (1,) * 7


def test_a_classifier_is_opened_on_the_longest_short_word_that_it_accepts():
    assert first_word(EVEN, [(1, 1, 1), (0, 1, 1, 1), (0,) * 10, (1,)]) == (1, 1, 1)
    assert first_word(EVEN, [(0,), (0, 1, 1, 1)]) == (0, 1, 1, 1)
    assert first_word(EVEN, [()]) == ()
