"""Two automata in one drawing: the pairs of states that words lead to, coloured where the two give different labels.

The drawing is the minimal DFA whose label of a word is the pair of the labels that the two automata give it: their product,
minimised. Of a PDFA the label is the likeliest next symbol; `differences` looks at all of its distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nerode.automata import diagram
from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import Diagram, DrawingSettings, Node
from nerode.automata.drawing import render
from nerode.automata.formats.pictures import picture_writer
from nerode.automata.mealy import as_dfa
from nerode.automata.operations import minimise, product
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.files import PathLike, write_whole
from nerode.words import BoolArray, IntArray

MOST_PAIRS = 1_000_000  # of states, that words may lead to
RED, BLUE = 7, 1  # shades of a drawing


@dataclass(frozen=True, eq=False)
class Pairs:
    """Two automata, read side by side.

    Parameters
    ----------
    dfa : which pair of labels each word gets; minimal
    labels : (classes, 2), the labels of the first and of the second automaton that a class of the DFA stands for
    names : of the two automata
    answers : what each label is called; None where labels say whether words are accepted
    probable : whether labels are the likeliest next symbols
    """

    dfa: DFA
    labels: IntArray
    names: tuple[str, str]
    answers: Sequence[str] | None
    probable: bool = False

    @property
    def differ(self) -> BoolArray:
        """(states,), whether the two give different labels to the words that lead there."""
        first, second = self.labels[self.dfa.labels].T
        return np.asarray(first != second)

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return the drawing; pairs with different labels are coloured. Large ones are condensed, as those of DFAs are."""
        differ, meaning = self.differ, self._meaning()
        if self.dfa.states > settings.max_states:
            drawn = diagram.condensed(
                self.dfa.transitions, self.dfa.initial, lambda members: f"{differ[members].sum():,} differ", settings
            )
            meaning = f"In {differ.sum():,} of {diagram.counted(self.dfa.states, 'state')} the two give different labels."
        else:
            drawn = self.dfa.diagram(settings)
            nodes = {diagram.name(state): self._node(state) for state in range(self.dfa.states)}
            drawn = replace(drawn, nodes=tuple(nodes[node.name] for node in drawn.nodes))
        if not differ.any():
            meaning = f"{self.names[0]} and {self.names[1]} {self._same}"
        return replace(drawn, caption=f"{meaning} {drawn.caption}".strip())

    def save(self, path: PathLike) -> None:
        """Save the drawing as .svg, .png, .pdf or .dot, whole or not at all.

        Raises
        ------
        InputError : another suffix, a path that cannot be written to, or no pygraphviz for a picture
        """
        write_whole(path, picture_writer(path)(self, None))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the drawing, and text where none can be made."""
        text = {"text/plain": repr(self)}
        try:
            return text | {"image/svg+xml": render(self.diagram(), "svg").decode()}
        except InputError:
            return text

    def __repr__(self) -> str:
        return f"<Pairs: {diagram.counted(self.dfa.states, 'state')}, labels differ in {self.differ.sum():,}>"

    @property
    def _same(self) -> str:
        if self.probable:
            return "take the same next symbol to be likeliest after every word; how likely it is may differ."
        return "give the same label to every word."

    def _meaning(self) -> str:
        """Return what the colours say."""
        first, second = self.names
        if self.answers is None:
            return f"Red: only {first} accepts. Blue: only {second} accepts. White: both give the same label."
        what = "likeliest next symbol" if self.probable else "label"
        return f"Red: different {what}s, that of {first} before that of {second}. White: both give the same {what}."

    def _node(self, state: int) -> Node:
        first, second = self.labels[self.dfa.labels[state]].tolist()
        name = diagram.name(state)
        if self.answers is None:
            if first == second:
                return Node(name, str(state), accepting=first == 1)
            return Node(name, f"{state}\nonly {self.names[0 if first else 1]}", shade=RED if first else BLUE)
        if first == second:
            return Node(name, f"{state}\n{self.answers[first]}")
        return Node(name, f"{state}\n{self.answers[first]} | {self.answers[second]}", shade=RED)


def drawn_as(automaton: Automaton) -> DFA | PDFA:
    """Return an automaton as `pairs` draws it.

    Raises
    ------
    InputError : one of another kind
    """
    automaton = as_dfa(automaton)
    if not isinstance(automaton, DFA | PDFA):
        raise InputError("there is no drawing of how other automata differ, only of two DFAs or two PDFAs")
    return automaton


def pairs(a: Automaton, b: Automaton, names: tuple[str, str] = ("the first", "the second")) -> Pairs:
    """Return two automata side by side, for a drawing of where their labels differ.

    Parameters
    ----------
    a, b : two DFAs or Mealy machines, or two PDFAs
    names : of the two in the drawing

    Raises
    ------
    InputError : weighted automata, another alphabet, task or number of classes, or too many pairs of states
    """
    a, b = drawn_as(a), drawn_as(b)
    comparable(a, b, names)
    first, second = minimise(_labelled(a)), minimise(_labelled(b))
    if first.states * second.states > MOST_PAIRS:
        raise InputError(
            f"automata of {first.states:,} and {second.states:,} states have too many pairs of states to draw "
            f"(limit {MOST_PAIRS:,}); compare them without a drawing"
        )
    one, other = np.unique(first.labels), np.unique(second.labels)
    classes = np.stack(np.meshgrid(one, other, indexing="ij"), axis=-1).reshape(-1, 2)

    def pair(p: IntArray, q: IntArray) -> IntArray:
        codes: IntArray = np.searchsorted(one, p) * len(other) + np.searchsorted(other, q)
        return codes

    both = minimise(product(first, second, pair, classes=max(2, len(classes))))
    return Pairs(both, classes, names, _answers(a), isinstance(a, PDFA))


def _labelled(automaton: DFA | PDFA) -> DFA:
    """Return the DFA of the labels."""
    if isinstance(automaton, DFA):
        return automaton
    labels = automaton.link.labels(automaton.read((np.arange(automaton.states),)))
    return DFA(automaton.alphabet, automaton.transitions, labels, automaton.initial, max(2, automaton.width))


def _answers(automaton: DFA | PDFA) -> Sequence[str] | None:
    """Return what each label is called; None for two classes."""
    if isinstance(automaton, PDFA):
        return [*map(diagram.visible, automaton.alphabet), "end"]
    return None if automaton.classes == 2 else [f"class {label}" for label in range(automaton.classes)]
