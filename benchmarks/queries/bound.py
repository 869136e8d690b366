"""Whether the verdict keeps its word: how often the error on many fresh words is within the bound that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

import nerode
from nerode.extraction.queries.method import METHOD
from nerode.extraction.source import WordSource
from nerode.protocols import Teacher

from .runs import Case

SEEDS = 100
LIMITS = 300, 3000  # queries of each extraction: so few that automata err much, or a little, whatever else the machine does
FRESH = 20_000
CHANCE = 0.001  # how improbable it must be, if the promise is kept, that bounds hold no more often than they were seen to


@dataclass(frozen=True)
class Kept:
    """A row: many short extractions from a network.

    Parameters
    ----------
    kept : the share of them whose error on fresh words is within the bound; 1 − delta is promised
    queries : that each was allowed
    error, bound, states : means
    least, most : the lowest and highest error
    """

    network: str
    queries: int
    seeds: int
    promised: float
    kept: float
    error: float
    bound: float
    least: float
    most: float
    states: float


def measured(case: Case, seeds: int, queries: int) -> Kept:
    """Extract with many seeds, and judge each on words of the same distribution that it has never seen."""
    outcomes = np.array(list(_outcomes(case.teacher, seeds, queries)))  # (seeds, 4)
    errors, bounds, promised, states = outcomes.T
    return Kept(
        case.name, queries, seeds, float(promised.min()), float((errors <= bounds).mean()), float(errors.mean()),
        float(bounds.mean()), float(errors.min()), float(errors.max()), float(states.mean()),
    )  # fmt: skip


def broken(row: Kept) -> bool:
    """Whether bounds held so rarely that it is hardly chance."""
    return bool(binom.cdf(round(row.kept * row.seeds), row.seeds, row.promised) < CHANCE)


def _outcomes(teacher: Teacher, seeds: int, queries: int) -> Iterator[tuple[float, float, float, int]]:
    for seed in range(seeds):
        result = nerode.extract(teacher, "lstar", queries=queries, seed=seed)
        verdict, automaton = result.verdict, result.automaton
        assert verdict is not None  # of a classifier there is one
        source = WordSource(np.random.default_rng([seed, 3]), teacher, [], METHOD.longest)
        words = source.invent(FRESH)
        wrong = automaton.link.labels(automaton.scores(words)) != teacher.link.labels(teacher.scores(words))
        yield float(wrong.mean()), verdict.epsilon, 1 - verdict.delta, automaton.states
