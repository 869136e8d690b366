r"""DOT text, `.dot`: pictures for Graphviz, and DFAs for other programs, which are read back.

A DFA is written as LearnLib and AALpy write one: states `s0`, `s1`, …, a double circle around accepting ones, `__start0` with an
arrow to the initial state, and an arrow a letter. The attribute `nerode` of the graph says that labels are letters as they are.
Arrows of a Mealy machine are `a / 1`: a letter and its output.

DOT text of other programs is read by these rules. An invisible node, a point, or a node `__start…` that no arrow enters shows
where words begin; so does text without a frame whose arrow has no letter. Invisible arrows mean nothing. Double circles and two
peripheries accept. Labels such as `s0|out` of records, or `s0 / out` and `s0\nout` of all states, are those of a Moore machine,
and labels `a / out` of all arrows those of a Mealy machine, unless states accept. Other labels of an arrow are one letter or
several, between commas or line breaks outside of brackets; no label, `ε` and `epsilon` read nothing.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from nerode.automata.diagram import EVERYTHING, Diagram, DrawingSettings, Edge, name
from nerode.automata.drawing import DRAWN, dot_text
from nerode.automata.formats.document import Document, check_size, whole
from nerode.automata.formats.dot_letters import NOTHING, answered, pieces
from nerode.automata.formats.dot_parser import BESIDE, Attributes, Graph, parse
from nerode.automata.formats.machine import Machine, Outputs, deterministic, indexed, named, outputs
from nerode.automata.formats.saveable import Saveable
from nerode.automata.formats.transducer import mealy
from nerode.errors import InputError, shown

WITHOUT_FRAME = ("none", "plaintext", "plain")
STARTS = ("start", "initial", "init", "begin")  # names of entries, and labels of their arrows
MARK, DFA, MEALY = "nerode", "dfa", "mealy"
NAMES, BETWEEN = "names", "|"  # the attribute that names the classes
_PLAIN = re.compile(r"(?![+-]?\d+$)[^\s\"\\/|&<>](?:[^\"\\/|&<>\n]*[^\s\"\\/|&<>])?")  # no number, and nothing that ends a label


def write(automaton: Saveable, settings: DrawingSettings | None, names: tuple[str, ...] = ()) -> str:
    """Return DOT text: with settings a picture, otherwise all that there is, and a DFA so that `read` restores it.

    Parameters
    ----------
    names : what the classes are called; numbers are written where a name has a character that means something in DOT text
    """
    if automaton.kind not in (DFA, MEALY) or settings is not None:
        return dot_text(automaton.diagram(replace(settings or EVERYTHING, classes=names)))
    fitting = all(name.isprintable() and _PLAIN.fullmatch(name) for name in names)
    names = names if fitting and len(set(names)) == len(names) else ()
    fields, diagram = automaton.to_json(), automaton.diagram(replace(EVERYTHING, classes=names))
    mealy = automaton.kind == MEALY
    rows = fields["transitions"]
    outs = (
        [[f" / {names[output] if names else output}" for output in row] for row in fields["outputs"]]
        if mealy
        else [[""] * len(fields["alphabet"])] * len(rows)
    )
    arrows = [
        Edge(name(i), name(j), symbol + out)
        for i, (row, answers) in enumerate(zip(rows, outs, strict=True))
        for symbol, j, out in zip(fields["alphabet"], row, answers, strict=True)
    ]
    marks = {MARK: automaton.kind, "classes": str(fields["classes"])} | ({"empty": str(fields["empty"])} if mealy else {})
    marks |= {NAMES: BETWEEN.join(names)} if names else {}
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
    graph.edges[:] = [edge for edge in graph.edges if "invis" not in edge[2].get("style", "")]
    entries = _entries(graph)
    number = {node: i for i, node in enumerate(node for node in graph.nodes if node not in entries)}
    initial = tuple(number[target] for source, target, _ in graph.edges if source in entries)
    if not initial:
        raise InputError(
            "it does not show where words begin: no arrow without a letter comes from an invisible node such as __start0"
        )
    arrows = [(number[i], _label(values), number[j]) for i, j, values in graph.edges if i not in entries]
    if mark == MEALY:
        answers = [(i, *text.strip().rpartition("/"), j) for i, text, j in arrows]
        known = _number(graph, "classes"), _number(graph, "empty")
        names = _names(graph, known[0])
        return mealy(
            len(number), initial, [(i, letter.strip(), out.strip(), j) for i, letter, _, out, j in answers], known, names
        )
    if mark == DFA:
        own = _own_labels(graph, number)
        alphabet, found = indexed(arrows)
        return deterministic(Machine(alphabet, initial, own.labels, found, own.classes), names=own.names)
    accepting = tuple(int(_accepts(graph.nodes[node])) for node in number)
    answering = [(i, answered(text.strip()), j) for i, text, j in arrows]
    outs = bool(arrows) and all(pairs for _, pairs, _ in answering)
    if outs and not any(accepting):
        return mealy(len(number), initial, [(i, letter, out, j) for i, pairs, j in answering for letter, out in pairs])
    if outs and all(" / " in text for _, text, _ in arrows):
        raise InputError(
            f"some of its states accept, and its arrows have outputs, such as {shown(arrows[0][1])}; leave out one of them, or "
            "write letters without spaces"
        )
    notes = [f"labels such as {shown(arrows[0][1])} are letters, since some of its states accept"] if outs else []
    said = _labels({node: graph.nodes[node] for node in number}, accepting)
    letters: list[tuple[int, str | None, int]] = []
    for i, text, j in arrows:
        letters += [(i, letter, j) for letter in pieces(text.strip())]
        check_size(len(letters), "transitions")
    alphabet, found = indexed(letters)
    return deterministic(
        Machine(alphabet, initial, said.labels, found, said.classes), "; ".join([*notes, *filter(None, [said.told])]), said.names
    )


def _entries(graph: Graph) -> set[str]:
    """Return the nodes that are no states: their arrows show where words begin, or they have no arrows and are remarks.

    Whatever stands at the arrow of an invisible node or a point is no letter. Text without a frame around it is a state where its
    arrow has a letter.
    """
    entered = {target for _, target, _ in graph.edges}
    alone = {node: values for node, values in graph.nodes.items() if node not in entered and not _accepts(values)}
    surely = {node for node, values in alone.items() if _is_unseen(node, values)}
    texts = {node for node, values in alone.items() if values.get("shape", "").lower() in WITHOUT_FRAME}
    leaving: dict[str, set[str]] = {}
    for source, _, values in graph.edges:
        leaving.setdefault(source, set()).add(_label(values).strip())
    letters = {text for source, labels in leaving.items() if source not in surely | texts for text in labels}
    words = {*NOTHING, *(text for labels in leaving.values() for text in labels - letters if text.lower() in STARTS)}
    return surely | {node for node in texts if leaving.get(node, set()) <= words}


def _is_unseen(node: str, values: Attributes) -> bool:
    return node.startswith("__start") or "invis" in values.get("style", "") or values.get("shape", "").lower() == "point"


def _label(values: Attributes) -> str:
    """Return what stands at an arrow.

    Raises
    ------
    InputError : several labels, none of which is that of the arrow
    """
    beside = [values[name] for name in BESIDE if name in values]
    if "label" not in values and len(beside) > 1:
        raise InputError(f"an arrow has the labels {shown(beside[0])} and {shown(beside[1])}; write its letter as its label")
    return _shown(values.get("label", (beside or [""])[0]))


def _accepts(values: Attributes) -> bool:
    return values.get("shape", "").lower().startswith("double") or values.get("peripheries", "1") not in ("0", "1")


def _own_labels(graph: Graph, number: dict[str, int]) -> Outputs:
    """Return the classes of the states of a DFA that nerode wrote."""
    classes = _number(graph, "classes")
    names = _names(graph, classes)
    if classes == 2:
        return Outputs(tuple(int(_accepts(graph.nodes[node])) for node in number), 2, names=names)
    lines = [_shown(graph.nodes[node].get("label", "")).rpartition("\n")[2] for node in number]
    if names:
        return named(lines, names)
    return Outputs(tuple(whole(line.removeprefix("class "), "the class of a state") for line in lines), classes)


def _names(graph: Graph, classes: int) -> tuple[str, ...]:
    """Return what the classes of an automaton that nerode wrote are called; none where they have no names."""
    names = tuple(filter(None, graph.attributes.get(NAMES, "").split(BETWEEN)))
    if len(names) not in (0, classes):
        raise InputError(f"its attribute {NAMES!r} names {len(names)} classes, and there are {classes}; mend it or leave it out")
    return names


def _number(graph: Graph, name: str) -> int:
    return whole(graph.attributes.get(name, ""), f"the attribute {name!r} of the graph")


def _labels(nodes: dict[str, Attributes], accepting: tuple[int, ...]) -> Outputs:
    """Return the classes of the states."""
    labels = [_shown(values.get("label", node)).strip("{}").strip() for node, values in nodes.items()]
    records = all("record" in values.get("shape", "").lower() for values in nodes.values())
    if nodes and records and all("|" in label for label in labels):
        return outputs([label.partition("|")[2].strip() for label in labels])
    if any(accepting):
        return Outputs(accepting, 2)
    for divider, once in ((" / ", False), ("/", True), ("\n", True)):
        parts = [label.partition(divider) for label in labels]
        if all(name.strip() and out.strip() and not (once and divider in out) for name, _, out in parts):
            found = outputs([out.strip() for _, _, out in parts])
            said = f"the outputs of its states are read from labels such as {shown(labels[0])}" if once else ""
            return replace(found, told="; ".join(filter(None, [said, found.told])))
    return Outputs(accepting, 2, "no state is accepting: a double circle (shape=doublecircle or peripheries=2) shows acceptance")


def _shown(text: str) -> str:
    """Return what Graphviz shows of a string: line breaks, backslashes and references to characters are resolved."""
    text = re.sub(r"\\([nlr\\])", lambda escaped: "\\" if escaped[1] == "\\" else "\n", text)
    return re.sub(r"&#?\w+;", lambda reference: html.unescape(reference[0]), text)
