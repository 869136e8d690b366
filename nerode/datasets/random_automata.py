"""Random automata of a given size, as targets for learners; their symbols are "0", "1", …"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.words import Alphabet, IntArray

RADIUS = 0.95  # spectral radius of each letter: scores of 100 letters are still about 1 % of those of one
ENDING = 0.05, 0.2  # range of the probability that a word ends in a state; words have about 4 to 19 letters on average
CONCENTRATION = 0.5  # of the Dirichlet distribution over letters; a value below 1 gives few likely letters per state


def random_dfa(rng: np.random.Generator, states: int, letters: int, classes: int = 2) -> DFA:
    """Draw a minimal DFA of exactly `states` states, in canonical numbering.

    Connected transitions and uniform labels are drawn until the DFA is minimal. A constant share of them is minimal, and nearly
    all for three letters or more (Bassino, David and Sportiello, 2012). The result is not uniform over all minimal DFAs.

    Raises
    ------
    InputError : fewer than one state or letter, or fewer than two classes
    """
    if classes < 2:
        raise InputError(f"a DFA needs at least two classes, not {classes}")
    alphabet = _alphabet(letters)
    while True:
        dfa = minimise(DFA(alphabet, _connected(rng, states, letters), rng.integers(classes, size=states), classes=classes))
        if dfa.states == states:
            return dfa


def random_wfa(rng: np.random.Generator, states: int, letters: int, width: int = 1) -> WFA:
    """Draw a WFA with normal weights; each letter's matrix is scaled to a spectral radius of 0.95.

    Raises
    ------
    InputError : fewer than one state, letter or score per word
    """
    _need_states(states)
    if width < 1:
        raise InputError(f"a WFA needs at least one score per word, not {width}")
    alphabet = _alphabet(letters)
    weights = rng.normal(size=(letters, states, states))
    radii = np.abs(np.linalg.eigvals(weights)).max(axis=1)  # (letters,)
    transitions = weights * (RADIUS / radii)[:, None, None]
    return WFA(alphabet, rng.normal(size=states), transitions, rng.normal(size=(states, width)))


def random_pdfa(rng: np.random.Generator, states: int, letters: int) -> PDFA:
    """Draw a connected PDFA whose words have about 4 to 19 letters on average, as in PAutomaC (Verwer, Eyraud, Higuera, 2014).

    Raises
    ------
    InputError : fewer than one state or letter
    """
    alphabet = _alphabet(letters)
    transitions = _connected(rng, states, letters)
    ending = rng.uniform(*ENDING, size=(states, 1))
    following = rng.dirichlet(np.full(letters, CONCENTRATION), size=states)  # (states, letters)
    return PDFA(alphabet, transitions, np.hstack([following * (1 - ending), ending]))


def _alphabet(letters: int) -> Alphabet:
    if letters < 1:
        raise InputError(f"an automaton needs at least one letter, not {letters}")
    return Alphabet.of_size(letters)


def _need_states(states: int) -> None:
    if states < 1:
        raise InputError(f"an automaton needs at least one state, not {states}")


def _connected(rng: np.random.Generator, states: int, letters: int) -> IntArray:
    """Draw random transitions (states, letters) that reach every state from state 0.

    A random free transition of the earlier states leads to each new state; transitions that stay free have random targets.
    """
    _need_states(states)
    transitions = rng.integers(states, size=(states, letters))
    flat = transitions.ravel()
    free = list(range(letters))
    counts = np.arange(1, states) * letters - np.arange(states - 1)  # free transitions when each state arrives
    for state, choice in enumerate(rng.integers(counts).tolist(), start=1):
        free[choice], free[-1] = free[-1], free[choice]
        flat[free.pop()] = state
        free.extend(range(state * letters, (state + 1) * letters))
    return transitions
