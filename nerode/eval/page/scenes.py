"""Drawings of deterministic automata for a page: what stands where, and how often words pass through it.

A small automaton is one scene. A large one is a tree of scenes: boxes of a scene are groups of states, and each opens another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from nerode.automata.dfa import DFA
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node, counted, name, runs, sentences, shorten, visible
from nerode.automata.groups import Group, groups
from nerode.automata.layout import layout
from nerode.automata.pdfa import PDFA
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import Alphabet, FloatArray, IntArray, Words, pack

MOST_STATES, MOST_ARROWS = 150, 400  # of a scene that shows all states
STRONGEST = 40  # arrows of a scene of groups
MOST_PIECES = 3  # letters or ranges on one of them
ELSEWHERE = "elsewhere"
MOST_TOLD = 3  # labels of suffixes in one box
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


def scenes(automaton: DFA | PDFA, words: Words, names: Sequence[str] | None = None) -> Scenes:
    """Return the drawings of a deterministic automaton that reads these words.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    reached, read = traffic(automaton, words)
    several = names is not None and isinstance(automaton, DFA) and automaton.classes > 2
    settings = DrawingSettings(max_states=automaton.states, classes=tuple(names or ()) if several else ())
    diagram = automaton.diagram(settings)
    if automaton.states <= MOST_STATES and len(diagram.edges) <= MOST_ARROWS:
        found = [_scene(diagram, _shares(automaton, diagram, read), {})]
    else:
        found = _of_groups(_large(automaton, diagram, names, reached, read))
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
        drawn: dict[str, Any] = {"name": node.name, "x": box.x, "y": box.y, "w": box.width, "h": box.height, "label": node.label}
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


@dataclass(frozen=True, eq=False)
class _Large:
    """A large automaton that is shown in groups.

    Parameters
    ----------
    labels : the DFA whose labels tell states apart
    says : what each label is called
    nodes : name -> how a state is drawn
    reached, read : (n,) and (n, Σ), see `traffic`
    """

    labels: DFA
    says: tuple[str, ...]
    nodes: dict[str, Node]
    reached: FloatArray
    read: FloatArray


def _large(automaton: DFA | PDFA, diagram: Diagram, names: Sequence[str] | None, reached: FloatArray, read: FloatArray) -> _Large:
    """Return what the scenes of a large automaton are made of; the likeliest next symbols tell states of a PDFA apart."""
    nodes = {node.name: node for node in diagram.nodes}
    if isinstance(automaton, DFA):
        two = automaton.classes == 2
        says = ("rejected", "accepted") if two else tuple(f"class {label}" for label in range(automaton.classes))
        says = says if names is None else tuple(names)
        return _Large(automaton, says, nodes, reached, read)
    symbols = (*map(visible, automaton.alphabet), "end")
    likeliest = automaton.probabilities.argmax(axis=1)
    labels = DFA(automaton.alphabet, automaton.transitions, likeliest, automaton.initial, len(symbols))
    return _Large(labels, tuple(f"expects {symbol}" for symbol in symbols), nodes, reached, read)


def _of_groups(large: _Large) -> list[dict[str, Any]]:
    """Return the scenes of a large automaton: first the whole, then each group that has parts."""
    waiting = [groups(large.labels, large.reached)]
    found: list[dict[str, Any]] = []
    while len(found) < len(waiting):
        group = waiting[len(found)]
        opens = {}
        for part in group.parts:
            if part.parts:
                opens[_named(part)] = len(waiting)
                waiting.append(part)
        scene = _scene(*_inside(large, group), opens)
        for node, part in zip(scene["nodes"], group.parts, strict=False):  # but for the node of all others
            node["states"] = part.states.tolist() if part.parts else None
        found.append(scene)
    return found


def _named(group: Group) -> str:
    first = name(int(group.states[0]))
    return first if len(group.states) == 1 else f"g{first}x{len(group.states)}"


def _inside(large: _Large, group: Group) -> tuple[Diagram, FloatArray]:
    """Return the diagram of the parts of a group, and the shares of its arrows in all letters that are read."""
    dfa, parts = large.labels, group.parts
    m, alphabet = len(parts), dfa.alphabet
    cell = np.full(dfa.states, m)  # the part of each state; m for those elsewhere
    for i, part in enumerate(parts):
        cell[part.states] = i
    names = [*map(_named, parts), ELSEWHERE]
    nodes = [
        large.nodes[names[i]] if len(part.states) == 1 else Node(names[i], _described(large, part), shade=_shade(dfa, part))
        for i, part in enumerate(parts)
    ]
    ends = cell[group.states, None], cell[dfa.transitions[group.states]], np.arange(len(alphabet))[None]
    counts, states = np.zeros((m + 1, m + 1, len(alphabet))), np.zeros((m + 1, m + 1, len(alphabet)), np.int64)
    np.add.at(counts, ends, large.read[group.states])
    np.add.at(states, ends, 1)
    arrows = []
    for i, j in np.argwhere(states.any(axis=2)).tolist():
        size = len(parts[i].states)
        if i != j or size == 1:  # others are inside of the group that a box opens
            edge = Edge(names[i], names[j], _letters(alphabet, states[i, j], size))
            arrows.append((float(counts[i, j].sum()), int(states[i, j].sum()), edge))
    arrows.sort(key=lambda arrow: arrow[:2], reverse=True)
    drawn = arrows[:STRONGEST]
    if any(edge.target == ELSEWHERE for _, _, edge in drawn):
        nodes.append(Node(ELSEWHERE, "other\ngroups"))
    left_out = len(arrows) - len(drawn)
    caption = sentences(
        "in brackets: letters that lead there from some states of a group only" if any(part.parts for part in parts) else "",
        f"not drawn: {counted(left_out, 'rare arrow')}" if left_out else "",
    )
    start = int(cell[dfa.initial])
    entries = (names[start],) if start < m else ()
    shares = np.array([count for count, _, _ in drawn]) / max(float(large.read.sum()), 1.0)
    return Diagram(tuple(nodes), tuple(edge for _, _, edge in drawn), entries, caption), shares


def _letters(alphabet: Alphabet, states: IntArray, size: int) -> str:
    """Return the letters by which so many (Σ,) of the `size` states of a group go; in brackets those by which not all go."""
    all_go, some_go = np.flatnonzero(states == size).tolist(), np.flatnonzero((states > 0) & (states < size)).tolist()
    said = []
    for symbols, pattern in ((all_go, "{}"), (some_go, "({})")):
        if symbols:
            whole = len(symbols) == len(alphabet) > 1
            said.append(pattern.format("any" if whole else ", ".join(shorten(runs(alphabet, symbols), MOST_PIECES))))
    return "\n".join(said)


def _shade(labels: DFA, group: Group) -> int:
    """Return the class of all states of a group; 0 where they differ."""
    classes = np.unique(labels.labels[group.states])
    return int(classes[0]) if len(classes) == 1 else 0


def _described(large: _Large, group: Group) -> str:
    """Return what is known of a group, in a few lines: its size, its share of all visits, and what tells it apart."""
    share = float(large.reached[group.states].sum()) / max(float(large.reached.sum()), 1.0)
    said = [f"{counted(len(group.states), 'state')}, {share:.1%}"]
    for suffix, label in group.told[:MOST_TOLD]:
        then = f"then {visible(large.labels.alphabet.text(suffix))}: " if suffix else ""
        said.append(f"{then}{large.says[label]}")
    return "\n".join(said)
