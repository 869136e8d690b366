"""Query learning of nerode on a network: the least that it can do, and what `nerode.extract` does."""

from __future__ import annotations

import time

import nerode
from nerode.automata.dfa import DFA
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.rounds import query_rounds
from nerode.extraction.queries.searches.base import InTurn, Stages
from nerode.extraction.queries.searches.whitebox import WhiteBox
from nerode.extraction.queries.ttt import TreeLearner

from .runs import Case, Cost, Counted, Run, run_of

EFFORT = 20_000  # words that the search may ask a round
WARMING = [(), (0,), (0, 1)]  # the first questions of a process take longer than all others


def white_box(case: Case) -> Run:
    """The discrimination tree with the search on the network's states alone: no held-out words and no verdict."""
    case.teacher.scores(WARMING)
    counted = Counted(case.teacher)
    begun = time.process_time()
    labels = Labels(counted)
    learner, search = TreeLearner(labels), Stages([InTurn([WhiteBox()])])
    learning = query_rounds(learner, search, labels, EFFORT)
    rounds = 0
    while True:
        try:
            hypothesis = next(learning)
        except StopIteration as end:
            stopped = end.value
            break
        rounds += 1
    queries = learner.words + search.records[0].words
    cost = Cost(time.process_time() - begun, counted.steps, queries, rounds, stopped)
    return run_of(case, "nerode tree", "white-box alone", hypothesis, cost)


def extracted(case: Case, seconds: float | None, seed: int = 0) -> Run:
    """`nerode.extract` with its defaults, words for weighing and for the verdict included; `seconds` is its limit of time."""
    case.teacher.scores(WARMING)
    counted = Counted(case.teacher)
    begun = time.process_time()
    result = nerode.extract(counted, "lstar", seconds=seconds, seed=seed)
    spent = time.process_time() - begun
    assert isinstance(result.automaton, DFA)
    cost = Cost(spent, counted.steps, result.queries, len(result.rounds) - 1, result.stop_reason)
    limit = "defaults" if seconds is None else f"defaults, {seconds:g} s"
    return run_of(case, "nerode extract", limit, result.automaton, cost)
