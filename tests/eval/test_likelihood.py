"""Probabilities of words against products along their letters."""

import numpy as np
import pytest
from doubles import WholeWords, words_up_to

import nerode
from nerode.automata.stochastic import from_pdfa
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError


def product(pdfa, word):
    state, p = pdfa.initial, 1.0
    for letter in word:
        p *= pdfa.probabilities[state, letter]
        state = pdfa.transitions[state, letter]
    return p * pdfa.probabilities[state, -1]


def test_they_are_products_along_the_letters(rng):
    pdfa = random_pdfa(rng, 5, 3)
    words = [*words_up_to(3, 4), (0, 1, 2) * 20]
    truth = np.log([product(pdfa, word) for word in words])
    for model in (pdfa, WholeWords(pdfa), from_pdfa(pdfa)):
        np.testing.assert_allclose(nerode.log_probabilities(model, words), truth, rtol=1e-9)
    assert nerode.log_probabilities(pdfa, []).shape == (0,)
    by_text = nerode.log_probabilities(pdfa, [pdfa.alphabet.text(word) for word in words])
    np.testing.assert_array_equal(by_text, nerode.log_probabilities(pdfa, words))


def test_what_has_no_probabilities_is_refused(rng):
    with pytest.raises(InputError, match="the task here is classifier"):
        nerode.log_probabilities(tomita(1), ["0"])
    with pytest.raises(InputError, match="gives 2 scores a word"):
        nerode.log_probabilities(random_wfa(rng, 3, 2, 2), ["0"])
