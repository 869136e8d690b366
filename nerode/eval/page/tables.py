"""Blocks of a Hankel matrix for a page: what network and automaton say of prefixes and suffixes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.domains import domain_of
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


def corner_words(teacher: Teacher, most: int) -> Words:
    """Return the shortest words, at most so many, of which the teacher reads two joined; none where words have one length."""
    if domain_of(teacher) is not None:
        return []
    longest = longest_of(teacher)
    words: list[tuple[int, ...]] = []
    for word in all_words(len(teacher.alphabet), most):
        if len(words) == most or (longest is not None and 2 * len(word) > longest):
            break
        words.append(word)
    return words


def block(function: Teacher, words: Words) -> Block:
    """Return the block of these words as prefixes and as suffixes."""
    values = worth(answers(function, [(*p, *s) for p in words for s in words]), function.link)
    return Block(words, values.reshape(len(words), len(words)))
