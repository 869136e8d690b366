"""The method lstar: query learning of a DFA; of a network that is not regular, DFAs that are only close to it."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from itertools import chain
from math import inf

from nerode.automata.base import Automaton
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

SEARCH = 20_000  # words that each search may ask a round
UNFINISHED = "unfinished"
PATIENCE = 0.2  # of a limit on time, after which a DFA that is still growing is taken to be of a network that is not regular
MANY = 300  # states, with which it is too
QUANTISED = 4096  # states of the largest DFA that is only close
GAINLESS = 4  # sizes in a row without a gain: with few states there may be none at first
QUANTISED_ON = 200_000  # prefixes of words that its states are made of
SHORT = 10  # letters of the shortest words on average that are worth so many prefixes
A_SECOND = 5000  # of them at most for each second of a limit


def _lstar(task: Task) -> Generator[Automaton, None, str]:
    """Queries and counterexamples; where these do not come to an end soon, also DFAs that are only close to the teacher."""
    settings, ledger = task.settings, task.ledger
    labels = Labels(task.teacher, settings.band, lambda: task.meter.queries_left)
    weighted = cache(lambda: unrefined(task))
    search = strategy(settings.searches, Resources(task.teacher, task.automaton, task.rng, task.source, weighted))
    ledger.decidable = search.decide
    rounds = query_rounds(LEARNERS[settings.learner](labels, task.states, settings), search, labels, SEARCH)
    try:
        endless = search.decide  # it finds every counterexample, so that there is an end
        reason = yield from _learned(task, rounds, inf if endless else PATIENCE, inf if endless else MANY)
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
        ledger.searches, ledger.contradictions = search.records, labels.contradictions


def _learned(task: Task, rounds: Generator[DFA, None, str], patience: float, most: float) -> Generator[DFA, None, str]:
    """The rounds, each noted as the learner's own; UNFINISHED after one that passes a part of the time or a number of states."""
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


def _quantised(task: Task, weighted: WFA | None) -> Generator[DFA]:
    """DFAs of 1, 2, 4, 8, … states that follow a weighted automaton of the teacher, as long as more states are a gain."""
    if weighted is None:
        return
    limit = task.meter.time_limit
    prefixes = QUANTISED_ON if limit is None else min(QUANTISED_ON, round(limit * A_SECOND))
    words = first_prefixes(list(chain.from_iterable(task.source.for_prefixes(max(1, prefixes // SHORT)))), prefixes)
    begun = len(task.ledger.rounds)
    for automaton in quantised(weighted, words, task.rng, min(QUANTISED, task.states or QUANTISED), task.meter.check):
        yield automaton
        errors = [done.error for done in task.ledger.rounds[begun:]]
        if len(errors) > GAINLESS and min(errors[-GAINLESS:]) >= min(errors[:-GAINLESS]):
            return


METHOD = Method((CLASSIFIER,), _lstar, longest=20, frugality=0.01, constant=constant_dfa, settings=QuerySettings)
