"""Probabilities of whole words under language models and automata."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nerode.automata import distribution
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.worth import answers
from nerode.links import LANGUAGE_MODEL, Value
from nerode.protocols import Teacher
from nerode.words import FloatArray


def log_probabilities(model: Teacher, words: Iterable[Any]) -> FloatArray:
    """Return the natural logarithms (n,) of the probabilities of words, each with its end; −∞ where a word is impossible.

    Of a model in which no word ends they are those of the letters alone.

    Parameters
    ----------
    model : a language model, an automaton of one, or a weighted automaton of the probabilities of words
    words : n words, as text, symbols or indices

    Raises
    ------
    InputError : something else, or symbols that it does not know
    """
    if isinstance(model, WFA) and isinstance(model.link, Value):
        return distribution.log_probabilities(model, words)
    if model.link.task != LANGUAGE_MODEL:
        raise InputError(
            f"words have probabilities under language models, and the task here is {model.link.task.replace('-', ' ')}"
        )
    return answers(model, model.alphabet.words(words))[:, 0]
