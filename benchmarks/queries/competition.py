"""The TAYSIR classifiers: query learning beside the published winners, within a minute each."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import taysir

import nerode
from nerode.errors import InputError

NETWORKS = "1.2", "1.7", "1.9", "1.11", "1.1"
IRREGULAR = "1.9", "1.11", "1.1"  # asked for at most as many states as the winner has; of the others the number is left open
FRESH = 20_000
LIMIT = 60.0
# those that `taysir.py`, which learns weighted automata, has no use for: states, error on validation words, on fresh ones
WINNERS = {**taysir.WINNERS, "1.2": (8, 0.0, 0.0004), "1.7": (2, 0.0, 0.0)}


@dataclass(frozen=True)
class Row:
    """One extraction beside the winner: errors on the validation words, counted, and shares of wrong labels.

    Parameters
    ----------
    learned : which words it learned from: its own, or some of the validation words
    seconds : on the clock, as the limit is
    bound : what the verdict says of random words of its own kind
    """

    network: str
    seed: int
    learned: str
    states: int
    seconds: float
    errors: int
    words: int
    validation: float
    fresh: float
    bound: float
    winner: str
    stopped: str


def measured(data: Path, networks: Sequence[str] = NETWORKS, seeds: Sequence[int] = (0, 1, 2)) -> Iterator[Row]:
    """A row for each network and seed, with and without the validation words, among which the winners were searched, too.

    Raises
    ------
    InputError : the folder has not got one of them
    """
    for network in networks:
        file = data / "models" / f"{network}.taysir.model"
        if not file.exists():
            raise InputError(f"there is no network {network} in {data / 'models'}; give the competition's folder with --data")
        yield from (row(data, network, seed, given) for given in (False, True) for seed in seeds)


def row(data: Path, network: str, seed: int, given: bool) -> Row:
    """One extraction."""
    teacher = nerode.load_teacher(data / "models" / f"{network}.taysir.model")
    words, _ = nerode.read_words(data / "datasets" / f"{network}.taysir.valid.words", teacher.alphabet)
    begun = time.perf_counter()
    most = WINNERS[network][0] if network in IRREGULAR else None
    result = nerode.extract(teacher, "lstar", seconds=LIMIT, seed=seed, states=most, words=words if given else None)
    seconds = time.perf_counter() - begun
    automaton = result.automaton
    fresh = taysir.like(teacher, words, FRESH, seed)
    wrong, wrong_fresh = (
        (automaton.link.labels(automaton.scores(those)) != teacher.link.labels(teacher.scores(those))) for those in (words, fresh)
    )
    states, validation, published = WINNERS[network]
    assert result.verdict is not None  # of a classifier there is one
    return Row(
        network, seed, "validation" if given else "its own", automaton.states,
        seconds, int(wrong.sum()), len(words), float(wrong.mean()), float(wrong_fresh.mean()),
        result.verdict.epsilon, f"{states:,}: {validation:g}, {published:g}", result.stop_reason,
    )  # fmt: skip
