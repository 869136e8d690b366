"""Probabilistic deterministic automata (PDFA): each word leads to one state, which has one next-symbol distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from nerode.automata import diagram, graphs
from nerode.automata.base import Automaton
from nerode.automata.diagram import Diagram, DrawingSettings, Node
from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array

if TYPE_CHECKING:
    import networkx as nx

MOST_LETTERS = 6  # on one arrow


IMPOSSIBLE = 1e-9  # the largest probability of what cannot follow: what functions give as 0 is raised to 1e-10


@dataclass(frozen=True, eq=False, repr=False)
class PDFA(Automaton):
    """A deterministic automaton with a next-symbol distribution in each state.

    Parameters
    ----------
    alphabet : Σ symbols
    transitions : (n, Σ), the next state
    probabilities : (n, Σ + 1), rows sum to 1; the last column is the end of the word
    initial : the state of ε
    told : what was assumed to read it from a file, in a sentence; empty if nothing was

    Raises
    ------
    InputError : shapes that do not fit each other, or rows that are not distributions
    """

    alphabet: Alphabet
    transitions: IntArray
    probabilities: FloatArray
    initial: int = 0
    told: str = ""
    kind: ClassVar[str] = "pdfa"

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "probabilities", frozen_array(self.probabilities, np.float64))
        n, letters = len(self.probabilities), len(self.alphabet)
        if n == 0 or self.transitions.shape != (n, letters) or self.probabilities.shape != (n, letters + 1):
            shapes = self.transitions.shape, self.probabilities.shape
            raise InputError(f"a PDFA over {letters} symbols has arrays of shapes {shapes} that do not fit")
        if not 0 <= self.initial < n or self.transitions.min() < 0 or self.transitions.max() >= n:
            raise InputError(f"a PDFA of {n} states refers to a state that it does not have")
        if not (self.probabilities >= 0).all() or not np.allclose(self.probabilities.sum(axis=1), 1.0, rtol=0, atol=1e-9):
            raise InputError("each row of a PDFA's probabilities must be a distribution over the symbols and the end of the word")

    @property
    def states(self) -> int:
        return len(self.probabilities)

    @property
    def width(self) -> int:
        return len(self.alphabet) + 1

    @property
    def link(self) -> Link:
        return NextSymbol(len(self.alphabet))

    def start(self) -> States:
        return (np.array([self.initial]),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (self.transitions[states[0][parents], symbols],)

    def read(self, states: States) -> FloatArray:
        """Return log-probabilities (n, Σ + 1) of the next symbol; −∞ where it is impossible."""
        return self._logs[states[0]]

    @cached_property
    def _logs(self) -> FloatArray:
        """The logarithms (n, Σ + 1) of all probabilities, taken once: there may be far more states than a batch has words."""
        with np.errstate(divide="ignore"):
            logs: FloatArray = np.log(self.probabilities)
        return logs

    def exact(self) -> Self:
        """Return the PDFA itself: its answers are looked up, so they never depend on the other words of a batch."""
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "initial": int(self.initial),
            "transitions": self.transitions.tolist(),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        transitions, probabilities = fields.integers("transitions", 2), fields.numbers("probabilities", 2)
        return cls(fields.alphabet(), transitions, probabilities, fields.integer("initial"))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph: nodes carry `initial` and `end`, the probability that the word ends; edges carry `probability`."""
        return graphs.build(
            {"type": self.kind, "alphabet": self.alphabet.symbols},
            [{"end": end, "initial": state == self.initial} for state, end in enumerate(self.probabilities[:, -1].tolist())],
            [
                (i, j, symbol, {"probability": p})
                for i, (targets, row) in enumerate(zip(self.transitions.tolist(), self.probabilities.tolist(), strict=True))
                for symbol, j, p in zip(self.alphabet, targets, row[:-1], strict=True)
            ],
        )

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        alphabet = Alphabet(graphs.attribute(graph, "alphabet"))
        transitions = graphs.transitions(graph, alphabet)
        probabilities = np.empty((len(graph), len(alphabet) + 1))
        probabilities[:, -1] = graphs.node_values(graph, "end", np.float64)
        for source, symbol, _, values in graphs.edges(graph, alphabet):
            probabilities[source, symbol] = graphs.edge_number(values, "probability")
        return cls(alphabet, transitions, probabilities, graphs.initial_state(graph))

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram. Arrows show the probability of each letter, nodes the probability that the word ends there.

        Sinks are the states that no letter leaves.
        """
        if self.states > settings.max_states:
            return diagram.condensed(self.transitions, self.initial, lambda members: "", settings)
        following = self.probabilities[:, :-1]
        return diagram.deterministic(
            self.transitions,
            self.initial,
            [
                Node(diagram.name(i), f"{i}\nend {diagram.probability(end)}")
                for i, end in enumerate(self.probabilities[:, -1].tolist())
            ],
            self._likely,
            following >= settings.threshold * following.max(axis=1, keepdims=True),
            lambda: (self.transitions == np.arange(self.states)[:, None]).all(axis=1),
            settings,
        )

    def facts(self) -> list[str]:
        return []

    def table(self) -> list[Sequence[str]]:
        likely = [[diagram.probability(p) for p in row] for row in self.probabilities.tolist()]
        rows = [
            (
                f"{'→ ' if i == self.initial else '  '}{i}",
                *(f"{p} → {j}" for p, j in zip(likely[i][:-1], self.transitions[i].tolist(), strict=True)),
                likely[i][-1],
            )
            for i in range(self.states)
        ]
        return [("  state", *map(diagram.visible, self.alphabet), "end"), *rows]

    def _likely(self, state: int, symbols: list[int], complete: bool) -> str:
        """Return the letters with their probabilities, most likely first; if there are many, the rarest are added up."""
        row = self.probabilities[state]
        ordered = sorted(symbols, key=lambda symbol: -row[symbol])
        shown = ordered if len(ordered) <= MOST_LETTERS else ordered[: MOST_LETTERS - 1]
        pieces = [f"{diagram.visible(self.alphabet.symbols[symbol])} {diagram.probability(row[symbol])}" for symbol in shown]
        rest = ordered[len(shown) :]
        if rest:
            pieces.append(f"{len(rest)} more {diagram.probability(row[rest].sum())}")
        return diagram.lines(pieces, 2)
