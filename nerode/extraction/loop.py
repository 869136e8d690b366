"""Extraction: rounds of a learner under a budget, the best automaton kept at all times."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.basis import cut
from nerode.extraction.budget import Meter, metered
from nerode.extraction.held_out import HeldOut
from nerode.extraction.lstar import lstar_rounds
from nerode.extraction.searches import GivenWords, InTurn, NearAccessWords, UniformWords
from nerode.extraction.spectral import spectral_rounds
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Multiclass
from nerode.protocols import Teacher
from nerode.sampling import lengths_like, sample_words, uniform_words
from nerode.words import IntArray, Word, Words

INTERRUPTED = "interrupted"
BUDGET_REASONS = ("time", "queries", "states", INTERRUPTED)
"""The reasons to stop that left the extraction unfinished."""

LONGEST = 30  # letters of the words that are drawn where none are given
HELD_OUT = 1000  # words that hypotheses are weighed on
BASIS = 4000  # words that prefixes and suffixes are cut from
SEARCH = 20_000  # words that each search may ask a round


@dataclass(frozen=True)
class Round:
    """One hypothesis: its size, its mean error on the held-out words, and what had been spent when it was made."""

    states: int
    error: float
    queries: int
    seconds: float


@dataclass(frozen=True)
class Extraction:
    """What an extraction hands back.

    Parameters
    ----------
    automaton : the hypothesis with the lowest held-out error
    method, seed : as asked for
    rounds : every hypothesis, in order; the first is a constant
    queries : words whose scores the teacher was asked
    seconds : time spent
    stop_reason : "no counterexample", "stalled", "converged", "largest block", or one of BUDGET_REASONS
    fresh : words for a verdict, drawn like the others but never used in learning
    """

    automaton: Automaton
    method: str
    seed: int
    rounds: tuple[Round, ...]
    queries: int
    seconds: float
    stop_reason: str
    fresh: tuple[Word, ...]

    def __str__(self) -> str:
        best = min(round_.error for round_ in self.rounds)
        return (
            f"{self.method}: {self.automaton.states} states after {len(self.rounds) - 1} rounds, held-out error {best:.3g}; "
            f"stopped: {self.stop_reason}; {self.queries:,} queries, {self.seconds:.1f} s"
        )


class WordSource:
    """Draws words as the user's are: the given ones first, then random ones of the same lengths.

    Without given words a language model draws from itself, and other teachers get uniform words of 0 … LONGEST letters.
    """

    def __init__(self, rng: np.random.Generator, teacher: Teacher, given: Words) -> None:
        self._rng = rng
        self._teacher = teacher
        self._given = [given[i] for i in rng.permutation(len(given))]
        self._lengths = lengths_like(rng, given, LONGEST * 100) if given else np.arange(LONGEST + 1)

    @property
    def lengths(self) -> IntArray:
        """Lengths to draw from."""
        return self._lengths

    def draw(self, count: int, part: float) -> list[Word]:
        """`count` words, the first of them from this part (0 … 1) of the given ones, which are not drawn again."""
        taken = min(count, round(part * len(self._given)))
        words, self._given = self._given[:taken], self._given[taken:]
        missing = count - taken
        if missing and not taken and self._teacher.link.task == LANGUAGE_MODEL:
            return sample_words(self._rng, self._teacher, missing, LONGEST)
        return words + uniform_words(self._rng, len(self._teacher.alphabet), self._rng.choice(self._lengths, missing))


@dataclass(frozen=True)
class Task:
    """What a method is given to work with."""

    teacher: Teacher
    rng: np.random.Generator
    source: WordSource
    held_out: HeldOut
    states: int | None


def _lstar(task: Task) -> Generator[Automaton, None, str]:
    given = GivenWords(task.source.draw(SEARCH, 1.0))
    near = NearAccessWords(task.rng, longest=int(task.source.lengths.max()))
    search = InTurn((given, near, UniformWords(task.rng, task.source.lengths)))
    return lstar_rounds(task.teacher, search, SEARCH, task.states)


def _spectral(task: Task) -> Generator[Automaton, None, str]:
    prefixes, suffixes = cut(task.rng, task.source.draw(BASIS, 1.0))
    return spectral_rounds(task.teacher, prefixes, suffixes, task.held_out.errors, task.states)


@dataclass(frozen=True)
class Method:
    """A way to learn: the tasks it fits, and its rounds."""

    tasks: tuple[str, ...]
    rounds: Callable[[Task], Generator[Automaton, None, str]]


METHODS = {
    "lstar": Method((CLASSIFIER,), _lstar),
    "spectral": Method((CLASSIFIER, LANGUAGE_MODEL, SCORES), _spectral),
}


def extract(
    teacher: Teacher,
    method: str = "spectral",
    *,
    states: int | None = None,
    seconds: float | None = None,
    queries: int | None = None,
    words: Iterable[Any] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Extraction:
    """Extract an automaton from a teacher.

    Parameters
    ----------
    method : "lstar" (a minimal DFA, for classifiers) or "spectral" (a weighted automaton, for every task)
    states : spectral: the number of states, chosen on held-out words where it is not given; lstar: at most so many
    seconds, queries : limits; what has been learned by then is returned
    words : words like those that matter, as indices, symbols or text
    seed : the same seed gives the same automaton, where no limit of time cuts it short
    progress : is told about every round in a sentence

    Raises
    ------
    InputError : a method that is not known or does not fit the teacher's task, or a limit below 1
    BudgetExhausted : not even the first hypothesis was reached
    """
    _check(teacher, method, states, seconds, queries)
    rng = np.random.default_rng(seed)
    source = WordSource(rng, teacher, teacher.alphabet.words(words) if words is not None else [])
    meter = Meter(seconds, queries)
    asked = metered(teacher, meter)
    held_out = HeldOut(asked, source.draw(HELD_OUT if queries is None else min(HELD_OUT, max(1, queries // 4)), 0.3))
    fresh = source.draw(HELD_OUT, 0.45)
    best = constant(held_out, teacher, METHODS[method] is METHODS["lstar"])
    rounds = [_weigh(best, held_out, meter)]
    lowest = rounds[0].error
    try:
        learning = METHODS[method].rounds(Task(asked, rng, source, held_out, states))
        while True:
            hypothesis = next(learning)
            rounds.append(_weigh(hypothesis, held_out, meter))
            # of equals the later one wins: a counterexample has refuted the earlier one
            if rounds[-1].error <= lowest:
                best, lowest = hypothesis, rounds[-1].error
            if progress:
                progress(_sentence(len(rounds) - 1, rounds[-1]))
    except StopIteration as end:
        reason = end.value
    except BudgetExhausted as end:
        reason = end.reason
    except KeyboardInterrupt:
        reason = INTERRUPTED
    return Extraction(best, method, seed, tuple(rounds), meter.queries, meter.seconds, reason, tuple(fresh))


def constant(held_out: HeldOut, teacher: Teacher, deterministic: bool) -> Automaton:
    """The best constant: the most frequent label, or the mean of the scores; what everything else has to beat."""
    alphabet, letters = teacher.alphabet, len(teacher.alphabet)
    if deterministic:
        classes = teacher.width if isinstance(teacher.link, Multiclass) else 2
        label = int(np.bincount(held_out.truth.astype(np.int64), minlength=classes).argmax())
        return DFA(alphabet, np.zeros((1, letters), np.int64), np.array([label]), classes=classes)
    return WFA(alphabet, np.ones(1), np.ones((letters, 1, 1)), held_out.mean_scores[None], teacher.link)


def _weigh(hypothesis: Automaton, held_out: HeldOut, meter: Meter) -> Round:
    return Round(hypothesis.states, float(held_out.errors(hypothesis).mean()), meter.queries, meter.seconds)


def _sentence(number: int, done: Round) -> str:
    return (
        f"round {number}: {done.states} states, held-out error {done.error:.3g}, {done.queries:,} queries, {done.seconds:.1f} s"
    )


def _check(teacher: Teacher, method: str, states: int | None, seconds: float | None, queries: int | None) -> None:
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}; choose one of {', '.join(METHODS)}")
    if teacher.link.task not in METHODS[method].tasks:
        fitting = " or ".join(name for name, other in METHODS.items() if teacher.link.task in other.tasks)
        raise InputError(f"the method {method} does not fit a teacher whose task is {teacher.link.task}; use {fitting}")
    for name, limit in (("states", states), ("seconds", seconds), ("queries", queries)):
        if limit is not None and not limit > 0:
            raise InputError(f"the limit on {name} must be above 0, not {limit}")
