"""Separating words of the states of a DFA: a shortest one for each pair of states, and a small set for all pairs.

A word separates two states if the labels after reading it from the two states differ.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nerode.arrays import intervals
from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.words import IntArray, Word, shortlex

CLOSE = 0.9  # accepted fraction of the best possible gain; with 1 sets are no smaller, and counters take an hour


@dataclass(frozen=True)
class Separation:
    """A shortest separating word for each pair of states of a DFA; made by `separation`.

    The partition refinement of Moore (1956) and Gill (1962) puts the states in a line: blocks are intervals of it. Between two
    neighbours the line stores the time at which they were separated: the round and the letter. The earliest time between two
    states is the time at which these were separated, like common prefixes in a sorted list of strings.

    Parameters
    ----------
    transitions : (n, Σ), those of the DFA
    places : (n,), the position of each state in the line
    earliest : (⌈log2 n⌉, n), `earliest[j, i]` is the least of the 2^j times from i on: time i lies between places i − 1 and i and
        equals length · Σ + first letter of the separating word, and 0 if the labels differ
    """

    transitions: IntArray
    places: IntArray
    earliest: IntArray

    def word(self, p: int, q: int) -> Word:
        """Return the shortlex least word that separates states p and q; O(its length).

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
        """Return the states (n,) in the order of their places."""
        return np.argsort(self.places)

    def _time(self, p: int, q: int) -> int:
        low, high = int(self.places[p]), int(self.places[q])
        if low > high:
            low, high = high, low
        level = (high - low).bit_length() - 1
        return int(min(self.earliest[level, low + 1], self.earliest[level, high + 1 - (1 << level)]))


def separation(dfa: DFA) -> Separation:
    """Return shortest separating words for all pairs of states, by partition refinement; unreachable states are included.

    O(k n log n) steps for n states and k letters, apart from sorting. As in Hopcroft (1971), when a block splits, its largest
    part keeps its name, and the next round examines only predecessors of renamed states. Rounds are kept separate, so that
    words are shortest (Smetsers, Moerman and Jansen, 2016, achieve this with a tree).

    Raises
    ------
    InputError : two equivalent states
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
    """Return words, in shortlex order, that separate all pairs of states: a characterising set W in the sense of Gill (1962).

    The set is built greedily. The candidates are shortest separating words of neighbours in the line. The word that separates
    most of the remaining pairs, or nearly most, is added until no pair remains. Then redundant words are dropped, the longest
    first, so every word of the result is needed; smaller sets may exist. The set is empty for a DFA of one state.

    Raises
    ------
    InputError : two equivalent states
    """
    found = separation(dfa)
    line = found.line()
    block = np.zeros(dfa.states, np.int64)  # the block of each state: no chosen word separates states of one block
    chosen: dict[Word, IntArray] = {}
    while block.max() + 1 < dfa.states:
        neighbours = pairwise(line[np.argsort(block[line], kind="stable")].tolist())
        words = sorted({found.word(p, q) for p, q in neighbours if block[p] == block[q]}, key=shortlex)
        readings = _readings(dfa, words)
        for which in _greedy(block, readings):
            chosen[words[which]] = readings[which]
            block = _split(block, readings[which])
    words = sorted(chosen, key=shortlex)
    return [words[i] for i in _needed([chosen[word] for word in words], range(len(words)), np.zeros_like(block))]


def _greedy(block: IntArray, readings: list[IntArray]) -> Iterator[int]:
    """Yield the readings to take, each of which separates most remaining pairs, until none separates any.

    The gain of a reading can only shrink as others are taken. So a reading whose gain is still close to the last known gain of
    all others is nearly the best, and the others need not be evaluated again (Minoux, 1978).
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
    """Return the readings in the range that are needed if `block` is already split by all readings outside it.

    The range is halved, the later half first. Each reading then costs log2 of their number of splits, instead of that number.
    """
    if len(asked) == 1:
        return [] if block.max() + 1 == len(block) else [asked[0]]
    if not asked:
        return []
    early, late = asked[: len(asked) // 2], asked[len(asked) // 2 :]
    kept_late = _needed(readings, late, _split(block, *(readings[i] for i in early)))
    return _needed(readings, early, _split(block, *(readings[i] for i in kept_late))) + kept_late


def _split(block: IntArray, *readings: IntArray) -> IntArray:
    """Split the blocks (n,) where readings (n,) differ; the new blocks are named 0, 1, …"""
    for reading in readings:
        block = np.unique(block * (int(reading.max()) + 1) + reading, return_inverse=True)[1]
    return block


def _pairs(block: IntArray) -> int:
    """Return the number of ordered pairs of states in one block, pairs of a state with itself included."""
    sizes = np.bincount(block)
    return int(sizes @ sizes)


def _readings(dfa: DFA, words: list[Word]) -> list[IntArray]:
    """Return for each word the label (n,) after reading it from each state; computed from the end, since words share suffixes."""
    nodes: dict[tuple[int, int], int] = {}  # trie of the reversed words: the child of a node by a letter
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
    """Return the times (n,) at which neighbours in the line were separated, −1 if never, and the line (n,)."""
    n, letters = dfa.transitions.shape
    into = np.argsort(dfa.transitions, axis=None, kind="stable")  # transitions, as state · letters + letter, sorted by target
    stops = np.searchsorted(dfa.transitions.ravel()[into], np.arange(n + 1))
    block = np.unique(dfa.labels, return_inverse=True)[1]  # (n,) names; each block is an interval of the line
    line = np.argsort(block, kind="stable")
    places = np.argsort(line)
    sizes = np.bincount(block, minlength=n)  # indexed by name
    begins = np.cumsum(sizes) - sizes
    count = int(block.max()) + 1
    times = np.full(n, -1)
    times[begins[:count]] = 0
    renamed = np.flatnonzero(block != sizes.argmax())
    length = 0
    while len(renamed):
        length += 1
        arrows = into[intervals(stops[renamed], stops[renamed + 1] - stops[renamed])]
        arrows = arrows[sizes[block[arrows // letters]] > 1]
        touched, row = np.unique(arrows // letters, return_inverse=True)
        # states of one block had successors in equal blocks before the renaming, so renamed successors suffice
        rows = np.zeros((len(touched), letters), np.int64)
        rows[row, arrows % letters] = block[dfa.transitions.ravel()[arrows]] + 1
        order = np.lexsort((*rows.T[::-1], block[touched]))
        touched, rows = touched[order], rows[order]

        # touched states move to the end of their block's interval, sorted by rows; rows of the others are all 0
        names = block[touched]
        first = np.flatnonzero(np.diff(names, prepend=-1))
        owners, moved = names[first], np.diff(first, append=len(names))
        ends = intervals(begins[owners] + sizes[owners] - moved, moved)
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
        renamed = line[intervals(part_begins[others], part_sizes[others])]
        block[renamed] = np.repeat(added, part_sizes[others])
    return times, line
