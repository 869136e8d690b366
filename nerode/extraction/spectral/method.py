"""The method spectral: a weighted automaton of growing Hankel blocks, refined on more words."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.growth import stabilise
from nerode.automata.wfa import WFA
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.losses import loss_of
from nerode.extraction.meter import Meter
from nerode.extraction.method import Method, Task, constant_wfa
from nerode.extraction.source import FARTHEST
from nerode.extraction.spectral.batches import Limits
from nerode.extraction.spectral.blocks import LARGEST_BLOCK, ROOM_KEPT, Weigh, spectral_rounds
from nerode.extraction.spectral.settings import REFINEMENTS, SpectralSettings
from nerode.extraction.spectral.smaller import smaller
from nerode.extraction.spectral.targets import TARGETS, Target
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.words import FloatArray, Words

BASIS = 4000  # words that prefixes and suffixes are cut from
EARLY = 0.15  # of a limit, after which no larger block is begun: it costs some four times as much, and is not all that is done
REFINED_ON = 100_000  # words at most whose prefixes automata are refined on
ASKING = 0.35  # of a limit on time, by which no more of them are asked
COOLED = 0.95  # of a limit on time, by which refinement has come to its end
LEAST_ANSWERS = 200  # to refine on, and as many as weights: with fewer nothing was gained
REREAD = 20_000  # prefixes of them, where each is a word to be read anew
BASIS_REDRAWN = 1000  # words, where a language model reads each again for every letter that is drawn
EXACT = 1e-6  # of the constant's error: what errs less is not refined
FAR = 100  # words that are ten times as long as others, on which automata are weighed that are kept from growing
STABILISED_ON = 1000  # words whose prefixes give the states that are kept from growing


def unrefined(task: Task) -> WFA | None:
    """A weighted automaton of the teacher's scores after a few blocks, for other methods; None where there is none."""
    target = TARGETS["scores"]
    words = task.source.learn(BASIS)
    begun = task.meter.part_spent
    closed = _keeps_states(task.teacher)
    grow = target.basis(task.rng, words, None, closed, task.source.room)
    weigh = _of_finished(task, target)
    blocks = spectral_rounds(
        task.teacher, grow, weigh, task.rng, None, target.settings, lambda _: task.meter.part_spent - begun < EARLY
    )
    try:
        last = deque(blocks, maxlen=1)
    except InputError:  # such as margins that are infinite: they have a sign, but no weighted automaton
        return None
    return last[0][0] if last else None


def _spectral(task: Task) -> Generator[Automaton, None, str]:
    target = TARGETS[task.settings.target]
    learned = target.function(task.teacher)
    reason = yield from _grown(task, target, learned)
    if target.refined:  # else what is handed back is not the function that was asked
        yield from _refined(task, learned)
        yield from _stabilised(task, learned)
    return reason


def _grown(task: Task, target: Target, learned: Teacher) -> Generator[Automaton, None, str]:
    """Automata of growing blocks."""
    redrawn = learned.link.task == LANGUAGE_MODEL and not isinstance(learned, SteppingTeacher)
    words = task.source.learn(BASIS_REDRAWN if redrawn else BASIS)
    known: list[HeldOut] = []  # the teacher's answers on them, asked when they are needed

    def losses(automaton: WFA) -> FloatArray:
        if not known:
            known.append(target.held_out(task.teacher, words))
        return known[0].weigh(target.finish(automaton))[1]

    free = task.meter.queries_limit is None  # else questions are not asked that happen to cost no time
    closed = free and _keeps_states(learned) and learned.link.task != LANGUAGE_MODEL
    grow = target.basis(task.rng, words, losses if free else None, closed, task.source.room)
    weigh = _of_finished(task, target)

    def affords(automaton: WFA) -> bool:
        """Whether there is room for a larger block; always where this one is too small for the states that are wanted."""
        small = task.states is not None and automaton.states < task.states
        refined = REFINEMENTS[task.settings.refinement] is not None and _too_few(task.ledger.learned, task.meter) is None
        return small or not refined or task.meter.part_spent < EARLY

    blocks = spectral_rounds(learned, grow, weigh, task.rng, task.states, target.settings, affords)
    while True:
        try:
            automaton, task.ledger.curve = next(blocks)
        except StopIteration as end:
            reason: str = end.value
            return "queries" if _short_of_queries(reason, len(words), task.meter) else reason
        yield target.finish(automaton)


def _short_of_queries(reason: str, drawn: int, meter: Meter) -> bool:
    """Whether blocks grew no further since queries are limited: few are left, or a language model could draw few words."""
    limit = meter.queries_limit
    if limit is None:
        return False
    return meter.queries >= EARLY * limit if reason == ROOM_KEPT else reason == LARGEST_BLOCK and drawn < BASIS


def _of_finished(task: Task, target: Target) -> Weigh:
    """Weighs what would be handed back, which need not be the function that is tabulated, while there is time."""

    def weigh_finished(hypothesis: WFA, *, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        task.meter.check()
        return task.ledger.held_out.weigh(target.finish(hypothesis), before=before)

    return weigh_finished


def _refined(task: Task, learned: Teacher) -> Generator[Automaton]:
    """The best automaton of a block fitted to all prefixes of many words, each time that the held-out loss is lower than before.

    Errors of classifiers are counts; they may be larger by chance, by one standard error of the difference to the lowest.
    """
    ledger, start, refine = task.ledger, task.ledger.learned, REFINEMENTS[task.settings.refinement]
    if refine is None or not isinstance(start, WFA) or ledger.lowest <= EXACT * ledger.rounds[0].error:
        return

    errors, losses = ledger.held_out.weigh(ledger.best)
    portions, asking, fitting = task.source.for_prefixes(REFINED_ON), task.meter.stage(ASKING), task.meter.stage(COOLED)
    most = Limits.most_scores if _keeps_states(learned) else REREAD
    if task.meter.queries_left is not None:
        portions = iter(list(portions))  # drawing them can cost queries
        if few := _too_few(start, task.meter):
            ledger.left_out.append(few)
            return
        most = min(most, task.meter.queries_left)
    limits = Limits(most_scores=most, affords=lambda: asking(0.0) < 1)
    for refined in refine(start, learned, portions, task.rng, task.meter.check, limits=limits, pace=fitting):
        their_errors, their_losses = ledger.held_out.weigh(refined)
        if their_losses.mean() < losses.mean() and _hardly_more(their_errors, errors):
            errors, losses = min(errors, their_errors, key=np.mean), their_losses
            yield refined
            ledger.prefer_last()


def _too_few(automaton: Automaton | None, meter: Meter) -> str | None:
    """Why a limit leaves too few answers to refine an automaton, in a sentence; None where it does not."""
    left = meter.queries_left
    if left is None or not isinstance(automaton, WFA):
        return None
    weights = automaton.transitions.size + automaton.final.size
    wanted = max(weights, LEAST_ANSWERS)
    if left >= wanted:
        return None
    limit = "time" if meter.queries_limit is None else "queries"
    return f"Not refined: the limit on {limit} leaves {left:,} answers, and its {weights:,} weights take {wanted:,} at least."


def _hardly_more(errors: FloatArray, than: FloatArray) -> bool:
    """Whether errors on the same words are larger by no more than one standard error of the difference."""
    if errors.mean() <= than.mean():
        return True
    more = errors - than
    return bool(np.isfinite(more).all() and more.mean() <= more.std() / np.sqrt(len(more)))


def _stabilised(task: Task, learned: Teacher) -> Generator[Automaton]:
    """The best automaton kept from growing, where it lost its way on far longer words and gets hardly worse on others.

    It has where a constant, the mean of the teacher's scores, is a better answer.
    """
    ledger, best = task.ledger, task.ledger.best
    if task.source.room is not None or domain_of(task.teacher) is not None:
        return  # far longer words are not read, or mean nothing
    if not isinstance(best, WFA) or not _keeps_states(learned) or ledger.lowest <= EXACT * ledger.rounds[0].error:
        return
    try:
        steady = stabilise(best, [word[:FARTHEST] for word in task.source.learn(STABILISED_ON)])
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


def _held_out(settings: SpectralSettings, teacher: Teacher, words: Words, weights: FloatArray) -> HeldOut:
    held_out: HeldOut = TARGETS[settings.target].held_out(teacher, words, weights)
    return held_out


def _constant(settings: SpectralSettings, held_out: Any, teacher: Teacher) -> Automaton:
    constant = TARGETS[settings.target].constant
    return constant_wfa(settings, held_out, teacher) if constant is None else constant(held_out)


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES),
    _spectral,
    longest=40,
    frugality=0.0,
    constant=_constant,
    smaller=smaller,
    settings=SpectralSettings,
    held_out=_held_out,
)
