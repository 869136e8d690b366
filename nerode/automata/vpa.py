"""Deterministic visibly pushdown automata with a single entry (1-SEVPA): the letters themselves say what the stack does.

A call pushes the current location and itself, and leads to the initial location. A return pops that pair and leads to a
location that depends on it. Internal letters leave the stack alone. Words whose calls and returns do not match are rejected.
So a location stands for a class of well-matched words that no context tells apart, and the minimal automaton is unique for
given kinds of letters.

Alur, Madhusudan: Visibly pushdown languages, STOC 2004. Alur, Kumar, Madhusudan, Viswanathan: Congruences for visibly pushdown
languages, ICALP 2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from nerode.automata import diagram, graphs
from nerode.automata.base import Automaton
from nerode.automata.diagram import Diagram, DrawingSettings
from nerode.automata.documents import Fields
from nerode.automata.stack_drawing import drawn, stack_symbol
from nerode.errors import InputError
from nerode.links import Binary, Link
from nerode.protocols import States
from nerode.words import Alphabet, BoolArray, IntArray, frozen_array

if TYPE_CHECKING:
    import networkx as nx

    from nerode.words import FloatArray

INTERNAL, CALL, RETURN = 0, 1, -1
"""The kinds of letters, which are also 0, 1 and −1 for what they add to the height of the stack."""


@dataclass(frozen=True, eq=False, repr=False)
class VPA(Automaton):
    """A complete deterministic single-entry visibly pushdown automaton of n locations.

    Parameters
    ----------
    alphabet : Σ symbols
    calls : (C,), the letters that push, ascending
    returns : (R,), the letters that pop, ascending
    transitions : (n, I), the next location after each internal letter, in the order of `internals`
    pops : (n, R, n, C), the next location after each return, by the location and the call that are popped
    accepting : (n,), whether the well-matched words that lead to a location are accepted
    initial : the location of ε, where every call leads too

    Attributes
    ----------
    internals : (I,), the other letters, ascending
    kinds : (Σ,), CALL, RETURN or INTERNAL

    Raises
    ------
    InputError : shapes, letters or locations that do not fit each other
    """

    alphabet: Alphabet
    calls: IntArray
    returns: IntArray
    transitions: IntArray
    pops: IntArray
    accepting: BoolArray
    initial: int = 0
    internals: IntArray = field(init=False)
    kinds: IntArray = field(init=False)
    _columns: IntArray = field(init=False)  # (Σ,), the place of each letter among those of its kind
    kind: ClassVar[str] = "vpa"

    def __post_init__(self) -> None:
        for name in ("calls", "returns", "transitions", "pops"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.int64))
        object.__setattr__(self, "accepting", frozen_array(self.accepting, np.bool_))
        letters, n = len(self.alphabet), len(self.accepting)
        kinds = letter_kinds(letters, self.calls, self.returns)
        columns = np.zeros(letters, np.int64)
        internals = np.flatnonzero(kinds == INTERNAL)
        for members in (self.calls, self.returns, internals):
            columns[members] = np.arange(len(members))
        for name, values in (("internals", internals), ("kinds", kinds), ("_columns", columns)):
            object.__setattr__(self, name, frozen_array(values, np.int64))
        shape = (n, len(self.returns), n, len(self.calls))
        if n == 0 or self.transitions.shape != (n, len(internals)) or self.pops.shape != shape:
            shapes = self.transitions.shape, self.pops.shape
            raise InputError(f"a VPA of {n} locations over {letters} symbols has arrays of shapes {shapes} that do not fit")
        targets = np.concatenate([self.transitions.ravel(), self.pops.ravel(), [self.initial]])
        if targets.min() < 0 or targets.max() >= n:
            raise InputError(f"a VPA of {n} locations refers to a location that it does not have")

    @property
    def states(self) -> int:
        return len(self.accepting)

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    @property
    def moves(self) -> int:
        """The number of transitions on internal letters and on returns; calls have no choice."""
        return self.transitions.size + self.pops.size

    def start(self) -> States:
        """Return the location, the height of the stack, −1 once the word is rejected, and the stack as digits of an integer."""
        return np.array([self.initial]), np.zeros(1, np.int64), np.zeros(1, object)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        locations, heights, stacks = (part[parents] for part in states)
        kinds, columns = self.kinds[symbols], self._columns[symbols]
        running = heights >= 0
        rows = np.flatnonzero(running & (kinds == INTERNAL))
        locations[rows] = self.transitions[locations[rows], columns[rows]]
        base = self.states * len(self.calls)
        rows = np.flatnonzero(running & (kinds == RETURN) & (heights > 0))
        below, tops = stacks[rows] // base, (stacks[rows] % base).astype(np.int64)
        sources, calls = np.divmod(tops, max(1, len(self.calls)))
        locations[rows], stacks[rows] = self.pops[locations[rows], columns[rows], sources, calls], below
        rows = np.flatnonzero(running & (kinds == CALL))
        pushed = (locations[rows] * len(self.calls) + columns[rows]).astype(object)
        locations[rows], stacks[rows] = self.initial, stacks[rows] * base + pushed
        return locations, np.where(running, heights + kinds, -1), stacks

    def stacks(self, states: States) -> list[list[tuple[int, int]] | None]:
        """Return the stack of each state, the top last: pairs of a location and the place of a call; None once it is rejected."""
        base, calls = self.states * len(self.calls), max(1, len(self.calls))
        found: list[list[tuple[int, int]] | None] = []
        for height, stack in zip(states[1].tolist(), states[2].tolist(), strict=True):
            tops = []
            for _ in range(height):
                stack, top = divmod(stack, base)
                tops.append(divmod(top, calls))
            found.append(None if height < 0 else tops[::-1])
        return found

    def read(self, states: States) -> FloatArray:
        """Return margins ±1 (n, 1)."""
        accepted = (states[1] == 0) & self.accepting[states[0]]
        margins: FloatArray = np.where(accepted, 1.0, -1.0)[:, None]
        return margins

    def exact(self) -> Self:
        """Return the automaton itself: its answers are looked up, so they never depend on the other words of a batch."""
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "calls": self.calls.tolist(),
            "returns": self.returns.tolist(),
            "initial": int(self.initial),
            "accepting": self.accepting.astype(np.int64).tolist(),
            "transitions": self.transitions.tolist(),
            "pops": self.pops.reshape(self.states, len(self.returns), -1).tolist() if self.pops.size else [],
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        calls, returns = fields.integers("calls", 1), fields.integers("returns", 1)
        accepting = fields.integers("accepting", 1)
        if not np.isin(accepting, (0, 1)).all():
            raise InputError("the field 'accepting' must be a list of 0 and 1")
        n = len(accepting)
        shape = (n, len(returns), n, len(calls))
        pops = fields.integers("pops", 3 if np.prod(shape) else 1)
        if pops.size != np.prod(shape) or (pops.size and pops.shape[:2] != shape[:2]):
            raise InputError(
                f"the field 'pops' of a VPA of {n} locations must have the shape {(n, len(returns), n * len(calls))}"
            )
        transitions = fields.integers("transitions", 2)
        return cls(fields.alphabet(), calls, returns, transitions, pops.reshape(shape), accepting == 1, fields.integer("initial"))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph: nodes carry `accepting` and `initial`.

        An edge carries `symbol`. That of a call leads to the initial location. That of a return carries the `source` and the
        `call` that it pops too. The graph carries `calls` and `returns`, the symbols.
        """
        symbols = self.alphabet.symbols
        attributes = {"type": self.kind, "alphabet": symbols}
        attributes |= {"calls": tuple(symbols[c] for c in self.calls), "returns": tuple(symbols[r] for r in self.returns)}
        graph = graphs.build(
            attributes,
            [{"accepting": bool(yes), "initial": state == self.initial} for state, yes in enumerate(self.accepting)],
            [
                (i, int(j), symbols[a], {})
                for i, row in enumerate(self.transitions)
                for a, j in zip(self.internals, row, strict=True)
            ],
        )
        for i in range(self.states):
            for c in self.calls:
                graph.add_edge(i, self.initial, symbols[c], symbol=symbols[c])
        for (i, r, source, c), target in np.ndenumerate(self.pops):
            read, call = symbols[self.returns[r]], symbols[self.calls[c]]
            graph.add_edge(i, int(target), (read, source, call), symbol=read, source=source, call=call)
        return graph

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        alphabet = Alphabet(graphs.attribute(graph, "alphabet"))
        calls, returns = (np.array(alphabet.word(graphs.attribute(graph, name)), np.int64) for name in ("calls", "returns"))
        kinds = letter_kinds(len(alphabet), calls, returns)
        internals = np.flatnonzero(kinds == INTERNAL).tolist()
        number = {node: state for state, node in enumerate(graph)}
        n = len(graph)
        transitions = np.full((n, len(internals)), -1)
        pops = np.full((n, len(returns), n, len(calls)), -1)
        for i, symbol, j, values in graphs.edges(graph, alphabet):
            if kinds[symbol] == INTERNAL:
                transitions[i, internals.index(symbol)] = j
            elif kinds[symbol] == RETURN:
                source, (call,) = number.get(values.get("source"), -1), alphabet.word([values.get("call")])
                if source < 0 or call not in calls:
                    raise InputError(f"an edge of {alphabet.symbols[symbol]!r} does not say what it pops")
                pops[i, returns.tolist().index(symbol), source, calls.tolist().index(call)] = j
        accepting = graphs.node_values(graph, "accepting", np.bool_)
        return cls(alphabet, calls, returns, transitions, pops, accepting, graphs.initial_state(graph))

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram: what is pushed and popped stands behind the letter; see `stack_drawing`.

        Locations from which no word is accepted are left out, and the caption names them.
        """
        return drawn(self, settings)

    def facts(self) -> list[str]:
        calls, returns = ("".join(diagram.visible(self.alphabet.symbols[a]) for a in some) for some in (self.calls, self.returns))
        stack = f"calls {calls}, returns {returns}" if len(self.calls) and len(self.returns) else "no stack"
        return [f"{np.count_nonzero(self.accepting):,} accepting", stack]

    def table(self) -> list[Sequence[str]]:
        tops = [(source, call) for source in range(self.states) for call in range(len(self.calls))]
        title = [diagram.visible(self.alphabet.symbols[a]) for a in self.internals]
        title += [
            f"{diagram.visible(self.alphabet.symbols[r])} pop {stack_symbol(self, *top)}" for r in self.returns for top in tops
        ]
        rows: list[Sequence[str]] = [("  location", "accepts", *title)]
        for i in range(self.states):
            after = [*self.transitions[i].tolist(), *self.pops[i].ravel().tolist()]
            rows.append((f"{'→ ' if i == self.initial else '  '}{i}", "yes" if self.accepting[i] else "no", *map(str, after)))
        return rows


def letter_kinds(letters: int, calls: IntArray, returns: IntArray) -> IntArray:
    """Return CALL, RETURN or INTERNAL (Σ,) for each letter.

    Raises
    ------
    InputError : calls or returns that are no letters, are not ascending, or are both
    """
    kinds = np.full(letters, INTERNAL)
    for members in (calls, returns):
        if members.ndim != 1 or (np.diff(members) <= 0).any() or (members < 0).any() or (members >= letters).any():
            raise InputError(f"calls and returns are ascending lists of letters 0 to {letters - 1}, each of them once")
    if np.isin(calls, returns).any():
        raise InputError("a letter cannot be both a call and a return")
    kinds[calls], kinds[returns] = CALL, RETURN
    return kinds
