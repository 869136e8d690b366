"""The methods of extraction: what is done with a teacher, its words and a budget, stage by stage."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from math import inf

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.growth import stabilise
from nerode.automata.quantise import first_prefixes, quantised
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.batches import Limits, Refine
from nerode.extraction.budget import Meter
from nerode.extraction.held_out import HeldOut
from nerode.extraction.labels import Labels
from nerode.extraction.least_squares import refine_by_least_squares
from nerode.extraction.ledger import Ledger
from nerode.extraction.losses import loss_of
from nerode.extraction.lstar import LStar
from nerode.extraction.queries import NO_COUNTEREXAMPLE, STALLED, QueryLearner, query_rounds
from nerode.extraction.refinement import refine
from nerode.extraction.settings import QuerySettings
from nerode.extraction.source import WordSource
from nerode.extraction.spectral import Weigh, spectral_rounds
from nerode.extraction.strategy import Grounds, strategy
from nerode.extraction.targets import Target
from nerode.extraction.ttt import TreeLearner
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.words import FloatArray

SEARCH = 20_000  # words that each search may ask a round
UNFINISHED = "unfinished"
PATIENCE = 0.2  # of a limit on time, after which a DFA that is still growing is taken to be of a network that is not regular
MANY = 300  # states, with which it is too
QUANTISED = 4096  # states of the largest DFA that is only close
GAINLESS = 4  # sizes in a row without a gain: with few states there may be none at first
QUANTISED_ON = 200_000  # prefixes of words that its states are made of
SHORT = 10  # letters of the shortest words on average that are worth so many prefixes
A_SECOND = 5000  # of them at most for each second of a limit
BASIS = 4000  # words that prefixes and suffixes are cut from
EARLY = 0.15  # of a limit, after which no larger block is begun: it costs some four times as much, and is not all that is done
REFINED_ON = 100_000  # words at most whose prefixes automata are refined on
ASKING = 0.15  # of a limit on time, that asking for them may take
REREAD = 20_000  # prefixes of them, where each is a word to be read anew
EXACT = 1e-6  # of the constant's error: what errs less is not refined
FAR = 100  # words that are ten times as long as others, on which automata are weighed that are kept from growing
STEADIED_ON = 1000  # words whose prefixes give the states that are kept from growing

LEARNERS: dict[str, Callable[[Labels, int | None, QuerySettings], QueryLearner]] = {
    "tree": lambda labels, states, settings: TreeLearner(labels, states, settings.letter_classes),
    "table": lambda labels, states, settings: LStar(labels, states),
}
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
    settings: QuerySettings
    automaton: DFA | None  # the teacher itself, where it is one


def _lstar(task: Task) -> Generator[Automaton, None, str]:
    """Queries and counterexamples; where these do not come to an end soon, also DFAs that are only close to the teacher."""
    settings, ledger = task.settings, task.ledger
    labels = Labels(task.teacher, settings.band, lambda: task.meter.queries_left)
    weighted = cache(lambda: _weighted(task))
    search = strategy(settings.searches, Grounds(task.teacher, task.automaton, task.rng, task.source, weighted))
    ledger.decidable = search.decide
    rounds = query_rounds(LEARNERS[settings.learner](labels, task.states, settings), search, labels, SEARCH)
    try:
        limit = inf if search.decide or task.meter.seconds_limit is None else task.meter.seconds_limit
        reason = yield from _learned(task, rounds, PATIENCE * limit, inf if search.decide else MANY)
        if reason in (UNFINISHED, STALLED):
            yield from _quantised(task, weighted())
        if reason == UNFINISHED:
            reason = yield from _learned(task, rounds, inf, inf)
        ledger.decided = reason == NO_COUNTEREXAMPLE and search.decide
        return reason
    except BudgetExhausted as end:
        if end.reason == "states":
            yield from _quantised(task, weighted())
        raise
    finally:
        ledger.efforts, ledger.contradictions = search.efforts, labels.contradictions


def _learned(task: Task, rounds: Generator[DFA, None, str], patience: float, most: float) -> Generator[DFA, None, str]:
    """The rounds, each noted as the learner's own; UNFINISHED after one that passes a time or a number of states."""
    while True:
        try:
            hypothesis = next(rounds)
        except StopIteration as end:
            reason: str = end.value
            return reason
        yield hypothesis
        task.ledger.note_last()
        if task.meter.seconds > patience or hypothesis.states > most:
            return UNFINISHED


def _quantised(task: Task, weighted: WFA | None) -> Generator[DFA]:
    """DFAs of 1, 2, 4, 8, … states that follow a weighted automaton of the teacher, as long as more states are a gain."""
    if weighted is None:
        return
    limit = task.meter.seconds_limit
    prefixes = QUANTISED_ON if limit is None else min(QUANTISED_ON, round(limit * A_SECOND))
    words = first_prefixes(list(chain.from_iterable(task.source.for_prefixes(max(1, prefixes // SHORT)))), prefixes)
    begun = len(task.ledger.rounds)
    for automaton in quantised(weighted, words, task.rng, min(QUANTISED, task.states or QUANTISED), task.meter.check):
        yield automaton
        errors = [done.error for done in task.ledger.rounds[begun:]]
        if len(errors) > GAINLESS and min(errors[-GAINLESS:]) >= min(errors[:-GAINLESS]):
            return


def _weighted(task: Task) -> WFA | None:
    """A weighted automaton of the teacher, after a few blocks."""
    words = task.source.learn(BASIS)
    begun = task.meter.part_spent
    closed = _keeps_states(task.teacher)
    grow = task.target.basis(task.rng, words, None, closed)
    weigh = task.ledger.held_out.weigh
    blocks = spectral_rounds(
        task.teacher, grow, weigh, task.rng, None, task.target.settings, lambda: task.meter.part_spent - begun < EARLY
    )
    try:
        last = deque(blocks, maxlen=1)
    except InputError:  # such as margins that are infinite: they have a sign, but no weighted automaton
        return None
    return last[0][0] if last else None


def _spectral(task: Task) -> Generator[Automaton, None, str]:
    learned = task.target.function(task.teacher)
    reason = yield from _grown(task, learned)
    if task.target.refined:  # else what is handed back is not the function that was asked
        yield from _refined(task, learned)
        yield from _steadied(task, learned)
    return reason


def _grown(task: Task, learned: Teacher) -> Generator[Automaton, None, str]:
    """Automata of growing blocks."""
    target, words = task.target, task.source.learn(BASIS)
    known: list[HeldOut] = []  # the teacher's answers on them, asked when they are needed

    def losses(automaton: WFA) -> FloatArray:
        if not known:
            known.append(target.held_out(task.teacher, words))
        return known[0].weigh(target.finish(automaton))[1]

    free = task.meter.queries_limit is None  # else questions are not asked that happen to cost no time
    closed = free and _keeps_states(learned) and learned.link.task != LANGUAGE_MODEL
    grow = target.basis(task.rng, words, losses if free else None, closed)
    weigh = _of_finished(task.ledger.held_out.weigh, target)

    def affords() -> bool:
        return task.refine is None or task.meter.part_spent < EARLY

    blocks = spectral_rounds(learned, grow, weigh, task.rng, task.states, target.settings, affords)
    while True:
        try:
            automaton, task.ledger.curve = next(blocks)
        except StopIteration as end:
            reason: str = end.value
            return reason
        yield target.finish(automaton)


def _of_finished(weigh: Weigh, target: Target) -> Weigh:
    """Weighs what would be handed back, which need not be the function that is tabulated."""

    def weigh_finished(hypothesis: WFA, *, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        return weigh(target.finish(hypothesis), before=before)

    return weigh_finished


def _refined(task: Task, learned: Teacher) -> Generator[Automaton]:
    """The best automaton of a block fitted to all prefixes of many words, each time that the held-out loss is lower than before.

    Errors of classifiers are counts; they may be larger by chance, by one standard error of the difference to the lowest.
    """
    ledger, start = task.ledger, task.ledger.learned
    if not task.refine or not isinstance(start, WFA) or ledger.lowest <= EXACT * ledger.rounds[0].error:
        return

    errors, losses = ledger.held_out.weigh(ledger.best)
    portions, begun, limit = task.source.for_prefixes(REFINED_ON), task.meter.seconds, task.meter.seconds_limit
    most = Limits.most_scores if _keeps_states(learned) else REREAD
    if task.meter.queries_left is not None:
        portions = iter(list(portions))  # drawing them can cost queries
        most = min(most, task.meter.queries_left)
    limits = Limits(most_scores=most, affords=lambda: limit is None or task.meter.seconds < begun + ASKING * limit)
    for refined in task.refine(start, learned, portions, task.rng, task.meter.check, limits=limits):
        their_errors, their_losses = ledger.held_out.weigh(refined)
        if their_losses.mean() < losses.mean() and _hardly_more(their_errors, errors):
            errors, losses = min(errors, their_errors, key=np.mean), their_losses
            yield refined
            ledger.prefer_last()


def _hardly_more(errors: FloatArray, than: FloatArray) -> bool:
    """Whether errors on the same words are larger by no more than one standard error of the difference."""
    if errors.mean() <= than.mean():
        return True
    more = errors - than
    return bool(np.isfinite(more).all() and more.mean() <= more.std() / np.sqrt(len(more)))


def _steadied(task: Task, learned: Teacher) -> Generator[Automaton]:
    """The best automaton kept from growing, where it lost its way on far longer words and gets hardly worse on others.

    It has where a constant, the mean of the teacher's scores, is a better answer.
    """
    ledger, best = task.ledger, task.ledger.best
    if not isinstance(best, WFA) or not _keeps_states(learned) or ledger.lowest <= EXACT * ledger.rounds[0].error:
        return
    try:
        steady = stabilise(best, task.source.learn(STEADIED_ON))
        if steady is best:
            return
        far = task.source.far(FAR)
        truth = learned.scores(far)
    except InputError:
        return  # the words are too few and too short to tell, or the teacher reads none that are longer
    loss = loss_of(learned.link, truth)
    with np.errstate(all="ignore"):
        answers = np.broadcast_to(truth.mean(axis=0), truth.shape), best.scores(far), steady.scores(far)
        constant, before, after = (np.nan_to_num(loss(scores, truth)[0].mean(), nan=np.inf) for scores in answers)
    errors = ledger.held_out.errors(best)
    allowed = errors.mean() + errors.std() / np.sqrt(len(errors))
    if before > constant and before > after and ledger.held_out.errors(steady).mean() <= allowed:
        yield steady
        ledger.prefer_last()


def _keeps_states(teacher: Teacher) -> bool:
    return isinstance(teacher, (SteppingTeacher, TwoWayTeacher))


@dataclass(frozen=True)
class Method:
    """A way to learn.

    Parameters
    ----------
    tasks : the tasks of teachers that it fits
    rounds : its hypotheses, one after the other
    deterministic : whether they are DFAs
    longest : letters of the words that are drawn where none are given and the teacher draws none itself
    frugality : how much more error than the best a smaller hypothesis may have
    """

    tasks: tuple[str, ...]
    rounds: Callable[[Task], Generator[Automaton, None, str]]
    deterministic: bool
    longest: int
    frugality: float


METHODS = {
    "lstar": Method((CLASSIFIER,), _lstar, True, 20, 0.01),
    "spectral": Method((CLASSIFIER, LANGUAGE_MODEL, SCORES), _spectral, False, 40, 0.0),
}
