"""Which features of words a student sees: those that occur in the words that it learns from, the most frequent first."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nerode.distillation.settings import FeatureSettings
from nerode.students.features import Features, gram_of, grams, longest_gram
from nerode.words import Alphabet, FloatArray, IntArray, Word, Words

LEAST = 2  # words in which a feature has to occur
PLACES, MOST_PLACES = 8, 200  # that are looked at where words have many lengths, and where they have one
MOST_PAIRS = 1024  # letters squared: above that no pairs in order are looked at


def features_of(words: Words, alphabet: Alphabet, settings: FeatureSettings, most: int) -> Features:
    """Return n-grams, places, pairs and the length, as far as they occur in words; `most` n-grams and `most` places at most."""
    letters = len(alphabet)
    symbols, lengths = alphabet.flat(words)
    starts = np.cumsum(lengths) - lengths
    counted: list[tuple[int, Word]] = []
    for order in range(1, min(settings.order, longest_gram(letters)) + 1):
        owners, codes = grams(symbols, lengths, starts, order, letters)
        different = np.unique(np.stack([codes, owners]), axis=1)[0]  # each n-gram once a word
        names, counts = np.unique(different, return_counts=True)
        frequent = np.argsort(-counts, kind="stable")[:most]
        counted += [(-int(counts[i]), gram_of(int(names[i]), order, letters)) for i in frequent.tolist() if counts[i] >= LEAST]
    chosen = sorted(counted, key=lambda pair: (pair[0], len(pair[1]), pair[1]))[:most]
    places = np.arange(len(symbols)) - np.repeat(starts, lengths)
    near = _places_of(lengths) if settings.places is None else settings.places
    ends = np.repeat(lengths, lengths) - 1 - places
    first, last = (_places(where, symbols, near, letters, most) for where in (places, ends))
    pairs = tuple((a, b) for a in range(letters) for b in range(letters)) if letters**2 <= MOST_PAIRS else ()
    return Features(
        alphabet, tuple(sorted((gram for _, gram in chosen), key=lambda gram: (len(gram), gram))), first, last, pairs, True
    )


def _places_of(lengths: IntArray) -> int:
    """How many places are looked at: all where words have one length, as rows of a table have."""
    return min(int(lengths[0]), MOST_PLACES) if len(set(lengths.tolist())) == 1 else PLACES


def _places(where: IntArray, symbols: IntArray, most_places: int, letters: int, most: int) -> tuple[Word, ...]:
    near = where < most_places
    names, counts = np.unique(where[near] * letters + symbols[near], return_counts=True)
    frequent = np.sort(np.argsort(-counts, kind="stable")[: most // 2])
    return tuple(divmod(int(names[i]), letters) for i in frequent.tolist() if counts[i] >= LEAST)


def spread(table: csr_array[Any]) -> FloatArray:
    """Return the standard deviation (k,) of each column; 1 where all rows are alike, up to rounding."""
    mean, square = table.mean(axis=0), table.power(2).mean(axis=0)
    variance = square - mean**2
    varies = variance > 1e-9 * square
    return np.where(varies, np.sqrt(np.where(varies, variance, 1.0)), 1.0)
