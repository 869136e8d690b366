"""Random well-matched words of a visibly pushdown automaton, of given lengths and heights, and words close to them.

The height of a word is the greatest number of calls that are open at once. Words are counted by height, length and the location
that they lead to, by their last letter: it is internal, or a return whose call splits the word in two. Words are then drawn
backwards by these counts, all words of one length and height at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from nerode.automata.vpa import VPA
from nerode.sampling import misspell
from nerode.words import BoolArray, FloatArray, IntArray, Word, Words, pack, unpack

KEPT = 4096  # ways to end a word, of which the sums of weights are kept
Items = tuple[IntArray, IntArray, IntArray, IntArray, IntArray, BoolArray]
"""Parts of words to draw: length, row, where it begins, location, height, and whether that is only the greatest allowed."""


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
        self._lower = np.zeros_like(self._exact)  # words of less than a height: bodies of a call and a return
        self._known: dict[tuple[int, int, int], FloatArray] = {}  # of the ways to end a word, what was summed before
        for height in range(highest + 1):
            self._lower[height] = self._exact[:height].sum(axis=0)
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
        lower = self._lower[height]
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
        rows = np.arange(len(lengths))
        waiting: list[list[Items]] = [[] for _ in range(self._longest + 1)]
        _wait(waiting, (lengths, rows, 0 * rows, locations, heights, np.zeros(len(rows), bool)))
        for length in range(self._longest, 0, -1):
            if waiting[length]:
                for items in self._spell(rng, _joined(waiting[length]), symbols):
                    _wait(waiting, items)
        return unpack(symbols, lengths)

    def _spell(self, rng: np.random.Generator, items: Items, symbols: IntArray) -> Iterator[Items]:
        """Draw the last letters of parts of one length, and the calls of returns; yield the parts that are left."""
        lengths, rows, begins, locations, heights, loose = items
        length, heights = int(lengths[0]), heights.copy()
        for height, location, members in _groups(heights, locations, loose):
            weights = np.cumsum(self._exact[: height + 1, length, location])
            heights[members] = _chosen(rng, weights, len(members))
        steps: list[IntArray] = []
        turned: list[IntArray] = []
        for height, location, members in _groups(heights, locations, np.ones(len(rows), bool)):
            moves, turns = self._moves[location], self._turns[location]
            chosen = _chosen(rng, self._bounds(length, height, location), len(members))
            inner = chosen < len(moves)
            some, rest = members[inner], members[~inner]
            steps.append(np.column_stack([some, moves[chosen[inner]]]))
            if len(rest):
                second, place = np.divmod(chosen[~inner] - len(moves), (length - 1) * len(turns))
                split, which = np.divmod(place, len(turns))
                turned.append(np.column_stack([rest, second, split, turns[which]]))
        at, source, letter = np.concatenate(steps).T
        symbols[rows[at], begins[at] + length - 1] = self._vpa.internals[letter]
        yield lengths[at] - 1, rows[at], begins[at], source, heights[at], np.zeros(len(at), bool)
        if turned:
            at, second, split, body, back, source, call = np.concatenate(turned).T
            row, begin, high, deep = rows[at], begins[at], heights[at], second == 1
            symbols[row, begin + split] = self._vpa.calls[call]
            symbols[row, begin + length - 1] = self._vpa.returns[back]
            # the body has the greatest height and what is before the call has less, or the other way round
            yield split, row, begin, source, np.where(deep, high - 1, high), deep
            yield length - 2 - split, row, begin + split + 1, body, high - 1, ~deep

    def _bounds(self, length: int, height: int, location: int) -> FloatArray:
        """Return the sums of the weights of the ways to end a word: its moves, and its turns by where the call is, twice."""
        if (length, height, location) in self._known:
            return self._known[length, height, location]
        moves, turns = self._moves[location], self._turns[location]
        here, lower = self._exact[height], self._lower[height]
        parts: list[FloatArray] = [self._unit * here[length - 1, moves[:, 0]]]
        if height and length > 1:
            back = np.arange(length - 2, -1, -1)[:, None]
            bodies, sources = turns[:, 0], turns[:, 2]
            first = here[: length - 1, sources] * lower[back, bodies]
            second = lower[: length - 1, sources] * self._exact[height - 1][back, bodies]
            parts += [self._unit**2 * first.ravel(), self._unit**2 * second.ravel()]
        bounds: FloatArray = np.cumsum(np.concatenate(parts))
        if len(bounds) <= KEPT:
            self._known[length, height, location] = bounds
        return bounds


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


def near_misses(rng: np.random.Generator, vpa: VPA, words: Words, longest: int | None = None) -> list[Word]:
    """Return rejected words that are close to the given ones: a letter or two are other ones, and many stay well-matched.

    Parameters
    ----------
    longest : letters that they have at most; None for no limit
    """
    changed = list(dict.fromkeys([*respelt(rng, words, vpa.kinds), *misspell(rng, words, len(vpa.alphabet))]))
    changed = [word for word in changed if longest is None or len(word) <= longest]
    return [changed[i] for i in np.flatnonzero(vpa.predict(changed) == 0).tolist()]


def _chosen(rng: np.random.Generator, bounds: FloatArray, count: int) -> IntArray:
    """Return random choices (count,) whose weights have these sums."""
    chosen: IntArray = np.searchsorted(bounds, bounds[-1] * rng.random(count), side="right")
    return chosen


def _wait(waiting: list[list[Items]], items: Items) -> None:
    """Put parts of words where those of their length are."""
    order = np.argsort(items[0], kind="stable")
    lengths, row, at, location, height = (column[order] for column in items[:5])
    loose = items[5][order]
    for some in _runs(lengths):
        waiting[int(lengths[some.start])].append((lengths[some], row[some], at[some], location[some], height[some], loose[some]))


def _joined(parts: list[Items]) -> Items:
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))  # type: ignore[return-value]


def _groups(heights: IntArray, locations: IntArray, chosen: BoolArray) -> list[tuple[int, int, IntArray]]:
    """Return the height, the location and the members of each group of chosen parts."""
    members = np.flatnonzero(chosen)
    members = members[np.lexsort((locations[members], heights[members]))]
    high, at = heights[members], locations[members]
    return [(int(high[some.start]), int(at[some.start]), members[some]) for some in _runs(high, at)]


def _runs(*keys: IntArray) -> list[slice]:
    """Return where each run of rows begins and ends that have the same keys."""
    changes = sum(np.diff(key) != 0 for key in keys)
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(keys[0])]
    return [slice(begin, end) for begin, end in pairwise(bounds) if begin < end]
