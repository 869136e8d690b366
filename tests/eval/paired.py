"""What tests of the page in a browser share: an automaton of every kind with what it stands for, and words to compare on."""

import numpy as np
from pages import AB

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.page.study import Evidence
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.words import Alphabet


def of(teacher, words):
    """Words to compare on."""
    return Evidence(teacher.alphabet.words(words))


def weighted(rng, states, letters, width, link):
    transitions = rng.normal(size=(letters, states, states)) / np.sqrt(states)
    final = rng.normal(size=(states, width))
    return WFA(Alphabet(tuple("abcdefgh"[:letters])), rng.normal(size=states), transitions, final, link)


def distribution(rng):
    """A weighted automaton whose values are probabilities of words."""
    pdfa = random_pdfa(rng, 3)
    n = pdfa.states
    transitions = np.zeros((2, n, n))
    for state in range(n):
        for letter in range(2):
            transitions[letter, state, pdfa.transitions[state, letter]] = pdfa.probabilities[state, letter]
    return WFA(AB, np.eye(n)[0], transitions, pdfa.probabilities[:, -1:])


def random_pdfa(rng, states):
    return PDFA(AB, rng.integers(0, states, (states, 2)), rng.dirichlet(np.ones(3), states))


def random_dfa(rng, states, letters, classes=2):
    alphabet = Alphabet(tuple("abcdefgh"[:letters]))
    return DFA(alphabet, rng.integers(0, states, (states, letters)), rng.integers(0, classes, states), classes=classes)


def pairs(rng):
    """An automaton and what it stands for, of each kind."""
    margin = weighted(rng, 5, 2, 1, Binary())
    pdfa = random_pdfa(rng, 4)
    return {
        "dfa": (random_dfa(rng, 6, 2), margin),
        "dfa of classes": (random_dfa(rng, 6, 2, 3), random_dfa(rng, 5, 2, 3)),
        "pdfa": (random_pdfa(rng, 3), pdfa),
        "weighted classifier": (weighted(rng, 40, 2, 1, Binary()), margin),
        "weighted classes": (weighted(rng, 6, 2, 3, Multiclass()), random_dfa(rng, 5, 2, 3)),
        "weighted language model": (weighted(rng, 6, 2, 3, NextSymbol(2)), pdfa),
        "probabilities of words": (distribution(rng), pdfa),
        "values": (weighted(rng, 6, 2, 1, Value()), weighted(rng, 3, 2, 1, Value())),
    }
