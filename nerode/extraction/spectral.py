"""Spectral learning of weighted automata from a Hankel block.

Balle, Carreras, Luque, Quattoni: Spectral learning of weighted automata, Machine Learning 96 (2014); for networks:
Ayache, Eyraud, Goudian: Explaining black boxes on sequential data using weighted automata, ICGI 2018. Here the scores
before the output non-linearity are learned, all columns of a score vector by one automaton.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np

from nerode.automata.wfa import WFA
from nerode.extraction.factorisation import Factorisation, factorise
from nerode.extraction.hankel import HankelTable
from nerode.extraction.streaming import factorise_streaming
from nerode.links import Link
from nerode.protocols import Teacher
from nerode.words import Alphabet, FloatArray, Word

CONVERGED = "converged"
LARGEST_BLOCK = "largest block"


@dataclass(frozen=True)
class SpectralSettings:
    """How large blocks may grow and which automata are tried on each.

    Parameters
    ----------
    blocks : (prefixes, suffixes) of the rounds
    numbers : blocks that have more numbers, with their shifted blocks, are streamed instead of kept in memory
    ridges : regularisation of the transitions, relative to the square of the largest singular value
    largest_rank : no automaton has more states
    enough : growing stops when a round does not lower the held-out error below this part of the best so far; not before
        the third, since small blocks can be equally poor
    """

    blocks: tuple[tuple[int, int], ...] = ((12, 8), (50, 30), (100, 60), (200, 100), (400, 200))
    numbers: int = 20_000_000
    ridges: tuple[float, ...] = (1e-10, 1e-7, 1e-5)
    largest_rank: int = 100
    enough: float = 0.9


def ranks_to_try(largest: int) -> list[int]:
    """Every rank up to 12, then steps of about an eighth, and the largest."""
    ranks = {largest}
    rank = 1
    while rank < largest:
        ranks.add(rank)
        rank += max(1, rank // 8)
    return sorted(ranks)


Errors = Callable[[WFA], FloatArray]


def choose(
    factorisation: Factorisation, alphabet: Alphabet, link: Link, errors: Errors, ranks: Sequence[int], ridges: Sequence[float]
) -> WFA:
    """The smallest rank whose held-out error is within one standard error of the best, with its best ridge."""
    candidates: list[tuple[float, float, WFA]] = []
    for rank in ranks:
        best: tuple[float, float, WFA] | None = None
        for ridge in ridges:
            automaton = factorisation.automaton(rank, ridge, alphabet, link)
            wrong = errors(automaton)
            mean = float(wrong.mean())
            if best is None or mean < best[0]:
                spread = float(wrong.std()) / np.sqrt(len(wrong)) if np.isfinite(mean) else 0.0
                best = mean, spread, automaton
        assert best is not None
        candidates.append(best)
    lowest, spread, _ = min(candidates, key=lambda candidate: candidate[0])
    return next(automaton for mean, _, automaton in candidates if mean <= lowest + spread)


def spectral_rounds(
    teacher: Teacher,
    prefixes: Sequence[Word],
    suffixes: Sequence[Word],
    errors: Errors,
    rng: np.random.Generator,
    states: int | None = None,
    settings: SpectralSettings | None = None,
) -> Generator[WFA, None, str]:
    """Learn on growing blocks; each round yields its automaton and asks only the cells that are new, while they fit in memory.

    Parameters
    ----------
    prefixes, suffixes : most useful first, ε the first of both
    errors : errors of an automaton on held-out words
    rng : for blocks that are streamed
    states : the rank, where it is given; else it is chosen on the held-out words

    Returns
    -------
    The reason why no larger block was tried, as the value of the generator.
    """
    settings = settings or SpectralSettings()
    alphabet, link = teacher.alphabet, teacher.link
    table = HankelTable(teacher)
    lowest = np.inf
    done = (0, 0)
    for number, (p, s) in enumerate(settings.blocks, start=1):
        size = min(p, len(prefixes)), min(s, len(suffixes))
        if size == done:
            break
        done = size
        largest_rank = settings.largest_rank if states is None else states
        if size[0] * size[1] * (len(alphabet) + 1) * teacher.width > settings.numbers:
            factorisation = factorise_streaming(teacher, prefixes[: size[0]], suffixes[: size[1]], largest_rank, rng)
        else:
            table.add(suffixes=suffixes[: size[1]])
            factorisation = factorise(table.block(prefixes[: size[0]]), largest_rank)
        ranks = ranks_to_try(factorisation.rank) if states is None else [min(states, factorisation.rank)]
        automaton = choose(factorisation, alphabet, link, errors, ranks, settings.ridges)
        error = float(errors(automaton).mean())
        if error < lowest:
            yield automaton
        if error == 0.0 or (number >= 3 and error > settings.enough * lowest):
            return CONVERGED
        lowest = min(lowest, error)
    return LARGEST_BLOCK
