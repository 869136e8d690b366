"""Probabilistic deterministic automata: one state a word, one next-symbol distribution a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nerode.automata.base import Automaton
from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class PDFA(Automaton):
    """A deterministic automaton whose states hold next-symbol distributions.

    Parameters
    ----------
    alphabet : of Σ symbols
    transitions : (n, Σ), the next state
    probabilities : (n, Σ + 1), rows sum to 1; the last column is the end of the word
    initial : the state of ε

    Raises
    ------
    InputError : shapes that do not fit each other, or rows that are no distributions
    """

    alphabet: Alphabet
    transitions: IntArray
    probabilities: FloatArray
    initial: int = 0
    kind: ClassVar[str] = "pdfa"

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "probabilities", frozen_array(self.probabilities, np.float64))
        n, letters = len(self.probabilities), len(self.alphabet)
        if n == 0 or self.transitions.shape != (n, letters) or self.probabilities.shape != (n, letters + 1):
            shapes = self.transitions.shape, self.probabilities.shape
            raise InputError(f"a PDFA over {letters} symbols has arrays of shapes {shapes} that do not fit")
        if not 0 <= self.initial < n or self.transitions.min() < 0 or self.transitions.max() >= n:
            raise InputError(f"a PDFA of {n} states refers to a state that it does not have")
        if not (self.probabilities >= 0).all() or not np.allclose(self.probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-9):
            raise InputError("each row of a PDFA's probabilities must be a distribution over the symbols and the end of the word")

    @property
    def states(self) -> int:
        return len(self.probabilities)

    @property
    def width(self) -> int:
        return len(self.alphabet) + 1

    @property
    def link(self) -> Link:
        return NextSymbol(len(self.alphabet))

    def start(self) -> States:
        return (np.array([self.initial]),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (self.transitions[states[0][parents], symbols],)

    def read(self, states: States) -> FloatArray:
        """Log-probabilities (n, Σ + 1) of what follows; −∞ where it cannot."""
        with np.errstate(divide="ignore"):
            logs: FloatArray = np.log(self.probabilities)[states[0]]
        return logs
