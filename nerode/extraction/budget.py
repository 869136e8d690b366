"""Counting what a teacher is asked, and stopping in time: a wrapper around the teacher."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nerode.errors import BudgetExhausted
from nerode.protocols import BranchingTeacher, States, SteppingTeacher, Teacher, TreeTeacher, TwoWayTeacher, Wrapper
from nerode.stepping import TwoWay
from nerode.words import BoolArray, FloatArray, IntArray, RealArray, Words


@dataclass
class Meter:
    """Queries asked and seconds passed, with their limits.

    A query is one word whose scores were asked. The limit on queries is kept exactly: a batch that would pass it is not
    asked. The limit on time is looked at before each batch.
    """

    seconds_limit: float | None = None
    queries_limit: int | None = None
    queries: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the meter was made."""
        return time.monotonic() - self.started

    @property
    def part_spent(self) -> float:
        """The part of the nearer limit that is spent, 0 where there is none."""
        parts = ((self.seconds, self.seconds_limit), (self.queries, self.queries_limit))
        return max(spent / limit if limit else 0.0 for spent, limit in parts)

    @property
    def queries_left(self) -> int | None:
        """How many queries may still be asked, None where there is no limit."""
        return None if self.queries_limit is None else self.queries_limit - self.queries

    def check(self) -> None:
        """Raises BudgetExhausted where the time is up."""
        if self.seconds_limit is not None and self.seconds >= self.seconds_limit:
            raise BudgetExhausted("time")

    def charge(self, queries: int) -> None:
        """Count queries that are about to be asked.

        Raises
        ------
        BudgetExhausted : the time is up, or these queries would pass the limit
        """
        self.check()
        if self.queries_limit is not None and self.queries + queries > self.queries_limit:
            raise BudgetExhausted("queries")
        self.queries += queries


def metered(teacher: Teacher, meter: Meter) -> Teacher:
    """The same teacher, every query counted; it steps and branches where the teacher does."""
    if isinstance(teacher, SteppingTeacher):
        return _stepping(teacher, meter)
    if isinstance(teacher, TwoWayTeacher):
        # both directions answer each word, so one of them counts it
        return TwoWay(_stepping(teacher.forward, meter), _stepping(teacher.backward, meter, counted=False))
    return _Metered(teacher, meter)


def _stepping(teacher: SteppingTeacher, meter: Meter, counted: bool = True) -> SteppingTeacher:
    if isinstance(teacher, BranchingTeacher):
        return _MeteredBranching(teacher, meter, counted)
    if isinstance(teacher, TreeTeacher):
        return _MeteredTree(teacher, meter, counted)
    return _MeteredStepping(teacher, meter, counted)


class _Metered(Wrapper):
    def __init__(self, teacher: Teacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher)
        self._meter = meter
        self._counted = counted

    def _charge(self, queries: int) -> None:
        self._meter.charge(queries if self._counted else 0)

    def scores(self, words: Words) -> FloatArray:
        self._charge(len(words))
        return self._asked.scores(words)


class _MeteredStepping(_Metered):
    def __init__(self, teacher: SteppingTeacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher, meter, counted)
        self._stepping = teacher

    def start(self) -> States:
        return self._stepping.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        self._meter.check()
        return self._stepping.advance(states, parents, symbols)

    def read(self, states: States) -> RealArray:
        self._charge(len(states[0]))
        return self._stepping.read(states)


class _MeteredBranching(_MeteredStepping):
    def __init__(self, teacher: BranchingTeacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher, meter, counted)
        self._branching = teacher

    @property
    def tile(self) -> int:
        return self._branching.tile

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        self._meter.check()
        return self._branching.branch(states, symbols)

    def read_later(self, states: States) -> Any:
        self._charge(len(states[0]))
        return self._branching.read_later(states)


class _MeteredTree(_MeteredStepping):
    def __init__(self, teacher: TreeTeacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher, meter, counted)
        self._tree = teacher

    @property
    def tile(self) -> int:
        return self._tree.tile

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        self._charge(len(states[0]) * int(wanted.sum()))
        for scores in self._tree.read_tree(states, parents, symbols, wanted):
            self._meter.check()
            yield scores
