"""Deterministic finite automata, with two classes (acceptors) or more (Moore machines)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from nerode.automata import diagram, graphs, whole_words
from nerode.automata.base import Automaton
from nerode.automata.diagram import Diagram, DrawingSettings, Node
from nerode.automata.documents import Fields
from nerode.automata.letters import class_names, legend, letter_classes
from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array

if TYPE_CHECKING:
    import networkx as nx

MOST_CLASSES = 10_000  # each word has one score per class


@dataclass(frozen=True, eq=False, repr=False)
class DFA(Automaton):
    """A complete deterministic automaton. With two classes, the words of class 1 are the accepted ones.

    Parameters
    ----------
    alphabet : Σ symbols
    transitions : (n, Σ), the next state
    labels : (n,), the class of the words that end in each state
    initial : the state of ε
    classes : the number of classes, at most MOST_CLASSES
    told : what was changed to read it from a file, in a sentence; empty if nothing was

    Raises
    ------
    InputError : shapes, states or labels that do not fit each other
    """

    alphabet: Alphabet
    transitions: IntArray
    labels: IntArray
    initial: int = 0
    classes: int = 2
    told: str = ""
    kind: ClassVar[str] = "dfa"
    only_labels: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "labels", frozen_array(self.labels, np.int64))
        n, shape = len(self.labels), self.transitions.shape
        if n == 0 or shape != (n, len(self.alphabet)):
            raise InputError(f"a DFA of {n} states over {len(self.alphabet)} symbols cannot have transitions of shape {shape}")
        if not 0 <= self.initial < n or self.transitions.min() < 0 or self.transitions.max() >= n:
            raise InputError(f"a DFA of {n} states refers to a state that it does not have")
        check_classes("DFA", self.classes, self.labels)

    @property
    def states(self) -> int:
        return len(self.labels)

    @property
    def width(self) -> int:
        return 1 if self.classes == 2 else self.classes

    @property
    def link(self) -> Link:
        return Binary() if self.classes == 2 else Multiclass()

    def start(self) -> States:
        return (np.array([self.initial]),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (self.transitions[states[0][parents], symbols],)

    def read(self, states: States) -> FloatArray:
        """Return margins +1 and −1 (n, 1), or one-hot classes (n, classes)."""
        return class_scores(self.labels[states[0]], self.classes)

    def scores(self, words: Iterable[Any]) -> FloatArray:
        symbols, lengths = self.alphabet.flat(words)
        states = np.empty(len(lengths), np.int64)
        whole_words.run(self.initial, self.transitions, symbols, lengths, states)
        return self.read((states,))

    def exact(self) -> Self:
        """Return the DFA itself: its answers are looked up, so they never depend on the other words of a batch."""
        return self

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "initial": int(self.initial),
            "classes": int(self.classes),
            "labels": self.labels.tolist(),
            "transitions": self.transitions.tolist(),
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        transitions, labels = fields.integers("transitions", 2), fields.integers("labels", 1)
        return cls(fields.alphabet(), transitions, labels, fields.integer("initial"), fields.integer("classes"))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph whose nodes carry `label` and `initial`; the graph carries `classes`."""
        return graphs.build(
            {"type": self.kind, "alphabet": self.alphabet.symbols, "classes": int(self.classes)},
            [{"label": label, "initial": state == self.initial} for state, label in enumerate(self.labels.tolist())],
            [(i, j, a, {}) for i, row in enumerate(self.transitions.tolist()) for a, j in zip(self.alphabet, row, strict=True)],
        )

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        alphabet = Alphabet(graphs.attribute(graph, "alphabet"))
        labels = graphs.node_values(graph, "label", np.int64)
        classes = graphs.attribute(graph, "classes")
        return cls(alphabet, graphs.transitions(graph, alphabet), labels, graphs.initial_state(graph), classes)

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram. Accepting states have a double circle; with more than two classes, each node names its class.

        In a large alphabet, letters with the same transitions get one common name, which the caption explains. Sinks are the
        states from which only class 0 can be reached.
        """
        if self.states > settings.max_states:
            return diagram.condensed(self.transitions, self.initial, self._census, settings)
        if self.classes == 2:
            nodes = [
                Node(diagram.name(i), str(i), accepting=label == 1, shade=label) for i, label in enumerate(self.labels.tolist())
            ]
        else:
            labels = self.labels.tolist()
            nodes = [Node(diagram.name(i), f"{i}\n{settings.called(label)}", shade=label) for i, label in enumerate(labels)]
        named = class_names(self.alphabet, letter_classes(self.transitions)) if settings.merge else {}
        drawn = diagram.deterministic(
            self.transitions,
            self.initial,
            nodes,
            lambda _, symbols, complete: diagram.letters(self.alphabet, symbols, complete, named),
            np.ones_like(self.transitions, bool),
            self._sinks,
            settings,
        )
        circles = ""
        if self.classes == 2 and settings.classes:
            circles = f"Double circles: {settings.called(1)}; single ones: {settings.called(0)}."
        return replace(drawn, caption=" ".join(filter(None, [circles, self._legend(named, drawn), drawn.caption])))

    def facts(self) -> list[str]:
        return [f"{np.count_nonzero(self.labels == 1):,} accepting" if self.classes == 2 else f"{self.classes} classes"]

    def table(self) -> list[Sequence[str]]:
        rows = [
            (f"{'→ ' if i == self.initial else '  '}{i}", str(self.labels[i]), *map(str, row))
            for i, row in enumerate(self.transitions.tolist())
        ]
        return [("  state", "class", *map(diagram.visible, self.alphabet)), *rows]

    def _legend(self, named: dict[str, Sequence[int]], drawn: Diagram) -> str:
        """Return the meaning of the letter-class names that occur on drawn arrows."""
        arrows = {(edge.source, edge.target) for edge in drawn.edges}
        ways = [(name, enumerate(self.transitions[:, members[0]].tolist())) for name, members in named.items()]
        seen = [name for name, steps in ways if any((diagram.name(i), diagram.name(j)) in arrows for i, j in steps)]
        return diagram.sentences(legend(self.alphabet, {name: named[name] for name in seen}))

    def _sinks(self) -> NDArray[np.bool_]:
        """Return the sinks (n,): a state is a sink if no backward walk from the states of other classes than 0 reaches it."""
        n, letters = self.transitions.shape
        others = np.flatnonzero(self.labels)
        # the arrows are reversed, and an extra state n has arrows to all states where the walk begins
        begins = np.concatenate([self.transitions.ravel(), np.full(len(others), n)])
        ends = np.concatenate([np.repeat(np.arange(n), letters), others])
        backwards = coo_array((np.ones(len(begins), bool), (begins, ends)), shape=(n + 1, n + 1)).tocsr()
        sinks = np.ones(n + 1, bool)
        sinks[breadth_first_order(backwards, n, return_predecessors=False)] = False
        return sinks[:n]

    def _census(self, members: IntArray) -> str:
        """Return the number of states of each class, in words."""
        counts = np.bincount(self.labels[members], minlength=2)
        if self.classes == 2:
            return f"{counts[1]:,} accepting"
        return ", ".join(diagram.shorten([f"{count:,} of class {label}" for label, count in enumerate(counts) if count], 4))


def class_scores(labels: IntArray, classes: int) -> FloatArray:
    """Return the scores that say no more than labels (n,): margins +1 and −1 (n, 1), or one-hot classes (n, classes)."""
    if classes == 2:
        margins: FloatArray = np.where(labels == 1, 1.0, -1.0)[:, None]
        return margins
    one_hot: FloatArray = (labels[:, None] == np.arange(classes)).astype(np.float64)
    return one_hot


def check_classes(kind: str, classes: int, labels: IntArray) -> None:
    """Raise `InputError` unless an automaton of a kind can have so many classes, and all labels are classes."""
    if not 2 <= classes <= MOST_CLASSES:
        raise InputError(f"a {kind} has 2 to {MOST_CLASSES:,} classes, not {classes:,}")
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"the labels of a {kind} of {classes} classes must lie in 0 … {classes - 1}")
