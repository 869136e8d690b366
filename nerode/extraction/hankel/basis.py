"""Prefixes and suffixes for a Hankel block, cut from words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from nerode.automata.wfa import WFA
from nerode.words import FloatArray, Word, Words

COUNTED = 100_000  # letters of the words in which prefixes and factors are counted
LONGEST_PREFIX = 100  # letters; longer ones are hardly ever frequent
LONGEST_FACTOR = 10  # letters; longer ones are hardly ever frequent
CAPPED = 0.99  # quantile of the losses: a few words that are far off do not count more

Grow = Callable[[int, int, WFA | None], tuple[Sequence[Word], Sequence[Word]]]
"""Gives so many distinct prefixes and suffixes, those of before first, that suit the last automaton (Basis.grow)."""


class Basis:
    """Prefixes and suffixes that grow, and grow where automata err.

    Each word is cut once, at a random place. That gives prefixes and suffixes of all lengths; on networks they give better
    automata than all short words do, because states far from ε are seen too. The words come in their order at first; once
    there is an automaton, words that it answers wrongly come sooner, with a chance in proportion to what they lose.

    Parameters
    ----------
    words : to be cut; more than will be needed
    losses : what an automaton loses on each of the words (n,); None where that is not looked at
    closed : whether a suffix brings its prefixes up to `LONGEST_PREFIX` letters, which then are suffixes too. An engine that
        walks a trie reads them in passing; what is asked word by word has to ask them all
    room : letters of the longest words that are asked; None for no limit
    """

    def __init__(
        self,
        rng: np.random.Generator,
        words: Words,
        losses: Callable[[WFA], FloatArray] | None = None,
        closed: bool = False,
        room: int | None = None,
    ) -> None:
        places = rng.integers(0, np.array([len(word) for word in words], np.int64) + 1).tolist()
        self._cuts = [(word[:place], word[place:]) for word, place in zip(words, places, strict=True)]
        if room is not None:
            before, after = shares(room)
            self._cuts = [(prefix[:before], suffix[:after]) for prefix, suffix in self._cuts]
        self._rng = rng
        self._losses = losses
        self._closed = closed
        self._prefixes: dict[Word, None] = {(): None}  # in the order in which they came
        self._suffixes: dict[Word, None] = {(): None}

    def grow(self, prefixes: int, suffixes: int, automaton: WFA | None) -> tuple[list[Word], list[Word]]:
        """So many distinct prefixes and suffixes, ε the first of both, where there are so many; those of before come first.

        Parameters
        ----------
        suffixes : how many of them, not counting those that they bring
        automaton : where it errs is looked at sooner
        """
        for i in self._order(automaton):
            prefix, suffix = self._cuts[i]
            if len(self._prefixes) < prefixes:
                self._prefixes.setdefault(prefix)
            if len(self._suffixes) < suffixes:
                self._suffixes.setdefault(suffix)
        if not self._closed:
            return list(self._prefixes), list(self._suffixes)
        ends = ((*range(min(len(suffix), LONGEST_PREFIX) + 1), len(suffix)) for suffix in self._suffixes)
        beginnings = (suffix[:end] for suffix, of_suffix in zip(self._suffixes, ends, strict=True) for end in of_suffix)
        return list(self._prefixes), list(dict.fromkeys(beginnings))

    def _order(self, automaton: WFA | None) -> list[int]:
        """Indices of words; Gumbel noise on logarithms draws them without repetition in proportion to their losses."""
        if automaton is None or self._losses is None:
            return list(range(len(self._cuts)))
        losses = self._losses(automaton)
        losses = np.minimum(losses, np.quantile(losses, CAPPED, method="lower"))
        chances = np.log(np.maximum(losses, np.finfo(float).tiny))
        order: list[int] = np.argsort(-(chances + self._rng.gumbel(size=len(losses))), kind="stable").tolist()
        return order


def shares(room: int) -> tuple[int, int]:
    """Return the letters of the longest prefixes and suffixes of a block of words of at most `room` letters.

    There is a letter between the two in the shifted blocks.
    """
    return room // 2, max(0, room - 1 - room // 2)


def frequent(words: Words, room: int | None = None) -> tuple[list[Word], list[Word]]:
    """Prefixes and factors of words, the most frequent first, ε the first of both; equally frequent ones as they occur.

    As many of either as one takes from the front are closed under prefix, but for equally frequent ones. What is frequent is
    counted in the first words that have `COUNTED` letters together, and prefixes up to `LONGEST_PREFIX` letters. With a limit
    `room` on the letters of words that are asked, they are as long as `shares` says.
    """
    longest = (LONGEST_PREFIX, LONGEST_FACTOR)
    longest_prefix, longest_factor = longest if room is None else map(min, longest, shares(room))
    words = words[: int(np.searchsorted(np.cumsum([len(word) for word in words]), COUNTED)) + 1]
    prefixes = Counter(word[:end] for word in words for end in range(min(len(word), longest_prefix) + 1))
    factors = Counter(
        word[begin:end]
        for word in words
        for begin in range(len(word) + 1)
        for end in range(begin, min(begin + longest_factor, len(word)) + 1)
    )
    by_count = ([word for word, _ in counts.most_common()] for counts in (prefixes, factors))
    before, after = (list(dict.fromkeys([(), *found])) for found in by_count)
    return before, after


def fixed(prefixes: Words, suffixes: Words) -> Grow:
    """As many of given prefixes and suffixes as are wanted, from the front."""
    return lambda before, after, _: (prefixes[:before], suffixes[:after])
