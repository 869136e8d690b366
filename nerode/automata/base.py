"""The base class of all automata: it scores words, saves to files and draws itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nerode.automata.diagram import Diagram, DrawingSettings, counted
from nerode.automata.documents import Fields
from nerode.automata.drawing import render
from nerode.automata.formats.table import save_automaton
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.links import Link
from nerode.protocols import States
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray

if TYPE_CHECKING:
    import networkx as nx

MOST_ROWS, MOST_COLUMNS = 20, 12  # of a table that is printed


class Automaton(ABC):
    """A function from words to scores that reads a word letter by letter; it satisfies `SteppingTeacher`."""

    kind: ClassVar[str]  # the type's name in files and in output
    unit: ClassVar[str] = "state"  # what its size counts
    alphabet: Alphabet

    @property
    @abstractmethod
    def states(self) -> int:
        """The number of states; the dimension of a weighted automaton."""

    @property
    def size(self) -> int:
        """How large it is, in its unit: the number of states."""
        return self.states

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of scores of each word."""

    @property
    @abstractmethod
    def link(self) -> Link:
        """The meaning of the scores."""

    @abstractmethod
    def start(self) -> States:
        """Return the state after ε, as a batch of one."""

    @abstractmethod
    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the next states: new[i] = step(states[parents[i]], symbols[i])."""

    @abstractmethod
    def read(self, states: States) -> FloatArray:
        """Return the scores (n, width) of the words that lead to the states."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the alphabet and all other fields as plain JSON values; `from_json` restores them exactly."""

    @classmethod
    @abstractmethod
    def from_json(cls, fields: Fields) -> Self:
        """Return the automaton with the fields that `to_json` wrote; raise `InputError` for fields that do not fit."""

    @abstractmethod
    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph that loses nothing: one node per state, one edge per transition, with the attribute `symbol`."""

    @classmethod
    @abstractmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        """Return the automaton of a graph that `to_networkx` made; raise `InputError` for a graph that does not fit."""

    @abstractmethod
    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram of the automaton, not yet rendered."""

    @abstractmethod
    def facts(self) -> list[str]:
        """Return short facts about the automaton, besides its numbers of states and symbols."""

    @abstractmethod
    def table(self) -> list[Sequence[str]]:
        """Return a row of titles, then one row of text per state."""

    def save(self, path: PathLike, settings: DrawingSettings | None = None, extraction: dict[str, Any] | None = None) -> None:
        """Save as JSON, in the format of another program, or as a picture, by the suffix. See `save_automaton`.

        Raises
        ------
        InputError : an unknown suffix, a format that cannot hold the automaton, or a path that cannot be written to
        """
        save_automaton(path, self, settings, extraction)

    def __repr__(self) -> str:
        facts = [counted(self.states, "state"), counted(len(self.alphabet), "symbol"), *self.facts()]
        return f"<{type(self).__name__}: {', '.join(facts)}>"

    def __str__(self) -> str:
        """Return the short form, and below it a table of the states if the table is small enough to read."""
        if self.states > MOST_ROWS or len(self.alphabet) > MOST_COLUMNS:
            return repr(self)
        rows = self.table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([repr(self), *lines])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the picture, and text where no picture can be drawn."""
        text = {"text/plain": str(self)}
        try:
            return text | {"image/svg+xml": render(self.diagram(), "svg").decode()}
        except InputError:
            return text

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Return the scores (n, width) of n words, given as indices, symbols or text."""
        return scores_by_stepping(self, words)

    def predict(self, words: Iterable[Any]) -> IntArray:
        """Return the labels (n,) of n words, given as indices, symbols or text.

        A label is a class or the most likely next symbol. A symbol is an index of the alphabet; the index Σ stands for the end of
        the word.

        Raises
        ------
        InputError : an automaton of values, which have no labels
        """
        return self.link.labels(self.scores(words))
