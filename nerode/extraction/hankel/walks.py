"""Walks of the trie of suffixes from the states after many prefixes, which fill Hankel tables.

A teacher with states reads each prefix once. The trie of suffixes is then walked depth first from a tile of prefixes, whose
states stay in cache. Few states are alive at a time: those on the path to a node, and their siblings with children. The teacher
computes what depends only on a parent once for all its children.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from nerode.arrays import fetched, join, joined
from nerode.extraction.hankel.memory import reuse_freed_memory
from nerode.protocols import BranchingTeacher, States, SteppingTeacher, TreeTeacher, take
from nerode.tries import Level, preorder, trie
from nerode.words import IntArray, RealArray, Word, Words

TILE = 4096  # rows advanced in one batch, for teachers without a `tile` of their own
NARROW = 8  # nodes are walked one by one if the tile has at least 1/NARROW of its full number of rows
BYTES = 2**26  # size of the states of one tile at one depth; states of transformers are large
ON_DEVICE = 2**28  # size of the scores left on a device before they are fetched; each fetch waits for all earlier work
ALIVE = 2**30  # size of the states that wait while a tile walks the trie
ROOM = 2**28  # size of the states kept between calls, and of the states after the prefixes of one run

Shape = tuple[tuple[int, ...], ...]
"""The shape of one state: the shape of each part, without the batch axis."""
Batch = tuple[IntArray, States]
"""Positions (n,) of words and the states after them."""
Piece = tuple[IntArray, IntArray, RealArray]
"""Positions (k,) of suffixes, ascending positions (n,) of prefixes, and the scores (k, n, width) of the words p·s."""


def runs(teacher: SteppingTeacher, words: Words) -> list[IntArray]:
    """Return runs of positions of words; the states of a run fit into ROOM.

    Several runs are in lexicographic order, since neighbours share long prefixes. A state is assumed to grow by at most the
    size of the first state for each letter, as keys and values of a transformer do.
    """
    each = size_of(teacher.start()) * (1 + max(map(len, words), default=0))
    size = max(1, ROOM // each)
    if len(words) <= size:
        return [np.arange(len(words))]
    order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int64)
    return [order[begin : begin + size] for begin in range(0, len(order), size)]


def states_after(teacher: SteppingTeacher, words: Words) -> list[Batch]:
    """Return the states after each word, in one batch for each shape of states; common prefixes are read once."""
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
    """Return the batch sorted by position, so that adjacent cells of a table are filled together."""
    order = np.argsort(positions, kind="stable")
    return positions[order], take(states, order)


class KeptStates:
    """The states after words, kept between calls.

    If the state after the longest proper prefix of a word is kept, the word costs one step. States that do not fit into ROOM
    are not kept; they are computed again when they are needed.
    """

    def __init__(self, teacher: SteppingTeacher) -> None:
        self._teacher = teacher
        self._banks: dict[Shape, States] = {}  # (capacity, …)
        self._filled: dict[Shape, int] = {}
        self._place: dict[Word, tuple[Shape, int]] = {}  # bank and row of each word

    def after(self, words: Words) -> list[Batch]:
        """Return the states after each of these distinct words, in batches of states of one shape."""
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
        """Keep the states after words, if they fit into ROOM."""
        if size_of(states) + sum(map(size_of, self._banks.values())) > ROOM:
            return
        bank = shape(states)
        first = self._filled.get(bank, 0)
        last = self._filled[bank] = first + len(words)
        if bank not in self._banks or last > len(self._banks[bank][0]):
            filled = join([take(self._banks[bank], slice(first)), states]) if first else states
            self._banks[bank] = join([filled, filled])  # the second half is room for later states
        else:
            for part, new in zip(self._banks[bank], states, strict=True):
                part[first:last] = new
        self._place |= {word: (bank, row) for row, word in enumerate(words, first)}


def shape(states: States) -> Shape:
    """Return the shape of one state."""
    return tuple(tuple(part.shape[1:]) for part in states)


def size_of(states: States) -> int:
    """Return the size of a batch of states, in bytes."""
    return sum(part.nbytes for part in states)


def rows_of_a_tile(teacher: SteppingTeacher, states: States) -> int:
    """Return the number of states to advance in one batch: the teacher's optimum, or less if memory requires it."""
    tile: int = getattr(teacher, "tile", TILE)  # of branching and tree teachers
    each = size_of(states) // max(1, len(states[0]))
    return max(1, min(tile, BYTES // max(1, each)))


def step(teacher: SteppingTeacher, states: States, parents: IntArray, symbols: IntArray) -> States:
    """Return the result of `advance`, computed a tile at a time; states that are no parents cost nothing."""
    size = rows_of_a_tile(teacher, states)
    tiles = []
    for begin in range(0, max(1, len(parents)), size):
        used, position = np.unique(parents[begin : begin + size], return_inverse=True)
        tiles.append(teacher.advance(take(states, used), position, symbols[begin : begin + size]))
    return tiles[0] if len(tiles) == 1 else join(tiles)


def pieces(teacher: SteppingTeacher, batches: Sequence[Batch], suffixes: Words) -> Iterator[Piece]:
    """Yield the scores of all words p·s, where the batches hold the states after the prefixes p; each word is in one piece."""
    reuse_freed_memory()
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


def _even_runs(count: int, size: int) -> Iterator[slice]:
    """Split 0 … count − 1 into the smallest number of runs of at most `size`, all of about the same length."""
    ends = np.linspace(0, count, -(-count // size) + 1).astype(int).tolist()
    return (slice(begin, end) for begin, end in pairwise(ends))


def _most_waiting(columns: list[Level]) -> int:
    """Return the largest number of states alive in a depth-first walk: siblings with children wait for each other."""
    alive = 1
    for upper, lower in pairwise(columns):
        sums = np.concatenate([[0], np.cumsum(np.diff(lower.children) > 0)])
        alive += int((sums[upper.children[1:]] - sums[upper.children[:-1]]).max())
    return alive


def _fetched(waiting: list[tuple[IntArray, Any]], positions: IntArray) -> Piece:
    """Return one piece for several whose scores are on a device, fetched together."""
    scores = [some for _, some in waiting]
    return np.concatenate([which for which, _ in waiting]), positions, fetched(joined(scores[0], scores))


def walk(teacher: SteppingTeacher, states: States, count: int, columns: list[Level], size: int) -> Iterator[tuple[IntArray, Any]]:
    """Yield the positions (k,) and the scores (k, count, width) of k suffixes after each of `count` states, for all suffixes."""
    if isinstance(teacher, TreeTeacher):
        return _walk_the_tree(teacher, states, columns)
    if isinstance(teacher, BranchingTeacher) and count * NARROW >= size:
        return _walk_by_nodes(teacher, states, columns)
    return _walk_by_runs(teacher, states, count, columns, max(1, size // count))


def _walk_by_nodes(teacher: BranchingTeacher, states: States, columns: list[Level]) -> Iterator[tuple[IntArray, Any]]:
    """Walk the trie node by node; each node has enough states to fill a tile.

    The children of a node are computed together, since they share the parent's products. A child without children is read at
    once. The others wait on a stack, so that few states are alive, and are read when they branch.
    """
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
    """Let the teacher read the whole trie."""
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
    """Yield the scores after the states once for each of `words`, the positions of equal suffixes; read them once, if at all."""
    if len(words):
        scores = teacher.read_later(states)[None]
        yield from ((words[i : i + 1], scores) for i in range(len(words)))


def _walk_by_runs(
    teacher: SteppingTeacher, states: States, count: int, columns: list[Level], nodes: int
) -> Iterator[tuple[IntArray, Any]]:
    """Walk the trie by runs of `nodes` nodes of one level; the states of a run form a tile, in order of node, then of state."""
    read = teacher.read_later if isinstance(teacher, BranchingTeacher) else teacher.read
    waiting = [(0, 0, 1, 0, states)]  # depth, first node, end of the run, first node of the parents' run, its states
    while waiting:
        depth, low, high, above, states = waiting.pop()
        level = columns[depth]
        if depth:
            parents = _rows(level.parents[low:high] - above, count)
            states = step(teacher, states, parents, np.repeat(level.symbols[low:high], count))
        begin, end = level.stops[low], level.stops[high]
        if begin < end:
            scores = read(take(states, _rows(level.ends(low, high), count)))
            yield level.words[begin:end], scores.reshape(end - begin, count, -1)
        first, last = int(level.children[low]), int(level.children[high])
        waiting += [(depth + 1, run, min(run + nodes, last), low, states) for run in range(first, last, nodes)]


def _rows(nodes: IntArray, count: int) -> IntArray:
    """Return the rows of nodes with `count` rows each."""
    return (nodes[:, None] * count + np.arange(count)).ravel()
