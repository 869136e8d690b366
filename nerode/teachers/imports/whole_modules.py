"""Torch modules that are asked whole words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import softmax
from torch import nn

from nerode.asking import in_batches
from nerode.functions import looked_at
from nerode.links import LANGUAGE_MODEL, NextSymbol
from nerode.protocols import Teacher
from nerode.teachers.imports.assembly import Vocabulary
from nerode.teachers.imports.calling import BATCH, Calling
from nerode.words import FloatArray, Words


def whole_words(
    calling: Calling,
    vocabulary: Vocabulary,
    task: str | None,
    gives: str | None,
    classes: Sequence[Any] | None,
    longest: int | None,
    reason: str,
    letters: str,
) -> Teacher:
    """Return a teacher that asks the module whole words."""
    language_model = task == LANGUAGE_MODEL

    def ask(words: Words) -> list[list[float]]:
        answers = _with_empty(calling, words)
        return (_next_symbols(answers, vocabulary) if language_model else answers).tolist()  # type: ignore[no-any-return]

    asked = looked_at(
        in_batches(ask, BATCH), vocabulary.alphabet, gives="next" if language_model else gives, classes=classes, longest=longest
    )
    told = f"The module is asked whole words, since {reason}. {letters}".rstrip()
    if language_model:
        told += " Probabilities are those of the letters and the end alone, which are made to add up to 1."
        asked.meaning = replace(asked.meaning, link=NextSymbol(len(vocabulary.alphabet), ends=vocabulary.end is not None))
    if _of_empty(calling) is None:
        told += " It cannot read the empty word, which gets the mean of the answers to the single letters: an invented answer."
    asked.told = f"{told} {asked.told}"
    return asked


def as_many_as_tokens(calling: Calling) -> bool:
    """Return whether the module has an output for each token, more than there are letters."""
    width = calling.answers([(0,)]).shape[1]
    tables = [len(table.weight) for table in calling.module.modules() if isinstance(table, nn.Embedding)]
    return width in tables and width > max(2, len(calling.tokens))


def _with_empty(calling: Calling, words: Words) -> FloatArray:
    """Return the answers (n, k) to words. A module that cannot read ε is given the mean of its answers to the letters for it."""
    if all(words) or calling.begin or calling.finish:
        return calling.answers(words)
    empty = _of_empty(calling)
    if empty is None:
        letters = calling.answers([(letter,) for letter in range(len(calling.tokens))])
        empty = letters.mean(axis=0) if (letters != np.round(letters)).any() else letters[0]
    answers = np.tile(empty, (len(words), 1))
    filled = [i for i, word in enumerate(words) if word]
    if filled:
        answers[filled] = calling.answers([words[i] for i in filled])
    return answers


def _of_empty(calling: Calling) -> FloatArray | None:
    """Return the answer (k,) of a module to ε; None where it cannot read it."""
    try:
        answer: FloatArray = calling.answers([()])[0]
    except Exception:  # a module may raise anything
        return None
    return None if np.isnan(answer).any() else answer


def _next_symbols(answers: FloatArray, vocabulary: Vocabulary) -> FloatArray:
    """Return the probabilities (n, letters + 1) of the letters and of the end, of answers (n, tokens) of a language model."""
    known = (answers >= 0).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-3)
    probabilities = answers if known else softmax(answers, axis=1)
    end = np.zeros((len(answers), 1)) if vocabulary.end is None else probabilities[:, [vocabulary.end]]
    chosen: FloatArray = np.concatenate([probabilities[:, list(vocabulary.tokens)], end], axis=1)
    chosen /= np.maximum(chosen.sum(axis=1, keepdims=True), 1e-300)
    return chosen
