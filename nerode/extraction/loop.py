"""Extraction: rounds of a learner under a budget, the best automaton kept at all times."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.batches import Limits, Refine
from nerode.extraction.budget import Meter, metered
from nerode.extraction.curve import Curve
from nerode.extraction.held_out import HeldOut
from nerode.extraction.least_squares import refine_by_least_squares
from nerode.extraction.ledger import Ledger, Round
from nerode.extraction.lstar import NO_COUNTEREXAMPLE, lstar_rounds
from nerode.extraction.refinement import refine
from nerode.extraction.searches import GivenWords, InTurn, NearAccessWords, RandomWords
from nerode.extraction.source import WordSource
from nerode.extraction.spectral import Weigh, spectral_rounds
from nerode.extraction.targets import TARGETS, Target
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Multiclass
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.words import FloatArray, Word

INTERRUPTED = "interrupted"
NO_GAIN = "no gain"
REFUSED = "refused"
BUDGET_REASONS = ("time", "queries", "states", INTERRUPTED)
"""The reasons to stop that left the extraction unfinished."""

FRESH = 1000  # words kept for the verdict
WEIGHED = {CLASSIFIER: 10_000, LANGUAGE_MODEL: 1000, SCORES: 1000}  # held-out words: a thousand decisions hardly show a gain
LEAST = 100  # held-out words, however few are given
BASIS = 4000  # words that prefixes and suffixes are cut from
SEARCH = 20_000  # words that each search may ask a round
AROUND = 500  # words around the states of a hypothesis that join the held-out ones
REFINED_ON = 40_000  # words whose prefixes automata are refined on
REREAD = 20_000  # prefixes of them, where each is a word to be read anew
EXACT = 1e-6  # of the constant's error: what errs less is not refined
EARLY = 0.15  # of a limit, after which no larger block is begun: it costs some four times as much, and is not all that is done
WEIGHED_AROUND = 50  # states: around larger hypotheses nothing is drawn


@dataclass(frozen=True, repr=False)
class Extraction:
    """What an extraction hands back.

    Parameters
    ----------
    automaton : the hypothesis that the ledger prefers by its held-out error and its size
    method, seed : as asked for
    rounds : every hypothesis, in order; the first is a constant
    queries : words whose scores the teacher was asked
    seconds : time spent
    stop_reason : "no counterexample", "stalled" or "no gain" (lstar), "converged" or "largest block" (spectral), "refused"
        (by the teacher), or one of BUDGET_REASONS
    fresh : words for a verdict, like the others but drawn apart from them; a fifth of the given ones where words were given
    curve : what each number of states costs, before refinement; None where the method does not compare sizes
    """

    automaton: Automaton
    method: str
    seed: int
    rounds: tuple[Round, ...]
    queries: int
    seconds: float
    stop_reason: str
    fresh: tuple[Word, ...]
    curve: Curve | None = None

    def __str__(self) -> str:
        return (
            f"{self.method}: {self.automaton!r} after {counted(len(self.rounds) - 1, 'round')}; "
            f"stopped: {self.stop_reason}; {self.queries:,} queries, {self.seconds:.1f} s"
        )

    __repr__ = __str__  # the fresh words would fill the screen


REFINEMENTS: dict[str, Refine | None] = {"gradient": refine, "least-squares": refine_by_least_squares, "none": None}


@dataclass(frozen=True)
class Task:
    """What a method is given to work with."""

    teacher: Teacher
    target: Target
    rng: np.random.Generator
    source: WordSource
    ledger: Ledger
    meter: Meter
    states: int | None
    refine: Refine | None


def _lstar(task: Task) -> Generator[Automaton, None, str]:
    given = GivenWords(task.source.given)
    near = NearAccessWords(task.rng, longest=int(task.source.lengths.max()))
    search = InTurn((given, near, RandomWords(task.source.invent)))
    return lstar_rounds(task.teacher, search, SEARCH, task.states)


def _spectral(task: Task) -> Generator[Automaton, None, str]:
    ledger = task.ledger

    def means(automaton: Automaton) -> tuple[float, ...]:
        return tuple(float(each.mean()) for each in ledger.held_out.weigh(automaton))

    target, learned = task.target, task.target.function(task.teacher)
    keeps_states = isinstance(learned, (SteppingTeacher, TwoWayTeacher))
    words = task.source.learn(BASIS)
    known: list[HeldOut] = []  # the teacher's answers on them, asked when they are needed

    def losses(automaton: WFA) -> FloatArray:
        if not known:
            known.append(target.held_out(task.teacher, words))
        return known[0].weigh(target.finish(automaton))[1]

    grow = target.basis(task.rng, words, losses, keeps_states and task.teacher.link.task != LANGUAGE_MODEL)
    weigh = _of_finished(ledger.held_out.weigh, target)
    blocks = spectral_rounds(
        learned, grow, weigh, task.rng, task.states, target.settings, affords=lambda: task.meter.part_spent < EARLY
    )
    while True:
        try:
            automaton, ledger.curve = next(blocks)
        except StopIteration as end:
            reason: str = end.value
            break
        yield target.finish(automaton)
    if task.refine and isinstance(ledger.best, WFA) and ledger.rounds[-1].error > EXACT * ledger.rounds[0].error:
        words = task.source.for_prefixes(REFINED_ON)
        limits = Limits() if keeps_states else Limits(least_scores=REREAD, most_scores=REREAD)
        lowest = means(ledger.best)
        for refined in task.refine(ledger.best, learned, words, task.rng, task.meter.check, limits=limits):
            if means(refined) < lowest:
                lowest = means(refined)
                yield refined
    return reason


def _of_finished(weigh: Weigh, target: Target) -> Weigh:
    """Weighs what would be handed back, which need not be the function that is tabulated."""

    def weigh_finished(hypothesis: WFA, *, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        return weigh(target.finish(hypothesis), before=before)

    return weigh_finished


@dataclass(frozen=True)
class Method:
    """A way to learn.

    Parameters
    ----------
    tasks : the tasks of teachers that it fits
    rounds : its hypotheses, one after the other
    deterministic : whether they are DFAs
    lengths : of the words that are drawn where none are given and the teacher draws none itself, the least and the greatest
    frugality : how much more error than the best a smaller hypothesis may have
    """

    tasks: tuple[str, ...]
    rounds: Callable[[Task], Generator[Automaton, None, str]]
    deterministic: bool
    lengths: tuple[int, int]
    frugality: float


METHODS = {
    "lstar": Method((CLASSIFIER,), _lstar, True, (0, 20), 0.01),
    "spectral": Method((CLASSIFIER, LANGUAGE_MODEL, SCORES), _spectral, False, (10, 40), 0.0),
}


def extract(
    teacher: Teacher,
    method: str = "spectral",
    *,
    target: str = "scores",
    refinement: str = "gradient",
    states: int | None = None,
    seconds: float | None = 60.0,
    queries: int | None = None,
    words: Iterable[Any] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Extraction:
    """Extract an automaton from a teacher.

    Parameters
    ----------
    method : "lstar" (a minimal DFA, for classifiers) or "spectral" (a weighted automaton, for every task)
    target : what the spectral method learns: "scores", "labels" (of classifiers, +1 and −1) or "probabilities" (of the words of a
        language model: the automaton's score of w is P(w))
    refinement : how the best automaton of the spectral method is fitted to more words in the end, where the target allows it: by
        "gradient", by "least-squares" (which takes longer where states are many), or "none", not at all
    states : at most so many; the spectral method takes exactly so many where the block has the rank, and chooses on held-out
        words where none is given
    seconds, queries : limits, None for none; what has been learned by then is returned
    words : words like those that matter, as indices, symbols or text
    seed : the same seed gives the same automaton, where no limit of time cuts it short
    progress : is told about every round in a sentence

    Raises
    ------
    InputError : a method, a target or a refinement that is not known or does not fit, or a limit below 1
    BudgetExhausted : not even the first hypothesis was reached
    """
    _check(teacher, method, target, refinement, states, seconds, queries)
    rng = np.random.default_rng(seed)
    meter = Meter(seconds, queries)
    asked = metered(teacher, meter)
    given = [] if words is None else teacher.alphabet.words(words)
    if words is not None and not given:
        raise InputError("the list of words is empty; give words like those that matter, or None to have some drawn")
    chosen = METHODS[method]
    source = WordSource(rng, asked, given, *chosen.lengths, queries=queries)
    fresh = source.keep(FRESH, part=0.2)
    weighed = WEIGHED[teacher.link.task] if queries is None else min(WEIGHED[teacher.link.task], max(1, queries // 8))
    learned = TARGETS[target]
    held_out = learned.held_out(asked, source.keep(weighed, part=0.5, least=LEAST))
    always = constant(held_out, teacher, chosen.deterministic) if learned.constant is None else learned.constant(held_out)
    ledger = Ledger(always, held_out, meter, chosen.frugality)
    try:
        refined_by = REFINEMENTS[refinement] if learned.refined else None
        learning = chosen.rounds(Task(asked, learned, rng, source, ledger, meter, states, refined_by))
        while True:
            hypothesis = next(learning)
            larger = max(done.states for done in ledger.rounds) < hypothesis.states
            ledger.add(hypothesis)  # before anything is asked that a limit could forbid
            if larger and isinstance(hypothesis, DFA) and hypothesis.states <= WEIGHED_AROUND:
                ledger.weigh_on(asked, source.around(hypothesis, AROUND))
            if progress:
                progress(f"round {len(ledger.rounds) - 1}: {ledger.rounds[-1]}")
            if states is None and ledger.fruitless():
                reason = NO_GAIN
                break
    except StopIteration as end:
        reason = end.value
        if reason == NO_COUNTEREXAMPLE and not ledger.trust_last():
            reason = NO_GAIN
    except BudgetExhausted as end:
        reason = end.reason
    except KeyboardInterrupt:
        reason = INTERRUPTED
    except InputError:
        if len(ledger.rounds) == 1:
            raise
        reason = REFUSED  # such as a word that is longer than a transformer can read; what was learned is not lost
    return Extraction(
        ledger.best, method, seed, tuple(ledger.rounds), meter.queries, meter.seconds, reason, tuple(fresh), ledger.curve
    )


def constant(held_out: HeldOut, teacher: Teacher, deterministic: bool) -> Automaton:
    """What everything else has to beat: the most frequent label for classifiers, the mean of the scores for the others."""
    alphabet, letters = teacher.alphabet, len(teacher.alphabet)
    final = held_out.mean_scores[None]  # (1, width)
    if teacher.link.task == CLASSIFIER:
        classes = teacher.width if isinstance(teacher.link, Multiclass) else 2
        label = int(np.bincount(held_out.truth.astype(np.int64), minlength=classes).argmax())
        always = DFA(alphabet, np.zeros((1, letters), np.int64), np.array([label]), classes=classes)
        if deterministic:
            return always
        final = always.scores([()])
    return WFA(alphabet, np.ones(1), np.ones((letters, 1, 1)), final, teacher.link)


def _check(
    teacher: Teacher, method: str, target: str, refinement: str, states: int | None, seconds: float | None, queries: int | None
) -> None:
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}; choose one of {', '.join(METHODS)}")
    if teacher.link.task not in METHODS[method].tasks:
        fitting = " or ".join(name for name, other in METHODS.items() if teacher.link.task in other.tasks)
        raise InputError(f"the method {method} does not fit a teacher whose task is {teacher.link.task}; use {fitting}")
    if target not in TARGETS:
        raise InputError(f"unknown target {target!r}; choose one of {', '.join(TARGETS)}")
    if method != "spectral" and target != "scores":
        raise InputError(f"the target {target} is for the spectral method; {method} learns labels in any case")
    if teacher.link.task not in TARGETS[target].tasks:
        fitting = ", ".join(name for name, other in TARGETS.items() if teacher.link.task in other.tasks)
        raise InputError(f"the target {target} does not fit a teacher whose task is {teacher.link.task}; it can have {fitting}")
    if refinement not in REFINEMENTS:
        raise InputError(f"unknown refinement {refinement!r}; choose one of {', '.join(REFINEMENTS)}")
    if refinement == "least-squares" and not (method == "spectral" and TARGETS[target].refined):
        fitting = " or ".join(name for name, other in TARGETS.items() if other.refined)
        raise InputError(f"the refinement {refinement} is for the spectral method with the target {fitting}")
    for name, limit, kind in (("states", states, int), ("seconds", seconds, float), ("queries", queries, int)):
        if limit is not None and (not isinstance(limit, (int, kind)) or not limit > 0):
            wanted = "a whole number" if kind is int else "a number"
            raise InputError(f"the limit on {name} must be {wanted} above 0, not {limit!r}")
