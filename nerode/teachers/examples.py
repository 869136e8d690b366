"""Examples that a network is trained on, as tensors and in batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.words import Alphabet, IntArray, Words, pack

NO_TARGET = -1  # the target at positions without a prediction


@dataclass(frozen=True, eq=False)
class Examples:
    """Words and, for a classifier, their labels (n,). A language model learns from the words alone."""

    words: Words
    labels: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Lesson:
    """Examples as tensors, padded on the right.

    `targets[i, k]` is the target after token k of word i, where the begin marker is token 0. For a language model it is the
    next symbol or the end. For a classifier it is the label at the last token. Elsewhere it is NO_TARGET. In a `numbered`
    lesson it is the number of an answer.
    """

    tokens: Tensor  # (n, longest + 1)
    targets: Tensor  # (n, longest + 1)
    lengths: Tensor  # (n,), of tokens but one, the begin marker

    def __getitem__(self, rows: IntArray) -> Lesson:
        chosen = torch.from_numpy(rows)
        return Lesson(self.tokens[chosen], self.targets[chosen], self.lengths[chosen])


def padded(alphabet: Alphabet, link: Link, width: int, examples: Examples) -> Lesson:
    """Return examples as tensors for a network of this width.

    Raises
    ------
    InputError : examples that do not fit the alphabet or the link
    """
    words = alphabet.words(examples.words)
    if not words:
        raise InputError("there are no words to train on or none to hold out; give some of both")
    symbols, lengths = pack(words)
    places = _places(symbols)
    if isinstance(link, NextSymbol):
        if link != NextSymbol(len(alphabet)):
            raise InputError(
                f"a language model over {len(alphabet)} symbols is trained with the link NextSymbol({len(alphabet)})"
            )
        targets = np.where(places < lengths[:, None], np.pad(symbols, ((0, 0), (0, 1))), NO_TARGET)
        targets[places == lengths[:, None]] = len(alphabet)
    else:
        labels = _labels(examples, max(width, 2))
        targets = np.where(places == lengths[:, None], labels[:, None], NO_TARGET)
    return _lesson(alphabet, symbols, targets, lengths)


def numbered(alphabet: Alphabet, words: Words, each: bool) -> Lesson:
    """Return words as tensors, where a target is the number of the answer that belongs there.

    Parameters
    ----------
    each : whether there is an answer to each prefix, word after word from ε on, as `prefix_scores` gives them; otherwise there
        is one to each word
    """
    symbols, lengths = pack(words)
    places = _places(symbols)
    if each:
        firsts = np.cumsum(lengths + 1) - lengths - 1
        targets = np.where(places <= lengths[:, None], firsts[:, None] + places, NO_TARGET)
    else:
        targets = np.where(places == lengths[:, None], np.arange(len(words))[:, None], NO_TARGET)
    return _lesson(alphabet, symbols, targets, lengths)


def _places(symbols: IntArray) -> IntArray:
    """The place of each token of padded words, the begin marker at 0."""
    return np.arange(symbols.shape[1] + 1)


def _lesson(alphabet: Alphabet, symbols: IntArray, targets: IntArray, lengths: IntArray) -> Lesson:
    tokens = np.pad(symbols, ((0, 0), (1, 0)), constant_values=len(alphabet))
    return Lesson(torch.from_numpy(tokens), torch.from_numpy(targets), torch.from_numpy(lengths))


def _labels(examples: Examples, classes: int) -> IntArray:
    labels = np.asarray([] if examples.labels is None else examples.labels, np.int64)
    if labels.shape != (len(examples.words),):
        raise InputError(
            f"a classifier learns from one label a word; there are {len(examples.words)} words and {labels.size} labels"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"the labels of {classes} classes must lie in 0 … {classes - 1}, as those trained on do")
    return labels


def epoch(lesson: Lesson, size: int, rng: Generator, one_length: bool) -> list[Tensor]:
    """Return the rows of the batches of an epoch, which contain every word once, in random order.

    Batches mix lengths, because batches of one length would bias a language model towards the end at that length. Only a
    bidirectional network reads the padding and therefore needs batches of one length.
    """
    order = torch.from_numpy(rng.permutation(len(lesson.lengths)))
    if not one_length:
        return list(torch.split(order, size))
    batches = of_one_length(lesson.lengths, order, size)
    return [batches[i] for i in rng.permutation(len(batches))]


def of_one_length(lengths: Tensor, order: Tensor, size: int) -> list[Tensor]:
    """Return rows in batches of at most `size`, each of words of one length."""
    groups = (order[lengths[order] == length] for length in torch.unique(lengths))
    return [rows for group in groups for rows in torch.split(group, size)]
