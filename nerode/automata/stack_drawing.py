"""The drawing of a visibly pushdown automaton, as in textbooks: behind a letter stands what it pushes or pops."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from nerode.automata import diagram
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node
from nerode.words import Alphabet, BoolArray, IntArray

MOST_TOPS = 6  # stack symbols behind one return


class Stacked(Protocol):
    """What a drawing needs of a visibly pushdown automaton; see `nerode.automata.vpa.VPA`."""

    @property
    def states(self) -> int: ...
    @property
    def alphabet(self) -> Alphabet: ...
    @property
    def calls(self) -> IntArray: ...
    @property
    def returns(self) -> IntArray: ...
    @property
    def internals(self) -> IntArray: ...
    @property
    def transitions(self) -> IntArray: ...
    @property
    def pops(self) -> IntArray: ...
    @property
    def accepting(self) -> BoolArray: ...
    @property
    def initial(self) -> int: ...


def live_locations(vpa: Stacked) -> BoolArray:
    """Return whether some well-matched context makes each location (n,) accept: the others are traps."""
    live = vpa.accepting.copy()
    while True:
        before = live.copy()
        live |= live[vpa.transitions].any(axis=1)
        useful = live[vpa.pops]  # (n, R, n, C)
        # a popped location is live where some body returns from it to a live one, and a body where it returns to one
        live |= useful.any(axis=(1, 2, 3)) | useful.any(axis=(0, 1, 3))
        if (live == before).all():
            return live


def stack_symbol(vpa: Stacked, source: int, call: int, alone: bool = False) -> str:
    """Return the name of a stack symbol: the location and the call, or the call where the location is the only one."""
    read = diagram.visible(vpa.alphabet.symbols[vpa.calls[call]])
    return read if alone else f"{source}{read}"


def drawn(vpa: Stacked, settings: DrawingSettings) -> Diagram:
    """Return the drawing of a visibly pushdown automaton: "( push 0(" and ") pop 0(" on arrows.

    A stack symbol is a location and a call; where one location alone pushes, its call. Traps are left out, with all that leads
    there.
    """
    live = live_locations(vpa)
    shown = np.flatnonzero(live).tolist() or [vpa.initial]
    if len(shown) > settings.max_states:
        title = f"{diagram.counted(vpa.states, 'location')}"
        return diagram.sizes_only(title, f"{len(shown):,} locations are too many to draw (limit {settings.max_states:,}).")
    nodes = tuple(Node(diagram.name(i), str(i), bool(vpa.accepting[i]), int(vpa.accepting[i])) for i in shown)
    edges = [edge for i in shown for edge in _edges(vpa, i, live)]
    if not settings.merge:
        edges = [replace(edge, label=line) for edge in edges for line in edge.label.split("\n")]
    traps = [str(i) for i in range(vpa.states) if i not in shown]
    hidden = f"not drawn: {diagram.counted(len(traps), 'location')} ({', '.join(diagram.shorten(traps))}), " if traps else ""
    caption = diagram.sentences(f"{hidden}from which no word is accepted; missing arrows lead there" if traps else "")
    return Diagram(nodes, tuple(edges), (diagram.name(vpa.initial),), caption)


def _edges(vpa: Stacked, location: int, live: BoolArray) -> list[Edge]:
    """Return the arrows from a location to live ones, one for each target, a line for each return and call."""
    alone = np.count_nonzero(live) == 1
    lines: dict[int, list[str]] = {}
    after = vpa.transitions[location]
    for target in np.unique(after[live[after]]).tolist():
        members = vpa.internals[after == target].tolist()
        complete = bool(live[after].all()) and not len(vpa.calls)
        lines.setdefault(target, []).append(diagram.letters(vpa.alphabet, members, complete))
    if live[vpa.pops[:, :, location]].any():
        pushed = [
            f"{diagram.visible(vpa.alphabet.symbols[letter])} push {stack_symbol(vpa, location, c, alone)}"
            for c, letter in enumerate(vpa.calls.tolist())
            if live[vpa.pops[:, :, location, c]].any()
        ]
        lines.setdefault(vpa.initial, []).extend(pushed)
    for r, letter in enumerate(vpa.returns.tolist()):
        ends = vpa.pops[location, r]  # (n, C)
        read = diagram.visible(vpa.alphabet.symbols[letter])
        for target in np.unique(ends[live[ends]]).tolist():
            tops = [stack_symbol(vpa, source, c, alone) for source, c in np.argwhere((ends == target) & live[:, None]).tolist()]
            if tops:
                lines.setdefault(target, []).append(f"{read} pop {', '.join(diagram.shorten(tops, MOST_TOPS))}")
    return [Edge(diagram.name(location), diagram.name(target), "\n".join(some)) for target, some in lines.items()]
