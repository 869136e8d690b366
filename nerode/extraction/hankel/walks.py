"""The engine of the Hankel core: the trie of suffixes walked from the states after all prefixes side by side.

A teacher that keeps states reads each prefix once. From there the suffixes are walked depth first, over tiles of prefixes
that stay in cache, so that few states are alive: those on the way to a node, and their siblings that have children; what
depends on a parent alone is done once for all of its children.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from nerode.arrays import fetched, join, joined
from nerode.protocols import BranchingTeacher, States, SteppingTeacher, TreeTeacher, take
from nerode.tries import Level, preorder, trie
from nerode.words import IntArray, RealArray, Word, Words

TILE = 4096  # rows of work advanced side by side, where the teacher does not say what is best for it
NARROW = 8  # a tile has at least its full size divided by this many rows where its nodes are walked one by one
BYTES = 2**26  # states of one tile and depth: transformers keep much after each word
ON_DEVICE = 2**28  # bytes of scores that stay on a device before they are fetched: fetching one waits for all work before it
ALIVE = 2**30  # bytes of states that wait at once while a tile walks through a trie
ROOM = 2**28  # bytes of states that are kept between calls, and of those that are made for the prefixes of one run

Shape = tuple[tuple[int, ...], ...]
"""The shape of one state: of each of its parts, without the axis of the batch."""
Batch = tuple[IntArray, States]
"""Positions (n,) of words and the states after them."""
Piece = tuple[IntArray, IntArray, RealArray]
"""Positions (k,) of suffixes, ascending positions (n,) of prefixes, and the scores (k, n, width) of their words."""


def runs(teacher: SteppingTeacher, words: Words) -> list[IntArray]:
    """Positions of words whose states fit into ROOM together: all of them, or runs of neighbours, which have much in common.

    A state is taken to grow by no more than the first one for each letter, as keys and values do.
    """
    each = size_of(teacher.start()) * (1 + max(map(len, words), default=0))
    size = max(1, ROOM // each)
    if len(words) <= size:
        return [np.arange(len(words))]
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int64)
    return [order[begin : begin + size] for begin in range(0, len(order), size)]


def states_after(teacher: SteppingTeacher, words: Words) -> list[Batch]:
    """The states after each word, whatever words have in common read once; a batch for each shape of states."""
    if not words:
        return []
    states = teacher.start()
    batches: dict[Shape, list[Batch]] = {}
    for depth, level in enumerate(trie(words)):
        if depth:
            states = step(teacher, states, level.parents, level.symbols)
        if len(level.words):
            batches.setdefault(shape(states), []).append((level.words, take(states, level.ends(0, len(level)))))
    return [in_order(np.concatenate([where for where, _ in same]), join([kept for _, kept in same])) for same in batches.values()]


def in_order(positions: IntArray, states: States) -> Batch:
    """The batch by ascending position: neighbours in a table are filled side by side."""
    order = np.argsort(positions, kind="stable")
    return positions[order], take(states, order)


class KeptStates:
    """The states after words, kept between calls.

    A word is one step away from its longest proper prefix, where that has been asked for before. States that do not fit
    into ROOM are not kept, and are read again when they are needed.
    """

    def __init__(self, teacher: SteppingTeacher) -> None:
        self._teacher = teacher
        self._banks: dict[Shape, States] = {}  # memory for more states than there are
        self._filled: dict[Shape, int] = {}
        self._place: dict[Word, tuple[Shape, int]] = {}  # bank and row of each word

    def after(self, words: Words) -> list[Batch]:
        """The states after each of these words, which are distinct, in batches of states of one shape."""
        known: dict[Shape, list[tuple[int, int]]] = {}  # position of the word, and row of the bank
        near: dict[Shape, list[tuple[int, int]]] = {}  # the same for the prefix that is one letter shorter
        far: list[int] = []
        for position, word in enumerate(words):
            if word in self._place:
                bank, row = self._place[word]
                known.setdefault(bank, []).append((position, row))
            elif word and word[:-1] in self._place:
                bank, row = self._place[word[:-1]]
                near.setdefault(bank, []).append((position, row))
            else:
                far.append(position)
        batches = [(np.array(far)[which], states) for which, states in states_after(self._teacher, [words[i] for i in far])]
        for bank, pairs in near.items():
            positions, rows = np.array(pairs, np.int64).T
            symbols = np.array([words[position][-1] for position in positions], np.int64)
            batches.append((positions, step(self._teacher, self._banks[bank], rows, symbols)))
        found = [(np.array(pairs, np.int64).T, self._banks[bank]) for bank, pairs in known.items()]
        for positions, states in batches:
            self._keep([words[position] for position in positions], states)
        return batches + [(positions, take(states, rows)) for (positions, rows), states in found]

    def _keep(self, words: Words, states: States) -> None:
        if size_of(states) + sum(map(size_of, self._banks.values())) > ROOM:
            return
        bank = shape(states)
        first = self._filled.get(bank, 0)
        last = self._filled[bank] = first + len(words)
        if bank not in self._banks or last > len(self._banks[bank][0]):
            filled = join([take(self._banks[bank], slice(first)), states]) if first else states
            self._banks[bank] = join([filled, filled])  # the second half is memory for those to come: few are ever copied
        else:
            for part, new in zip(self._banks[bank], states, strict=True):
                part[first:last] = new
        self._place |= {word: (bank, row) for row, word in enumerate(words, first)}


def shape(states: States) -> Shape:
    """The shape of one state."""
    return tuple(tuple(part.shape[1:]) for part in states)


def size_of(states: States) -> int:
    """Bytes of a batch of states."""
    return sum(part.nbytes for part in states)


def rows_of_a_tile(teacher: SteppingTeacher, states: States) -> int:
    """How many states are advanced side by side: what the teacher does best, as far as memory allows."""
    tile = teacher.tile if isinstance(teacher, BranchingTeacher | TreeTeacher) else TILE
    each = size_of(states) // max(1, len(states[0]))
    return max(1, min(tile, BYTES // max(1, each)))


def step(teacher: SteppingTeacher, states: States, parents: IntArray, symbols: IntArray) -> States:
    """What `advance` gives, a tile at a time, and without work for states that are nobody's parents."""
    size = rows_of_a_tile(teacher, states)
    tiles = []
    for begin in range(0, max(1, len(parents)), size):
        used, position = np.unique(parents[begin : begin + size], return_inverse=True)
        tiles.append(teacher.advance(take(states, used), position, symbols[begin : begin + size]))
    return tiles[0] if len(tiles) == 1 else join(tiles)


def pieces(teacher: SteppingTeacher, batches: Sequence[Batch], suffixes: Words) -> Iterator[Piece]:
    """The scores of all words p·s, where the batches hold the states after the prefixes p; every pair in one piece."""
    _reuse_freed_memory()
    columns = trie(suffixes)
    together = _most_waiting(columns)
    for positions, states in batches:
        each = size_of(states) // len(positions)
        size = min(rows_of_a_tile(teacher, states), max(1, ALIVE // max(1, each * together)))
        for rows in _even_runs(len(positions), size):
            waiting: list[tuple[IntArray, Any]] = []
            held = 0
            for which, scores in walk(teacher, take(states, rows), rows.stop - rows.start, columns, size):
                if isinstance(scores, np.ndarray):
                    yield which, positions[rows], scores
                    continue
                waiting.append((which, scores))
                held += scores.nbytes
                if held > ON_DEVICE:
                    yield _fetched(waiting, positions[rows])
                    waiting, held = [], 0
            if waiting:
                yield _fetched(waiting, positions[rows])


@cache
def _reuse_freed_memory() -> None:
    """Let the allocator keep what is freed on the way through a trie.

    That of glibc gives memory back to the system between two nodes and gets it again page by page, which takes a twentieth of the
    time of a table; unless a block of nearly 32 MiB was freed before, which it takes for a sign that more will follow.
    """
    np.empty(2**25 - 2**16, np.uint8)


def _even_runs(count: int, size: int) -> Iterator[slice]:
    """0 … count − 1 in as few runs of at most `size` as can be, none much shorter than the others."""
    ends = np.linspace(0, count, -(-count // size) + 1).astype(int).tolist()
    return (slice(begin, end) for begin, end in pairwise(ends))


def _most_waiting(columns: list[Level]) -> int:
    """How many states may be alive at once on a walk, depth first: siblings with children wait for each other."""
    alive = 1
    for upper, lower in pairwise(columns):
        sums = np.concatenate([[0], np.cumsum(np.diff(lower.children) > 0)])
        alive += int((sums[upper.children[1:]] - sums[upper.children[:-1]]).max())
    return alive


def _fetched(waiting: list[tuple[IntArray, Any]], positions: IntArray) -> Piece:
    """The pieces whose scores lie on a device, fetched together."""
    scores = [some for _, some in waiting]
    return np.concatenate([which for which, _ in waiting]), positions, fetched(joined(scores[0], scores))


def walk(teacher: SteppingTeacher, states: States, count: int, columns: list[Level], size: int) -> Iterator[tuple[IntArray, Any]]:
    """The scores (k, count, width) of all suffixes after each of `count` states, k suffixes at a time, and which they are."""
    if isinstance(teacher, TreeTeacher):
        return _walk_the_tree(teacher, states, columns)
    if isinstance(teacher, BranchingTeacher) and count * NARROW >= size:
        return _walk_by_nodes(teacher, states, columns)
    return _walk_by_runs(teacher, states, count, columns, max(1, size // count))


def _walk_by_nodes(teacher: BranchingTeacher, states: States, columns: list[Level]) -> Iterator[tuple[IntArray, Any]]:
    """Each node has states enough to fill a tile. Children are made while their parent's products are at hand. Those without
    children are read at once; the others wait, the last come first, so that few are alive, and are read when they branch."""
    below, stops = [level.children.tolist() for level in columns], [level.stops.tolist() for level in columns]
    symbols = [[], *(level.symbols.tolist() for level in columns[1:]), []]
    waiting = [(0, 0, states)]  # depth, node, states after it
    while waiting:
        depth, node, states = waiting.pop()
        yield from _each(columns[depth].words[stops[depth][node] : stops[depth][node + 1]], teacher, states)
        children = range(below[depth][node], below[depth][node + 1])
        depth += 1
        for child, after in zip(children, teacher.branch(states, symbols[depth][children.start : children.stop]), strict=True):
            if below[depth][child] < below[depth][child + 1]:
                waiting.append((depth, child, after))
            else:
                yield from _each(columns[depth].words[stops[depth][child] : stops[depth][child + 1]], teacher, after)


def _walk_the_tree(teacher: TreeTeacher, states: States, columns: list[Level]) -> Iterator[tuple[IntArray, Any]]:
    """The teacher walks by itself."""
    tree = preorder(columns)
    if len(columns[0].words):
        scores = teacher.read(states)[None]
        yield from ((word[None], scores) for word in columns[0].words)
    ends, words = (part[len(columns[0].words) :] for part in (tree.ends, tree.words))
    nodes, answers = np.unique(ends, return_inverse=True)
    wanted = np.zeros(len(tree.symbols), bool)
    wanted[nodes] = True
    done = 0
    for scores in teacher.read_tree(states, tree.parents, tree.symbols, wanted):
        low, high = np.searchsorted(answers, [done, done + len(scores)])
        yield words[low:high], scores if high - low == len(scores) else scores[answers[low:high] - done]  # words may be equal
        done += len(scores)


def _each(words: IntArray, teacher: BranchingTeacher, states: States) -> Iterator[tuple[IntArray, Any]]:
    """The scores of some equal words, or of none, after the same states: read once, and given for each."""
    if len(words):
        scores = teacher.read_later(states)[None]
        yield from ((words[i : i + 1], scores) for i in range(len(words)))


def _walk_by_runs(
    teacher: SteppingTeacher, states: States, count: int, columns: list[Level], nodes: int
) -> Iterator[tuple[IntArray, Any]]:
    """Runs of that many nodes of one level make up a tile: their states lie node by node, in each node state by state."""
    waiting = [(0, 0, 1, 0, states)]  # depth, first node and last, first node of their parents' run and its states
    while waiting:
        depth, low, high, above, states = waiting.pop()
        level = columns[depth]
        if depth:
            parents = _rows(level.parents[low:high] - above, count)
            states = step(teacher, states, parents, np.repeat(level.symbols[low:high], count))
        begin, end = level.stops[low], level.stops[high]
        if begin < end:
            ending = take(states, _rows(level.ends(low, high), count))
            scores = teacher.read_later(ending) if isinstance(teacher, BranchingTeacher) else teacher.read(ending)
            yield level.words[begin:end], scores.reshape(end - begin, count, -1)
        first, last = int(level.children[low]), int(level.children[high])
        waiting += [(depth + 1, run, min(run + nodes, last), low, states) for run in range(first, last, nodes)]


def _rows(nodes: IntArray, count: int) -> IntArray:
    """The rows of nodes that have `count` rows each."""
    return (nodes[:, None] * count + np.arange(count)).ravel()
