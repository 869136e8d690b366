"""Drawings of deterministic automata for a page: what stands where, and how often words pass through it.

A small automaton is one scene. A large one is a tree of scenes: boxes of a scene are groups of states, and each opens another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from nerode.automata.dfa import DFA
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node, counted, letters, name, sentences, visible
from nerode.automata.groups import Group, groups
from nerode.automata.layout import layout
from nerode.automata.pdfa import PDFA
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import EPSILON, Alphabet, FloatArray, IntArray, Word, Words, pack

MOST_STATES, MOST_ARROWS = 150, 400  # of a scene that shows all states
STRONGEST = 120  # arrows of a scene of groups
ELSEWHERE = "elsewhere"
Tables = tuple[FloatArray, FloatArray]
"""How often each state is reached (n,), and how often each letter is read there (n, Σ)."""


@dataclass(frozen=True, eq=False)
class Scenes:
    """The drawings of an automaton, and what its states have to be told of.

    Parameters
    ----------
    scenes : as plain JSON; the first is the whole automaton
    visits : (n,), the share of each state in all prefixes of the words
    parents, letters : (n,), the last step of the shortest word to each state; −1 where there is none
    """

    scenes: list[dict[str, Any]]
    visits: FloatArray
    parents: IntArray
    letters: IntArray

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        access = {"parents": self.parents.tolist(), "letters": self.letters.tolist()}
        return {"scenes": self.scenes, "visits": [float(f"{share:.6g}") for share in self.visits.tolist()]} | access


def scenes(automaton: DFA | PDFA, words: Words) -> Scenes:
    """Return the drawings of a deterministic automaton that reads these words.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    reached, read = traffic(automaton, words)
    diagram = automaton.diagram(DrawingSettings(max_states=automaton.states))
    if automaton.states <= MOST_STATES and len(diagram.edges) <= MOST_ARROWS:
        found = [_scene(diagram, _shares(automaton, diagram, read), {})]
    else:
        found = _of_groups(automaton, {node.name: node for node in diagram.nodes}, reached, read)
    return Scenes(found, reached / max(reached.sum(), 1.0), *_access(automaton))


def traffic(automaton: DFA | PDFA, words: Words) -> Tables:
    """Return how often words reach each state, and how often each letter is read there."""
    n, size = automaton.states, len(automaton.alphabet)
    symbols, _ = pack(words)
    reached, read = np.zeros(n), np.zeros(n * size)

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        here = states[0]
        reached[:] += np.bincount(here, minlength=n)
        going = lengths > length
        if going.any():
            read[:] += np.bincount(here[going] * size + symbols[rows[going], length], minlength=n * size)

    step_through(automaton, words, visit)
    return reached, read.reshape(n, size)


def _access(automaton: DFA | PDFA) -> tuple[IntArray, IntArray]:
    """Return the last step of a shortest word to each state: the state before it and the letter; −1 where there is none."""
    n, size = automaton.transitions.shape
    targets, first = np.unique(automaton.transitions + n * np.arange(n)[:, None], return_index=True)
    graph = csr_array((np.ones(len(targets)), (targets // n, targets % n)), shape=(n, n))
    parents = breadth_first_order(graph, automaton.initial)[1].astype(np.int64)
    parents[parents < 0] = -1
    letter = dict(zip(targets.tolist(), (first % size).tolist(), strict=True))
    steps = [-1 if parent < 0 else letter[parent * n + state] for state, parent in enumerate(parents.tolist())]
    return parents, np.array(steps, np.int64)


def _shares(automaton: DFA | PDFA, diagram: Diagram, read: FloatArray) -> FloatArray:
    """Return the share of each arrow of a full drawing in all letters that are read."""
    n = automaton.states
    pairs = np.zeros((n, n))
    np.add.at(pairs, (np.arange(n)[:, None], automaton.transitions), read)
    ends = [(int(edge.source[1:]), int(edge.target[1:])) for edge in diagram.edges]
    shares: FloatArray = np.array([pairs[end] for end in ends]) / max(read.sum(), 1.0)
    return shares


def _scene(diagram: Diagram, shares: FloatArray, opens: dict[str, int]) -> dict[str, Any]:
    """Return a placed diagram as plain JSON.

    Parameters
    ----------
    shares : of the edges, in all letters that are read
    opens : node -> the number of the scene that it opens
    """
    placed = layout(diagram)
    nodes = []
    for node in diagram.nodes:
        box = placed.nodes[node.name]
        drawn = {"name": node.name, "x": box.x, "y": box.y, "w": box.width, "h": box.height, "label": node.label}
        nodes.append(drawn | {"accepting": node.accepting, "shade": node.shade, "opens": opens.get(node.name)})
    edges = []
    for edge, arrow, share in zip(diagram.edges, placed.edges, shares.tolist(), strict=True):
        drawn = {"from": edge.source, "to": edge.target, "label": edge.label, "share": float(f"{share:.4g}")}
        edges.append(drawn | {"path": _path(arrow.points), "tip": arrow.tip, "at": arrow.label})
    entries = [{"path": _path(arrow.points), "tip": arrow.tip} for arrow in placed.entries]
    size = {"width": placed.width, "height": placed.height}
    return size | {"nodes": nodes, "edges": edges, "entries": entries, "caption": diagram.caption}


def _path(points: tuple[tuple[float, float], ...]) -> str:
    """Return Bézier curves as the path of an SVG."""
    pairs = [f"{x:g},{y:g}" for x, y in points]
    return f"M{pairs[0]}C{' '.join(pairs[1:])}"


def _of_groups(automaton: DFA | PDFA, nodes: dict[str, Node], reached: FloatArray, read: FloatArray) -> list[dict[str, Any]]:
    """Return the scenes of a large automaton: first the whole, then each group that has parts.

    Parameters
    ----------
    nodes : name -> how a state is drawn
    """
    labels = automaton if isinstance(automaton, DFA) else _likeliest(automaton)
    waiting = [groups(labels, reached)]
    found: list[dict[str, Any]] = []
    while len(found) < len(waiting):
        group = waiting[len(found)]
        opens = {}
        for part in group.parts:
            if part.parts:
                opens[_named(part)] = len(waiting)
                waiting.append(part)
        diagram, shares = _inside(labels, group, nodes, reached, read)
        found.append(_scene(diagram, shares, opens))
    return found


def _likeliest(automaton: PDFA) -> DFA:
    """Return the DFA of the likeliest next symbols."""
    classes = len(automaton.alphabet) + 1
    return DFA(
        automaton.alphabet, automaton.transitions, automaton.probabilities.argmax(axis=1), automaton.initial, max(2, classes)
    )


def _named(group: Group) -> str:
    first = name(int(group.states[0]))
    return first if len(group.states) == 1 else f"g{first}x{len(group.states)}"


def _inside(
    automaton: DFA, group: Group, drawn: dict[str, Node], reached: FloatArray, read: FloatArray
) -> tuple[Diagram, FloatArray]:
    """Return the diagram of the parts of a group, and the shares of its arrows."""
    alphabet, n, m = automaton.alphabet, automaton.states, len(group.parts)
    cell = np.full(n, m)  # the part of each state; m for those elsewhere
    for i, part in enumerate(group.parts):
        cell[part.states] = i
    names = [*map(_named, group.parts), ELSEWHERE]
    singles = [len(part.states) == 1 for part in group.parts]
    nodes = [
        drawn[names[i]] if singles[i] else Node(names[i], _described(automaton, part, reached), shade=_shade(automaton, part))
        for i, part in enumerate(group.parts)
    ]
    inner = np.flatnonzero(cell < m) if len(group.states) < n else np.arange(n)
    ends = np.stack([np.broadcast_to(cell[inner, None], (len(inner), len(alphabet))), cell[automaton.transitions[inner]]])
    counts = np.zeros((m + 1, m + 1, len(alphabet)))
    states = np.zeros((m + 1, m + 1, len(alphabet)), np.int64)
    symbols = np.broadcast_to(np.arange(len(alphabet)), ends[0].shape)
    np.add.at(counts, (ends[0], ends[1], symbols), read[inner])
    np.add.at(states, (ends[0], ends[1], symbols), 1)
    edges, shares = [], []
    for i, j in np.argwhere(states.any(axis=2)).tolist():
        if i == j and not singles[i]:
            continue  # inside of the group that it opens
        size = len(group.parts[i].states)
        edges.append(Edge(names[i], names[j], _letters(alphabet, states[i, j], size)))
        shares.append(float(counts[i, j].sum()))
    order = np.argsort(-np.array(shares), kind="stable")[:STRONGEST]
    left_out = len(edges) - len(order)
    edges, strengths = [edges[k] for k in order], np.array(shares)[order] / max(read.sum(), 1.0)
    if any(edge.target == ELSEWHERE for edge in edges):
        nodes.append(Node(ELSEWHERE, "other\ngroups"))
    start = cell[automaton.initial]
    caption = sentences(
        "letters in brackets are read so by some of the states only" if not all(singles) else "",
        f"not drawn: {counted(left_out, 'rare arrow')}" if left_out else "",
    )
    return Diagram(tuple(nodes), tuple(edges), (names[start],) if start < m else (), caption), strengths


def _letters(alphabet: Alphabet, states: IntArray, size: int) -> str:
    """Return the letters by which so many (Σ,) of the `size` states of a group go; in brackets those by which not all go."""
    all_go, some_go = np.flatnonzero(states == size).tolist(), np.flatnonzero((states > 0) & (states < size)).tolist()
    said = [letters(alphabet, all_go)] if all_go else []
    return "\n".join([*said, *([f"({letters(alphabet, some_go)})"] if some_go else [])])


def _shade(labels: DFA, group: Group) -> int:
    """Return the class of all states of a group; 0 where they differ."""
    classes = np.unique(labels.labels[group.states])
    return int(classes[0]) if len(classes) == 1 else 0


def _described(labels: DFA, group: Group, reached: FloatArray) -> str:
    """Return what is known of a group, in a few lines: its size, its share of all visits, and what tells it apart."""
    share = float(reached[group.states].sum()) / max(float(reached.sum()), 1.0)
    said = [f"{counted(len(group.states), 'state')}, {share:.1%}"]
    for suffix, label in group.told[:3]:
        said.append(f"{_text(labels.alphabet, suffix)}: {label}")
    return "\n".join(said)


def _text(alphabet: Alphabet, word: Word) -> str:
    return visible(alphabet.text(word)) if word else EPSILON
