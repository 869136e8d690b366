"""DFAs by their definition."""

import numpy as np

from nerode.automata.dfa import DFA
from nerode.words import Alphabet


def dfa(transitions, labels, initial=0, classes=2):
    return DFA(Alphabet.of_size(np.shape(transitions)[1]), transitions, labels, initial, classes)


def state_after(automaton, word):
    """The state that a word leads to, a letter at a time."""
    state = automaton.initial
    for letter in word:
        state = int(automaton.transitions[state, letter])
    return state
