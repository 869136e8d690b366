"""The size-error curve of the spectral method: what each number of states costs on held-out words."""

from __future__ import annotations

from dataclasses import dataclass

from nerode.words import FloatArray


@dataclass(frozen=True)
class Size:
    """An automaton that was tried: its states, its mean error on held-out words, and one standard error of that mean."""

    states: int
    error: float
    spread: float


@dataclass(frozen=True, eq=False)
class Curve:
    """All sizes of the last block that an automaton was made of.

    Parameters
    ----------
    singular_values : of the block, descending
    sizes : ascending
    """

    singular_values: FloatArray
    sizes: tuple[Size, ...]
