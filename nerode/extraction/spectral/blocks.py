"""Spectral learning of weighted automata from a Hankel block.

Balle, Carreras, Luque, Quattoni: Spectral learning of weighted automata, Machine Learning 96 (2014); for networks:
Ayache, Eyraud, Goudian: Explaining black boxes on sequential data using weighted automata, ICGI 2018. Here the scores
before the output non-linearity are learned, all columns of a score vector by one automaton.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nerode.automata.wfa import WFA
from nerode.extraction.curve import Curve, Size
from nerode.extraction.hankel.basis import Grow
from nerode.extraction.hankel.factorisation import Factorisation, by_frequency, by_length, factorise
from nerode.extraction.hankel.streaming import factorise_streaming
from nerode.extraction.hankel.tables import HankelTable
from nerode.links import LANGUAGE_MODEL, Link
from nerode.protocols import Teacher
from nerode.words import Alphabet, FloatArray

CONVERGED = "converged"
LARGEST_BLOCK = "largest block"
ROOM_KEPT = "room kept"
COMPARED = 1000  # held-out words that sizes are compared on, since there are many
FRUGALITY = 0.5  # of the lowest error, that a smaller automaton may err more


@dataclass(frozen=True)
class BlockSettings:
    """How large blocks may grow and which automata are tried on each.

    Parameters
    ----------
    blocks : (prefixes, suffixes) of the rounds
    numbers : blocks that have more numbers, with their shifted blocks, are streamed instead of kept in memory
    ridges : regularisation of the transitions, relative to the square of the largest singular value
    largest_rank : no automaton has more states
    enough : growing stops when a round does not lower the held-out loss below this part of the best so far; not before the
        third, since small blocks can be equally poor
    weighted_by_frequency : for blocks of probabilities; blocks that are too large for memory are then not learned from. Other
        blocks of language models are weighted by length, and those of classifiers and values are not
    """

    blocks: tuple[tuple[int, int], ...] = ((12, 8), (50, 30), (100, 60), (200, 100), (400, 200))
    numbers: int = 40_000_000
    ridges: tuple[float, ...] = (1e-15, 1e-9, 1e-7, 1e-5)
    largest_rank: int = 100
    enough: float = 0.8
    weighted_by_frequency: bool = False


def ranks_to_try(largest: int) -> list[int]:
    """Every rank up to 12, then steps of about an eighth, and the largest."""
    ranks = {largest}
    rank = 1
    while rank < largest:
        ranks.add(rank)
        rank += max(1, rank // 8)
    return sorted(ranks)


class Weigh(Protocol):
    """HeldOut.weigh."""

    def __call__(self, hypothesis: WFA, *, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        """Errors on held-out words, and what tells automata with few errors apart."""
        ...


def choose(
    factorisation: Factorisation, alphabet: Alphabet, link: Link, weigh: Weigh, ridges: Sequence[float], states: int | None
) -> tuple[WFA, Curve]:
    """An automaton of so many states, or of the fewest that err hardly more than the best; beside it what each size costs.

    Hardly more: by one standard error of the held-out words, and by half of the lowest error at most.
    """
    singular_values, ranks = factorisation.singular_values, ranks_to_try(factorisation.rank)

    def tried(rank: int, ridges: Sequence[float]) -> tuple[Size, float, WFA]:
        made = [(ridge, factorisation.automaton(rank, ridge, alphabet, link)) for ridge in ridges]
        weights = [weigh(automaton, before=COMPARED) for _, automaton in made]
        best = int(np.argmin([float(losses.mean()) for _, losses in weights]))
        errors = weights[best][0]
        error = float(errors.mean())
        spread = float(errors.std()) / np.sqrt(len(errors)) if np.isfinite(error) else 0.0
        return Size(rank, error, spread), *made[best]

    if states is not None:
        size, ridge, automaton = tried(ranks[-1], ridges)
        return automaton, Curve(singular_values, (*(tried(rank, [ridge])[0] for rank in ranks[:-1]), size))
    grid = [tried(rank, ridges) for rank in ranks]
    sizes = tuple(size for size, _, _ in grid)
    best = min(sizes, key=lambda size: size.error)
    close = best.error + min(best.spread, FRUGALITY * best.error)
    return next(automaton for size, _, automaton in grid if size.error <= close), Curve(singular_values, sizes)


def spectral_rounds(
    teacher: Teacher,
    grow: Grow,
    weigh: Weigh,
    rng: np.random.Generator,
    states: int | None = None,
    settings: BlockSettings | None = None,
    affords: Callable[[WFA], bool] = lambda automaton: True,
) -> Generator[tuple[WFA, Curve], None, str]:
    """Learn on growing blocks; each round yields its automaton, with what other sizes cost.

    Only the cells that are new are asked, while they fit in memory.

    Parameters
    ----------
    grow : gives the prefixes and suffixes of each block
    weigh : weighs an automaton on held-out words
    rng : for blocks that are streamed
    states : the rank, where it is given; else it is chosen on the held-out words
    affords : asked before each block but the first whether a larger one may be begun, given the best automaton so far

    Returns
    -------
    The reason why no larger block was tried, as the value of the generator.
    """
    settings = settings or BlockSettings()
    alphabet, link = teacher.alphabet, teacher.link
    table = HankelTable(teacher)
    best: WFA | None = None
    lowest = np.inf
    done = 0, 0
    for number, (p, s) in enumerate(settings.blocks, start=1):
        if best is not None and not affords(best):
            return ROOM_KEPT
        prefixes, suffixes = grow(p, s, best)
        size = len(prefixes), len(suffixes)
        if size == done:
            break
        done = size
        largest_rank = settings.largest_rank if states is None else states
        weights = by_length(prefixes, suffixes) if link.task == LANGUAGE_MODEL else None
        if size[0] * size[1] * (len(alphabet) + 1) * teacher.width <= settings.numbers:
            table.add(suffixes=suffixes)
            block = table.block(prefixes)
            factorisation = factorise(block, largest_rank, by_frequency(block) if settings.weighted_by_frequency else weights)
        elif settings.weighted_by_frequency:
            break
        else:
            factorisation = factorise_streaming(teacher, prefixes, suffixes, largest_rank, rng, weights)
        automaton, curve = choose(factorisation, alphabet, link, weigh, settings.ridges, states)
        error, loss = (float(each.mean()) for each in weigh(automaton))
        if loss < lowest:
            best = automaton
            yield automaton, curve
        if error == 0.0 or (number >= 3 and loss > settings.enough * lowest):
            return CONVERGED
        lowest = min(lowest, loss)
    return LARGEST_BLOCK
