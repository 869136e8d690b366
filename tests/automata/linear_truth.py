"""Weighted automata by their definition, and the simplest of them."""

import numpy as np

from nerode.automata.wfa import WFA
from nerode.words import Alphabet, all_words


def score(a, word):
    """The scores of one word as the definition says, a matrix at a time."""
    vector = a.initial
    for letter in word:
        vector = vector @ a.transitions[letter]
    return vector @ a.final


def table(a, longest=5):
    """The scores of all words up to a length, by `score`."""
    return np.array([score(a, word) for word in all_words(len(a.alphabet), longest)])


def zero(letters=2, width=1):
    return WFA(Alphabet.of_size(letters), np.zeros(1), np.zeros((letters, 1, 1)), np.zeros((1, width)))


def only_epsilon(letters=2):
    return WFA(Alphabet.of_size(letters), np.array([2.0]), np.zeros((letters, 1, 1)), np.array([[1.5]]))


def in_another_basis(a, change):
    back = np.linalg.inv(change)
    return WFA(a.alphabet, a.initial @ change, back @ a.transitions @ change, back @ a.final, a.link)
