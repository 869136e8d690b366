"""Weighted finite automata with vector-valued output: the linear functions on words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nerode.automata.base import Automaton
from nerode.errors import InputError
from nerode.links import Link, Value
from nerode.protocols import States
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class WFA(Automaton):
    """Scores of w = w₁ … wₙ are `initial · A[w₁] ⋯ A[wₙ] · final`.

    Parameters
    ----------
    alphabet : of Σ symbols
    initial : (r,)
    transitions : (Σ, r, r)
    final : (r, width)
    link : what the scores mean; the link of the teacher that it was learned from

    Raises
    ------
    InputError : shapes that do not fit each other, or numbers that are not finite
    """

    alphabet: Alphabet
    initial: FloatArray
    transitions: FloatArray
    final: FloatArray
    link: Link = Value()  # noqa: RUF009  (frozen, so it can be shared)
    kind: ClassVar[str] = "wfa"

    def __post_init__(self) -> None:
        for name in ("initial", "transitions", "final"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
            if not np.isfinite(getattr(self, name)).all():
                raise InputError(f"the {name} weights of a WFA must be finite numbers")
        r = len(self.initial) if self.initial.ndim == 1 else 0
        shapes = self.initial.shape, self.transitions.shape, self.final.shape
        if r == 0 or shapes[1] != (len(self.alphabet), r, r) or len(shapes[2]) != 2 or shapes[2][0] != r:
            raise InputError(f"a WFA over {len(self.alphabet)} symbols has arrays of shapes {shapes} that do not fit")

    @property
    def states(self) -> int:
        return len(self.initial)

    @property
    def width(self) -> int:
        return int(self.final.shape[1])

    def start(self) -> States:
        return (self.initial[None],)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """One matrix product a symbol, over all the words that read it."""
        before: FloatArray = states[0]
        after = np.empty((len(symbols), self.states))
        by_symbol = np.argsort(symbols, kind="stable")
        bounds = np.searchsorted(symbols[by_symbol], np.arange(len(self.alphabet) + 1))
        for symbol in np.flatnonzero(np.diff(bounds)):
            rows = by_symbol[bounds[symbol] : bounds[symbol + 1]]
            after[rows] = before[parents[rows]] @ self.transitions[symbol]
        return (after,)

    def read(self, states: States) -> FloatArray:
        scores: FloatArray = states[0] @ self.final
        return scores
