"""A language model as a classifier: it accepts the words that it takes to be possible."""

from __future__ import annotations

import math

import numpy as np

from nerode.checking import checked
from nerode.errors import InputError
from nerode.links import Binary, Link, NextSymbol
from nerode.protocols import Described, States, Teacher, Wrapper
from nerode.sampling import mutate, read_by_steps, sample_words
from nerode.stepping import scores_by_stepping
from nerode.teachers.ensemble import LEAST
from nerode.words import FloatArray, IntArray, RealArray, Word, Words


class PossibleWords(Described, Wrapper):
    """Accepts a word if each of its letters, and its end, has a probability of more than `least` after what stands before it.

    The score of a word is the margin of the least likely of these: the logarithm of its probability less that of `least`. So one
    letter that is not expected rejects a word, however likely the others are. Of a model whose words do not end, the words are
    those that can be begun. Yellin and Weiss (TACAS 2021) read a language off a network that predicts letters in this way.

    It steps. It asks the model what follows each prefix; a model that keeps no states is asked about whole prefixes.

    Parameters
    ----------
    model : a language model
    least : a probability, above 0 and below 1

    Raises
    ------
    InputError : no language model, or no such probability
    """

    def __init__(self, model: Teacher, least: float = 0.01) -> None:
        model = checked(model)
        if not isinstance(model.link, NextSymbol):
            raise InputError(f"only a language model says which words are possible; the task of this one is {model.link.task!r}")
        if isinstance(least, bool) or not isinstance(least, (int, float)) or not 0 < least < 1:
            raise InputError(f"a word is possible where all its probabilities are above one between 0 and 1, not {least!r}")
        super().__init__(read_by_steps(model))
        self._model, self._next, self._bound = read_by_steps(model), model.link, math.log(least)
        self._least = least

    @property
    def told(self) -> str:
        """What was assumed about the model, and when a word is accepted."""
        rule = (
            f"A word is accepted if each of its letters{', and its end,' * self._next.ends} is more likely than {self._least:g}."
        )
        return " ".join(filter(None, (super().told, rule)))

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    def scores(self, words: Words) -> FloatArray:
        """Return the margins (n, 1) of n words, in nats."""
        return scores_by_stepping(self, words)

    def start(self) -> States:
        """Return the state of the model after ε, with the logarithm of the least probability so far, that of 1."""
        return (*self._model.start(), np.zeros(1))

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        *of_model, lowest = states
        after = self._following(tuple(of_model))[parents, symbols]
        return (*self._model.advance(tuple(of_model), parents, symbols), np.minimum(lowest[parents], after))

    def read(self, states: States) -> RealArray:
        """Return the margins (n, 1) of the words that lead to the states."""
        *of_model, lowest = states
        if self._next.ends:
            lowest = np.minimum(lowest, self._following(tuple(of_model))[:, self._next.letters])
        margins: FloatArray = lowest[:, None] - self._bound
        return margins

    def own_words(self, rng: np.random.Generator, count: int, longest: int) -> list[Word]:
        """Return `count` words: one half is drawn from the model, and the other half is drawn and then changed in few places.

        Words that have not ended after `longest` letters are cut there. Those of a model whose words do not end are all cut, at
        lengths that are uniform.
        """
        drawn = sample_words(rng, self._model, count, longest)
        if not self._next.ends:
            drawn = [word[:length] for word, length in zip(drawn, rng.integers(longest + 1, size=count).tolist(), strict=True)]
        return drawn[: count // 2] + mutate(rng, drawn[count // 2 :], self._next.letters)

    def _following(self, states: States) -> FloatArray:
        """The logarithms (n, letters + 1) of the probabilities of what follows."""
        return np.maximum(self._next.log_probabilities(self._model.read(states)), LEAST)
