"""The few small interfaces that all parts of nerode meet at.

Everything is a function from words to scores: networks, automata, known languages. Learners see no more than this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from nerode.links import Link
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, RealArray, Words

States = tuple[Any, ...]
"""A batch of kept states: numpy or torch arrays whose first axis is the batch, so that `states[i][rows]` selects."""


@runtime_checkable
class Teacher(Protocol):
    """A function from words to scores. Automata satisfy it too."""

    @property
    def alphabet(self) -> Alphabet: ...

    @property
    def width(self) -> int:
        """Scores per word."""
        ...

    @property
    def link(self) -> Link: ...

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of n words."""
        ...


@runtime_checkable
class SteppingTeacher(Teacher, Protocol):
    """A teacher that reads from left to right and whose states can be kept.

    `advance` takes parents and symbols apart on purpose: what depends on the parent alone (the recurrent product) is
    done once per parent and shared by all its children.
    """

    def start(self) -> States:
        """The state after ε, a batch of one."""
        ...

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """States (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        ...

    def read(self, states: States) -> RealArray:
        """Scores (n, width) of the words that led to the states, in the precision that they are computed in."""
        ...


@runtime_checkable
class BranchingTeacher(SteppingTeacher, Protocol):
    """A stepping teacher with a faster way to read suffixes after the same prefixes.

    What depends on a parent alone is done once, and nothing is gathered.
    """

    @property
    def tile(self) -> int:
        """How many prefixes are best read on side by side: on a processor, as many as have their states in its cache."""
        ...

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """The states after each symbol in turn: each a batch like the one given, row by row."""
        ...

    def read_later(self, states: States) -> Any:
        """What `read` gives, or scores that are still being computed on a device: `nerode.arrays.fetched` waits for them."""
        ...


@runtime_checkable
class TreeTeacher(SteppingTeacher, Protocol):
    """A stepping teacher that reads a whole trie of suffixes at once, as networks do that attend to what lies before."""

    @property
    def tile(self) -> int:
        """How many prefixes are best read on side by side."""
        ...

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """The scores (k, n, width) of the next k wanted words after each of n states, till all words are read.

        They are those of `read`, or are still being computed on a device: `nerode.arrays.fetched` waits for them.

        Parameters
        ----------
        parents, symbols : (nodes,), the trie without its root in preorder: the node above each, −1 for the root, and the
            symbol between them
        wanted : (nodes,), whether the scores after a node are asked for
        """
        ...


@runtime_checkable
class TwoWayTeacher(Teacher, Protocol):
    """A teacher that is a sum: `scores(w) = forward.scores(w) + backward.scores(reversed w)`.

    Bidirectional networks with an affine read-out are of this kind.
    """

    @property
    def forward(self) -> SteppingTeacher: ...

    @property
    def backward(self) -> SteppingTeacher: ...


@runtime_checkable
class TeacherWithExactMode(Teacher, Protocol):
    """A teacher that can answer to the last bit alike however it is asked; see `nerode.rounding`."""

    def exact(self) -> Teacher:
        """The same function in exact mode.

        Raises
        ------
        InputError : the teacher is of a kind that has the mode, and this one has not
        """
        ...


def take(states: States, rows: Any) -> States:
    """The states of the given rows: an index array or a slice."""
    return tuple(array[rows] for array in states)


class Wrapper:
    """What is the same of a teacher however it is asked: base of teachers that pass questions on to another."""

    def __init__(self, teacher: Teacher) -> None:
        self._asked = teacher

    @property
    def alphabet(self) -> Alphabet:
        return self._asked.alphabet

    @property
    def width(self) -> int:
        return self._asked.width

    @property
    def link(self) -> Link:
        return self._asked.link
