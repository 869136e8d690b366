"""A language model of whose next symbols the likeliest alone may follow, as where words are drawn with top-k or top-p."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from nerode.answers import FLOOR
from nerode.checking import checked
from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.protocols import Described, States, Teacher, Wrapper
from nerode.sampling import read_by_steps
from nerode.stepping import scores_by_stepping
from nerode.teachers.possible import language_model
from nerode.words import FloatArray, IntArray, RealArray, Words


def truncated(model: Teacher, top_k: int | None = None, top_p: float | None = None) -> Truncated:
    """Return a language model whose unlikely symbols never follow; the probabilities of the others add up to 1.

    Parameters
    ----------
    model : a language model
    top_k : so many of the likeliest symbols may follow, the end counted as one (Fan, Lewis, Dauphin 2018); None for all
    top_p : the fewest likeliest symbols may follow that have this probability together (Holtzman and others 2020); None for all

    Raises
    ------
    InputError : no language model, no rule, or a number out of range
    """
    return Truncated(model, top_k, top_p)


class Truncated(Described, Wrapper):
    """A language model after a rule of truncation. Symbols that may not follow have the probability FLOOR, as those of functions.

    It steps. It asks the model what follows each prefix; a model that keeps no states is asked about whole prefixes.
    """

    def __init__(self, model: Teacher, top_k: int | None, top_p: float | None) -> None:
        model = checked(model)
        link = language_model(model)
        if top_k is None and top_p is None:
            raise InputError("a language model is truncated by top_k or top_p; give one of them")
        if top_k is not None and (type(top_k) is not int or top_k < 1):
            raise InputError(f"top_k is how many symbols may follow, a whole number from 1 on, not {top_k!r}")
        if top_p is not None and (isinstance(top_p, bool) or not isinstance(top_p, int | float) or not 0 < top_p <= 1):
            raise InputError(f"top_p is a probability above 0 and at most 1, not {top_p!r}")
        super().__init__(model)
        self._model, self._next = read_by_steps(model), link
        self.top_k, self.top_p = top_k, top_p

    @property
    def base(self) -> Teacher:
        """The language model."""
        return self._asked

    def of(self, base: Teacher) -> Truncated:
        """Return the same of another language model; see `Derived`."""
        return Truncated(base, self.top_k, self.top_p)

    @property
    def told(self) -> str:
        """What was assumed about the model, and which symbols may follow."""
        rules = [f"the {self.top_k} likeliest symbols"] if self.top_k is not None else []
        rules += [f"the fewest with a probability of {self.top_p:g} together"] if self.top_p is not None else []
        return " ".join(filter(None, (super().told, f"After each word {', of these '.join(rules)} may follow.")))

    @property
    def width(self) -> int:
        return self._next.letters + 1

    @property
    def link(self) -> Link:
        return NextSymbol(self._next.letters, ends=self._next.ends)

    def scores(self, words: Words) -> FloatArray:
        """Return the log-probabilities (n, letters + 1) of what follows n words."""
        return scores_by_stepping(self, words)

    def start(self) -> States:
        """Return the state after ε, that of the model."""
        return self._model.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        return self._model.advance(states, parents, symbols)

    def read(self, states: States) -> RealArray:
        """Return the log-probabilities (n, letters + 1) of what follows the words that lead to the states."""
        logs = self._next.log_probabilities(self._model.read(states))
        order = np.argsort(-logs, axis=1, kind="stable")
        ranked = np.take_along_axis(logs, order, axis=1)
        kept = np.arange(ranked.shape[1]) < (self.top_k or ranked.shape[1])
        ranked = np.where(kept, ranked, -np.inf)
        if self.top_p is not None:
            shares = np.exp(ranked - logsumexp(ranked, axis=1, keepdims=True))
            before = np.cumsum(shares, axis=1) - shares
            ranked = np.where(before < self.top_p, ranked, -np.inf)
        ranked -= logsumexp(ranked, axis=1, keepdims=True)
        found: FloatArray = np.empty_like(ranked)
        np.put_along_axis(found, order, np.maximum(ranked, np.log(FLOOR)), axis=1)
        return found
