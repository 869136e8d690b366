"""Mermaid state diagrams, `.mmd`, as Markdown pages and wikis draw them."""

from __future__ import annotations

import re

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats.saveable import Saveable

BREAK = "<br>"


def write(automaton: Saveable, settings: DrawingSettings | None) -> str:
    """Return the state diagram of a readable selection, as in pictures; an arrow from an accepting state leads to the end."""
    diagram = automaton.diagram(settings or DrawingSettings())
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f"    {node.name}: {text(node.label)}" for node in diagram.nodes]
    lines += [f"    [*] --> {entry}" for entry in diagram.entries]
    lines += [f"    {edge.source} --> {edge.target}" + (f": {text(edge.label)}" if edge.label else "") for edge in diagram.edges]
    lines += [f"    {node.name} --> [*]" for node in diagram.nodes if node.accepting]
    lines += [f"    %% {diagram.caption}"] if diagram.caption else []
    return "\n".join([*lines, ""])


def text(value: str) -> str:
    """Return a text as Mermaid shows it: all signs that it could read are written as numbers of characters."""
    return BREAK.join(re.sub(r"[^\w .,+–−]|_", lambda sign: f"#{ord(sign[0])};", line) for line in value.split("\n"))
