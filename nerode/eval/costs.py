"""What an automaton and its network cost: time per word and memory, beside how faithful and how simple the automaton is.

The TAYSIR competition (Eyraud et al., ICGI 2023) ranked extracted models by these two as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.protocols import Teacher, parameter_bytes_of

TURNS = 7  # batches, each asked of both; medians leave out those that something else delayed


@dataclass(frozen=True)
class Costs:
    """What one word costs an automaton and its network, on this machine, and their memory.

    Parameters
    ----------
    words : how many were asked
    student_seconds, teacher_seconds : per word, the median over batches
    student_bytes : of the arrays of the automaton
    teacher_bytes : of the parameters of the network; None where it does not say so, as a program
    """

    words: int
    student_seconds: float
    teacher_seconds: float
    student_bytes: int
    teacher_bytes: int | None

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        teacher = "unknown" if self.teacher_bytes is None else f"{self.teacher_bytes:,} bytes"
        return (
            f"time a word: automaton {1e6 * self.student_seconds:.3g} µs, network {1e6 * self.teacher_seconds:.3g} µs\n"
            f"memory: automaton {self.student_bytes:,} bytes, network {teacher}"
        )


def costs(automaton: Any, teacher: Teacher, words: Iterable[Any]) -> Costs:
    """Return what the words (indices, symbols or text) cost an automaton and its teacher.

    Both are asked the same batches of whole words in turns, and who begins alternates. A first batch is asked before and not
    measured, since it may pay for set-up.

    Raises
    ------
    InputError : no words, unknown symbols, or two functions that are not of one kind
    """
    student, teacher = comparable(automaton, teacher)
    parsed = teacher.alphabet.words(words)
    if not parsed:
        raise InputError("there is no word to measure the time of; give at least one")
    turns = min(TURNS, len(parsed))
    seconds: tuple[list[float], list[float]] = [], []
    with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word
        for turn in (0, *range(turns)):
            batch = parsed[turn::turns]
            for which in (0, 1) if turn % 2 else (1, 0):
                begun = perf_counter()
                (student, teacher)[which].scores(batch)
                seconds[which].append((perf_counter() - begun) / len(batch))
    ours, theirs = (median(times[1:]) for times in seconds)
    return Costs(len(parsed), ours, theirs, _memory(automaton) or array_bytes(automaton), _memory(teacher))


def array_bytes(automaton: Any) -> int:
    """Return the memory of the arrays of an automaton or a student, in bytes."""
    return sum(array.nbytes for array in vars(automaton).values() if isinstance(array, np.ndarray))


def _memory(function: Any) -> int | None:
    """The memory of an automaton, or of the parameters of a network; None where it is not known."""
    if isinstance(function, Automaton):
        return array_bytes(function)
    return parameter_bytes_of(function) or parameter_bytes_of(getattr(getattr(function, "model", None), "teacher", None))
