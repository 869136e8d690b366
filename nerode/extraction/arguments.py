"""What `extract` is given: its teacher, its limits and sizes, each refused in one sentence where it does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.checking import checked
from nerode.errors import InputError
from nerode.extraction.methods import Listing, method_named
from nerode.functions import function_teacher
from nerode.links import LANGUAGE_MODEL, SCORES
from nerode.protocols import Teacher, longest_of

OF_FUNCTIONS = frozenset(list(signature(function_teacher).parameters)[2:])
"""The options of functions, which are those of their teacher and no settings of a method."""


HINTS = {
    SCORES: "; if the one number of a function is the margin of class 1, say gives='scores' (--gives scores)",
    LANGUAGE_MODEL: "; or ask which words are possible, by --possible auto (in Python possible_words), and it is a classifier",
}
"""How a teacher of a task may become one that other methods learn."""


def teacher_of(asked: Any, alphabet: str | Iterable[str] | None, settings: Mapping[str, Any]) -> Teacher:
    """Return what is asked, as a teacher.

    Parameters
    ----------
    settings : what is given by name for the method

    Raises
    ------
    InputError : neither a teacher nor a function, an alphabet that is missing or not needed, or options of functions among the
        settings; a function is not asked then
    """
    if callable(asked) and not hasattr(asked, "scores"):
        if any(kind.__module__.partition(".")[0] == "torch" for kind in type(asked).__mro__):
            raise InputError("make a teacher of it with nerode.teacher(module, alphabet): a torch module is no teacher by itself")
        if alphabet is None:
            raise InputError('a function needs the alphabet of its words; give it, as in nerode.extract(function, alphabet="ab")')
        if others := [name for name in settings if name in OF_FUNCTIONS]:
            shown = "".join(f", {name}={settings[name]!r}" for name in others)[:80]
            raise InputError(
                f"{' and '.join(others)} {'is' if len(others) == 1 else 'are'} for the teacher of a function and not for a "
                f"method; make it first, with nerode.teacher(function, alphabet{shown}), and hand that to nerode.extract"
            )
        return function_teacher(asked, alphabet)
    teacher = checked(asked)
    if alphabet is not None:
        raise InputError("this teacher has its own alphabet; one can be given for functions only, so leave it out")
    return teacher


def check_limits(
    teacher: Teacher, method: str, limits: dict[str, float | None], delta: float, seed: int, methods: Mapping[str, Listing]
) -> None:
    """Refuse a method that does not fit the teacher, and numbers that are out of range.

    Parameters
    ----------
    limits : by name, None for no limit

    Raises
    ------
    InputError : one of these, or a teacher that reads only words of less than two letters
    """
    task = teacher.link.task
    if task not in method_named(method, methods).tasks:
        fitting = " or ".join(name for name in methods if task in method_named(name, methods).tasks)
        raise InputError(f"the method {method} does not fit a teacher whose task is {task}; use {fitting}{HINTS.get(task, '')}")
    longest = longest_of(teacher)
    if longest is not None and longest < 2:
        raise InputError(
            f"the network reads words of at most {counted(longest, 'letter')}, and what is learned needs longer ones"
        )
    for name, limit in limits.items():
        whole = name in ("states", "queries")
        if limit is not None and (not isinstance(limit, int if whole else (int, float)) or not limit > 0):
            wanted = "a whole number" if whole else "a number"
            raise InputError(f"the limit on {name} must be {wanted} above 0, not {limit!r}")
    if not 0 < delta < 1:
        raise InputError(f"delta must be a number between 0 and 1, not {delta!r}")
    check_seed(seed)


def check_seed(seed: Any) -> None:
    """Raise `InputError` for what is no seed."""
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"the seed must be a whole number of at least 0, not {seed!r}")


def sizes_of(sizes: Any) -> tuple[int, ...]:
    """Return the numbers of states that are wanted, ascending, each once; none where no sizes are wanted (None).

    Raises
    ------
    InputError : what is no list of whole numbers above 0
    """
    if sizes is None:
        return ()
    wanted = list(sizes) if isinstance(sizes, Iterable) and not isinstance(sizes, (str, bytes)) else []
    if not wanted or not all(_counts(size) for size in wanted):
        raise InputError(f"sizes are a list of whole numbers above 0, such as (2, 4, 8), not {sizes!r}")
    return tuple(sorted({int(size) for size in wanted}))


def _counts(size: Any) -> bool:
    return isinstance(size, (int, np.integer)) and not isinstance(size, bool) and bool(size > 0)
