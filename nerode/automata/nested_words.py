"""Random well-matched words of a visibly pushdown automaton, of given lengths and heights, and words close to them.

The height of a word is the greatest number of calls that are open at once. Words are counted by height, length and the location
that they lead to, by their last letter: it is internal, or a return whose call splits the word in two. Words are then drawn
backwards by these counts, all words of one length and height at the same time.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.vpa import VPA
from nerode.sampling import misspell
from nerode.words import BoolArray, FloatArray, IntArray, Word, Words, pack, unpack

Items = tuple[IntArray, IntArray, IntArray, IntArray, BoolArray]
"""Parts of words to draw: the row, where it begins, its location, its height, and whether that is only the greatest allowed."""


class NestedWords:
    """Well-matched words of at most `longest` letters and at most the height `highest`.

    Parameters
    ----------
    vpa : an automaton of n locations
    """

    def __init__(self, vpa: VPA, longest: int, highest: int) -> None:
        self._vpa, self._longest = vpa, longest
        self._unit = 1.0 / len(vpa.alphabet)  # of each letter, so that the counts of long words do not overflow
        self._exact = np.zeros((highest + 1, longest + 1, vpa.states))  # words of exactly a height, a length, to a location
        for height in range(highest + 1):
            self._count(height)
        moves = np.argwhere(np.ones(vpa.transitions.shape, bool)).reshape(-1, 2)
        turns = np.argwhere(np.ones(vpa.pops.shape, bool)).reshape(-1, 4)
        ends, bounds = vpa.transitions.ravel(), vpa.pops.ravel()
        self._moves = [moves[ends == q] for q in range(vpa.states)]  # (m, 2): location and column before it
        self._turns = [turns[bounds == q] for q in range(vpa.states)]  # (m, 4): location, return, source, call

    @property
    def possible(self) -> BoolArray:
        """Whether there is a word (heights, lengths, n) of each height and length to each location."""
        return self._exact > 0

    def _count(self, height: int) -> None:
        vpa, here = self._vpa, self._exact[height]
        if height == 0:
            here[0, vpa.initial] = 1.0
        lower = self._exact[:height].sum(axis=0)  # bodies that a call and a return may enclose
        just = self._exact[height - 1]
        n = vpa.states
        for length in range(1, self._longest + 1):
            if vpa.transitions.size:
                spread = np.repeat(here[length - 1], vpa.transitions.shape[1])
                here[length] += self._unit * np.bincount(vpa.transitions.ravel(), spread, n)
            if height and length > 1 and vpa.pops.size:
                back = slice(length - 2, None, -1) if length >= 2 else slice(0, 0)
                pairs = here[: length - 1].T @ lower[back] + lower[: length - 1].T @ just[back]  # (sources, bodies)
                spread = np.broadcast_to(pairs.T[:, None, :, None], vpa.pops.shape).ravel()
                here[length] += self._unit**2 * np.bincount(vpa.pops.ravel(), spread, n)

    def draw(self, rng: np.random.Generator, heights: IntArray, lengths: IntArray, wanted: BoolArray) -> list[Word]:
        """Return a word for each height and length (k,) for which there is one that leads to a wanted location (n,).

        The locations of each height and length come equally often, and the words of each are uniform.
        """
        able = self.possible[heights, lengths] & wanted
        there = able.any(axis=1)
        heights, lengths, able = heights[there], lengths[there], able[there]
        locations = np.argmax(able * (1.0 + rng.random(able.shape)), axis=1)
        symbols = np.zeros((len(lengths), int(lengths.max(initial=0))), np.int64)
        waiting: list[list[Items]] = [[] for _ in range(self._longest + 1)]
        rows = np.arange(len(lengths))
        for length in np.unique(lengths).tolist():
            some = rows[lengths == length]
            waiting[length].append((some, 0 * some, locations[some], heights[some], np.zeros(len(some), bool)))
        for length in range(self._longest, 0, -1):
            if waiting[length]:
                self._spell(rng, length, _joined(waiting[length]), symbols, waiting)
        return unpack(symbols, lengths)

    def _spell(self, rng: np.random.Generator, length: int, items: Items, symbols: IntArray, waiting: list[list[Items]]) -> None:
        """Draw the last letters of parts of one length, and leave what is before them to shorter lengths."""
        rows, begins, locations, heights, loose = items
        heights = heights.copy()
        for height, location, members in _groups(heights, locations, loose):
            weights = self._exact[: height + 1, length, location]
            heights[members] = rng.choice(height + 1, len(members), p=weights / weights.sum())
        for height, location, members in _groups(heights, locations, np.ones(len(rows), bool)):
            row, begin = rows[members], begins[members]
            moves, turns = self._moves[location], self._turns[location]
            here, lower = self._exact[height], self._exact[:height].sum(axis=0)
            parts: list[FloatArray] = [self._unit * here[length - 1, moves[:, 0]]]
            if height and length > 1:
                back = np.arange(length - 2, -1, -1)[:, None]
                bodies, sources = turns[:, 0], turns[:, 2]
                first = here[: length - 1, sources] * lower[back, bodies]
                second = lower[: length - 1, sources] * self._exact[height - 1][back, bodies]
                parts += [self._unit**2 * first.ravel(), self._unit**2 * second.ravel()]
            flat = np.concatenate(parts)
            chosen = rng.choice(len(flat), len(members), p=flat / flat.sum())
            inner = chosen < len(moves)
            some = moves[chosen[inner]]
            symbols[row[inner], begin[inner] + length - 1] = self._vpa.internals[some[:, 1]]
            fixed = np.zeros(len(some), bool)
            waiting[length - 1].append((row[inner], begin[inner], some[:, 0], np.full(len(some), height), fixed))
            if not inner.all():
                outer = (row[~inner], begin[~inner])
                self._enclose(length, height, outer, (turns, chosen[~inner] - len(moves)), symbols, waiting)

    def _enclose(
        self,
        length: int,
        height: int,
        place: tuple[IntArray, IntArray],
        choice: tuple[IntArray, IntArray],
        symbols: IntArray,
        waiting: list[list[Items]],
    ) -> None:
        """Write calls and returns, and leave what is before the call and between them."""
        (rows, begins), (turns, chosen) = place, choice
        second, rest = np.divmod(chosen, (length - 1) * len(turns))
        splits, which = np.divmod(rest, len(turns))
        body, back, source, call = turns[which].T
        symbols[rows, begins + splits] = self._vpa.calls[call]
        symbols[rows, begins + length - 1] = self._vpa.returns[back]
        deep = second == 1  # the body has the greatest height, and what is before the call has less
        for split in np.unique(splits).tolist():
            here = splits == split
            outside = rows[here], begins[here], source[here], np.where(deep[here], height - 1, height), deep[here]
            waiting[split].append(outside)
            within = rows[here], begins[here] + split + 1, body[here], np.full(np.count_nonzero(here), height - 1), ~deep[here]
            waiting[length - 2 - split].append(within)


def heights_of(kinds: IntArray, words: Words) -> IntArray:
    """Return the height (n,) of each word, −1 for words that are not well-matched.

    Parameters
    ----------
    kinds : (Σ,), CALL, RETURN or INTERNAL
    """
    symbols, lengths = pack(words)
    inside = np.arange(symbols.shape[1]) < lengths[:, None]
    along = np.cumsum(np.where(inside, kinds[symbols], 0), axis=1)
    if not symbols.shape[1]:
        return np.zeros(len(words), np.int64)
    matched = (along.min(axis=1) >= 0) & (along[:, -1] == 0)
    return np.where(matched, along.max(axis=1), -1)


def respelt(rng: np.random.Generator, words: Words, kinds: IntArray) -> list[Word]:
    """Return the words with one letter each replaced by a random one of its kind: they stay well-matched."""
    symbols, lengths = pack([word for word in words if word])
    rows = np.arange(len(lengths))
    places = rng.integers(0, lengths)
    alike = kinds[symbols[rows, places]][:, None] == kinds
    symbols[rows, places] = np.argmax(alike * (1.0 + rng.random(alike.shape)), axis=1)
    return unpack(symbols, lengths)


def near_misses(rng: np.random.Generator, vpa: VPA, words: Words) -> list[Word]:
    """Return rejected words that are close to the given ones: a letter or two are other ones, and many stay well-matched."""
    changed = list(dict.fromkeys([*respelt(rng, words, vpa.kinds), *misspell(rng, words, len(vpa.alphabet))]))
    return [changed[i] for i in np.flatnonzero(vpa.predict(changed) == 0).tolist()]


def _joined(parts: list[Items]) -> Items:
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))  # type: ignore[return-value]


def _groups(heights: IntArray, locations: IntArray, chosen: BoolArray) -> list[tuple[int, int, IntArray]]:
    """Return the height, the location and the members of each group of chosen parts."""
    members = np.flatnonzero(chosen)
    if not len(members):
        return []
    keys, which = np.unique(np.stack([heights[members], locations[members]], axis=1), axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    bounds = np.flatnonzero(np.diff(which.ravel()[order])) + 1
    return [(h, q, members[some]) for (h, q), some in zip(keys.tolist(), np.split(order, bounds), strict=True)]
