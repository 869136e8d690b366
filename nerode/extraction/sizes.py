"""Automata of several sizes from one extraction: at which size is the picture still simple and the error already small?

They are made after learning. A method makes them of what it has learned (`Method.smaller`), so that the teacher is not asked
again, and the hypotheses of the ledger take part. Of each size the one that errs least on the held-out words is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.errors import BudgetExhausted
from nerode.extraction.held_out import HeldOut
from nerode.extraction.meter import Meter
from nerode.extraction.method import Method, Task
from nerode.extraction.reasons import INTERRUPTED

PART = 0.2  # of the limits on time and on work, kept for automata of other sizes where some are wanted


@dataclass(frozen=True, repr=False)
class Sized:
    """An automaton, its mean error on the held-out words, and one standard error of that mean.

    The error is that of `Round`: the share of wrong labels, |Δ log p| per symbol, or |Δ| of scores.
    """

    automaton: Automaton
    error: float
    spread: float

    @property
    def states(self) -> int:
        """Of the automaton."""
        return self.automaton.states

    def __str__(self) -> str:
        return f"{counted(self.states, 'state')}, held-out error {self.error:.3g} ± {self.spread:.2g}"

    __repr__ = __str__  # the arrays of automata would fill the screen


@dataclass(frozen=True)
class Sizing:
    """The automata of other sizes that are wanted, and the limits within which they are made.

    Parameters
    ----------
    wanted : numbers of states, ascending
    meter : of the extraction; while something is learned a part of its limits is kept
    limits : on seconds and on work, without that
    """

    wanted: tuple[int, ...]
    meter: Meter
    limits: tuple[float | None, float | None]

    @classmethod
    def begun(cls, wanted: tuple[int, ...], meter: Meter) -> Sizing:
        """Keep a part of the limits, where sizes are wanted."""
        limits = meter.seconds_limit, meter.effort_limit
        if wanted:
            meter.seconds_limit, meter.effort_limit = (None if limit is None else (1 - PART) * limit for limit in limits)
        return cls(wanted, meter, limits)

    def make(
        self, method: Method, task: Task, interrupted: bool, progress: Callable[[str], None]
    ) -> tuple[tuple[Sized, ...], str | None]:
        """Make the automata; they come after learning.

        Parameters
        ----------
        interrupted : whether somebody did not wait for the end of learning; then nothing more is computed
        progress : is told about every automaton in a sentence

        Returns
        -------
        front : see `front`; empty where no sizes are wanted, or nobody waited for anything
        stopped : the reason, "time", "effort" or INTERRUPTED, where not all could be made; else None
        """
        if not self.wanted:
            return (), None
        ledger, made = task.ledger, list[Sized]()
        self.meter.seconds_limit, self.meter.effort_limit = self.limits
        smaller = tuple(size for size in self.wanted if size < ledger.best.states)
        stopped = INTERRUPTED if interrupted and smaller else None
        try:
            made.append(weighed(ledger.best, ledger.held_out))
            made += [weighed(hypothesis, ledger.held_out) for hypothesis in _passed(task, self.wanted)]
            for automaton in method.smaller(task, smaller) if smaller and not interrupted else ():
                made.append(weighed(automaton, ledger.held_out))
                progress(f"sizes: {made[-1]}")
        except BudgetExhausted as end:
            stopped = end.reason
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        if not made:  # the interruption came at once
            with suppress(KeyboardInterrupt):
                made.append(weighed(ledger.best, ledger.held_out))
        if stopped is not None:
            why = "the extraction was interrupted" if stopped == INTERRUPTED else f"the limit on {stopped} was reached"
            ledger.left_out.append(f"Automata of other sizes are missing or not fitted to the end, since {why}.")
        return front(made, self.wanted), stopped


def _passed(task: Task, wanted: tuple[int, ...]) -> list[Automaton]:
    """Of the hypotheses of learning those that err least with at most so many states; the best is not among them."""
    passed: dict[int, Automaton] = {}
    for size in wanted:
        for done, hypothesis in task.ledger.front:  # by descending error
            if done.states <= min(size, task.ledger.best.states) and hypothesis is not task.ledger.best:
                passed[size] = hypothesis
    return list({id(hypothesis): hypothesis for hypothesis in passed.values()}.values())


def weighed(automaton: Automaton, held_out: HeldOut) -> Sized:
    """Return the automaton with its error on the held-out words that are like those that matter."""
    errors = held_out.errors(automaton)[held_out.like]
    error = float(errors.mean())
    return Sized(automaton, error, float(errors.std() / np.sqrt(len(errors))) if np.isfinite(error) else 0.0)


def front(made: list[Sized], wanted: tuple[int, ...]) -> tuple[Sized, ...]:
    """Return for each wanted number of states what errs least with at most so many, where nothing smaller errs as little.

    The first of them, which the extraction hands back, is there in any case, and no other with as many states.

    Parameters
    ----------
    wanted : ascending

    Returns
    -------
    By ascending numbers of states; empty where nothing was made.
    """
    if not made:
        return ()
    best = made[0]
    found: list[Sized] = []
    for size in wanted:
        fitting = [each for each in made if each.states <= size]
        least = min(fitting, key=lambda each: (each.error, each.states), default=None)
        if least is not None and (not found or least.error < found[-1].error):
            found.append(least)
    others = [each for each in found if each.states != best.states]
    return tuple(sorted([*others, best], key=lambda each: each.states))
