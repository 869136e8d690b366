"""Loads automata from files and graphs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nerode.automata import graphs
from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.formats import native
from nerode.automata.formats.document import Document
from nerode.automata.formats.table import JSON, is_read, read_document
from nerode.automata.mealy import Mealy
from nerode.automata.pdfa import PDFA
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.files import PathLike

if TYPE_CHECKING:
    import networkx as nx

KINDS: dict[str, type[Automaton]] = {each.kind: each for each in (DFA, Mealy, PDFA, WFA, VPA, CFG)}


def load_automaton(path: PathLike) -> Automaton:
    """Load an automaton in the format that the suffix names; a file with another suffix is read as JSON.

    What was assumed or changed to read it, such as a state for missing transitions, is in its attribute `told`.

    Raises
    ------
    InputError : the file cannot be read, or anything in it is missing, of the wrong type or shape, or does not fit
    """
    found = read_document(path)
    try:
        return automaton_of(found)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error


def automaton_of(document: Document) -> Automaton:
    """Return the automaton that a document describes.

    Raises
    ------
    InputError : anything in it is missing, of the wrong type or shape, or does not fit
    """
    automaton = _type(document.fields.text("type")).from_json(document.fields)
    return (
        replace(automaton, told=document.told) if isinstance(automaton, DFA | Mealy | PDFA | WFA) and document.told else automaton
    )


def load_metadata(path: PathLike) -> dict[str, Any] | None:
    """Return the JSON object that was saved with an automaton under "extraction", or None.

    Only JSON files have one; of other formats that name classes the object holds these names.

    Raises
    ------
    InputError : not an automaton file
    """
    if is_read(path) and Path(path).suffix.lower() != JSON:
        names = read_document(path).names
        return {"classes": list(names)} if names else None
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
