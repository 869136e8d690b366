"""What the formats need to know of an automaton; `Automaton` satisfies it, and so formats need not import it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from nerode.automata.diagram import Diagram, DrawingSettings
from nerode.words import Alphabet

if TYPE_CHECKING:
    import networkx as nx


class Saveable(Protocol):
    """Something that can be written as a document, as a graph and as a picture."""

    kind: ClassVar[str]
    alphabet: Alphabet

    def to_json(self) -> dict[str, Any]: ...

    def to_networkx(self) -> nx.MultiDiGraph[Any]: ...

    def diagram(self, settings: DrawingSettings = ...) -> Diagram: ...
