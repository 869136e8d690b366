"""What is counted in a word: n-grams, letters at places from the start and from the end, pairs in order, and the length.

Of rows of a table: letters at places, and whether the letter at a place stands for numbers above a cut.

Pairs in order are subsequences of two letters. Words become rows of a sparse matrix, all at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nerode.arrays import intervals
from nerode.automata.diagram import counted
from nerode.automata.documents import Fields
from nerode.domains import Column, Domain
from nerode.errors import InputError
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, Word, Words

LARGEST_CODE = 2**62  # of an n-gram as a number
CELLS = 2**24  # of a table of words and letters in memory

Row = tuple[str, Word]
"""A feature: its kind, and the letters or the place and the letter that it is about."""


@dataclass(frozen=True)
class Features:
    """The features of words, one a column.

    Parameters
    ----------
    alphabet : Σ symbols
    grams : n-grams, whose occurrences are counted
    first : a place from the start, 0 the first, and the letter there; 1 or 0
    last : the same from the end
    pairs : two letters a, b; 1 where an a is followed by a b anywhere
    length : whether the number of letters is a feature, the last one
    above : a place and a cut of its column of numbers; 1 where the number there is larger
    domain : of the words, where they have one length; its columns give features their names

    Raises
    ------
    InputError : symbols or cuts that are not there, negative places, an empty n-gram, or one that is too long
    """

    alphabet: Alphabet
    grams: tuple[Word, ...] = ()
    first: tuple[Word, ...] = ()
    last: tuple[Word, ...] = ()
    pairs: tuple[Word, ...] = ()
    length: bool = False
    above: tuple[Word, ...] = ()
    domain: Domain | None = None

    def __post_init__(self) -> None:
        letters = len(self.alphabet)
        symbols = [*self.grams, *(row[1:] for row in (*self.first, *self.last)), *self.pairs]
        wrong = any(not 0 <= symbol < letters for word in symbols for symbol in word)
        if wrong or any(len(row) != 2 or row[0] < 0 for row in (*self.first, *self.last)):
            raise InputError(f"features refer to symbols or places that words over {letters} symbols do not have")
        if any(row[0] > LARGEST_CODE // letters for row in (*self.first, *self.last)):
            raise InputError(f"features refer to a place that no word of {letters} symbols reaches")
        if not all(self.grams) or any(len(pair) != 2 for pair in self.pairs):
            raise InputError("an n-gram has at least one letter, and a pair has two")
        if max(map(len, self.grams), default=0) > longest_gram(letters):
            raise InputError(f"n-grams of {letters} symbols have at most {longest_gram(letters)} letters")
        if self.domain is not None and self.domain.letters != letters:
            raise InputError(f"the domain has {self.domain.letters} letters and the alphabet {letters}")
        cuts = [len(column.cuts) for column in self._columns]
        if any(len(row) != 2 or not 0 <= row[0] < len(cuts) or not 0 <= row[1] < cuts[row[0]] for row in self.above):
            raise InputError("features refer to cuts of columns that are not there")

    @property
    def _columns(self) -> tuple[Column, ...]:
        return () if self.domain is None else self.domain.columns

    def __len__(self) -> int:
        return len(self.grams) + len(self.first) + len(self.last) + len(self.pairs) + len(self.above) + self.length

    def names(self) -> list[str]:
        """Return what each column counts, in words."""
        text, symbols = self.alphabet.text, self.alphabet.symbols
        return [
            *(f"count of {text(gram)}" for gram in self.grams),
            *(self._placed(place, letter) for place, letter in self.first),
            *(f"{symbols[letter]} at place {place + 1} from the end" for place, letter in self.last),
            *(f"{symbols[a]} before {symbols[b]}" for a, b in self.pairs),
            *(self._columns[place].above(cut) for place, cut in self.above),
            *(["length"] if self.length else []),
        ]

    def questions(self, columns: IntArray, thresholds: FloatArray, larger: BoolArray | None = None) -> list[str]:
        """Return in words whether these columns (k,) are larger than thresholds (k,), or are not where `larger` (k,) is false."""
        names = self.names()
        signs = [True] * len(columns) if larger is None else np.asarray(larger, bool).tolist()
        asked = zip(columns.tolist(), thresholds.tolist(), signs, strict=True)
        return [self._question(names[column], column, threshold, sign) for column, threshold, sign in asked]

    def _question(self, name: str, column: int, threshold: float, larger: bool) -> str:
        most = math.floor(threshold)
        if len(self.grams) <= column < len(self) - self.length:  # 1 or 0
            return f"{'' if larger else 'not '}{name}" if most == 0 else f"{name} {'>' if larger else '≤'} {threshold:g}"
        if column == len(self) - 1 and self.length:
            return f"{counted(most + 1, 'letter')} or more" if larger else f"{counted(most, 'letter')} at most"
        gram = self.alphabet.text(self.grams[column])
        if most == 0:
            return f"{gram} occurs" if larger else f"{gram} does not occur"
        return (
            f"{gram} occurs {counted(most + 1, 'time')} or more" if larger else f"{gram} occurs {counted(most, 'time')} at most"
        )

    def _placed(self, place: int, letter: int) -> str:
        columns = self._columns
        return columns[place].said(letter) if place < len(columns) else f"{self.alphabet.symbols[letter]} at place {place + 1}"

    def only(self, columns: IntArray) -> Features:
        """Return the features of these columns, which are ascending."""
        kept, begin = [], 0
        for rows in (self.grams, self.first, self.last, self.pairs, self.above):
            inside = columns[(columns >= begin) & (columns < begin + len(rows))] - begin
            kept.append(tuple(rows[i] for i in inside.tolist()))
            begin += len(rows)
        length = self.length and bool(len(columns)) and bool(columns[-1] == begin)
        return Features(self.alphabet, kept[0], kept[1], kept[2], kept[3], length, kept[4], self.domain)

    def sizes(self, words: Words) -> FloatArray:
        """Return the root mean square (columns,) of each feature over words, as if all were 1 in one word more: never 0."""
        squares = np.asarray(self.matrix(words).power(2).sum(axis=0), np.float64)
        return np.sqrt((squares + 1) / (len(words) + 1))

    def matrix(self, words: Words) -> csr_array[Any]:
        """Return the features (n, columns) of n words."""
        symbols, lengths = self.alphabet.flat(words)
        n = len(lengths)
        starts = np.cumsum(lengths) - lengths
        owners = np.repeat(np.arange(n), lengths)
        places = np.arange(len(symbols)) - np.repeat(starts, lengths)
        found = [self._grams(symbols, lengths, starts)]
        begin = len(self.grams)
        for asked, where in ((self.first, places), (self.last, np.repeat(lengths, lengths) - 1 - places)):
            codes = where * len(self.alphabet) + symbols
            hits, at = _looked_up(codes, [place * len(self.alphabet) + letter for place, letter in asked])
            found.append((owners[hits], begin + at))
            begin += len(asked)
        some, at = self._pairs(symbols, owners, places, n)
        found.append((some, begin + at))
        some, at = self._above(symbols, owners, places)
        found.append((some, begin + len(self.pairs) + at))
        rows, columns = np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])
        values = np.ones(len(rows))
        if self.length:
            rows, columns = np.append(rows, np.arange(n)), np.append(columns, np.full(n, len(self) - 1))
            values = np.append(values, lengths)
        made: csr_array[Any] = csr_array((values, (rows.astype(np.int32), columns.astype(np.int32))), shape=(n, len(self)))
        made.sum_duplicates()
        return made

    def _grams(self, symbols: IntArray, lengths: IntArray, starts: IntArray) -> tuple[IntArray, IntArray]:
        """The rows and columns of each occurrence of an n-gram."""
        rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for order in sorted(set(map(len, self.grams))):
            owners, codes = grams(symbols, lengths, starts, order, len(self.alphabet))
            wanted = [place for place, gram in enumerate(self.grams) if len(gram) == order]
            hits, at = _looked_up(codes, [_code(self.grams[place], len(self.alphabet)) for place in wanted])
            rows.append(owners[hits])
            columns.append(np.array(wanted, np.int64)[at])
        return np.concatenate(rows), np.concatenate(columns)

    def _pairs(self, symbols: IntArray, owners: IntArray, places: IntArray, n: int) -> tuple[IntArray, IntArray]:
        """The rows and columns of pairs that occur: the first of one letter is before the last of the other."""
        if not self.pairs or not n:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        letters, (a, b) = len(self.alphabet), np.array(self.pairs, np.int64).T
        rows, columns = [], []
        portion = max(1, CELLS // max(letters, len(a)))
        bounds = np.searchsorted(owners, np.arange(0, n + portion, portion))
        for low, high, begin in zip(bounds[:-1], bounds[1:], range(0, n, portion), strict=False):
            count = min(portion, n - begin)
            cells = (owners[low:high] - begin) * letters + symbols[low:high]
            earliest, latest = np.full(count * letters, np.iinfo(np.int64).max), np.full(count * letters, -1)
            np.minimum.at(earliest, cells, places[low:high])
            np.maximum.at(latest, cells, places[low:high])
            some, which = np.nonzero(earliest.reshape(count, letters)[:, a] < latest.reshape(count, letters)[:, b])
            rows.append(begin + some)
            columns.append(which)
        return np.concatenate(rows), np.concatenate(columns)

    def _above(self, symbols: IntArray, owners: IntArray, places: IntArray) -> tuple[IntArray, IntArray]:
        """The rows and columns of numbers above a cut."""
        if not self.above:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        codes = np.array([place * len(self.alphabet) + cut for place, cut in self.above], np.int64)
        order = np.argsort(codes, kind="stable")
        last = np.array([column.letters for column in self._columns])  # the letter of missing values is after it
        numbers = places < len(last)
        numbers[numbers] = symbols[numbers] < last[places[numbers]]
        owners, firsts, letters = owners[numbers], places[numbers] * len(self.alphabet), symbols[numbers]
        begins, ends = np.searchsorted(codes[order], firsts), np.searchsorted(codes[order], firsts + letters)
        return np.repeat(owners, ends - begins), order[intervals(begins, ends - begins)]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        lists = {name: [list(row) for row in getattr(self, name)] for name in ("grams", "first", "last", "pairs")}
        table = {} if self.domain is None else {"above": list(map(list, self.above)), "domain": self.domain.to_json()}
        return lists | {"length": self.length} | table

    @classmethod
    def from_json(cls, alphabet: Alphabet, value: Any) -> Features:
        """Return the features that `to_json` described.

        Raises
        ------
        InputError : fields that are missing or do not fit
        """
        fields = Fields(value if isinstance(value, dict) else {})
        grams, first, last, pairs = (_words(fields[name], name) for name in ("grams", "first", "last", "pairs"))
        if type(fields["length"]) is not bool:
            raise InputError("the field 'length' of features must be true or false")
        if "domain" not in fields.values:
            return cls(alphabet, grams, first, last, pairs, fields["length"])
        domain, above = Domain.from_json(fields["domain"]), _words(fields["above"], "above")
        return cls(alphabet, grams, first, last, pairs, fields["length"], above, domain)


def longest_gram(letters: int) -> int:
    """Return the number of letters of the longest n-grams over an alphabet that features can count."""
    order = 1
    while letters ** (order + 1) < LARGEST_CODE and order < 20:
        order += 1
    return order


def grams(symbols: IntArray, lengths: IntArray, starts: IntArray, order: int, letters: int) -> tuple[IntArray, IntArray]:
    """Return the word (m,) and the code (m,) of each occurrence of an n-gram in words that lie one after the other.

    The code is the n-gram as a number whose digits are its letters.
    """
    counts = np.maximum(lengths - order + 1, 0)
    begins = intervals(starts, counts)
    codes = np.zeros(len(begins), np.int64)
    for place in range(order):
        codes = codes * letters + symbols[begins + place]
    return np.repeat(np.arange(len(lengths)), counts), codes


def gram_of(code: int, order: int, letters: int) -> Word:
    """Return the n-gram of a code."""
    digits = []
    for _ in range(order):
        code, digit = divmod(code, letters)
        digits.append(digit)
    return tuple(reversed(digits))


def _code(gram: Word, letters: int) -> int:
    code = 0
    for symbol in gram:
        code = code * letters + symbol
    return code


def _looked_up(codes: IntArray, wanted: Sequence[int]) -> tuple[IntArray, IntArray]:
    """Return the positions (m,) of those codes that are wanted, and which (m,) they are."""
    names = np.array(wanted, np.int64)
    if not len(names):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.argsort(names)
    at = np.minimum(np.searchsorted(names, codes, sorter=order), len(names) - 1)
    hits = np.flatnonzero(names[order[at]] == codes)
    return hits, order[at[hits]]


def _words(value: Any, name: str) -> tuple[Word, ...]:
    if type(value) is not list or not all(type(row) is list and set(map(type, row)) <= {int} for row in value):
        raise InputError(f"the field {name!r} of features must be a list of lists of whole numbers")
    return tuple(tuple(row) for row in value)
