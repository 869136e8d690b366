"""Networks of known languages, learned by nerode and by AALpy in the same run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import ours
from .networks import Network
from .runs import Case, Run
from .words import judged

LIMIT = 30.0  # seconds of the processor for each of AALpy's runs
LIMITS = 3.0, 30.0  # of nerode's on brackets, on the clock


@dataclass(frozen=True)
class Summary:
    """A row: a learner with its search on all networks of a kind.

    Parameters
    ----------
    seconds, steps, queries : medians
    most_steps : of any network
    languages : on how many networks it found the language that they were trained on
    least_structured : the lowest share of structured words that an automaton of it labels as the network does
    """

    learner: str
    search: str
    networks: int
    languages: int
    seconds: float
    steps: float
    most_steps: int
    queries: float
    least_structured: float


def case(network: Network, place: Path) -> Case:
    """A network, trained if it has to be, and the words to judge with."""
    model = network.model(place)
    return Case(network.name, model, network.truth, judged(network.language, network.truth))


def tomita(networks: Iterable[Network], place: Path, limit: float = LIMIT) -> Iterator[Run]:
    """Networks of small languages: the least that nerode can do, its defaults, and AALpy."""
    for network in networks:
        each = case(network, place)
        yield ours.white_box(each)
        yield ours.extracted(each, None)
        yield from _aalpy(each, limit)


def brackets(networks: Iterable[Network], place: Path, limits: tuple[float, ...] = LIMITS, limit: float = LIMIT) -> Iterator[Run]:
    """Networks of brackets, which are not quite the language: nerode with two limits of time, and AALpy with the longer."""
    for network in networks:
        each = case(network, place)
        for seconds in limits:
            yield ours.extracted(each, seconds)
        yield from _aalpy(each, limit)


def _aalpy(each: Case, limit: float) -> Iterator[Run]:
    try:
        from . import aalpy_runs
    except ModuleNotFoundError as error:
        print(f"AALpy is left out: {error}", file=sys.stderr)
        return
    for learner in aalpy_runs.LEARNERS:
        for search in aalpy_runs.SEARCHES:
            yield aalpy_runs.measured(each, learner, search, limit, seed=0)


def summaries(runs: list[Run]) -> Iterator[Summary]:
    """A row for each learner with its search, in the order in which they came."""
    for learner, search in dict.fromkeys((run.learner, run.search) for run in runs):
        those = [run for run in runs if (run.learner, run.search) == (learner, search)]
        yield Summary(
            learner, search, len(those), sum(run.language for run in those), median(run.seconds for run in those),
            float(median(run.steps for run in those)), max(run.steps for run in those),
            float(median(run.queries for run in those)), min(run.structured for run in those),
        )  # fmt: skip
