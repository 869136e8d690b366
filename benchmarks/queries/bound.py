"""Whether the verdict keeps its word: how often the error on many fresh words is within the bound that it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import nerode
from nerode.extraction.methods import METHODS
from nerode.extraction.source import WordSource
from nerode.protocols import Teacher

from .runs import Case

SEEDS = 100
LIMIT = 1.0  # seconds of each extraction: short, so that the automata are wrong on some words
FRESH = 20_000


@dataclass(frozen=True)
class Kept:
    """A row: many short extractions from a network.

    Parameters
    ----------
    kept : the share of them whose error on fresh words is within the bound; 1 − delta is promised
    error, bound : means
    least, most : the lowest and highest error
    """

    network: str
    seeds: int
    promised: float
    kept: float
    error: float
    bound: float
    least: float
    most: float
    states: float


def measured(case: Case, seeds: int = SEEDS, seconds: float = LIMIT) -> Kept:
    """Extract with many seeds, and judge each on words of the same distribution that it has never seen."""
    outcomes = np.array(list(_outcomes(case.teacher, seeds, seconds)))  # (seeds, 4)
    errors, bounds, promised, states = outcomes.T
    return Kept(
        case.name, seeds, float(promised.min()), float((errors <= bounds).mean()), float(errors.mean()), float(bounds.mean()),
        float(errors.min()), float(errors.max()), float(states.mean()),
    )  # fmt: skip


def _outcomes(teacher: Teacher, seeds: int, seconds: float) -> Iterator[tuple[float, float, float, int]]:
    for seed in range(seeds):
        result = nerode.extract(teacher, "lstar", seconds=seconds, seed=seed)
        verdict, automaton = result.verdict, result.automaton
        assert verdict is not None  # of a classifier there is one
        source = WordSource(np.random.default_rng([seed, 3]), teacher, [], METHODS["lstar"].longest)
        words = source.invent(FRESH)
        wrong = automaton.link.labels(automaton.scores(words)) != teacher.link.labels(teacher.scores(words))
        yield float(wrong.mean()), verdict.epsilon, 1 - verdict.delta, automaton.states
