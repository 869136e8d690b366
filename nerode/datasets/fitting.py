"""Fitting of symbolisers: what is learned from the sequences to train on.

k-means is Lloyd's algorithm (Least squares quantization in PCM, 1982) from k-means++ (Arthur and Vassilvitskii, SODA 2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from nerode.datasets.symbolisers import OTHER, STILL, Codebook, Deltas, Vocabulary, check_letters, nearest, vectors_of
from nerode.errors import InputError
from nerode.words import FloatArray

ROUNDS = 50  # of Lloyd's algorithm, at most


def fit_vocabulary(sequences: Iterable[Sequence[str]], letters: int) -> Vocabulary:
    """Return the vocabulary of the most frequent symbols. If there are more than `letters`, the last letter is "?" for others."""
    check_letters(letters)
    counts = Counter(chain.from_iterable(sequences))
    counts.pop(OTHER, None)
    kept = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
    if len(kept) > letters:
        return Vocabulary((*sorted(kept[: letters - 1]), OTHER))
    return Vocabulary(tuple(sorted(kept)))


def fit_codebook(
    signals: Sequence[FloatArray], letters: int, rng: np.random.Generator, step: int = 1, differences: bool = False
) -> Codebook:
    """Return the codebook of k-means for k = letters.

    Letters are in the order of their means, by the first dimension.

    Raises
    ------
    InputError : fewer different vectors than letters, or signals of different dimensions
    """
    check_letters(letters)
    vectors = np.concatenate([vectors_of(signal, step, signals[0].shape[1], differences) for signal in signals])
    centre, scale = vectors.mean(axis=0), vectors.std(axis=0)
    scale = np.where(scale > STILL, scale, 1.0)
    vectors = (vectors - centre) / scale
    if len(np.unique(vectors, axis=0)) < letters:
        raise InputError(f"the signals have fewer than {letters} different values; ask for fewer letters")
    means = _seeds(vectors, letters, rng)
    for _ in range(ROUNDS):
        near = nearest(vectors, means)
        counts = np.bincount(near, minlength=letters)
        sums = np.zeros_like(means)
        np.add.at(sums, near, vectors)
        moved = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], means)
        if (moved == means).all():
            break
        means = moved
    return Codebook(means[np.lexsort(means.T[::-1])], centre, scale, step, differences)


def fit_deltas(signals: Sequence[FloatArray], letters: int, step: int = 1) -> Deltas:
    """Return delta signs of at most so many letters: three a dimension (falls, stays, rises) if they suffice, else two.

    A number stays if its difference is among the smaller third of the absolute differences of its dimension.

    Raises
    ------
    InputError : too few letters for two signs in each dimension
    """
    check_letters(letters)
    dimensions = signals[0].shape[1]
    if 2**dimensions > letters:
        raise InputError(f"signs of {dimensions} dimensions need {2**dimensions} letters; take a codebook instead")
    if 3**dimensions > letters:
        return Deltas(np.zeros((dimensions, 1)), step)
    moves = np.abs(np.concatenate([vectors_of(signal, step, dimensions, True) for signal in signals]))
    still = np.quantile(moves, 1 / 3, axis=0)
    return Deltas(np.stack([-still - STILL, still], axis=1), step)


def _seeds(vectors: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw vectors to begin with, each with a probability proportional to its squared distance from those drawn before."""
    chosen = [int(rng.integers(len(vectors)))]
    distances = ((vectors - vectors[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(rng.choice(len(vectors), p=distances / distances.sum())))
        distances = np.minimum(distances, ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1))
    return vectors[chosen]
