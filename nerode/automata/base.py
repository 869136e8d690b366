"""What all automata share: answering words, saving, drawing themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from nerode.links import Link
from nerode.protocols import States
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray


class Automaton(ABC):
    """A function from words to scores that is read letter by letter; it satisfies `SteppingTeacher`."""

    kind: ClassVar[str]  # the type's name in files and in output
    alphabet: Alphabet

    @property
    @abstractmethod
    def states(self) -> int:
        """The number of states; the dimension of a weighted automaton."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Scores per word."""

    @property
    @abstractmethod
    def link(self) -> Link:
        """What the scores mean."""

    @abstractmethod
    def start(self) -> States:
        """The state after ε, a batch of one."""

    @abstractmethod
    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """new[i] = step(states[parents[i]], symbols[i])."""

    @abstractmethod
    def read(self, states: States) -> FloatArray:
        """Scores (n, width) of the words that led to the states."""

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Scores (n, width) of n words, given as indices, symbols or text."""
        return scores_by_stepping(self, self.alphabet.words(words))

    def predict(self, words: Iterable[Any]) -> IntArray:
        """Labels (n,) of n words, given as indices, symbols or text: classes, or the most likely next symbol."""
        return self.link.labels(self.scores(words))
