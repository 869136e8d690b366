"""Splits of a sample into words to train on and words to judge with, and what simple predictors reach on the latter."""

from __future__ import annotations

import numpy as np

from nerode.datasets.samples import Sample
from nerode.errors import InputError
from nerode.words import IntArray, Word, Words


def split(rng: np.random.Generator, sample: Sample, share: float) -> tuple[IntArray, IntArray]:
    """Return the rows to train on and the rows to hold out, each in order.

    With labels, all copies of a word are on one side, since a network can learn a word by heart, and about `share` of the
    different words of each class are held out. A word with several labels counts for the most frequent of them, and for the
    rarest class among equally frequent ones. Without labels, about `share` of all rows are held out. Each row is a draw from
    the distribution that is learned; without all copies of a frequent word this would be another distribution.

    Raises
    ------
    InputError : a class, or a sample without labels, that has fewer than two words to divide
    """
    if sample.labels is None:
        held_out = _some(rng, np.arange(len(sample.words)), share, "the file")
    else:
        numbers: dict[Word, int] = {}
        groups = np.array([numbers.setdefault(word, len(numbers)) for word in sample.words])  # (n,)
        counts = np.zeros((len(numbers), len(sample.classes)), np.int64)
        np.add.at(counts, (groups, sample.labels), 1)
        rarest = np.argsort(counts.sum(axis=0), kind="stable")
        labels = rarest[counts[:, rarest].argmax(axis=1)]  # (groups,)
        chosen = [
            _some(rng, np.flatnonzero(labels == label), share, f"the class {name!r}") for label, name in enumerate(sample.classes)
        ]
        held_out = np.flatnonzero(np.isin(groups, np.concatenate(chosen)))
    return np.setdiff1d(np.arange(len(sample.words)), held_out), held_out


def class_weights(labels: IntArray, classes: int) -> tuple[float, ...] | None:
    """Return the weight n / (classes · count) of each class, from labels (n,).

    None is returned if the labels are balanced: every class has at least half of an even share.
    """
    counts = np.bincount(labels, minlength=classes)
    if 2 * counts.min() * classes >= len(labels):
        return None
    return tuple((len(labels) / (classes * counts)).tolist())


def majority_accuracy(training: IntArray, held_out: IntArray) -> float:
    """Return the share of held-out labels that are the most frequent label of the training."""
    return float(np.mean(held_out == np.bincount(training).argmax()))


def perplexity(training: Words, held_out: Words, letters: int, order: int) -> float:
    """Return the perplexity per symbol, with the ends of words included, of a model of single symbols (order 1) or pairs (2).

    Each count of the training words is raised by one.
    """
    counts = np.ones((letters + 1, letters + 1))  # the last row is the begin, the last column the end
    np.add.at(counts, _pairs(training, letters), 1)
    if order == 1:
        counts = np.tile(counts.sum(axis=0) - letters, (letters + 1, 1))
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(np.exp(-logs[_pairs(held_out, letters)].mean()))


def _some(rng: np.random.Generator, rows: IntArray, share: float, whose: str) -> IntArray:
    if len(rows) < 2:
        raise InputError(f"{whose} has too few words to divide; two different ones are needed, to train and to judge with")
    return rng.permutation(rows)[: min(max(1, round(share * len(rows))), len(rows) - 1)]


def _pairs(words: Words, letters: int) -> tuple[IntArray, IntArray]:
    """Return the symbols before and after each place in words; `letters` is both the begin and the end."""
    edge = np.array([letters], np.int64)
    text = np.concatenate([edge, *(part for word in words for part in (np.array(word, np.int64), edge))])
    return text[:-1], text[1:]
