"""The protocol of automata that the formats can write. `Automaton` satisfies it, so the formats need not import it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from nerode.automata.diagram import Diagram, DrawingSettings
from nerode.words import Alphabet

if TYPE_CHECKING:
    import networkx as nx


class Drawable(Protocol):
    """An object that can be drawn."""

    def diagram(self, settings: DrawingSettings = ...) -> Diagram: ...


class Saveable(Drawable, Protocol):
    """An object that can be written as a document, a graph and a picture."""

    kind: ClassVar[str]
    alphabet: Alphabet

    def to_json(self) -> dict[str, Any]: ...

    def to_networkx(self) -> nx.MultiDiGraph[Any]: ...
