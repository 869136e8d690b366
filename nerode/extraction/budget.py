"""Counting what a teacher is asked, stopping in time, and telling its failures from ours: a wrapper around the teacher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.arrays import fetched, joined
from nerode.errors import BudgetExhausted, NerodeError, TeacherError
from nerode.extraction.meter import Meter
from nerode.functions import FunctionTeacher
from nerode.protocols import BranchingTeacher, Derived, States, SteppingTeacher, Teacher, TreeTeacher, TwoWayTeacher, Wrapper
from nerode.stepping import TwoWay, scores_by_stepping
from nerode.words import BoolArray, FloatArray, IntArray, RealArray, Words

LETTERS = 2**15  # of whole words asked at once; the clock is looked at in between


class TeacherFailed(Exception):
    """The teacher raised an exception of its own. It never leaves an extraction.

    Parameters
    ----------
    failure : that exception
    """

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


@contextmanager
def _asking() -> Iterator[None]:
    """Around every call of the teacher: what it raises by itself is its failure. A refusal and a lack of memory are none."""
    try:
        yield
    except TeacherError as failure:
        raise TeacherFailed(failure) from failure
    except (NerodeError, MemoryError):
        raise
    except Exception as failure:
        raise TeacherFailed(failure) from failure


def metered(teacher: Teacher, meter: Meter, counted: bool = True) -> Teacher:
    """The same teacher, every query counted; it steps and branches where the teacher does.

    Of a teacher that is derived from another one it is this one that is asked and counted. An exception that the teacher raises
    becomes TeacherFailed.

    Parameters
    ----------
    counted : whether words count as queries; letters count as work in any case
    """
    if isinstance(teacher, Derived):
        return teacher.of(metered(teacher.base, meter, counted))
    if isinstance(teacher, SteppingTeacher):
        return _stepping(teacher, meter, counted)
    if isinstance(teacher, TwoWayTeacher):
        # both directions answer each word, so one of them counts it
        return TwoWay(_stepping(teacher.forward, meter, counted), _stepping(teacher.backward, meter, counted=False))
    return _Metered(teacher, meter, counted)


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
        return self._whole(words)

    def _whole(self, words: Words) -> FloatArray:
        """The scores of words that are paid for, asked in parts where they have many letters together."""
        lengths = np.array([len(word) for word in words], np.int64)
        if isinstance(self._asked, FunctionTeacher):
            # one call: how many parts it answers in is up to the clock
            self._meter.count_letters(int(lengths.sum()) + len(words))
            return self._in_parts(self._asked, words)
        if lengths.sum() <= LETTERS:
            self._meter.count_letters(int(lengths.sum()) + len(words))
            with _asking():
                return self._asked.scores(words)
        order = np.argsort(lengths, kind="stable")  # teachers read words of one length side by side
        part_of = np.cumsum(lengths[order]) // LETTERS
        scores = np.empty((len(words), self.width))
        for rows in np.split(order, np.flatnonzero(np.diff(part_of)) + 1):
            self._meter.check()
            self._meter.count_letters(int(lengths[rows].sum()) + len(rows))
            with _asking():
                scores[rows] = self._asked.scores([words[row] for row in rows.tolist()])
        return scores

    def _in_parts(self, function: FunctionTeacher, words: Words) -> FloatArray:
        """The scores of words from a function, which may be slow: the clock is looked at between its answers.

        A service that is asked again since it failed, until the time is up, has failed.
        """
        scores = np.empty((len(words), self.width))
        done = 0
        with closing(function.parts(words)) as answers:
            for part in _each(answers):
                scores[done : done + len(part)] = part
                done += len(part)
                if done == len(words):
                    continue
                try:
                    self._meter.check()
                except BudgetExhausted as end:
                    trouble = function.trouble()
                    if trouble is None:
                        raise
                    raise TeacherFailed(trouble) from end
        return scores


class _MeteredStepping(_Metered):
    def __init__(self, teacher: SteppingTeacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher, meter, counted)
        self._stepping = teacher

    def _whole(self, words: Words) -> FloatArray:
        return scores_by_stepping(_MeteredStepping(self._stepping, self._meter, counted=False), words)

    def start(self) -> States:
        with _asking():
            return self._stepping.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        self._meter.check()
        self._meter.count_letters(len(symbols))
        with _asking():
            return self._stepping.advance(states, parents, symbols)

    def read(self, states: States) -> RealArray:
        self._charge(len(states[0]))
        with _asking():
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
        self._meter.count_letters(len(states[0]) * len(symbols))
        with _asking():
            answers = iter(self._branching.branch(states, symbols))
        return _each(answers)

    def read_later(self, states: States) -> Any:
        self._charge(len(states[0]))
        with _asking():
            return _late(self._branching.read_later(states))


class _MeteredTree(_MeteredStepping):
    def __init__(self, teacher: TreeTeacher, meter: Meter, counted: bool = True) -> None:
        super().__init__(teacher, meter, counted)
        self._tree = teacher

    @property
    def tile(self) -> int:
        return self._tree.tile

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        self._charge(len(states[0]) * int(wanted.sum()))
        self._meter.count_letters(len(states[0]) * len(symbols))
        with _asking():
            answers = iter(self._tree.read_tree(states, parents, symbols, wanted))
        for scores in _each(answers):
            self._meter.check()
            yield _late(scores)


def _each(answers: Iterator[Any]) -> Iterator[Any]:
    """The same answers, which the teacher works out one after the other."""
    while True:
        with _asking():
            answer = next(answers, None)
        if answer is None:
            return
        yield answer


def _late(scores: Any) -> Any:
    """The same scores; where a device may still be computing them, so that its failure is known for one when they are fetched."""
    return scores if isinstance(scores, np.ndarray) else _Late(scores)


@dataclass(frozen=True, eq=False)
class _Late:
    """Scores that are still being computed: what a walk does with them before it fetches them."""

    scores: Any

    @property
    def nbytes(self) -> int:
        return int(self.scores.nbytes)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, which: Any) -> _Late:
        with _asking():
            return _Late(self.scores[which])

    def reshape(self, *shape: int) -> _Late:
        with _asking():
            return _Late(self.scores.reshape(*shape))


@joined.register
def _(first: _Late, parts: Sequence[_Late]) -> _Late:
    with _asking():
        return _Late(joined(first.scores, [part.scores for part in parts]))


@fetched.register
def _(scores: _Late) -> RealArray:
    with _asking():
        return fetched(scores.scores)
