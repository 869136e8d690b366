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
from nerode.errors import InputError
from nerode.extraction.hankel import HankelBlock, HankelTable
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
    numbers : at most so many numbers in a block with its shifted blocks; the first that would have more is cut, others left
        out
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


class Factorisation:
    """The truncated singular value decomposition of a block, from which automata of every rank follow.

    With H = U D Vᵀ, the automaton of rank r has states in the basis of the r leading right singular vectors:
    initial = h_ε V, final = the rows of V at ε, A_a = (D² + λ)⁻¹ D Uᵀ H_a V, the ridge solution of U D · A_a = H_a V.
    The products are made once at the largest rank; a smaller rank takes their leading parts.

    Parameters
    ----------
    block : ε must be among its prefixes and its suffixes
    largest_rank : at most so many singular vectors are kept
    """

    def __init__(self, block: HankelBlock, largest_rank: int) -> None:
        p, _, width = block.values.shape
        flat = block.values.reshape(p, -1)  # (P, S·width)
        if not (np.isfinite(flat).all() and np.isfinite(block.shifted).all()):
            raise InputError("the teacher's scores of some words are not finite numbers; the spectral method needs finite scores")
        u, d, vt = np.linalg.svd(flat, full_matrices=False)
        # beyond rounding there is only noise; at least one direction stays, so that the zero function has an automaton
        rank = max(1, min(largest_rank, int(np.count_nonzero(d > d[0] * max(flat.shape) * np.finfo(float).eps))))
        v = vt[:rank].T
        self.singular_values: FloatArray = d
        self.rank = rank
        self._initial = flat[block.prefixes.index(())] @ v  # (rank,)
        self._final = v.reshape(-1, width, rank)[block.suffixes.index(())].T  # (rank, width)
        self._middle = np.stack([u[:, :rank].T @ (shifted.reshape(p, -1) @ v) for shifted in block.shifted])  # (Σ, rank, rank)

    def automaton(self, rank: int, ridge: float, alphabet: Alphabet, link: Link) -> WFA:
        """The weighted automaton of a rank, at most `self.rank`, with a relative ridge."""
        scale = max(self.singular_values[0], np.finfo(float).tiny)
        d = self.singular_values[:rank] / scale  # at most 1, so that squares neither overflow nor vanish
        shrunk = d / np.maximum(d**2 + ridge, np.finfo(float).tiny) / scale
        return WFA(
            alphabet, self._initial[:rank], shrunk[None, :, None] * self._middle[:, :rank, :rank], self._final[:rank], link
        )


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
    states: int | None = None,
    settings: SpectralSettings | None = None,
) -> Generator[WFA, None, str]:
    """Learn on growing blocks; each round yields its automaton and asks only the cells that are new.

    Parameters
    ----------
    prefixes, suffixes : most useful first, ε the first of both
    errors : errors of an automaton on held-out words
    states : the rank, where it is given; else it is chosen on the held-out words

    Returns
    -------
    The reason why no larger block was tried, as the value of the generator.
    """
    settings = settings or SpectralSettings()
    alphabet, link = teacher.alphabet, teacher.link
    table = HankelTable(teacher)
    lowest = np.inf
    cells = settings.numbers // ((len(alphabet) + 1) * teacher.width)
    done = (0, 0)
    for number, (p, s) in enumerate(settings.blocks, start=1):
        size = min(p, len(prefixes)), min(s, len(suffixes))
        if number == 1 and size[0] * size[1] > cells:
            size = max(1, min(size[0], cells)), 1
        if size == done or (number > 1 and size[0] * size[1] > cells):
            break
        done = size
        table.add(suffixes=suffixes[: size[1]])
        factorisation = Factorisation(table.block(prefixes[: size[0]]), max(settings.largest_rank, states or 0))
        ranks = ranks_to_try(factorisation.rank) if states is None else [min(states, factorisation.rank)]
        automaton = choose(factorisation, alphabet, link, errors, ranks, settings.ridges)
        error = float(errors(automaton).mean())
        if error < lowest:
            yield automaton
        if error == 0.0 or (number >= 3 and error > settings.enough * lowest):
            return CONVERGED
        lowest = min(lowest, error)
    return LARGEST_BLOCK
