"""Blocks of a Hankel matrix for a page: what network and automaton say of prefixes and suffixes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.eval.worth import answers, worth
from nerode.protocols import Teacher, longest_of
from nerode.words import FloatArray, Words, all_words


@dataclass(frozen=True, eq=False)
class Block:
    """The number that stands for each word p·s (see `worth`), for prefixes p and suffixes s in shortlex order.

    Parameters
    ----------
    words : the prefixes, which are the suffixes too
    values : (prefixes, suffixes)
    """

    words: Words
    values: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON, with five digits; what is not finite is None."""
        rows = [[float(f"{value:.5g}") if np.isfinite(value) else None for value in row] for row in self.values.tolist()]
        return {"words": [list(word) for word in self.words], "values": rows}


def block(function: Teacher, most: int) -> Block:
    """Return the block of the shortest words, at most so many, and as long as the function reads two of them joined."""
    longest = longest_of(function)
    words: list[tuple[int, ...]] = []
    for word in all_words(len(function.alphabet), most):
        if len(words) == most or (longest is not None and 2 * len(word) > longest):
            break
        words.append(word)
    values = worth(answers(function, [(*p, *s) for p in words for s in words]), function.link)
    return Block(words, values.reshape(len(words), len(words)))
