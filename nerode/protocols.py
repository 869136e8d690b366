"""The interfaces between the parts of nerode.

Networks, automata and known languages are all functions from words to scores. Learners use these interfaces only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from nerode.domains import Domain, domain_of
from nerode.links import Link
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, RealArray, Word, Words

CERTAIN = 20.0  # times the scores of DFAs and functions that give labels

States = tuple[Any, ...]
"""A batch of states: a tuple of numpy or torch arrays whose first axis is the batch; `part[rows]` selects states."""


@runtime_checkable
class Teacher(Protocol):
    """A function from words to scores; automata are teachers too.

    A teacher that reads no words of more than some number of letters says so in an attribute `longest`; see `longest_of`.
    """

    @property
    def alphabet(self) -> Alphabet: ...

    @property
    def width(self) -> int:
        """The number of scores of a word."""
        ...

    @property
    def link(self) -> Link: ...

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of n words."""
        ...


@runtime_checkable
class SteppingTeacher(Teacher, Protocol):
    """A teacher that reads from left to right, and whose states can be kept.

    `advance` receives parents and symbols separately. The teacher can thus compute what depends only on the parent, such as
    the recurrent product, once for all children.
    """

    def start(self) -> States:
        """Return the state after ε, as a batch of one."""
        ...

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        ...

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width) of the words that lead to the states, in the precision of their computation."""
        ...


@runtime_checkable
class BranchingTeacher(SteppingTeacher, Protocol):
    """A stepping teacher with a faster way to read suffixes after the same prefixes.

    It computes what depends only on a parent once, and needs no indexed copies of states.
    """

    @property
    def tile(self) -> int:
        """The best number of prefixes in a batch; on a CPU, their states should fit into its cache."""
        ...

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """Yield the states after each symbol in turn, each time as a batch with the rows of `states`."""
        ...

    def read_later(self, states: States) -> Any:
        """Return the scores as `read`, or as an array that a device still computes; `nerode.arrays.fetched` waits for it."""
        ...


@runtime_checkable
class TreeTeacher(SteppingTeacher, Protocol):
    """A stepping teacher that reads a whole trie of suffixes at once, such as a transformer."""

    @property
    def tile(self) -> int:
        """The best number of prefixes in a batch."""
        ...

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Yield the scores (k, n, width) of the next k wanted nodes after each of n states, until all are read.

        The scores are those of `read`, or arrays that a device still computes; `nerode.arrays.fetched` waits for them.

        Parameters
        ----------
        parents, symbols : (nodes,), the trie without its root, in preorder: the parent of each node, −1 for the root, and the
            symbol between them
        wanted : (nodes,), whether the scores after a node are needed
        """
        ...


@runtime_checkable
class TwoWayTeacher(Teacher, Protocol):
    """A teacher that is the sum of two: `scores(w) = forward.scores(w) + backward.scores(reversed w)`.

    Bidirectional networks with an affine output layer are such teachers.
    """

    @property
    def forward(self) -> SteppingTeacher: ...

    @property
    def backward(self) -> SteppingTeacher: ...


@runtime_checkable
class Derived(Protocol):
    """A teacher whose answers are computed from those of another one, which is the one that is asked."""

    @property
    def base(self) -> Teacher:
        """The other teacher."""
        ...

    def of(self, base: Teacher) -> Teacher:
        """Return the same function of another teacher in its place, such as one whose questions are counted."""
        ...


@runtime_checkable
class TeacherWithExactMode(Teacher, Protocol):
    """A teacher with an exact mode, whose answers are bit-identical in all batches; see `nerode.rounding`."""

    def exact(self) -> Teacher:
        """Return the same function in exact mode.

        Raises
        ------
        InputError : other teachers of this class have an exact mode, but this one has none
        """
        ...


def called_of(teacher: Teacher) -> str:
    """Return what a teacher is called, such as the name of the checkpoint of its model; empty if that is not known."""
    called: str = getattr(teacher, "called", "") or getattr(getattr(teacher, "model", None), "called", "")
    return called


def longest_of(teacher: Any) -> int | None:
    """Return the number of letters of the longest words that a teacher reads; None if there is no limit.

    It is the optional attribute `longest` of the teacher. A teacher need not refuse longer words, but nobody asks it about them.
    """
    longest: int | None = getattr(teacher, "longest", None)
    return longest


def asked_of(teacher: Teacher) -> Teacher:
    """Return the teacher that is asked where this one is: itself, or the one that it is derived from."""
    return asked_of(teacher.base) if isinstance(teacher, Derived) else teacher


class Described:
    """Base class of teachers that name their kind, task, symbols, and the longest words that they read, in their `repr`."""

    domain: Domain | None = None
    """The words that it was trained on, where they have one length."""

    def __repr__(self: Any) -> str:
        letters, longest = len(self.alphabet), longest_of(self)
        said = [self.link.task.replace("-", " "), f"{letters} symbol{'s' * (letters != 1)}"]
        said += [] if longest is None else [f"words of at most {longest} symbols"]
        return f"<{type(self).__name__}: {', '.join(said)}>"


def in_domain(teacher: Teacher, domain: Domain | None) -> Teacher:
    """Return the teacher, which was made a moment ago, with the domain of the words that it was trained on."""
    for part in (teacher.forward, teacher.backward) if isinstance(teacher, TwoWayTeacher) else (teacher,):
        if domain is not None:
            vars(part)["domain"] = domain
    return teacher


def parameter_bytes_of(teacher: Any) -> int | None:
    """Return the memory of the parameters of the network that a teacher asks, in bytes; None if it does not say so.

    It is the optional attribute `parameter_bytes` of the teacher.
    """
    size: int | None = getattr(teacher, "parameter_bytes", None)
    return size


def only_labels(teacher: Any) -> bool:
    """Return whether the scores of a teacher say no more than a class, as those of a DFA.

    It is the optional attribute `only_labels` of the teacher.
    """
    return bool(getattr(teacher, "only_labels", False))


def certain(teacher: Any, scores: Any) -> Any:
    """Return scores (n, width) of a teacher; those that say no more than a class are made so large that it is next to certain."""
    return CERTAIN * scores if only_labels(teacher) else scores


def is_closed(teacher: Any) -> bool:
    """Return whether a teacher knows some words only, so that none may be drawn: its optional attribute `closed`."""
    return bool(getattr(teacher, "closed", False))


def take(states: States, rows: Any) -> States:
    """Return the states in `rows`, an index array or a slice."""
    return tuple(array[rows] for array in states)


DrawsWords = Callable[[np.random.Generator, int, int], list[Word]]
"""Draws so many words of at most so many letters."""


def own_words_of(teacher: Any) -> DrawsWords | None:
    """Return what draws words that matter to a teacher, its optional method `own_words`; None if it knows of none."""
    draws: DrawsWords | None = getattr(teacher, "own_words", None)
    return draws


class Wrapper:
    """Base class of teachers that forward queries to another; everything else is that of the other teacher."""

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

    @property
    def longest(self) -> int | None:
        return longest_of(self._asked)

    @property
    def domain(self) -> Domain | None:
        return domain_of(self._asked)

    @property
    def parameter_bytes(self) -> int | None:
        return parameter_bytes_of(self._asked)

    @property
    def told(self) -> str:
        """What was assumed or found out about that teacher; empty if nothing."""
        return getattr(self._asked, "told", "")

    @property
    def called(self) -> str:
        """What that teacher is called; see `called_of`."""
        return called_of(self._asked)

    @property
    def closed(self) -> bool:
        """Whether that teacher knows some words only; see `is_closed`."""
        return is_closed(self._asked)

    @property
    def only_labels(self) -> bool:
        """Whether the scores of that teacher say no more than a class; see `only_labels`."""
        return only_labels(self._asked)

    @property
    def pace(self) -> float:
        """The seconds that a word takes that teacher, where it says so as a function does; otherwise 0."""
        return getattr(self._asked, "pace", 0.0)
