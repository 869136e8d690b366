"""GraphML for graph tools; attributes other than plain values are written as JSON text."""

from __future__ import annotations

import json
import re
from typing import Any

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(automaton: Saveable, settings: DrawingSettings | None, extraction: dict[str, Any] | None) -> str:
    """Return the complete graph of the automaton as GraphML.

    Raises
    ------
    InputError : a symbol that XML cannot hold
    """
    import networkx as nx  # here, because it takes long to import and only graphs need it

    if unfit := NOT_XML.search("".join(automaton.alphabet)):
        raise InputError(f"GraphML cannot hold the character {unfit[0]!r} of a symbol; save the automaton as JSON")
    graph = automaton.to_networkx()
    for values in (graph.graph, *(v for _, v in graph.nodes(data=True)), *(v for _, _, v in graph.edges(data=True))):
        values.update({key: json.dumps(value) for key, value in values.items() if isinstance(value, tuple | list | dict)})
    return "\n".join(nx.generate_graphml(graph)) + "\n"
