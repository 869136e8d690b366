"""A model with an alphabet from a network in its file's own order of tokens and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Link, Multiclass, NextSymbol, Value
from nerode.teachers.encoding import Encoding, Padding
from nerode.teachers.imports.parts import Affine, Direction, Parts
from nerode.words import Alphabet, IntArray, Words

NEVER = -50.0
"""The score of the end of a word where a language model knows none. The link says that it means nothing."""

SPELLED = 30  # letters whose tokens are told

PLAIN = "no tokens around a word"


@dataclass(frozen=True)
class Vocabulary:
    """Which token is which letter.

    Parameters
    ----------
    alphabet : the letters
    tokens : the token of each letter
    start, end : the tokens of the markers, or None; a classifier reads them around each word, a language model reads the start
        and gives the end a probability
    padding : what fills every word up to one length; None where nothing does
    others : the tokens of a vocabulary file that are no letters and are read in no word
    told : what was taken for granted, in sentences
    blank : the token of the padding, also where no word is filled; None where it is not known
    """

    alphabet: Alphabet
    tokens: tuple[int, ...]
    start: int | None = None
    end: int | None = None
    padding: Padding | None = None
    others: tuple[int, ...] = ()
    told: tuple[str, ...] = ()
    blank: int | None = None

    @property
    def spelled(self) -> str:
        """The token of each letter, of the markers and of the padding, in words; of many letters the first."""
        letters = [f"{symbol} {token}" for symbol, token in zip(self.alphabet.symbols, self.tokens, strict=True)]
        shown = [*letters[:SPELLED], *(["…"] if len(letters) > SPELLED else [])]
        others = (("start", self.start), ("end", self.end), ("padding", self.blank))
        return ", ".join([*shown, *(f"{kind} {token}" for kind, token in others if token is not None)])

    @property
    def framing(self) -> str:
        """The tokens around a word, in words."""
        said = [f"{kind} token {token}" for kind, token in (("start", self.start), ("end", self.end)) if token is not None]
        return ", ".join([*said, *([f"{self.padding} by token {self.padding.token}"] if self.padding else [])]) or PLAIN

    def encoded(self, words: Words, task: str) -> list[IntArray]:
        """Return the tokens that the network reads for each word."""
        begin = [] if self.start is None else [self.start]
        finish = [] if self.end is None or task == LANGUAGE_MODEL else [self.end]
        rows = [np.array([*begin, *(self.tokens[letter] for letter in word), *finish], np.int64) for word in words]
        return rows if self.padding is None else [self.padding.filled(row[None])[0] for row in rows]


class Recognised(Protocol):
    """A network that was recognised in weights."""

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        ...

    @property
    def table(self) -> Tensor | None:
        """The input vector of each token; None for one-hot input."""
        ...

    @property
    def outputs(self) -> int:
        """The number of outputs of the read-out."""
        ...


def task_of(parts: Recognised, vocabulary: Vocabulary, asked: str | None) -> tuple[str, str | None]:
    """Return the task, as asked for or by the number of outputs, and a sentence where it was taken for granted.

    Raises
    ------
    InputError : as many outputs as tokens, and no end of a word among them; these may be classes
    """
    if asked is not None:
        return asked, None
    if parts.outputs == parts.tokens and parts.outputs > 2:
        if vocabulary.end is None:
            raise InputError(
                f"the network has as many outputs as tokens, {parts.tokens}; say --task language-model if they are of the next "
                "token, or --task classifier if they are classes"
            )
        return LANGUAGE_MODEL, f"a language model, since it has as many outputs as tokens ({parts.outputs})"
    if parts.outputs == 1:
        return CLASSIFIER, "a classifier of two classes: class 1 where its one output, before any sigmoid, is above 0"
    return CLASSIFIER, f"a classifier of {parts.outputs} classes, in the order of its outputs"


def check_padding(vocabulary: Vocabulary, task: str) -> None:
    """Raise InputError for padding without room for a letter, or after the words of a language model.

    The last token of these, at which a language model is read, is then none of the word.
    """
    padding = vocabulary.padding
    around = (vocabulary.start is not None) + (vocabulary.end is not None and task != LANGUAGE_MODEL)
    if padding is not None and padding.length <= around:
        raise InputError(
            f"words are padded to {padding.length} tokens, which leaves no room for a letter beside the markers of a word"
        )
    if task == LANGUAGE_MODEL and padding is not None and not padding.left:
        raise InputError(
            "a language model is read at its last token, which after a word that is padded on the right is none of the word; pad "
            "on the left (--padding-side left, padding_side='left'), or leave the padding out"
        )


def assembled(parts: Parts, vocabulary: Vocabulary, task: str) -> tuple[Parts, Encoding, Link]:
    """Return the parts with the letters as the first tokens and the scores as the link wants them.

    Raises
    ------
    InputError : a language model whose outputs are not its tokens
    """
    last = parts.head[-1]
    assert isinstance(last, Affine)  # `parts_of` and the loaders of other formats see to it
    last, link = linked(last, vocabulary, task)
    parts = replace(parts, **_with_tokens(parts, kept_tokens(vocabulary)))
    return replace(parts, head=(*parts.head[:-1], last)), encoding_of(vocabulary, task), link


def kept_tokens(vocabulary: Vocabulary) -> list[int]:
    """Return the tokens that are read: the letters, then the markers, then the padding."""
    filling = None if vocabulary.padding is None else vocabulary.padding.token
    return [*vocabulary.tokens, *(token for token in (vocabulary.start, vocabulary.end, filling) if token is not None)]


def encoding_of(vocabulary: Vocabulary, task: str) -> Encoding:
    """Return the encoding of words for a network whose tokens are the kept ones in their order."""
    place = {token: i for i, token in enumerate(kept_tokens(vocabulary))}
    begin = () if vocabulary.start is None else (place[vocabulary.start],)
    finish = () if vocabulary.end is None or task == LANGUAGE_MODEL else (place[vocabulary.end],)
    padding = vocabulary.padding and replace(vocabulary.padding, token=place[vocabulary.padding.token])
    return Encoding(begin, finish, padding=padding)


def linked(last: Affine, vocabulary: Vocabulary, task: str) -> tuple[Affine, Link]:
    """Return the last layer with the scores as the link wants them, and the link.

    Raises
    ------
    InputError : a language model whose outputs are not its tokens
    """
    outputs = len(last.bias)
    if task == LANGUAGE_MODEL:
        return _next_symbols(last, vocabulary), NextSymbol(len(vocabulary.tokens), ends=vocabulary.end is not None)
    if task == SCORES:
        return last, Value()
    if outputs == 2:
        return replace(last, weight=last.weight[1:] - last.weight[:1], bias=last.bias[1:] - last.bias[:1]), Binary()
    return last, Binary() if outputs == 1 else Multiclass()


def _with_tokens(parts: Parts, kept: Sequence[int]) -> dict[str, Any]:
    if parts.table is not None:
        return {"table": parts.table[list(kept)]}
    lowest = tuple(replace(direction, weight_ih=direction.weight_ih[:, list(kept)]) for direction in parts.layers[0])
    layers: tuple[tuple[Direction, ...], ...] = (lowest, *parts.layers[1:])
    return {"layers": layers}


def _next_symbols(last: Affine, vocabulary: Vocabulary) -> Affine:
    """Return the last layer with the outputs in the order letters, end, all others."""
    outputs = len(last.bias)
    if max(vocabulary.tokens) >= outputs:
        raise InputError(
            f"a language model gives each token a score, and this network has {outputs} outputs; choose another --task"
        )
    rest = sorted(set(range(outputs)) - {*vocabulary.tokens, vocabulary.end})
    if vocabulary.end is not None:
        order = [*vocabulary.tokens, vocabulary.end, *rest]
        return replace(last, weight=last.weight[order], bias=last.bias[order])
    order = [*vocabulary.tokens, *rest]
    letters = len(vocabulary.tokens)

    def spread(rows: Tensor, value: float) -> Tensor:
        return torch.cat([rows[:letters], rows.new_full((1, *rows.shape[1:]), value), rows[letters:]])

    return replace(last, weight=spread(last.weight[order], 0.0), bias=spread(last.bias[order], NEVER))
