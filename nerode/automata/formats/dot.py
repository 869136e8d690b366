r"""DOT text, `.dot`: pictures for Graphviz, and DFAs for other programs, which are read back.

A DFA is written as LearnLib and AALpy write one: states `s0`, `s1`, …, a double circle around accepting ones, `__start0` with an
arrow to the initial state, and an arrow a letter. The attribute `nerode` of the graph says that labels are letters as they are.
Arrows of a Mealy machine are `a / 1`: a letter and its output.

DOT text of other programs is read by these rules. An invisible node, a point, or a node `__start…` that no arrow enters shows
where words begin. Double circles and two peripheries accept. Labels such as `s0|out` of records, or `s0 / out` of all states,
are those of a Moore machine, and labels `a / out` of all arrows those of a Mealy machine. Other labels of an arrow are one letter
or several, between commas or line breaks outside of brackets; no label, `ε` and `epsilon` read nothing.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

from nerode.automata.diagram import EVERYTHING, Diagram, DrawingSettings, Edge, name
from nerode.automata.drawing import DRAWN, dot_text
from nerode.automata.formats.document import Document, check_size, whole
from nerode.automata.formats.dot_parser import Attributes, Graph, parse
from nerode.automata.formats.machine import Machine, deterministic, indexed, outputs
from nerode.automata.formats.saveable import Saveable
from nerode.automata.formats.transducer import mealy
from nerode.errors import InputError

INVISIBLE = ("none", "point", "plaintext", "plain")
NOTHING = ("", "ε", "epsilon")
MARK, DFA, MEALY = "nerode", "dfa", "mealy"
OPENING, CLOSING = "([{", ")]}"


def write(automaton: Saveable, settings: DrawingSettings | None) -> str:
    """Return DOT text: with settings a picture, otherwise all that there is, and a DFA so that `read` restores it."""
    if automaton.kind not in (DFA, MEALY) or settings is not None:
        return dot_text(automaton.diagram(settings or EVERYTHING))
    fields, diagram = automaton.to_json(), automaton.diagram(EVERYTHING)
    mealy = automaton.kind == MEALY
    rows = fields["transitions"]
    outs = (
        [[f" / {output}" for output in row] for row in fields["outputs"]]
        if mealy
        else [[""] * len(fields["alphabet"])] * len(rows)
    )
    arrows = [
        Edge(name(i), name(j), symbol + out)
        for i, (row, answers) in enumerate(zip(rows, outs, strict=True))
        for symbol, j, out in zip(fields["alphabet"], row, answers, strict=True)
    ]
    marks = {MARK: automaton.kind, "classes": str(fields["classes"])} | ({"empty": str(fields["empty"])} if mealy else {})
    return dot_text(Diagram(diagram.nodes, tuple(arrows), diagram.entries, ""), marks)


def read(text: str) -> Document:
    """Return the DFA or the Mealy machine of a DOT text; states are numbered in the order of their first appearance.

    Raises
    ------
    InputError : no DOT text, a picture of nerode, or no initial state
    """
    graph = parse(text)
    mark = graph.attributes.get(MARK)
    if mark == DRAWN[MARK]:
        raise InputError("it is a picture of nerode, whose labels are shortened; write a DFA with `nerode convert` instead")
    entered = {target for _, target, _ in graph.edges}
    entries = {node for node, values in graph.nodes.items() if node not in entered and _shows_entry(node, values)}
    number = {node: i for i, node in enumerate(node for node in graph.nodes if node not in entries)}
    initial = tuple(number[target] for source, target, _ in graph.edges if source in entries)
    if not initial:
        raise InputError("it does not show where words begin: no arrow comes from an invisible node such as __start0")
    arrows = [(i, j, values) for i, j, values in graph.edges if i not in entries]
    texts = [_shown(values.get("label", "")).strip() for _, _, values in arrows]
    if mark == MEALY or (mark is None and texts and all(re.fullmatch(r"[^/]+/[^/]+", text) for text in texts)):
        answers = [tuple(part.strip() for part in text.rpartition("/")) for text in texts]
        known = (_number(graph, "classes"), _number(graph, "empty")) if mark == MEALY else None
        both = zip(arrows, answers, strict=True)
        return mealy(len(number), initial, [(number[i], letter, out, number[j]) for (i, j, _), (letter, _, out) in both], known)
    if mark == DFA:
        labels, classes, told = *_own_labels(graph, number), ""
        edges = [(number[i], _shown(values.get("label", "")), number[j]) for i, j, values in arrows]
        alphabet, found = indexed(edges)
    else:
        labels, classes, told = _labels(graph, number)
        letters: list[tuple[int, str | None, int]] = []
        for (i, j, _), text in zip(arrows, texts, strict=True):
            letters += [(number[i], letter, number[j]) for letter in _letters(text)]
            check_size(len(letters), "transitions")
        alphabet, found = indexed(letters)
    return deterministic(Machine(alphabet, initial, labels, found, classes), told)


def _shows_entry(node: str, values: Attributes) -> bool:
    return node.startswith("__start") or values.get("shape", "").lower() in INVISIBLE or "invis" in values.get("style", "")


def _accepts(values: Attributes) -> bool:
    return values.get("shape", "").lower().startswith("double") or values.get("peripheries", "1") not in ("0", "1")


def _own_labels(graph: Graph, number: dict[str, int]) -> tuple[tuple[int, ...], int]:
    """Return the classes of the states of a DFA that nerode wrote, and how many classes it has."""
    classes = _number(graph, "classes")
    if classes == 2:
        return tuple(int(_accepts(graph.nodes[node])) for node in number), 2
    lines = [_shown(graph.nodes[node].get("label", "")).rpartition("class ")[2] for node in number]
    return tuple(whole(line, "the class of a state") for line in lines), classes


def _number(graph: Graph, name: str) -> int:
    return whole(graph.attributes.get(name, ""), f"the attribute {name!r} of the graph")


def _labels(graph: Graph, number: dict[str, int]) -> tuple[tuple[int, ...], int, str]:
    """Return the classes of the states, their number, and what was assumed."""
    nodes = [graph.nodes[node] for node in number]
    labels = [_shown(values.get("label", "")).strip("{}") for values in nodes]
    accepting = tuple(map(int, map(_accepts, nodes)))
    records = all("record" in values.get("shape", "").lower() for values in nodes)
    for divider, fits in (("|", records), (" / ", not any(accepting))):
        if nodes and fits and all(divider in label for label in labels):
            return outputs([label.partition(divider)[2].strip() for label in labels])
    return accepting, 2, ""


def _letters(text: str) -> list[str | None]:
    """Return the letters of a label: what stands between commas and line breaks outside of brackets."""
    if text in NOTHING:
        return [None]
    cuts, depth = [-1], 0
    for place, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING and depth > 0)
        if character == "\n" or (character == "," and not depth):
            cuts.append(place)
    check_size(len(cuts), "letters on an arrow")
    stripped = [text[before + 1 : after].strip() for before, after in pairwise([*cuts, len(text)])]
    if not all(stripped) or depth:  # a comma or a bracket is a letter itself
        return [text]
    return [None if piece in NOTHING else piece for piece in stripped]


def _shown(text: str) -> str:
    """Return what Graphviz shows of a string: line breaks, backslashes and references to characters are resolved."""
    text = re.sub(r"\\([nlr\\])", lambda escaped: "\\" if escaped[1] == "\\" else "\n", text)
    return re.sub(r"&#?\w+;", lambda reference: html.unescape(reference[0]), text)
