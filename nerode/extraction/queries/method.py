"""The method lstar: query learning of a DFA, with DFAs from a quantised weighted automaton where the network is not regular.

Query learning runs first. If it does not end soon, the network is probably not regular. Then the states of a weighted
automaton of the teacher are quantised into DFAs of growing size, which approximate the teacher.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cache, partial
from itertools import chain
from math import inf

from nerode.automata.base import Automaton
from nerode.automata.determinise import from_dfa
from nerode.automata.dfa import DFA
from nerode.automata.quantise import first_prefixes, quantised
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted
from nerode.extraction.method import Method, Task, constant_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE, STALLED, query_rounds
from nerode.extraction.queries.settings import LEARNERS, QuerySettings
from nerode.extraction.queries.strategy import Resources, strategy
from nerode.extraction.spectral.method import unrefined
from nerode.links import CLASSIFIER
from nerode.words import Words

SEARCH = 20_000  # queries of each search in each round, at most
UNFINISHED = "unfinished"
PATIENCE = 0.2  # fraction of the time limit after which a network whose DFA still grows counts as not regular
MANY = 300  # number of states above which it counts as not regular too
QUANTISED = 4096  # states of the largest quantised DFA
GAINLESS = 4  # quantisation stops after this many sizes without a gain; the smallest sizes often bring none
QUANTISED_ON = 200_000  # prefixes of words whose states are clustered, at most
SHORT = 10  # smallest average length of words for which QUANTISED_ON prefixes are reached
SIZED_ON = 50_000  # the same for DFAs of other sizes
FINER = 1.25  # factor from one of these sizes to the next
MERGED = 500  # states of the largest DFA whose states are merged: each prefix takes a row of so many numbers
PREFIXES_PER_SECOND = 5000  # prefixes for each second of the time limit, at most


def _lstar(task: Task) -> Generator[Automaton, None, str]:
    """Yield the hypotheses of query learning and, if learning does not end soon, quantised DFAs; return why it ended."""
    settings, ledger = task.settings, task.ledger
    labels = Labels(task.teacher, settings.band, lambda: task.meter.queries_left)
    weighted = cache(partial(_weighted, task))
    search = strategy(settings.searches, Resources(labels.teacher, task.automaton, task.rng, task.source, weighted))
    ledger.decidable = search.decide
    rounds = query_rounds(LEARNERS[settings.learner](labels, task.states, settings), search, labels, SEARCH)
    try:
        endless = search.decide  # an exact search finds every counterexample, so that learning ends
        reason = yield from _learning_rounds(task, rounds, inf if endless else PATIENCE, inf if endless else MANY)
        if reason in (UNFINISHED, STALLED):
            yield from _quantised(task, weighted())
        if reason == UNFINISHED:
            reason = yield from _learning_rounds(task, rounds, inf, inf)
        ledger.decided = reason == NO_COUNTEREXAMPLE and search.decide
        return reason
    except BudgetExhausted as end:
        if end.reason == "states":
            yield from _quantised(task, weighted())
        raise
    finally:
        ledger.searches, ledger.contradictions = search.records, labels.contradictions
        ledger.counterexamples = tuple(labels.counterexamples)


def _learning_rounds(task: Task, rounds: Generator[DFA, None, str], patience: float, most: float) -> Generator[DFA, None, str]:
    """Yield the hypotheses of the rounds, and note each in the ledger as the learner's own.

    Parameters
    ----------
    patience : fraction of the time limit
    most : number of states

    Returns
    -------
    The reason why the rounds ended; UNFINISHED after the first hypothesis that exceeds `patience` or `most`.
    """
    while True:
        try:
            hypothesis = next(rounds)
        except StopIteration as end:
            reason: str = end.value
            return reason
        yield hypothesis
        task.ledger.note_last()
        if task.meter.time_spent > patience or hypothesis.states > most:
            return UNFINISHED


def _weighted(task: Task) -> WFA | None:
    """A weighted automaton of the teacher, which the ledger keeps; None where there is none."""
    task.ledger.weighted = unrefined(task)
    return task.ledger.weighted


def _quantised(task: Task, weighted: WFA | None) -> Generator[DFA]:
    """Yield DFAs of 1, 2, 4, 8, … states, quantised from a weighted automaton, while more states lower the error."""
    if weighted is None:
        return
    limit = task.meter.time_limit
    prefixes = QUANTISED_ON if limit is None else min(QUANTISED_ON, round(limit * PREFIXES_PER_SECOND))
    words = _words(task, prefixes)
    begun = len(task.ledger.rounds)
    for automaton in quantised(weighted, words, task.rng, min(QUANTISED, task.states or QUANTISED), task.meter.check):
        yield automaton
        errors = [done.error for done in task.ledger.rounds[begun:]]
        if len(errors) > GAINLESS and min(errors[-GAINLESS:]) >= min(errors[:-GAINLESS]):
            return


def _words(task: Task, prefixes: int) -> Words:
    """Words that have at most so many prefixes together."""
    return first_prefixes(list(chain.from_iterable(task.source.for_prefixes(max(1, prefixes // SHORT)))), prefixes)


def _smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[DFA]:
    """Yield DFAs of at most 1, 2, 3, … states, quantised from the best DFA or the weighted automaton, whichever errs less.

    A quantised DFA is minimised and then has fewer states than cells. Twice as many cells as states are tried therefore.
    """
    best = task.ledger.best
    assert isinstance(best, DFA)
    weighted, held_out = task.ledger.weighted, task.ledger.held_out
    if weighted is None or held_out.errors(weighted).mean() > held_out.errors(best).mean():
        weighted = from_dfa(best) if best.states <= MERGED else weighted
    if weighted is None:
        why = f"states are merged where there are at most {MERGED:,}"
        task.ledger.left_out.append(f"Other sizes are those that learning passed, since {why}.")
        return
    words = _words(task, SIZED_ON)
    yield from quantised(weighted, words, task.rng, 2 * max(sizes), task.meter.check, FINER)


METHOD = Method(
    (CLASSIFIER,), _lstar, longest=20, frugality=0.01, constant=constant_dfa, smaller=_smaller, settings=QuerySettings
)
