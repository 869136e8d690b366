"""Mealy machines: deterministic automata whose outputs belong to letters and not to states.

A network that answers after every letter, such as a tagger, is most easily read as one. A Mealy machine never has more states
than the DFA of the same classes (the Moore machine), since states that differ only in their own class are one.
Mealy: A method for synthesizing sequential circuits, 1955.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from nerode.automata import diagram, graphs
from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA, check_classes, class_scores
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node
from nerode.automata.documents import Fields
from nerode.automata.operations import alike, minimise, reachable
from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, eq=False, repr=False)
class Mealy(Automaton):
    """A complete deterministic automaton with an output for each state and letter. The class of a word is its last output.

    Parameters
    ----------
    alphabet : Σ symbols
    transitions : (n, Σ), the next state
    outputs : (n, Σ), the class of the words that end with this letter, read in this state
    initial : the state of ε
    classes : the number of classes
    empty : the class of ε, which has no last letter
    told : what was assumed to read it from a file, in a sentence; empty if nothing was

    Raises
    ------
    InputError : shapes, states or outputs that do not fit each other
    """

    alphabet: Alphabet
    transitions: IntArray
    outputs: IntArray
    initial: int = 0
    classes: int = 2
    empty: int = 0
    told: str = ""
    kind: ClassVar[str] = "mealy"
    only_labels: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "outputs", frozen_array(self.outputs, np.int64))
        n, letters = len(self.transitions), len(self.alphabet)
        if n == 0 or self.transitions.shape != (n, letters) or self.outputs.shape != (n, letters):
            shapes = self.transitions.shape, self.outputs.shape
            raise InputError(f"a Mealy machine over {letters} symbols has arrays of shapes {shapes} that do not fit")
        if not 0 <= self.initial < n or self.transitions.min() < 0 or self.transitions.max() >= n:
            raise InputError(f"a Mealy machine of {n} states refers to a state that it does not have")
        check_classes("Mealy machine", self.classes, np.append(self.outputs, self.empty))

    @property
    def states(self) -> int:
        return len(self.transitions)

    @property
    def width(self) -> int:
        return 1 if self.classes == 2 else self.classes

    @property
    def link(self) -> Link:
        return Binary() if self.classes == 2 else Multiclass()

    def start(self) -> States:
        return np.array([self.initial]), np.array([self.empty])

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        before = states[0][parents]
        return self.transitions[before, symbols], self.outputs[before, symbols]

    def read(self, states: States) -> FloatArray:
        """Return margins +1 and −1 (n, 1), or one-hot classes (n, classes)."""
        return class_scores(states[1], self.classes)

    def exact(self) -> Self:
        """Return the machine itself: its answers are looked up, so they never depend on the other words of a batch."""
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "initial": int(self.initial),
            "classes": int(self.classes),
            "empty": int(self.empty),
            "outputs": self.outputs.tolist(),
            "transitions": self.transitions.tolist(),
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        transitions, outputs = fields.integers("transitions", 2), fields.integers("outputs", 2)
        whole = fields.integer
        return cls(fields.alphabet(), transitions, outputs, whole("initial"), whole("classes"), whole("empty"))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph whose nodes carry `initial` and whose edges carry `output`; the graph carries `classes` and `empty`."""
        rows = zip(self.transitions.tolist(), self.outputs.tolist(), strict=True)
        return graphs.build(
            {"type": self.kind, "alphabet": self.alphabet.symbols, "classes": int(self.classes), "empty": int(self.empty)},
            [{"initial": state == self.initial} for state in range(self.states)],
            [(i, j, a, {"output": out}) for i, row in enumerate(rows) for a, j, out in zip(self.alphabet, *row, strict=True)],
        )

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        alphabet = Alphabet(graphs.attribute(graph, "alphabet"))
        transitions = graphs.transitions(graph, alphabet)
        outputs = np.zeros_like(transitions)
        for source, symbol, _, values in graphs.edges(graph, alphabet):
            outputs[source, symbol] = graphs.edge_number(values, "output")
        classes, empty = graphs.attribute(graph, "classes"), graphs.attribute(graph, "empty")
        return cls(alphabet, transitions, outputs, graphs.initial_state(graph), classes, empty)

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram: an arrow `a / 1` reads a and answers class 1. Letters of one arrow have one output."""
        if self.states > settings.max_states:
            return diagram.condensed(self.transitions, self.initial, lambda members: "", settings)
        nodes = tuple(Node(diagram.name(i), str(i)) for i in range(self.states))
        edges = []
        for state, row in enumerate(zip(self.transitions.tolist(), self.outputs.tolist(), strict=True)):
            arrows: dict[tuple[int, int, int], list[int]] = {}
            for symbol, (target, output) in enumerate(zip(*row, strict=True)):
                arrows.setdefault((target, output, 0 if settings.merge else symbol), []).append(symbol)
            for (target, output, _), symbols in arrows.items():
                said = settings.called(output) if settings.classes else str(output)
                label = f"{diagram.letters(self.alphabet, symbols)} / {said}"
                edges.append(Edge(diagram.name(state), diagram.name(target), label))
        empty = f"The answer to the empty word is {settings.called(self.empty)}."
        return Diagram(nodes, tuple(edges), (diagram.name(self.initial),), empty)

    def facts(self) -> list[str]:
        return [diagram.counted(self.classes, "output")]

    def table(self) -> list[Sequence[str]]:
        rows = [
            (
                f"{'→ ' if i == self.initial else '  '}{i}",
                *(f"{target} / {output}" for target, output in zip(*row, strict=True)),
            )
            for i, row in enumerate(zip(self.transitions.tolist(), self.outputs.tolist(), strict=True))
        ]
        return [("  state", *map(diagram.visible, self.alphabet)), *rows]


def to_mealy(dfa: DFA) -> Mealy:
    """Return the minimal Mealy machine that gives every word the class that a DFA gives it, with states in shortlex order.

    States are one if each letter gives both the same class and leads to states that are one. That is the Moore machine whose
    label is the row of the next classes, minimised.
    """
    dfa = reachable(dfa)
    outputs = dfa.labels[dfa.transitions]
    some, names = alike(dfa.transitions, np.unique(outputs, axis=0, return_inverse=True)[1].reshape(-1))
    return Mealy(dfa.alphabet, names[dfa.transitions[some]], outputs[some], 0, dfa.classes, int(dfa.labels[dfa.initial]))


def from_mealy(machine: Mealy) -> DFA:
    """Return the minimal DFA that gives every word the class that a Mealy machine gives it.

    Its states are pairs of a state and the output before it.
    """
    classes = machine.classes
    codes = machine.transitions * classes + machine.outputs  # (n, Σ), what a letter leads to
    pairs = np.unique(np.append(codes, machine.initial * classes + machine.empty))
    transitions = np.searchsorted(pairs, codes[pairs // classes])
    initial = int(np.searchsorted(pairs, machine.initial * classes + machine.empty))
    return minimise(DFA(machine.alphabet, transitions, pairs % classes, initial, classes))


def as_dfa(automaton: Any) -> Any:
    """Return the DFA of a Mealy machine, and any other function itself."""
    return from_mealy(automaton) if isinstance(automaton, Mealy) else automaton
