"""What all automata share: answering words, saving, drawing themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nerode.automata.diagram import Diagram, DrawingSettings, counted
from nerode.automata.documents import Fields
from nerode.automata.drawing import render
from nerode.automata.formats import save_automaton
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.links import Link
from nerode.protocols import States
from nerode.stepping import scores_by_stepping
from nerode.words import Alphabet, FloatArray, IntArray

if TYPE_CHECKING:
    import networkx as nx

MOST_ROWS, MOST_COLUMNS = 20, 12  # of a table in text


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

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The alphabet and all other fields as plain JSON values; `from_json` reads them back exactly."""

    @classmethod
    @abstractmethod
    def from_json(cls, fields: Fields) -> Self:
        """The automaton of which `to_json` gave the fields; raises `InputError` for fields that do not fit."""

    @abstractmethod
    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """A graph that keeps everything: a node a state, an edge a transition, with the attribute `symbol`."""

    @classmethod
    @abstractmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        """The automaton that `to_networkx` made the graph of; raises `InputError` for a graph that does not fit."""

    @abstractmethod
    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """A picture of the automaton, not yet drawn."""

    @abstractmethod
    def facts(self) -> list[str]:
        """What to say about the automaton besides its states and symbols, in a few words each."""

    @abstractmethod
    def table(self) -> list[Sequence[str]]:
        """A row of text a state, below a row of titles."""

    def save(self, path: PathLike, settings: DrawingSettings | None = None, extraction: dict[str, Any] | None = None) -> None:
        """Save as the suffix asks: JSON, which can be loaded again, a picture, or a graph; see `save_automaton`.

        Raises
        ------
        InputError : an unknown suffix, or a place that cannot be written to
        """
        save_automaton(path, self, settings, extraction)

    def __repr__(self) -> str:
        facts = [counted(self.states, "state"), counted(len(self.alphabet), "symbol"), *self.facts()]
        return f"<{type(self).__name__}: {', '.join(facts)}>"

    def __str__(self) -> str:
        """The short form, and below it a table of the states where it is small enough to be read."""
        if self.states > MOST_ROWS or len(self.alphabet) > MOST_COLUMNS:
            return repr(self)
        rows = self.table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([repr(self), *lines])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture, and text where pictures are not possible."""
        text = {"text/plain": str(self)}
        try:
            return text | {"image/svg+xml": render(self.diagram(), "svg").decode()}
        except InputError:
            return text

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Scores (n, width) of n words, given as indices, symbols or text."""
        return scores_by_stepping(self, words)

    def predict(self, words: Iterable[Any]) -> IntArray:
        """Labels (n,) of n words, given as indices, symbols or text: classes, or the most likely next symbols.

        Those are indices of the alphabet; one more than its last stands for the end of the word.

        Raises
        ------
        InputError : an automaton of values, which have no labels
        """
        return self.link.labels(self.scores(words))
