"""Extraction: rounds of a learner under a budget, the best automaton kept at all times."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import Meter, metered
from nerode.extraction.curve import Curve
from nerode.extraction.ledger import SMALL, Ledger, Round, SearchRecord, queried
from nerode.extraction.method import Task, settings_of
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE
from nerode.extraction.source import WordSource
from nerode.extraction.verdict import DELTA, Verdict, judge
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import Teacher
from nerode.words import Word, Words

EQUIVALENT = "equivalent"
INTERRUPTED = "interrupted"
NO_GAIN = "no gain"
REFUSED = "refused"
BUDGET_REASONS = ("time", "queries", "states", INTERRUPTED)
"""The reasons to stop that left the extraction unfinished."""

FRESH = 1000  # words kept for the verdict
WEIGHED = {CLASSIFIER: 10_000, LANGUAGE_MODEL: 1000, SCORES: 1000}  # held-out words: a thousand decisions hardly show a gain
ALLOWED = 0.002  # how much more error a smaller hypothesis may have where the number of states was limited: so many are welcome
AROUND = 500  # words around the states of a small hypothesis that join the held-out ones


@dataclass(frozen=True, repr=False)
class Extraction:
    """What an extraction hands back.

    Parameters
    ----------
    automaton : the hypothesis that the ledger prefers by its held-out error and its size; after refinement the last that lowered
        the held-out loss
    method, seed : as asked for
    rounds : every hypothesis, in order; the first is a constant
    queries : words whose scores the teacher was asked before the verdict
    seconds : time spent before the verdict
    stop_reason : "no counterexample", "equivalent", "stalled" or "no gain" (lstar), "converged", "largest block" or
        "room kept" (of a limit, for refinement; spectral), "refused"
        (by the teacher), or one of BUDGET_REASONS
    fresh : words for a verdict, like the others but drawn apart from them; a fifth of the given ones where words were given, and
        for classifiers each of them once
    curve : what each number of states costs, before refinement; None where the method does not compare sizes
    chosen : the round of the automaton
    task : of the teacher, which says what errors of rounds are (HeldOut.errors)
    verdict : how often the automaton can be wrong at most; None where the teacher is no classifier, where it refused a fresh
        word, and where somebody would not wait
    front : the hypotheses that no other matches with at most as many states and at most as much held-out error, smallest first
    searches : what each search for counterexamples has done (lstar)
    contradictions : how often two answers of the teacher could not both be right (lstar)
    """

    automaton: Automaton
    method: str
    seed: int
    rounds: tuple[Round, ...]
    queries: int
    seconds: float
    stop_reason: str
    fresh: tuple[Word, ...]
    curve: Curve | None
    chosen: Round
    task: str
    verdict: Verdict | None
    front: tuple[tuple[Round, Automaton], ...]
    searches: tuple[SearchRecord, ...]
    contradictions: int

    def __str__(self) -> str:
        return (
            f"{self.method}: {self.automaton!r} after {counted(len(self.rounds) - 1, 'round')}; "
            f"stopped: {self.stop_reason}; {queried(self.queries)}, {self.seconds:.1f} s"
        )

    __repr__ = __str__  # the fresh words would fill the screen


def extract(
    teacher: Teacher,
    method: str = "spectral",
    *,
    states: int | None = None,
    seconds: float | None = 60.0,
    queries: int | None = None,
    words: Iterable[Any] | None = None,
    delta: float = DELTA,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    **settings: Any,
) -> Extraction:
    """Extract an automaton from a teacher.

    Parameters
    ----------
    method : "lstar" (a minimal DFA, for classifiers) or "spectral" (a weighted automaton, for every task)
    states : at most so many; the spectral method takes exactly so many where the block has the rank, and chooses on held-out
        words where none is given
    seconds, queries : limits, None for none; what has been learned by then is returned
    words : words like those that matter, as indices, symbols or text
    delta : how probable it is at most that the bound of the verdict does not hold
    seed : the same seed gives the same automaton, where the clock has no part in it: where no limit of time cuts it short, where
        query learning takes less than a fifth of it, and blocks as well as the words to refine on less than a seventh each
    progress : is told about every round in a sentence
    settings : of the method, by name: those of QuerySettings for "lstar", of SpectralSettings for "spectral"

    Raises
    ------
    InputError : no teacher, no seed, a limit below 1; a method or settings that are not known or do not fit
    BudgetExhausted : not even the first hypothesis was reached
    """
    if not isinstance(teacher, Teacher):
        raise InputError(f"what is extracted from is a teacher, not {teacher!r}; nerode.load_teacher makes one of a checkpoint")
    chosen = method_named(method)
    _check(teacher, method, states, seconds, queries, delta, seed)
    choices = settings_of(method, chosen, settings)
    choices.check(teacher)
    rng = np.random.default_rng(seed)
    meter = Meter(seconds, queries)
    asked = metered(teacher, meter)
    given = [] if words is None else teacher.alphabet.words(words)
    if words is not None and not given:
        raise InputError("the list of words is empty; give words like those that matter, or None to have some drawn")
    source = WordSource(rng, asked, given, chosen.longest, queries)
    judged = teacher.link.task == CLASSIFIER
    fresh, like = source.fresh(FRESH, part=0.2) if judged else (source.keep(FRESH, part=0.2), "")
    weighed = WEIGHED[teacher.link.task] if queries is None else min(WEIGHED[teacher.link.task], max(1, queries // 8))
    held_out = chosen.held_out(choices, asked, source.weighed(weighed, part=0.5))
    always = chosen.constant(choices, held_out, teacher)
    ledger = Ledger(always, held_out, meter, chosen.frugality if states is None else min(chosen.frugality, ALLOWED))
    known = teacher if isinstance(teacher, DFA) else None
    learning = chosen.rounds(Task(asked, rng, source, ledger, meter, states, choices, known))
    try:
        while True:
            hypothesis = next(learning)
            larger = max(done.states for done in ledger.rounds) < hypothesis.states
            ledger.add(hypothesis)  # before anything is asked that a limit could forbid
            if larger and isinstance(hypothesis, DFA) and hypothesis.states <= SMALL:
                left = meter.queries_left
                ledger.weigh_on(asked, source.around(hypothesis, AROUND if left is None else min(AROUND, left // 8)))
            if progress:
                progress(f"round {len(ledger.rounds) - 1}: {ledger.rounds[-1]}")
            if states is None and ledger.fruitless():
                reason = NO_GAIN
                break
    except StopIteration as end:
        reason = end.value
        if ledger.decided:
            ledger.prefer_last()
            reason = EQUIVALENT
        elif reason == NO_COUNTEREXAMPLE and not ledger.trust_last():
            reason = NO_GAIN
    except BudgetExhausted as end:
        reason = end.reason
    except KeyboardInterrupt:
        reason = INTERRUPTED
    except InputError:
        if len(ledger.rounds) == 1:
            raise
        reason = REFUSED  # such as a word that is longer than a transformer can read; what was learned is not lost
    finally:
        learning.close()  # wherever it was left, the ledger is told what searches did
    seconds = meter.seconds
    verdict = _verdict(ledger.best, teacher, fresh, like, delta, reason) if judged else None
    return Extraction(
        ledger.best, method, seed, tuple(ledger.rounds), meter.queries, seconds, reason, tuple(fresh), ledger.curve,
        ledger.best_round, teacher.link.task, verdict, ledger.front, ledger.searches, ledger.contradictions,
    )  # fmt: skip


def _verdict(automaton: Automaton, teacher: Teacher, fresh: Words, like: str, delta: float, reason: str) -> Verdict | None:
    """What can be said of the automaton; it is asked about beyond all limits, since without it nobody knows what was learned."""
    if reason == EQUIVALENT:
        return Verdict(0, 0, like, delta, equivalent=True)
    try:
        return judge(automaton, teacher, fresh, like, delta)
    except (KeyboardInterrupt, InputError):  # what was learned must not be lost
        return None


def _check(
    teacher: Teacher, method: str, states: int | None, seconds: float | None, queries: int | None, delta: float, seed: int
) -> None:
    task, tasks = teacher.link.task, {name: method_named(name).tasks for name in METHODS}
    if task not in tasks[method]:
        fitting = " or ".join(name for name, others in tasks.items() if task in others)
        raise InputError(f"the method {method} does not fit a teacher whose task is {task}; use {fitting}")
    for name, limit, kind in (("states", states, int), ("seconds", seconds, float), ("queries", queries, int)):
        if limit is not None and (not isinstance(limit, (int, kind)) or not limit > 0):
            wanted = "a whole number" if kind is int else "a number"
            raise InputError(f"the limit on {name} must be {wanted} above 0, not {limit!r}")
    if not 0 < delta < 1:
        raise InputError(f"delta must be a number between 0 and 1, not {delta!r}")
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"the seed must be a whole number of at least 0, not {seed!r}")
