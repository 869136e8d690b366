"""GraphML for graph tools, `.graphml`; attributes other than plain values are written as JSON text."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np

from nerode.automata import graphs
from nerode.automata.formats import markup
from nerode.automata.formats.document import Document, check_size, document
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError, first_line, shown
from nerode.words import Alphabet


def write(automaton: Saveable) -> str:
    """Return the complete graph of the automaton as GraphML.

    Raises
    ------
    InputError : a symbol that XML cannot hold
    """
    import networkx as nx  # here, because it takes long to import and only graphs need it

    markup.check_symbols(automaton.alphabet.symbols, "GraphML")
    graph = automaton.to_networkx()
    for values in (graph.graph, *(v for _, v in graph.nodes(data=True)), *(v for _, _, v in graph.edges(data=True))):
        values.update({key: json.dumps(value) for key, value in values.items() if isinstance(value, tuple | list | dict)})
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def read(text: str) -> Document:
    """Return the automaton of a graph with the attributes that `write` gives it; states are numbered in the order of the nodes.

    Raises
    ------
    InputError : no GraphML, or attributes that are missing or do not fit
    """
    import networkx as nx

    markup.parse(text)  # refuses what networkx would follow
    try:
        with warnings.catch_warnings(action="ignore"):  # of unknown attributes, which matter only where one is missing
            graph: Any = nx.parse_graphml(text, force_multigraph=True)
    except Exception as error:  # networkx does not document which errors it raises
        raise InputError(f"it is not GraphML ({first_line(error)})") from error
    alphabet = Alphabet(tuple(_list(graphs.attribute(graph, "alphabet"))))
    kind, letters, n = graphs.attribute(graph, "type"), len(alphabet), len(graph)
    check_size(letters * n * (n if kind == "wfa" else 1), "transitions")
    values: dict[str, Any] = {"alphabet": list(alphabet)}
    if kind == "wfa":
        matrices = np.zeros((letters, n, n))
        for source, symbol, target, edge in graphs.edges(graph, alphabet):
            matrices[symbol, source, target] = graphs.edge_number(edge, "weight")
        values["initial"] = graphs.node_values(graph, "initial", np.float64).tolist()
        values["final"] = [_list(final) for _, final in graph.nodes(data="final")]
        return document(kind, values | {"transitions": matrices.tolist(), "link": _json(graphs.attribute(graph, "link"))})
    values |= {"initial": graphs.initial_state(graph), "transitions": graphs.transitions(graph, alphabet).tolist()}
    if kind == "dfa":
        labels = graphs.node_values(graph, "label", np.int64).tolist()
        return document(kind, values | {"labels": labels, "classes": graphs.attribute(graph, "classes")})
    if kind == "mealy":
        outputs = np.zeros((n, letters), np.int64)
        for source, symbol, _, edge in graphs.edges(graph, alphabet):
            outputs[source, symbol] = graphs.edge_number(edge, "output")
        marks = {name: graphs.attribute(graph, name) for name in ("classes", "empty")}
        return document(kind, values | marks | {"outputs": outputs.tolist()})
    if kind != "pdfa":
        raise InputError(f"unknown type of automaton {shown(kind)}; known are dfa, mealy, pdfa and wfa")
    probabilities = np.zeros((n, letters + 1))
    probabilities[:, -1] = graphs.node_values(graph, "end", np.float64)
    for source, symbol, _, edge in graphs.edges(graph, alphabet):
        probabilities[source, symbol] = graphs.edge_number(edge, "probability")
    return document(kind, values | {"probabilities": probabilities.tolist()})


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"an attribute of the graph is not JSON text ({first_line(error)})") from error


def _list(text: Any) -> list[Any]:
    value = _json(text)
    if not isinstance(value, list):
        raise InputError("an attribute of the graph must be a list in JSON text")
    return value
