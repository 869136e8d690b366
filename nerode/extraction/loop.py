"""Extraction: rounds of a learner under a budget, the best automaton kept at all times."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.wfa import WFA
from nerode.checking import checked
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import Meter, metered
from nerode.extraction.curve import Curve
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import SMALL, Ledger, Round, queried
from nerode.extraction.methods import LEARNERS, METHODS, REFINEMENTS, Task
from nerode.extraction.queries import NO_COUNTEREXAMPLE
from nerode.extraction.searches.base import Effort
from nerode.extraction.settings import QuerySettings
from nerode.extraction.source import WordSource
from nerode.extraction.strategy import SEARCHES
from nerode.extraction.targets import TARGETS
from nerode.extraction.verdict import DELTA, Verdict, judge
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Multiclass
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
QUERY_SETTINGS = QuerySettings()
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
    efforts : what each search for counterexamples has done (lstar)
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
    efforts: tuple[Effort, ...]
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
    target: str = "scores",
    refinement: str = "gradient",
    states: int | None = None,
    seconds: float | None = 60.0,
    queries: int | None = None,
    words: Iterable[Any] | None = None,
    search: QuerySettings = QUERY_SETTINGS,
    delta: float = DELTA,
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
    search : how lstar learns and looks for counterexamples
    delta : how probable it is at most that the bound of the verdict does not hold
    seed : the same seed gives the same automaton, where the clock has no part in it: where no limit of time cuts it short, where
        query learning takes less than a fifth of it, and blocks as well as the words to refine on less than a seventh each
    progress : is told about every round in a sentence

    Raises
    ------
    InputError : no teacher, no seed, a limit below 1; a method, a target, a refinement or settings that are not known or do not
        fit
    BudgetExhausted : not even the first hypothesis was reached
    """
    teacher = checked(teacher)
    _check(teacher, method, target, refinement, states, seconds, queries)
    _check_queries(method, search, delta)
    if not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"the seed must be a whole number of at least 0, not {seed!r}")
    rng = np.random.default_rng(seed)
    meter = Meter(seconds, queries)
    asked = metered(teacher, meter)
    given = [] if words is None else teacher.alphabet.words(words)
    if words is not None and not given:
        raise InputError("the list of words is empty; give words like those that matter, or None to have some drawn")
    chosen = METHODS[method]
    source = WordSource(rng, asked, given, chosen.longest, queries)
    judged = teacher.link.task == CLASSIFIER
    fresh, like = source.fresh(FRESH, part=0.2) if judged else (source.keep(FRESH, part=0.2), "")
    weighed = WEIGHED[teacher.link.task] if queries is None else min(WEIGHED[teacher.link.task], max(1, queries // 8))
    learned = TARGETS[target]
    held_out = learned.held_out(asked, source.weighed(weighed, part=0.5))
    always = constant(held_out, teacher, chosen.deterministic) if learned.constant is None else learned.constant(held_out)
    ledger = Ledger(always, held_out, meter, chosen.frugality if states is None else min(chosen.frugality, ALLOWED))
    refined_by = REFINEMENTS[refinement] if learned.refined else None
    known = teacher if isinstance(teacher, DFA) else None
    learning = chosen.rounds(Task(asked, learned, rng, source, ledger, meter, states, refined_by, search, known))
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
        ledger.best_round, teacher.link.task, verdict, ledger.front, ledger.efforts, ledger.contradictions,
    )  # fmt: skip


def _verdict(automaton: Automaton, teacher: Teacher, fresh: Words, like: str, delta: float, reason: str) -> Verdict | None:
    """What can be said of the automaton; it is asked about beyond all limits, since without it nobody knows what was learned."""
    if reason == EQUIVALENT:
        return Verdict(0, 0, like, delta, equivalent=True)
    try:
        return judge(automaton, teacher, fresh, like, delta)
    except (KeyboardInterrupt, InputError):  # what was learned must not be lost
        return None


def constant(held_out: HeldOut, teacher: Teacher, deterministic: bool) -> Automaton:
    """What everything else has to beat: the most frequent label for classifiers, the mean of the scores for the others."""
    alphabet, letters = teacher.alphabet, len(teacher.alphabet)
    if teacher.link.task == CLASSIFIER:
        classes = teacher.width if isinstance(teacher.link, Multiclass) else 2
        label = int(np.bincount(held_out.truth.astype(np.int64), minlength=classes).argmax())
        always = DFA(alphabet, np.zeros((1, letters), np.int64), np.array([label]), classes=classes)
        if deterministic:
            return always
        final = always.scores([()])
    else:
        final = held_out.mean_scores[None]  # (1, width)
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
    unrefined = method != "spectral" or (refinement == "least-squares" and not TARGETS[target].refined)
    if refinement != "gradient" and unrefined:
        fitting = " or ".join(name for name, other in TARGETS.items() if other.refined)
        raise InputError(f"the refinement {refinement} is for the spectral method with the target {fitting}")
    for name, limit, kind in (("states", states, int), ("seconds", seconds, float), ("queries", queries, int)):
        if limit is not None and (not isinstance(limit, (int, kind)) or not limit > 0):
            wanted = "a whole number" if kind is int else "a number"
            raise InputError(f"the limit on {name} must be {wanted} above 0, not {limit!r}")


def _check_queries(method: str, search: QuerySettings, delta: float) -> None:
    if not isinstance(search, QuerySettings):
        raise InputError(f"search takes nerode.QuerySettings, such as QuerySettings(searches=('random',)), not {search!r}")
    if method != "lstar" and search != QUERY_SETTINGS:
        raise InputError(f"a learner, searches, a band and letter classes are for the method lstar; {method} has none of them")
    if search.learner not in LEARNERS:
        raise InputError(f"unknown learner {search.learner!r}; choose one of {', '.join(LEARNERS)}")
    if isinstance(search.searches, str):
        raise InputError(f"searches are a list of names, such as ({search.searches!r},), not one text")
    if search.searches is not None and not search.searches:
        raise InputError(f"the list of searches is empty; choose some of {', '.join(SEARCHES)}")
    for name in search.searches or ():
        if name not in SEARCHES:
            raise InputError(f"unknown search {name!r}; choose some of {', '.join(SEARCHES)}")
    if search.searches and len(set(search.searches)) < len(search.searches):
        raise InputError(f"a search is named twice: {', '.join(search.searches)}; name each once")
    if search.learner == "table" and (search.band or search.letter_classes):
        raise InputError("an observation table has no band and no letter classes; take the tree learner for them")
    if not 0 <= search.band < math.inf:
        raise InputError(f"the band of margins that are no evidence must be a number of at least 0, not {search.band!r}")
    if not 0 < delta < 1:
        raise InputError(f"delta must be a number between 0 and 1, not {delta!r}")
