"""Pictures of automata as data, independent of the drawing tool."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nerode.words import Alphabet, IntArray

MOST_PIECES = 16  # the most letters or ranges on one arrow
MOST_RUNS = 3  # the most letters or ranges that are read at a glance
MOST_GROUPS = 40  # the most groups in a condensed drawing


@dataclass(frozen=True)
class DrawingSettings:
    """The selection of what a drawing shows.

    Parameters
    ----------
    hide_sinks : leave out the states from which nothing more can happen, and name them in the caption
    threshold : weights and probabilities below this fraction of the largest are not drawn, only counted in the caption
    max_states : larger automata are shown in a condensed form
    max_arrows : the number of strongest arrows of a weighted automaton that are drawn; more are drawn only to keep the strongest
        arrow into and out of each state
    merge : one arrow for all letters between two states; otherwise one arrow per letter
    classes : what the classes of a DFA or the outputs of a Mealy machine are called; none for their numbers
    """

    hide_sinks: bool = False
    threshold: float = 0.05
    max_states: int = 150
    max_arrows: int = 30
    merge: bool = True
    classes: tuple[str, ...] = ()

    def called(self, label: int) -> str:
        """Return what a class is called, "class 2" where it has no name."""
        return visible(self.classes[label]) if label < len(self.classes) else f"class {label}"


EVERYTHING = DrawingSettings(threshold=0.0, max_states=sys.maxsize, max_arrows=sys.maxsize, merge=False)


@dataclass(frozen=True)
class Node:
    """A state or a group of states; newlines separate the lines of its label.

    `shade` distinguishes classes; 0 is neutral.
    """

    name: str
    label: str
    accepting: bool = False
    shade: int = 0


@dataclass(frozen=True)
class Edge:
    """An arrow between two nodes; `strength` lies between 0 and 1."""

    source: str
    target: str
    label: str
    strength: float = 1.0


@dataclass(frozen=True)
class Diagram:
    """A picture: nodes, arrows between them, the nodes where words start, and a caption of what is not shown."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    entries: tuple[str, ...]
    caption: str


def name(state: Any) -> str:
    """Return the name of a state in a diagram."""
    return f"s{state}"


def visible(text: str) -> str:
    """Return the text with invisible and unprintable characters as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(text: str) -> str:
    """Return a symbol or a word as it stands in a sentence."""
    return f"“{visible(text)}”"


def number(value: float) -> str:
    """Return a weight with two significant figures."""
    return f"{value:.2g}".replace("-", "−")


def probability(value: float) -> str:
    """Return a probability with two significant figures, without the leading zero."""
    return f"{value:.0f}" if value in (0, 1) else re.sub(r"^0\.", ".", f"{value:#.2g}")


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 state", "2,000 states", "3 leaves"."""
    many = f"{noun[:-1]}ves" if noun.endswith("f") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def sentences(*parts: str) -> str:
    """Return a caption made of the nonempty parts."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


def shorten(pieces: Sequence[str], most: int = MOST_PIECES) -> list[str]:
    """Return the pieces; if there are too many, the last ones are replaced by their number."""
    return list(pieces) if len(pieces) <= most else [*pieces[: most - 1], f"+{len(pieces) - most + 1} more"]


def lines(pieces: Sequence[str], a_line: int = 4) -> str:
    """Return the pieces separated by commas, a few per line."""
    return ",\n".join(", ".join(pieces[i : i + a_line]) for i in range(0, len(pieces), a_line))


def letters(
    alphabet: Alphabet, symbols: Sequence[int], others: bool = False, named: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> str:
    """Return a short name of a set of letters: "a–f, x", "0–7", "any" for all, and with `others` "other" where that is shorter.

    Parameters
    ----------
    symbols : increasing indices
    others : whether every remaining letter is shown on another arrow from the same state
    named : classes that are written by their names; each lies entirely inside or outside the set
    """
    if len(symbols) == len(alphabet) > 1:
        return "any"
    names = [name for name, members in named.items() if members[0] in symbols]
    inside = {symbol for name in names for symbol in named[name]}
    pieces = runs(alphabet, [symbol for symbol in symbols if symbol not in inside]) + names
    if others and len(pieces) > MOST_RUNS and 2 * len(symbols) > len(alphabet):
        return "other"
    return lines(shorten(pieces))


def runs(alphabet: Alphabet, symbols: Sequence[int]) -> list[str]:
    """Return letters, given as increasing indices; three or more consecutive ones become a range: "a–f", "x"."""
    pieces: list[str] = []
    begin = 0
    for end in range(1, len(symbols) + 1):
        if end < len(symbols) and _follows(alphabet, symbols[end - 1], symbols[end]):
            continue
        run = [visible(alphabet.symbols[symbol]) for symbol in symbols[begin:end]]
        pieces.extend(run if len(run) < 3 else [f"{run[0]}–{run[-1]}"])
        begin = end
    return pieces


def _follows(alphabet: Alphabet, first: int, second: int) -> bool:
    """Return whether a reader who does not know the order of the alphabet expects the second symbol after the first."""
    before, after = alphabet.symbols[first], alphabet.symbols[second]
    if second != first + 1:
        return False
    if before.isdecimal() and after.isdecimal():
        return int(after) == int(before) + 1
    return len(before) == len(after) == 1 and before.isalnum() and after.isalnum() and ord(after) == ord(before) + 1


def deterministic(
    transitions: IntArray,
    initial: int,
    nodes: Sequence[Node],
    label: Callable[[int, list[int], bool], str],
    drawn: NDArray[np.bool_],
    sinks: Callable[[], NDArray[np.bool_]],
    settings: DrawingSettings,
) -> Diagram:
    """Return the full drawing of a deterministic automaton of n states over Σ symbols.

    Parameters
    ----------
    transitions : (n, Σ), the next state
    label : the label of the arrow from a state for some symbols, given whether all other symbols of the state are shown too
    drawn : (n, Σ), the transitions that get an arrow
    sinks : returns the states (n,) to leave out, called only with `hide_sinks`; the initial state stays
    """
    shown = ~sinks() if settings.hide_sinks else np.ones(len(nodes), bool)
    shown[initial] = True
    edges = []
    for state in np.flatnonzero(shown).tolist():
        arrows: dict[tuple[int, int], list[int]] = {}
        worth = np.flatnonzero(drawn[state] & shown[transitions[state]]).tolist()
        for symbol in worth:
            target = int(transitions[state, symbol])
            arrows.setdefault((target, 0 if settings.merge else symbol), []).append(symbol)
        complete = len(worth) == transitions.shape[1]
        edges += [Edge(name(state), name(target), label(state, some, complete)) for (target, _), some in arrows.items()]
    faint = int(np.count_nonzero(~drawn[shown]))
    hidden = np.flatnonzero(~shown).tolist()
    caption = sentences(
        f"not drawn: {counted(faint, 'unlikely transition')}" if faint else "",
        f"hidden: {counted(len(hidden), 'sink')} ({', '.join(shorten([str(s) for s in hidden]))}), where the missing arrows lead"
        if hidden
        else "",
    )
    return Diagram(tuple(nodes[i] for i in np.flatnonzero(shown).tolist()), tuple(edges), (name(initial),), caption)


def condensed(transitions: IntArray, initial: int, describe: Callable[[IntArray], str], settings: DrawingSettings) -> Diagram:
    """Return a drawing of the largest strongly connected components of a deterministic automaton that is too large to draw.

    Parameters
    ----------
    describe : returns the text of a component, given its states
    """
    n = len(transitions)
    sources = np.repeat(np.arange(n), transitions.shape[1])
    graph = coo_array((np.ones(transitions.size, bool), (sources, transitions.ravel())), shape=(n, n)).tocsr()
    count, group = connected_components(graph, directed=True, connection="strong")
    sizes = np.bincount(group)
    sizes_first = sizes.copy()
    sizes_first[group[initial]] = n + 1  # the group of ε is always shown
    shown = np.argsort(-sizes_first, kind="stable")[:MOST_GROUPS]
    nodes = []
    for g in shown.tolist():
        members = np.flatnonzero(group == g)
        title = counted(len(members), "state") if len(members) > 1 else f"state {members[0]}"
        nodes.append(Node(name(g), f"{title}\n{describe(members)}".strip()))
    pairs = np.unique(np.stack([group[sources], group[transitions.ravel()]], axis=1), axis=0)
    pairs = pairs[np.isin(pairs, shown).all(axis=1) & (pairs[:, 0] != pairs[:, 1])]
    left_out = count - len(shown)
    caption = sentences(
        f"{counted(n, 'state')} are too many to draw (limit {settings.max_states:,}): "
        f"each box is a group of states that reach each other, {counted(count, 'group')} in all",
        f"not drawn: the {counted(left_out, 'smallest group')}, with {counted(int(n - sizes[shown].sum()), 'state')} in all"
        if left_out
        else "",
    )
    edges = tuple(Edge(name(source), name(target), "") for source, target in pairs.tolist())
    return Diagram(tuple(nodes), edges, (name(group[initial]),), caption)


def sizes_only(title: str, caption: str) -> Diagram:
    """Return one box with a summary, for an automaton that cannot be drawn at all."""
    return Diagram((Node(name(0), title),), (), (), caption)
