"""Words and alphabets.

A word is a tuple of symbol indices, and ε is the empty tuple. Start and end markers, padding and token offsets are part of a
teacher's encoding; they never occur in a word.
"""

from __future__ import annotations

import operator
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, product
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from nerode.errors import CONTROL, InputError, shown

Word = tuple[int, ...]
Words = Sequence[Word]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
RealArray = NDArray[np.floating[Any]]
"""Real numbers in the precision of their computation."""

EPSILON = "ε"


@dataclass(frozen=True)
class Alphabet:
    """An alphabet: the names of the symbols with the indices 0 … n−1.

    Parameters
    ----------
    symbols : distinct, non-empty strings without white space and control characters
    """

    symbols: tuple[str, ...]
    _index: dict[str, int] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbols", tuple(self.symbols))
        object.__setattr__(self, "_index", {symbol: i for i, symbol in enumerate(self.symbols)})
        if not self.symbols:
            raise InputError("an alphabet needs at least one symbol")
        if len(self._index) != len(self.symbols):
            raise InputError("the symbols of an alphabet must differ from each other")
        for symbol in self.symbols:
            if not isinstance(symbol, str):
                raise InputError(f"the symbols of an alphabet are text, not {type(symbol).__name__}: {symbol!r}")
            if symbol.split() != [symbol] or CONTROL.search(symbol):
                raise InputError(
                    f"the symbol {shown(symbol)} is empty or has white space or a control character in it; "
                    "symbols are written between spaces"
                )

    @classmethod
    def of_size(cls, size: int) -> Alphabet:
        """Return the alphabet of the symbols "0", "1", …, as in the PAutomaC family of formats."""
        return cls(tuple(str(i) for i in range(size)))

    def __len__(self) -> int:
        return len(self.symbols)

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    @property
    def single_characters(self) -> bool:
        """Whether every symbol is one character, so that words can be written without spaces."""
        return all(len(symbol) == 1 for symbol in self.symbols)

    def word(self, value: str | Iterable[Any]) -> Word:
        """Return the word that is given as text, as symbols or as indices.

        Text is split at white space. Text without white space is split into characters if every symbol is one character. Integers
        are indices, and strings are symbols.

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have, or a value of another type
        """
        if isinstance(value, str):
            if value.strip() in ("", EPSILON) and value.strip() not in self._index:
                return ()
            parts = value.split()
            value = list(parts[0]) if len(parts) == 1 and self.single_characters else parts
        if not isinstance(value, Iterable):
            raise InputError(f"a word is expected, not {value!r}; give its symbols or indices in a list, or as text")
        return tuple(self._symbol(part) for part in value)

    def words(self, values: Iterable[str | Iterable[Any]]) -> list[Word]:
        """Return the words of many values, each in a form that `word` accepts.

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have, or one string instead of a list
        """
        if isinstance(values, str):
            raise InputError("a list of words is expected, not one string; put the word into a list")
        values = list(values)
        return values if self._are_words(values) else [self.word(value) for value in values]

    def by_word(self, values: Mapping[Any, int]) -> dict[Word, int]:
        """Return numbers by word, from a mapping whose keys are words in forms that `word` accepts.

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have, or what is no mapping
        """
        if not isinstance(values, Mapping):
            raise InputError(f"labels are given by word, in a dict, and not as {type(values).__name__}")
        return dict(zip(self.words(values), values.values(), strict=True))

    def flat(self, values: Iterable[str | Iterable[Any]]) -> tuple[IntArray, IntArray]:
        """Return many words, each in a form that `word` accepts, as concatenated symbols (total,) and lengths (n,).

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have, or one string instead of a list
        """
        if isinstance(values, str):
            return _flat(self.words(values))
        if isinstance(values, FlatWords) and values.known_to(self):
            return values.flat
        values = list(values)
        if set(map(type, values)) <= {tuple}:
            try:
                symbols, lengths = _flat(values)  # type: ignore[arg-type]  # checked just below
            except (TypeError, OverflowError):  # symbols as text, or values for which `words` has an error message
                return _flat(self.words(values))
            if symbols.min(initial=0) >= 0 and symbols.max(initial=0) < len(self):
                return symbols, lengths
        return _flat(self.words(values))

    def text(self, word: Word) -> str:
        """Return the word as text: ε, or its symbols, with spaces between them if some symbol is longer than one character."""
        if not word:
            return EPSILON
        return ("" if self.single_characters else " ").join(self.symbols[i] for i in word)

    def _are_words(self, values: list[Any]) -> TypeGuard[list[Word]]:
        """Return whether all values are words already; this is much faster than converting each."""
        if not set(map(type, values)) <= {tuple} or not set(map(type, chain.from_iterable(values))) <= {int}:
            return False
        used = set(chain.from_iterable(values))
        return not used or (min(used) >= 0 and max(used) < len(self))

    def _symbol(self, part: Any) -> int:
        """Return the index of a symbol, or an index itself; raise InputError if the alphabet does not have it."""
        if isinstance(part, str):
            if part not in self._index:
                known = " ".join(self.symbols[:12]) + (" …" if len(self) > 12 else "")
                raise InputError(f"unknown symbol {part!r}; the alphabet has {len(self)} symbols: {known}")
            return self._index[part]
        try:
            index = operator.index(part)
        except TypeError as error:
            raise InputError(f"{part!r} is neither a symbol nor an index; words are made of texts or of whole numbers") from error
        if not 0 <= index < len(self):
            raise InputError(f"unknown symbol index {index}; the alphabet has the indices 0 to {len(self) - 1}")
        return index


class FlatWords(tuple[Word, ...]):
    """Words that are asked about many times: `Alphabet.flat` converts them once."""

    @cached_property
    def flat(self) -> tuple[IntArray, IntArray]:
        """The concatenated symbols (total,) and the lengths (n,) of the words, read-only.

        Raises
        ------
        TypeError, OverflowError : symbols are not integers, or too large
        """
        symbols, lengths = _flat(self)
        for part in (symbols, lengths):
            part.setflags(write=False)
        return symbols, lengths

    def known_to(self, alphabet: Alphabet) -> bool:
        """Return whether they are words of an alphabet, given as indices."""
        try:
            least, most = self._extremes
        except (TypeError, OverflowError):
            return False
        return least >= 0 and most < len(alphabet)

    @cached_property
    def _extremes(self) -> tuple[int, int]:
        symbols = self.flat[0]
        return int(symbols.min(initial=0)), int(symbols.max(initial=-1))

    def between(self, since: int, before: int | None) -> FlatWords:
        """Return the words from the one on, up to the other."""
        chosen = slice(since, before)
        part = FlatWords(self[chosen])
        symbols, lengths = self.flat
        begin = int(lengths[:since].sum())
        vars(part)["flat"] = symbols[begin : begin + int(lengths[chosen].sum())], lengths[chosen]
        return part


def shortlex(word: Word) -> tuple[int, Word]:
    """Return the sorting key of the shortlex order: shorter words first, words of one length in lexicographic order."""
    return len(word), word


def all_words(letters: int, longest: int) -> Iterator[Word]:
    """Yield all words of at most `longest` symbols over `letters` letters, in shortlex order."""
    for length in range(longest + 1):
        yield from product(range(letters), repeat=length)


def pack(words: Words) -> tuple[IntArray, IntArray]:
    """Return words as symbols (n, longest), padded with 0, and lengths (n,)."""
    flat, lengths = _flat(words)
    longest = int(lengths.max(initial=0))
    symbols = np.zeros((len(words), longest), np.int64)
    symbols[np.arange(longest) < lengths[:, None]] = flat
    return symbols, lengths


def unpack(symbols: IntArray, lengths: IntArray) -> list[Word]:
    """Return the words of symbols (n, longest) and lengths (n,); the inverse of `pack`."""
    rows = symbols.tolist()
    return [tuple(islice(row, length)) for row, length in zip(rows, lengths.tolist(), strict=True)]


def _flat(words: Words) -> tuple[IntArray, IntArray]:
    """Return the concatenated symbols (total,) of words, and their lengths (n,).

    Raises
    ------
    TypeError, OverflowError : symbols are not integers, or too large; numpy would round or parse them silently
    """
    symbols = np.asarray(array("q", chain.from_iterable(words)))
    return symbols, np.fromiter(map(len, words), np.int64, len(words))


def usual_labels(words: Words, labels: Iterable[int]) -> dict[Word, int]:
    """Return the most frequent label of each word; of equally frequent ones the first."""
    counts: dict[Word, Counter[int]] = {}
    for word, label in zip(words, labels, strict=True):
        counts.setdefault(word, Counter())[label] += 1
    return {word: found.most_common(1)[0][0] for word, found in counts.items()}


def frozen_array(values: Any, dtype: Any) -> NDArray[Any]:
    """Return a read-only copy as an array, row by row in memory, so that automata can share it safely."""
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array
