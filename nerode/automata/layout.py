"""Where Graphviz places the parts of a diagram, for pages that draw it themselves.

Coordinates are points, from the upper left corner.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from nerode.automata.diagram import Diagram
from nerode.automata.drawing import drawn

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """The place of a node: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Arrow:
    """The place of an edge: 1 + 3k points of Bézier curves, the tip of the arrow, and the middle of its label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """The places of all parts of a diagram; `edges` and `entries` are in its order."""

    width: float
    height: float
    nodes: dict[str, Box]
    edges: tuple[Arrow, ...]
    entries: tuple[Arrow, ...]


def layout(diagram: Diagram) -> Layout:
    """Return the places of the parts of a diagram.

    Raises
    ------
    InputError : pygraphviz is not installed
    """
    found = json.loads(drawn(diagram, "json0"))
    left, low, right, top = map(float, found["bb"].split(","))

    def point(text: str) -> Point:
        x, y = map(float, text.split(","))
        return round(x - left, 1), round(top - y, 1)

    objects = found.get("objects", [])
    nodes = {}
    for each in objects:
        if each["name"].startswith("__start"):
            continue
        x, y = point(each["pos"])
        nodes[each["name"]] = Box(x, y, round(72 * float(each["width"]), 1), round(72 * float(each["height"]), 1))
    arrows: dict[tuple[str, str], list[Arrow]] = defaultdict(list)
    for each in found.get("edges", []):
        ends = objects[each["tail"]]["name"], objects[each["head"]]["name"]
        arrows[ends].append(_arrow(each, point))
    edges = tuple(arrows[edge.source, edge.target].pop(0) for edge in diagram.edges)
    entries = tuple(arrows[f"__start{i}", target].pop(0) for i, target in enumerate(diagram.entries))
    return Layout(right - left, top - low, nodes, edges, entries)


def _arrow(edge: dict[str, Any], point: Any) -> Arrow:
    """Return the place of an edge from its attribute `pos`: `e,x,y` is the tip, all others are points of curves."""
    pieces = edge["pos"].split()
    tips = [piece[2:] for piece in pieces if piece.startswith("e,")]
    points = tuple(point(piece) for piece in pieces if piece[0] not in "es")
    return Arrow(points, point(tips[0]) if tips else points[-1], point(edge["lp"]) if "lp" in edge else None)
