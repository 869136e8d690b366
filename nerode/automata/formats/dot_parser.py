"""The DOT language: a text becomes nodes and edges with their attributes. Nothing is drawn, and no attribute is followed.

The grammar is that of Graphviz, without labels in HTML. Only the attributes that say something about an automaton are kept, with
the escapes of Graphviz except for quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from nerode.automata.formats.document import check_size
from nerode.errors import InputError, shown

BESIDE = ("xlabel", "headlabel", "taillabel")  # an arrow may have one of them in place of its label
KEPT = {
    "label",
    *BESIDE,
    "shape",
    "style",
    "peripheries",
    "nerode",
    "classes",
    "empty",
    "names",
}  # all others could make a small file large
DEEPEST = 50  # of subgraphs in each other
_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|^\#[^\n]*)
      | (?P<quoted>"(?:[^"\\]|\\.)*"?)
      | (?P<number>-?(?:\.\d+|\d+(?:\.\d*)?))
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>->|--|.)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_UNQUOTED = {'\\"': '"', "\\\n": ""}
Attributes = dict[str, str]


@dataclass
class Graph:
    """What a text describes: attributes, nodes in the order of their first appearance, and edges in their order."""

    attributes: Attributes = field(default_factory=dict)
    nodes: dict[str, Attributes] = field(default_factory=dict)
    edges: list[tuple[str, str, Attributes]] = field(default_factory=list)


@dataclass(frozen=True)
class _Defaults:
    node: Attributes
    edge: Attributes


def parse(text: str) -> Graph:
    """Return the directed graph that a DOT text describes.

    Raises
    ------
    InputError : text of another form, an undirected graph, or a label in HTML
    """
    return _Parser(text).graph()


class _Parser:
    """A position in the tokens of a text, and the graph so far. A token is its kind and its text."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = next(self._tokens)
        self._graph = Graph()

    def graph(self) -> Graph:
        if self._is("strict"):
            self._take()
        if not self._is("digraph"):
            raise InputError("it does not begin with 'digraph', as the DOT text of an automaton does")
        self._take()
        if not self._is("{"):
            self._identifier()
        self._statements(_Defaults({}, {}), 0)
        if self._next[0] != "end":
            raise InputError(f"after the end of the graph comes {shown(self._next[1])}; only one graph a file is read")
        return self._graph

    def _is(self, word: str) -> bool:
        """Return whether the next token is a sign or a keyword; keywords are not case-sensitive."""
        kind, text = self._next
        return kind in ("sign", "name") and text.lower() == word

    def _take(self) -> str:
        text = self._next[1]
        self._next = next(self._tokens)
        return text

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise InputError(f"{sign} is expected, not {shown(self._next[1]) if self._next[0] != 'end' else 'the end'}")
        self._take()

    def _identifier(self) -> str:
        kind, text = self._next
        if kind in ("sign", "end"):
            what = "a label in HTML, which is not read; write it in quotes" if text == "<" else shown(text)
            raise InputError(f"a name is expected, not {what}")
        self._take()
        while kind == "quoted" and self._is("+"):  # strings that follow each other
            self._take()
            if self._next[0] != "quoted":
                raise InputError("after + a string in quotes is expected")
            text += self._take()
        return text

    def _statements(self, defaults: _Defaults, depth: int) -> dict[str, None]:
        """Read statements in braces; return the nodes that they name."""
        if depth > DEEPEST:
            raise InputError("its subgraphs are nested too deeply")
        self._expect("{")
        named: dict[str, None] = {}
        while not self._is("}"):
            if self._is(";") or self._is(","):
                self._take()
                continue
            named.update(self._statement(defaults, depth))
        self._take()
        return named

    def _statement(self, defaults: _Defaults, depth: int) -> dict[str, None]:
        for kind, target in (("graph", None), ("node", defaults.node), ("edge", defaults.edge)):
            if self._is(kind):
                self._take()
                given = self._attributes()
                if target is not None:
                    target.update(given)
                elif depth == 0:
                    self._graph.attributes.update(given)
                return {}
        ends = [self._end(defaults, depth)]
        if ends[0] is None:  # it was an attribute of the graph
            return {}
        while self._is("->") or self._is("--"):
            if self._take() == "--":
                raise InputError("it has edges without a direction (--)")
            ends.append(self._end(defaults, depth))
        given = self._attributes() if self._is("[") else {}
        values = defaults.edge | given
        groups = [end for end in ends if end is not None]
        if len(groups) != len(ends):
            raise InputError("an attribute of the graph stands where a node is expected")
        if len(groups) == 1 and len(groups[0]) == 1:
            (name,) = groups[0]
            self._graph.nodes[name].update(given)
        for sources, targets in pairwise(groups):
            check_size(len(self._graph.edges) + len(sources) * len(targets), "transitions")
            self._graph.edges += [(i, j, values) for i in sources for j in targets]
        return {name: None for group in groups for name in group}

    def _end(self, defaults: _Defaults, depth: int) -> dict[str, None] | None:
        """Read a node or a subgraph; return its nodes, or None if it is an attribute of the graph."""
        if self._is("subgraph"):
            self._take()
            if not self._is("{"):
                self._identifier()
        if self._is("{"):
            return self._statements(_Defaults(dict(defaults.node), dict(defaults.edge)), depth + 1)
        name = self._identifier()
        if self._is("="):
            self._take()
            value = self._identifier()
            if depth == 0 and name in KEPT:
                self._graph.attributes[name] = value
            return None
        while self._is(":"):  # ports
            self._take()
            self._identifier()
        if name not in self._graph.nodes:
            self._graph.nodes[name] = dict(defaults.node)
        return {name: None}

    def _attributes(self) -> Attributes:
        """Read lists of attributes in brackets."""
        found: Attributes = {}
        self._expect("[")
        while True:
            if self._is("]"):
                self._take()
                if not self._is("["):
                    return found
                self._take()
            elif self._is(",") or self._is(";"):
                self._take()
            else:
                name = self._identifier()
                value = "true"
                if self._is("="):
                    self._take()
                    value = self._identifier()
                if name in KEPT:
                    found[name] = value


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match[0]
        if kind == "quoted":
            if len(found) < 2 or not found.endswith('"'):
                raise InputError("a string in quotes has no end")
            yield kind, _ESCAPED.sub(lambda escaped: _UNQUOTED.get(escaped[0], escaped[0]), found[1:-1])
        elif kind != "skip":
            yield kind, found
    while True:
        yield "end", ""
