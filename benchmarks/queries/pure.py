"""Learners alone: random minimal automata, equivalence decided exactly, beside AALpy's; and how the work grows with states."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.automata.operations import minimise
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.budget import metered
from nerode.extraction.meter import Meter
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.observation_table import LStar
from nerode.extraction.queries.ttt import TreeLearner

STATES, LETTERS = 1000, 20
SIZES = (250, 500, 1000, 2000, 4000)
WITNESSES = 1000  # disagreements at most that a hypothesis is refined with at once
AALPY = "AALpy L*", "AALpy KV"
LEARNERS: dict[str, Callable[[Labels], TreeLearner | LStar]] = {"nerode tree": TreeLearner, "nerode table": LStar}


@dataclass(frozen=True)
class Learned:
    """A row: an automaton learned from queries.

    Parameters
    ----------
    seconds : of the processor, without what deciding equivalence took
    equivalence : seconds of that
    queries : words run: of the tree continuations of access words, of the table cells, of AALpy what its cache does not answer
    labels : read on the way; AALpy does not say
    """

    learner: str
    states: int
    letters: int
    seconds: float
    equivalence: float
    queries: int
    labels: int | None
    rounds: int
    stopped: str


@dataclass(frozen=True)
class Growth:
    """How something grows with the number of states: like n to this power, fitted to logarithms by least squares."""

    learner: str
    sizes: str
    queries: float
    seconds: float


def side_by_side(states: int = STATES, letters: int = LETTERS, seed: int = 0) -> Iterator[Learned]:
    """The same automaton learned by all."""
    target = random_dfa(np.random.default_rng(seed), states, letters)
    for name in LEARNERS:
        yield ours(target, name)
    try:
        from . import aalpy_runs
    except ModuleNotFoundError as error:
        print(f"AALpy is left out: {error}", file=sys.stderr)
        return
    for name in AALPY:
        yield aalpy_runs.exact(target, name)


def growing(sizes: tuple[int, ...] = SIZES, letters: int = LETTERS, seed: int = 0) -> Iterator[Learned]:
    """Automata of growing size, each learned with the tree."""
    rng = np.random.default_rng([seed, 1])
    for states in sizes:
        yield ours(random_dfa(rng, states, letters), "nerode tree")


def growth(rows: list[Learned]) -> Growth:
    """The exponents of rows of one learner."""
    logs = np.log([row.states for row in rows])
    queries, seconds = (
        float(np.polyfit(logs, np.log(values), 1)[0]) for values in ([row.queries for row in rows], [row.seconds for row in rows])
    )
    return Growth(rows[0].learner, " ".join(str(row.states) for row in rows), queries, seconds)


def ours(target: DFA, name: str) -> Learned:
    """A learner of nerode on a known automaton."""
    meter = Meter()
    labels = Labels(metered(target, meter))
    begun = time.process_time()
    learner = LEARNERS[name](labels)
    rounds, equivalence, stopped = 0, 0.0, "equivalent"
    while True:
        hypothesis = minimise(learner.propose())
        rounds += 1
        asked = time.process_time()
        found = disagreements(hypothesis, target, WITNESSES)
        equivalence += time.process_time() - asked
        if not found:
            break
        if not learner.refine(found):
            stopped = "stalled"
            break
    seconds = time.process_time() - begun - equivalence
    words = learner.words if isinstance(learner, TreeLearner) else meter.queries
    return Learned(name, target.states, len(target.alphabet), seconds, equivalence, words, meter.queries, rounds, stopped)
