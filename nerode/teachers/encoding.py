"""The mapping from words to the tokens of a network. Markers and offsets belong to this mapping, not to the words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.words import IntArray, Word, Words


@dataclass(frozen=True)
class Encoding:
    """A mapping from words to tokens.

    The token of a letter is its index plus `offset`. The markers `begin` and `finish` stand before and after the word.
    """

    begin: tuple[int, ...] = ()
    finish: tuple[int, ...] = ()
    offset: int = 0

    @property
    def reversed(self) -> Encoding:
        """The encoding for a network that reads from right to left."""
        return Encoding(self.finish[::-1], self.begin[::-1], self.offset)

    def room(self, tokens: int | None) -> int | None:
        """Return the number of letters of the longest word that takes at most `tokens` tokens; None if there is no limit."""
        return None if tokens is None else max(0, tokens - len(self.begin) - len(self.finish))

    def tokens(self, words: Words) -> IntArray:
        """Return the tokens (n, length) of words that all have the same length."""
        letters = np.array(words, np.int64).reshape(len(words), -1) + self.offset
        begin = np.tile(np.array(self.begin, np.int64), (len(words), 1))
        finish = np.tile(np.array(self.finish, np.int64), (len(words), 1))
        return np.concatenate([begin, letters, finish], axis=1)


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
