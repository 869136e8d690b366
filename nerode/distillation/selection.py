"""Which features of words a student sees: those that occur in the words that it learns from, the most frequent first."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nerode.distillation.settings import FeatureSettings
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.students.features import Features, gram_of, grams, longest_gram
from nerode.words import Alphabet, FloatArray, IntArray, Word, Words

LEAST = 2  # words in which a feature has to occur
PLACES, MOST_PLACES = 8, 200  # that are looked at where words have many lengths, and where they have one
MOST_PAIRS = 1024  # letters squared: above that no pairs in order are looked at


def features_of(words: Words, teacher: Teacher, settings: FeatureSettings, most: int) -> Features:
    """Return n-grams, places, pairs and the length, as far as they occur in words; `most` n-grams and `most` places at most.

    Of rows of a table, return cuts of numbers and categories of columns.

    Raises
    ------
    InputError : n-grams or places are chosen, and the words are rows of a table
    """
    alphabet, domain = teacher.alphabet, domain_of(teacher)
    if domain is not None and domain.columns:
        if (settings.order, settings.places) != (FeatureSettings.order, FeatureSettings.places):
            raise InputError("the features of a table are its columns; leave out the order of n-grams and the number of places")
        return _of_columns(words, alphabet, domain, most)
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
    if domain is None:
        first, last = (_places(where, symbols, near, letters, most // 2) for where in (places, ends))
    else:  # from the end each place would be told twice
        first, last = _places(places, symbols, near, letters, most), ()
    pairs = tuple((a, b) for a in range(letters) for b in range(letters)) if letters**2 <= MOST_PAIRS else ()
    return Features(
        alphabet, tuple(sorted((gram for _, gram in chosen), key=lambda gram: (len(gram), gram))), first, last, pairs,
        length=True, domain=domain,
    )  # fmt: skip


def _of_columns(words: Words, alphabet: Alphabet, domain: Domain, most: int) -> Features:
    """The categories and missing values that occur, and the cuts that part the words, `most` at most; the most even first."""
    counts = np.zeros((domain.length, len(alphabet)), np.int64)
    for word_length in {len(word) for word in words}:
        if word_length != domain.length:
            raise InputError(f"rows of this table are words of {domain.length} letters, and there is a word of {word_length}")
    np.add.at(counts, (np.arange(domain.length), np.array(words, np.int64)), 1)
    after = len(words) - counts.cumsum(axis=1)  # as if no value were missing, which is near enough to choose by
    named = [
        (place, letter)
        for place, column in enumerate(domain.columns)
        for letter in range(len(alphabet))
        if (column.categories or letter >= column.letters) and counts[place, letter] >= LEAST
    ]
    cuts = [(place, cut) for place, column in enumerate(domain.columns) for cut in range(len(column.cuts))]
    least = [min(int(after[cut]), len(words) - int(after[cut])) for cut in cuts]
    even = sorted(np.argsort(np.negative(least), kind="stable")[:most].tolist())
    above = tuple(cuts[i] for i in even if least[i] >= LEAST)
    return Features(alphabet, first=tuple(named[:most]), above=above, domain=domain)


def _places_of(lengths: IntArray) -> int:
    """How many places are looked at: all where words have one length, as rows of a table have."""
    return min(int(lengths[0]), MOST_PLACES) if len(set(lengths.tolist())) == 1 else PLACES


def _places(where: IntArray, symbols: IntArray, most_places: int, letters: int, most: int) -> tuple[Word, ...]:
    near = where < most_places
    names, counts = np.unique(where[near] * letters + symbols[near], return_counts=True)
    frequent = np.sort(np.argsort(-counts, kind="stable")[:most])
    return tuple(divmod(int(names[i]), letters) for i in frequent.tolist() if counts[i] >= LEAST)


def spread(table: csr_array[Any]) -> FloatArray:
    """Return the standard deviation (k,) of each column; 1 where all rows are alike, up to rounding."""
    mean, square = table.mean(axis=0), table.power(2).mean(axis=0)
    variance = square - mean**2
    varies = variance > 1e-9 * square
    return np.where(varies, np.sqrt(np.where(varies, variance, 1.0)), 1.0)
