"""Lossless conversion of automata to networkx graphs and back.

A graph has the attributes `type` and `alphabet`. Each node carries the attributes of a state. Each transition is one edge,
whose key and attribute `symbol` are the symbol that it reads. States are numbered in the order of the nodes, whatever their
names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nerode.errors import InputError
from nerode.words import Alphabet, IntArray

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.MultiDiGraph[Any]


def build(
    attributes: dict[str, Any], nodes: Iterable[dict[str, Any]], edges: Iterable[tuple[int, int, str, dict[str, Any]]]
) -> Graph:
    """Return a graph from its attributes, those of the nodes 0 … n−1, and edges (source, target, symbol, attributes)."""
    import networkx as nx  # here, because it takes long to import and only graphs need it

    graph: Graph = nx.MultiDiGraph(**attributes)
    graph.add_nodes_from(enumerate(nodes))
    for source, target, symbol, extra in edges:
        graph.add_edge(source, target, symbol, symbol=symbol, **extra)
    return graph


def attribute(graph: Graph, name: str) -> Any:
    """Return an attribute of the graph.

    Raises
    ------
    InputError : the graph does not have it
    """
    if name not in graph.graph:
        raise InputError(f"the graph lacks the attribute {name!r}, so it does not describe an automaton")
    return graph.graph[name]


def node_values(graph: Graph, name: str, dtype: type[Any]) -> NDArray[Any]:
    """Return an attribute of every node (n, …), in the order of the states.

    Raises
    ------
    InputError : a node does not have it, or has another kind of value
    """
    return _array(
        [values.get(name) for _, values in graph.nodes(data=True)], dtype, f"nodes of the graph need the attribute {name!r}"
    )


def edge_number(values: dict[str, Any], name: str) -> float:
    """Return an attribute of one edge.

    Raises
    ------
    InputError : the edge does not have it, or has another kind of value
    """
    return float(_array(values.get(name), np.float64, f"edges of the graph need the attribute {name!r}"))


def _array(values: Any, dtype: type[Any], need: str) -> NDArray[Any]:
    try:
        array = np.array(values, dtype)
        if np.array_equal(array, np.array(values)):
            return array
    except (TypeError, ValueError, OverflowError):
        pass
    raise InputError(f"all {need}, of the kind that to_networkx gives it")


def initial_state(graph: Graph) -> int:
    """Return the number of the one state whose attribute `initial` is true.

    Raises
    ------
    InputError : there is none, or several
    """
    initial = np.flatnonzero(node_values(graph, "initial", np.bool_)).tolist()
    if len(initial) != 1:
        raise InputError(f"a graph of a deterministic automaton has one initial node, this one has {len(initial)}")
    return int(initial[0])


def edges(graph: Graph, alphabet: Alphabet) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """Yield each transition as (source, symbol index, target, attributes).

    Raises
    ------
    InputError : an edge without a symbol of the alphabet
    """
    number = {node: state for state, node in enumerate(graph)}
    index = {symbol: i for i, symbol in enumerate(alphabet)}
    for source, target, values in graph.edges(data=True):
        if values.get("symbol") not in index:
            raise InputError(f"the edge from {source!r} to {target!r} of the graph has no symbol of the alphabet")
        yield number[source], index[values["symbol"]], number[target], values


def transitions(graph: Graph, alphabet: Alphabet) -> IntArray:
    """Return the next states (n, Σ) of a complete deterministic graph.

    Raises
    ------
    InputError : a state with no transition, or with two, for a symbol
    """
    table = np.full((len(graph), len(alphabet)), -1, np.int64)
    for source, symbol, target, _ in edges(graph, alphabet):
        if table[source, symbol] >= 0:
            raise InputError(f"state {source} of the graph has two transitions for {alphabet.symbols[symbol]!r}")
        table[source, symbol] = target
    for source, symbol in np.argwhere(table < 0):
        raise InputError(f"state {source} of the graph has no transition for {alphabet.symbols[symbol]!r}")
    return table
