"""Loads automata from files and graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nerode.automata import graphs
from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.formats import native
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.files import PathLike

if TYPE_CHECKING:
    import networkx as nx

KINDS: dict[str, type[Automaton]] = {DFA.kind: DFA, PDFA.kind: PDFA, WFA.kind: WFA}


def load_automaton(path: PathLike) -> Automaton:
    """Load a JSON file that `save_automaton` wrote, or that follows docs/automaton-file.md.

    Raises
    ------
    InputError : the file cannot be read, or anything in it is missing, of the wrong type or shape, or does not fit
    """
    fields = native.read(path)
    try:
        return _type(fields.text("type")).from_json(fields)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error


def load_metadata(path: PathLike) -> dict[str, Any] | None:
    """Return the JSON object that was saved with an automaton under "extraction", or None.

    Raises
    ------
    InputError : not an automaton file
    """
    extraction = native.read(path).values.get("extraction")
    if not isinstance(extraction, dict | None):
        raise InputError(f"{path} cannot be loaded: the field 'extraction' must be an object")
    return extraction


def from_networkx(graph: nx.MultiDiGraph[Any]) -> Automaton:
    """Return the automaton of a graph that `to_networkx` made; its nodes may have been renamed since.

    Raises
    ------
    InputError : attributes, states or transitions that are missing or do not fit
    """
    return _type(graphs.attribute(graph, "type")).from_networkx(graph)


def _type(kind: Any) -> type[Automaton]:
    if kind not in tuple(KINDS):
        raise InputError(f"unknown type of automaton {kind!r}; known are {', '.join(KINDS)}")
    return KINDS[kind]
