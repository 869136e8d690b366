"""The mapping from words to the tokens of a network. Markers and offsets belong to this mapping, not to the words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.errors import InputError
from nerode.words import FloatArray, IntArray, Word, Words

MOST_TOKENS = 100_000  # in a padded word


@dataclass(frozen=True)
class Padding:
    """What fills every word up to one number of tokens.

    Parameters
    ----------
    token : the token that fills
    length : the number of tokens of each word with its markers, once it is filled
    left : whether it stands before the word, not after it

    Raises
    ------
    InputError : no whole numbers, or a length that is not in 1 … MOST_TOKENS
    """

    token: int
    length: int
    left: bool = False

    def __post_init__(self) -> None:
        if type(self.token) is not int or type(self.length) is not int or type(self.left) is not bool:
            raise InputError("padding has a token and a length, whole numbers, and true or false for whether it is on the left")
        if not 1 <= self.length <= MOST_TOKENS:
            raise InputError(f"words are padded to 1 to {MOST_TOKENS:,} tokens, not {self.length:,}")

    def __str__(self) -> str:
        return f"padded on the {'left' if self.left else 'right'} to {self.length} tokens"

    def filled(self, tokens: IntArray) -> IntArray:
        """Return tokens (n, length) filled to (n, self.length).

        Raises
        ------
        InputError : words of more tokens
        """
        room = self.length - tokens.shape[1]
        if room < 0:
            raise InputError(
                f"words are padded to {self.length} tokens, and there is a word of {tokens.shape[1]}; ask about shorter words"
            )
        return np.pad(tokens, ((0, 0), (room, 0) if self.left else (0, room)), constant_values=self.token)


@dataclass(frozen=True)
class Encoding:
    """A mapping from words to tokens.

    The token of a letter is its index plus `offset`. The markers `begin` and `finish` stand before and after the word, and
    `padding` around both.
    """

    begin: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()
    offset: int = 0
    padding: Padding | None = None

    @property
    def reversed(self) -> Encoding:
        """The encoding for a network that reads from right to left."""
        assert self.padding is None  # padded words are asked whole
        return Encoding(self.finish[::-1], self.begin[::-1], self.offset)

    def room(self, tokens: int | None) -> int | None:
        """Return the number of letters of the longest word that takes at most `tokens` tokens; None if there is no limit."""
        limits = [limit for limit in (tokens, None if self.padding is None else self.padding.length) if limit is not None]
        return max(0, min(limits) - len(self.begin) - len(self.finish)) if limits else None

    def tokens(self, words: Words) -> IntArray:
        """Return the tokens (n, length) of words that all have the same length."""
        letters = np.array(words, np.int64).reshape(len(words), -1) + self.offset
        begin = np.tile(np.array(self.begin, np.int64), (len(words), 1))
        finish = np.tile(np.array(self.finish, np.int64), (len(words), 1))
        tokens = np.concatenate([begin, letters, finish], axis=1)
        return tokens if self.padding is None else self.padding.filled(tokens)


def by_length(words: Words, batch: int) -> Iterator[tuple[IntArray, list[Word]]]:
    """Yield batches of words of one length, each after the positions of its words in `words`.

    A network that reads whole words then needs no padding, so its scores do not depend on the other words of a batch.
    """
    groups: dict[int, list[int]] = {}
    for position, word in enumerate(words):
        groups.setdefault(len(word), []).append(position)
    for length in sorted(groups):
        for rows in _chunks(groups[length], batch):
            yield np.array(rows, np.int64), [words[row] for row in rows]


def answers_by_length(words: Words, batch: int, asked: Callable[[list[Word]], FloatArray]) -> FloatArray:
    """Return the answers (n, k) to words of any lengths, asked in batches of one length."""
    rows: dict[int, FloatArray] = {}
    for where, part in by_length(words, batch):
        rows |= zip(where.tolist(), asked(part), strict=True)
    return np.array([rows[i] for i in range(len(words))], np.float64)


def last_rows(output: Any, count: int, length: int, time_first: bool) -> Any:
    """Return the answers (count, k) in the output of a network, a tensor or an array: of each word, or after its last token.

    Parameters
    ----------
    output : (count, k), (count,), or an answer at each token, (count, length, k), with time first (length, count, k)

    Raises
    ------
    ValueError : another shape
    """
    shape = tuple(output.shape)
    if len(shape) == 3:
        if shape[:2] != ((length, count) if time_first else (count, length)):
            raise ValueError(f"its output is of shape {shape} for {count} words of {length} tokens")
        output = output[-1] if time_first else output[:, -1]
    if len(output.shape) == 1:
        output = output[:, None]
    if len(output.shape) != 2 or len(output) != count:
        raise ValueError(f"its output is of shape {shape} for {count} words")
    return output


def _chunks(rows: list[int], size: int) -> Iterable[list[int]]:
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))
