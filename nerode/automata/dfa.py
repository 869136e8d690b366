"""Deterministic finite automata, with two classes (acceptors) or more (Moore machines)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nerode.automata.base import Automaton
from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class DFA(Automaton):
    """A complete deterministic automaton; words of class 1 are the accepted ones where there are two classes.

    Parameters
    ----------
    alphabet : of Σ symbols
    transitions : (n, Σ), the next state
    labels : (n,), the class of the words that end in a state
    initial : the state of ε
    classes : how many classes there are

    Raises
    ------
    InputError : shapes, states or labels that do not fit each other
    """

    alphabet: Alphabet
    transitions: IntArray
    labels: IntArray
    initial: int = 0
    classes: int = 2
    kind: ClassVar[str] = "dfa"

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "labels", frozen_array(self.labels, np.int64))
        n, shape = len(self.labels), self.transitions.shape
        if n == 0 or shape != (n, len(self.alphabet)):
            raise InputError(f"a DFA of {n} states over {len(self.alphabet)} symbols cannot have transitions of shape {shape}")
        if not 0 <= self.initial < n or self.transitions.min() < 0 or self.transitions.max() >= n:
            raise InputError(f"a DFA of {n} states refers to a state that it does not have")
        if self.classes < 2 or self.labels.min() < 0 or self.labels.max() >= self.classes:
            raise InputError(f"the labels of a DFA of {self.classes} classes must lie in 0 … {self.classes - 1}")

    @property
    def states(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        return 1 if self.classes == 2 else self.classes

    @property
    def link(self) -> Link:
        return Binary() if self.classes == 2 else Multiclass()

    def start(self) -> States:
        return (np.array([self.initial]),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (self.transitions[states[0][parents], symbols],)

    def read(self, states: States) -> FloatArray:
        """Margins +1 and −1 (n, 1), or one-hot classes (n, classes)."""
        labels = self.labels[states[0]]
        if self.classes == 2:
            margins: FloatArray = np.where(labels == 1, 1.0, -1.0)[:, None]
            return margins
        one_hot: FloatArray = np.eye(self.classes)[labels]
        return one_hot
