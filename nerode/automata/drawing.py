"""Diagrams as DOT text, and as pictures drawn by the Graphviz library that pygraphviz includes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Literal

from nerode.automata.diagram import Diagram, Edge, Node
from nerode.errors import InputError

Picture = Literal["svg", "png", "pdf"]

# With more arrows, routing curves around nodes takes too long. Measured on random graphs of 20 to 150 nodes:
# 1 to 3 s for 150 arrows, 17 to 30 s for 300 arrows; 0.4 s with straight lines.
MOST_CURVES = 100
# With more arrows, the layered layout is slow too, and unreadable: a spring layout without labels is used.
MOST_LAYERED = 400

INK, GREY, LINE = "#1f2933", "#7b8794", "#52606d"
FILLS = ("#ffffff", "#e3f0fb", "#fdecd2", "#e5f5e6", "#f6e6f4", "#fff8cf", "#e0f4f1", "#f9e1de", "#ebe7f8")
DRAWN = MappingProxyType({"nerode": "drawing"})  # its labels are for people
STDERR = 2  # its file descriptor
FONT = "Helvetica,Arial,sans-serif"


def dot_text(diagram: Diagram, attributes: Mapping[str, str] = DRAWN) -> str:
    """Return the diagram in the DOT language, readable by other tools: states s0, s1, …, entry points `__start0`, …

    Parameters
    ----------
    attributes : further attributes of the graph, of plain characters; by default they say that this is a drawing
    """
    many = len(diagram.edges) > MOST_LAYERED
    straight = ' splines="line" outputorder="edgesfirst"' if len(diagram.edges) > MOST_CURVES else ""
    spread = ' overlap="scale"' if many else ""
    # AALpy takes each line with `label` for a state
    caption = f' labelloc="b" labeljust="l" label="{_wrapped(diagram.caption)}"' if diagram.caption else ""
    marks = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = [
        f'graph [rankdir="LR" bgcolor="white" fontname="{FONT}" fontsize=10 fontcolor="{GREY}" '
        f"pad=0.2 nodesep=0.35 ranksep=0.45 nslimit=2 nslimit1=2 mclimit=0.5{straight}{spread}{marks}{caption}];",
        f'node [fontname="{FONT}" fontsize=12 fontcolor="{INK}" color="{LINE}" penwidth=1 style="filled" fillcolor="white"];',
        f'edge [fontname="{FONT}" fontsize=11 fontcolor="{INK}" color="{LINE}" penwidth=0.8 arrowsize=0.6];',
    ]
    body = [_node(node) for node in diagram.nodes]
    for i, target in enumerate(diagram.entries):
        body.append(f'__start{i} [label="" shape="none" width=0 height=0];')
        body.append(f'__start{i} -> {target} [label="" len=0.6];')
    body += [_edge(edge) for edge in diagram.edges]
    return "\n".join(["digraph automaton {", *("  " + line for line in head + body), "}", ""])


def render(diagram: Diagram, picture: Picture) -> bytes:
    """Draw the diagram as SVG (self-contained, can be pasted into HTML), PNG or PDF.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    content = drawn(diagram, picture)
    return content[content.index(b"<svg") :] if picture == "svg" else content  # HTML does not allow an inner document type


def drawn(diagram: Diagram, form: str) -> bytes:
    """Return the diagram in a form that Graphviz writes, such as a picture or "json0", which says where its parts are.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    try:
        import pygraphviz  # here, because only pictures need this optional package
    except ImportError as error:
        message = f"drawing {form.upper()} needs pygraphviz, which cannot be imported; pip install 'pygraphviz>=2' or save DOT"
        raise InputError(message) from error
    many = len(diagram.edges) > MOST_LAYERED
    text = dot_text(_unlabelled(diagram) if many else diagram)
    args = "-Gdpi=160 -Gsize=30,30" if form == "png" else ""  # at most 4,800 pixels wide and high
    with _without_font_remarks():
        content: bytes = pygraphviz.AGraph(string=text).draw(format=form, prog="neato" if many else "dot", args=args)
    return content


@contextmanager
def _without_font_remarks() -> Iterator[None]:
    """Suppress fontconfig's remarks about the machine's font settings, and pass on all other output.

    The library bypasses Python and writes to the file descriptor of stderr. None of its own settings prevents this: it reads the
    folder of sample settings, whatever their version, even when told to use another file.
    """
    try:
        stderr = os.dup(STDERR)
    except OSError:  # stderr is closed
        yield
        return
    with TemporaryFile() as heard:
        os.dup2(heard.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(stderr, STDERR)
            os.close(stderr)
            heard.seek(0)
            for line in heard:
                if not line.startswith(b"Fontconfig "):
                    os.write(STDERR, line)


def _unlabelled(diagram: Diagram) -> Diagram:
    edges = tuple(Edge(edge.source, edge.target, "", edge.strength) for edge in diagram.edges)
    return Diagram(diagram.nodes, edges, diagram.entries, f"{diagram.caption} Too many arrows to label them.".strip())


def _node(node: Node) -> str:
    short = "\n" not in node.label and len(node.label) <= 5
    shape = "doublecircle" if node.accepting else "circle" if short else "box"
    size = "width=0.42 height=0.42 margin=0.03" if shape != "box" else 'style="filled,rounded" height=0.4 margin="0.1,0.05"'
    return f'{node.name} [label="{_quoted(node.label)}" shape="{shape}" {size} fillcolor="{FILLS[node.shade % len(FILLS)]}"];'


def _edge(edge: Edge) -> str:
    faint = "" if edge.strength >= 1 else f" penwidth={0.4 + 1.2 * edge.strength:.2f}"
    return f'{edge.source} -> {edge.target} [label="{_quoted(edge.label)}"{faint}];'


def _quoted(text: str) -> str:
    """Escape quotes and backslashes of a text for a DOT string, and prevent it from being read as a character reference."""
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _wrapped(caption: str, width: int = 80) -> str:
    """Return the caption for a DOT string, in left-aligned lines of about the given width; longer words are not cut."""
    lines = re.findall(rf"\S.{{0,{width}}}(?=\s|$)|\S+", caption)
    return "".join(_quoted(line) + "\\l" for line in lines)
