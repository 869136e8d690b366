"""Prefixes and suffixes for a Hankel block."""

from __future__ import annotations

import numpy as np

from nerode.words import Word, Words


def cut(rng: np.random.Generator, words: Words) -> tuple[list[Word], list[Word]]:
    """Cut each word at a random place: distinct prefixes and distinct suffixes, ε the first of both.

    Words cut at a place drawn anew for each give prefixes and suffixes of all lengths; on networks they give better
    automata than all short words do, because states far from ε are seen too.
    """
    places = rng.integers(0, np.array([len(word) for word in words], np.int64) + 1).tolist()
    prefixes = dict.fromkeys([(), *(word[:place] for word, place in zip(words, places, strict=True))])
    suffixes = dict.fromkeys([(), *(word[place:] for word, place in zip(words, places, strict=True))])
    return list(prefixes), list(suffixes)
