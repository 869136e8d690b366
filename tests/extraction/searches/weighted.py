"""Weighted automata for tests of searches."""

import numpy as np

from nerode.automata.wfa import WFA


def as_weighted(automaton):
    """A DFA as a weighted automaton of the same scores."""
    n, letters = automaton.transitions.shape
    transitions = np.zeros((letters, n, n))
    for letter in range(letters):
        transitions[letter, np.arange(n), automaton.transitions[:, letter]] = 1.0
    return WFA(automaton.alphabet, np.eye(n)[automaton.initial], transitions, automaton.read((np.arange(n),)), automaton.link)
