"""Prefixes and suffixes for a Hankel block."""

from __future__ import annotations

from collections import Counter

import numpy as np

from nerode.words import Word, Words

LONGEST_FACTOR = 10  # letters; longer ones are hardly ever frequent


def cut(rng: np.random.Generator, words: Words) -> tuple[list[Word], list[Word]]:
    """Cut each word at a random place: distinct prefixes and distinct suffixes, ε the first of both.

    Words cut at a place drawn anew for each give prefixes and suffixes of all lengths; on networks they give better
    automata than all short words do, because states far from ε are seen too.
    """
    places = rng.integers(0, np.array([len(word) for word in words], np.int64) + 1).tolist()
    prefixes = dict.fromkeys([(), *(word[:place] for word, place in zip(words, places, strict=True))])
    suffixes = dict.fromkeys([(), *(word[place:] for word, place in zip(words, places, strict=True))])
    return list(prefixes), list(suffixes)


def frequent(words: Words) -> tuple[list[Word], list[Word]]:
    """Prefixes and factors of words, the most frequent first, ε the first of both; equally frequent ones as they occur.

    As many of either as one takes from the front are closed under prefix, but for equally frequent ones.
    """
    prefixes = Counter(word[:end] for word in words for end in range(len(word) + 1))
    factors = Counter(
        word[begin:end]
        for word in words
        for begin in range(len(word) + 1)
        for end in range(begin, min(begin + LONGEST_FACTOR, len(word)) + 1)
    )
    by_count = ([word for word, _ in counts.most_common()] for counts in (prefixes, factors))
    before, after = (list(dict.fromkeys([(), *found])) for found in by_count)
    return before, after
