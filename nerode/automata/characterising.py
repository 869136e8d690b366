"""Words that tell the states of a DFA apart: a shortest one for each pair, and few that do for all pairs together.

A word tells two states apart when the labels after it differ, reading it from the one and from the other.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.words import IntArray, Word, shortlex

CLOSE = 0.9  # of the best that can be hoped for: good enough; sets are as small as with 1, and those of counters need no hour


@dataclass(frozen=True)
class Separation:
    """A shortest word for each pair of states of a DFA; made by `separation`.

    The refinement that Moore (1956) and Gill (1962) split states by puts them in a line, in which two states are the
    further apart the sooner they were told apart. Between neighbours stands when and by which letter that was; the
    earliest between two states is when these were told apart, as with common prefixes in a sorted list of strings.

    Parameters
    ----------
    transitions : (n, Σ), those of the DFA
    places : (n,), of each state, where in the line it stands
    earliest : (⌈log2 n⌉, n), `earliest[j, i]` is the least of the 2^j times from i on: time i is that between places i − 1
        and i, length · Σ + first letter of their word, and 0 where labels differ
    """

    transitions: IntArray
    places: IntArray
    earliest: IntArray

    def word(self, p: int, q: int) -> Word:
        """The shortlex least word that tells states p and q apart; O(its length).

        Raises
        ------
        InputError : p = q
        """
        if p == q:
            raise InputError(f"no word tells state {p} apart from itself")
        letters: list[int] = []
        while time := self._time(p, q):
            letters.append(time % self.transitions.shape[1])
            p, q = int(self.transitions[p, letters[-1]]), int(self.transitions[q, letters[-1]])
        return tuple(letters)

    def line(self) -> IntArray:
        """The states (n,) in the order of their places."""
        return np.argsort(self.places)

    def _time(self, p: int, q: int) -> int:
        low, high = int(self.places[p]), int(self.places[q])
        if low > high:
            low, high = high, low
        level = (high - low).bit_length() - 1
        return int(min(self.earliest[level, low + 1], self.earliest[level, high + 1 - (1 << level)]))


def separation(dfa: DFA) -> Separation:
    """Shortest words for all pairs of states, by partition refinement; states that no word leads to are told apart too.

    O(k n log n) steps for n states and k letters, besides sorting: as Hopcroft (1971) does, of the parts of a split block
    the largest keeps its name, and only states that lead to a renamed state are looked at in the next round. Rounds are
    kept apart, so that words are shortest (Smetsers, Moerman, Jansen, 2016, get there with a tree).

    Raises
    ------
    InputError : two states that no word tells apart
    """
    times, line = _refine(dfa)
    unknown = np.flatnonzero(times[1:] < 0)
    if len(unknown):
        p, q = sorted(line[unknown[0] : unknown[0] + 2].tolist())
        raise InputError(f"no word tells the states {p} and {q} apart; make the automaton minimal first, with `minimise`")
    earliest = [times]
    for level in range((dfa.states - 1).bit_length() - 1):
        step = 1 << level
        row = earliest[-1].copy()
        np.minimum(row[:-step], row[step:], out=row[:-step])
        earliest.append(row)
    places = np.empty_like(line)
    places[line] = np.arange(len(line))
    return Separation(dfa.transitions, places, np.stack(earliest))


def characterising_set(dfa: DFA) -> list[Word]:
    """Words, in shortlex order, that tell all pairs of states apart: what Gill (1962) calls a characterising set W.

    Greedy: of the shortest words of neighbours in the line, the one that tells most pairs apart that no chosen word does,
    or nearly most, until none is left. Then words that the others make redundant are dropped, the longest first, so that
    every word of the result is needed; there may yet be smaller sets. Empty for a DFA of one state.

    Raises
    ------
    InputError : two states that no word tells apart
    """
    told = separation(dfa)
    line = told.line()
    block = np.zeros(dfa.states, np.int64)  # of each state: those of one block are told apart by no word yet
    chosen: dict[Word, IntArray] = {}
    while block.max() + 1 < dfa.states:
        neighbours = pairwise(line[np.argsort(block[line], kind="stable")].tolist())
        words = sorted({told.word(p, q) for p, q in neighbours if block[p] == block[q]}, key=shortlex)
        readings = _readings(dfa, words)
        for which in _greedy(block, readings):
            chosen[words[which]] = readings[which]
            block = _split(block, readings[which])
    words = sorted(chosen, key=shortlex)
    return [words[i] for i in _needed([chosen[word] for word in words], range(len(words)), np.zeros_like(block))]


def _greedy(block: IntArray, readings: list[IntArray]) -> Iterator[int]:
    """Which readings to take, one after the other, each splitting off most pairs, until none splits anything.

    What a reading splits off can only become less as others are taken, so one that still splits off nearly as many pairs
    as any other did when last looked at is nearly the best, and the others need no look (Minoux, 1978).
    """
    together = _pairs(block)
    queue = [(-together, which) for which in range(len(readings))]
    while queue:
        _, which = heapq.heappop(queue)
        after = _split(block, readings[which])
        gain = together - _pairs(after)
        if gain and (not queue or gain >= CLOSE * -queue[0][0]):
            block, together = after, together - gain
            yield which
        elif gain:
            heapq.heappush(queue, (-gain, which))


def _needed(readings: list[IntArray], asked: range, block: IntArray) -> list[int]:
    """Those of the readings in the range that are needed where `block` is split by what all the others tell apart.

    By halves, the later half first: log2 of their number splits for each, where one by one it would be their number.
    """
    if len(asked) == 1:
        return [] if block.max() + 1 == len(block) else [asked[0]]
    if not asked:
        return []
    early, late = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    kept_late = _needed(readings, late, _split(block, *(readings[i] for i in early)))
    return _needed(readings, early, _split(block, *(readings[i] for i in kept_late))) + kept_late


def _split(block: IntArray, *readings: IntArray) -> IntArray:
    """The blocks (n,), split where readings (n,) differ; named 0, 1, …"""
    for reading in readings:
        block = np.unique(block * (int(reading.max()) + 1) + reading, return_inverse=True)[1]
    return block


def _pairs(block: IntArray) -> int:
    """How many pairs of states are in one block, in either order and with themselves."""
    sizes = np.bincount(block)
    return int(sizes @ sizes)


def _readings(dfa: DFA, words: list[Word]) -> list[IntArray]:
    """For each word the label (n,) after reading it from each state, read from the end: words share their suffixes."""
    nodes: dict[tuple[int, int], int] = {}  # of the trie of the words turned round: the node behind a node and a letter
    labels = np.unique(dfa.labels, return_inverse=True)[1]
    after = [labels.astype(np.min_scalar_type(int(labels.max())))]
    ends = []
    for word in words:
        node = 0
        for letter in reversed(word):
            if (node, letter) not in nodes:
                nodes[node, letter] = len(after)
                after.append(after[node][dfa.transitions[:, letter]])
            node = nodes[node, letter]
        ends.append(node)
    return [after[node] for node in ends]


def _refine(dfa: DFA) -> tuple[IntArray, IntArray]:
    """The times (n,) at which neighbours in the line were told apart, −1 where they never were, and the line (n,)."""
    n, letters = dfa.transitions.shape
    into = np.argsort(dfa.transitions, axis=None, kind="stable")  # transitions, as state · letters + letter, by their target
    stops = np.searchsorted(dfa.transitions.ravel()[into], np.arange(n + 1))
    block = np.unique(dfa.labels, return_inverse=True)[1]  # (n,) names; each block is a stretch of the line
    line = np.argsort(block, kind="stable")
    places = np.argsort(line)
    sizes = np.bincount(block, minlength=n)  # by name
    begins = np.cumsum(sizes) - sizes
    count = int(block.max()) + 1
    times = np.full(n, -1)
    times[begins[:count]] = 0
    renamed = np.flatnonzero(block != sizes.argmax())
    length = 0
    while len(renamed):
        length += 1
        arrows = into[_stretches(stops[renamed], stops[renamed + 1] - stops[renamed])]
        arrows = arrows[sizes[block[arrows // letters]] > 1]
        touched, row = np.unique(arrows // letters, return_inverse=True)
        # states of one block agreed on the blocks before the renaming, so their renamed successors tell all
        rows = np.zeros((len(touched), letters), np.int64)
        rows[row, arrows % letters] = block[dfa.transitions.ravel()[arrows]] + 1
        order = np.lexsort((*rows.T[::-1], block[touched]))
        touched, rows = touched[order], rows[order]

        # touched states go to the end of their block's stretch, in the order of their rows; those of the others are all 0
        names = block[touched]
        first = np.flatnonzero(np.diff(names, prepend=-1))
        owners, moved = names[first], np.diff(first, append=len(names))
        ends = _stretches(begins[owners] + sizes[owners] - moved, moved)
        leaving = line[ends][~np.isin(line[ends], touched)]
        vacated = places[touched][~np.isin(places[touched], ends)]
        line[vacated], places[leaving] = leaving, vacated
        line[ends], places[touched] = touched, ends

        before = np.zeros_like(rows)
        before[1:] = rows[:-1]
        before[first] = 0
        differs = rows != before
        new = differs.any(axis=1)
        untouched = sizes[owners] > moved
        times_new = length * letters + differs.argmax(axis=1)
        within = new.copy()
        within[first[~untouched]] = False  # a block begins here already
        times[ends[within]] = times_new[within]

        # parts of split blocks, in the order of the line
        part_begins = np.concatenate([begins[owners[untouched]], ends[new]])
        by = np.argsort(part_begins)
        part_begins, part_names = part_begins[by], np.concatenate([owners[untouched], names[new]])[by]
        part_ends = begins[part_names] + sizes[part_names]
        same = np.flatnonzero(part_names[1:] == part_names[:-1])
        part_ends[same] = part_begins[same + 1]
        part_sizes = part_ends - part_begins
        by_size = np.lexsort((part_sizes, part_names))
        largest = np.diff(part_names[by_size], append=-1) != 0
        kept, others = by_size[largest], by_size[~largest]
        begins[part_names[kept]], sizes[part_names[kept]] = part_begins[kept], part_sizes[kept]
        added = np.arange(count, count + len(others))
        begins[added], sizes[added] = part_begins[others], part_sizes[others]
        count += len(others)
        renamed = line[_stretches(part_begins[others], part_sizes[others])]
        block[renamed] = np.repeat(added, part_sizes[others])
    return times, line


def _stretches(begins: IntArray, sizes: IntArray) -> IntArray:
    """begins[0], begins[0] + 1, …, `sizes[0]` of them, then those from begins[1], and so on."""
    return np.repeat(begins - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
