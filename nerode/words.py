"""Words and alphabets.

A word is a tuple of symbol indices and ε is the empty tuple. Start and end markers, padding and token offsets belong to
a teacher's encoding; they never appear in a word.
"""

from __future__ import annotations

import operator
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from nerode.errors import CONTROL, InputError

Word = tuple[int, ...]
Words = Sequence[Word]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
RealArray = NDArray[np.floating[Any]]
"""Numbers in the precision that they were computed in."""

EPSILON = "ε"


@dataclass(frozen=True)
class Alphabet:
    """Maps symbol indices 0 … n−1 to the symbols that people see.

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
            if not isinstance(symbol, str) or symbol.split() != [symbol] or CONTROL.search(symbol):
                raise InputError(
                    f"the symbol {symbol!r} is empty or has white space or a control character in it; "
                    "symbols are written between spaces"
                )

    @classmethod
    def of_size(cls, size: int) -> Alphabet:
        """The symbols "0", "1", …, as in the PAutomaC family of formats."""
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
        """Read a word given as text, as symbols or as indices.

        Text is split at white space; text without any is read character by character where every symbol is one
        character. Integers are indices, strings are symbols.

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have, or anything else
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
        """Read many words, each given as `word` takes it.

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have
        """
        if isinstance(values, str):
            raise InputError("a list of words is expected, not one string; put the word into a list")
        values = list(values)
        return values if self._are_words(values) else [self.word(value) for value in values]

    def flat(self, values: Iterable[str | Iterable[Any]]) -> tuple[IntArray, IntArray]:
        """Many words, each given as `word` takes it, without the tuples: symbols (total,), word after word, and lengths (n,).

        Raises
        ------
        InputError : a symbol or an index that the alphabet does not have
        """
        if isinstance(values, str):
            return _flat(self.words(values))
        values = list(values)
        if set(map(type, values)) <= {tuple}:
            try:
                symbols, lengths = _flat(values)  # type: ignore[arg-type]  # refused just below where they are no words
            except (TypeError, OverflowError):  # symbols as text, or what `words` has a sentence for
                return _flat(self.words(values))
            if symbols.min(initial=0) >= 0 and symbols.max(initial=0) < len(self):
                return symbols, lengths
        return _flat(self.words(values))

    def text(self, word: Word) -> str:
        """The word as people read it: ε, or its symbols, with spaces where symbols are longer than a character."""
        if not word:
            return EPSILON
        return ("" if self.single_characters else " ").join(self.symbols[i] for i in word)

    def _are_words(self, values: list[Any]) -> TypeGuard[list[Word]]:
        """Whether the values are words already; much faster than reading each anew."""
        if not set(map(type, values)) <= {tuple} or not set(map(type, chain.from_iterable(values))) <= {int}:
            return False
        used = set(chain.from_iterable(values))
        return not used or (min(used) >= 0 and max(used) < len(self))

    def _symbol(self, part: Any) -> int:
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


def shortlex(word: Word) -> tuple[int, Word]:
    """Sorting key: shorter words first, words of one length in the order of their symbols."""
    return len(word), word


def all_words(letters: int, longest: int) -> Iterator[Word]:
    """All words of at most `longest` symbols over `letters` letters, in shortlex order."""
    for length in range(longest + 1):
        yield from product(range(letters), repeat=length)


def pack(words: Words) -> tuple[IntArray, IntArray]:
    """Words as one array: symbols (n, longest), padded with 0, and lengths (n,)."""
    flat, lengths = _flat(words)
    longest = int(lengths.max(initial=0))
    symbols = np.zeros((len(words), longest), np.int64)
    symbols[np.arange(longest) < lengths[:, None]] = flat
    return symbols, lengths


def unpack(symbols: IntArray, lengths: IntArray) -> list[Word]:
    """The words of a packed array; the inverse of `pack`."""
    rows = symbols.tolist()
    return [tuple(islice(row, length)) for row, length in zip(rows, lengths.tolist(), strict=True)]


def _flat(words: Words) -> tuple[IntArray, IntArray]:
    """The symbols (total,) of words, one after the other, and their lengths (n,).

    Raises
    ------
    TypeError, OverflowError : symbols that are no whole numbers, or too large ones; numpy would round and parse them
    """
    symbols = np.asarray(array("q", chain.from_iterable(words)))
    return symbols, np.fromiter(map(len, words), np.int64, len(words))


def frozen_array(values: Any, dtype: Any) -> NDArray[Any]:
    """A read-only copy, so that automata can be shared between hypotheses without fear."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
