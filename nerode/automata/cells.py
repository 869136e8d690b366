"""Cells of prefixes: groups that become the states of a deterministic automaton, and the letters that lead between them.

Each prefix of some words has a row, which says what follows it. Prefixes with similar rows form a cell, and a letter leads from a
cell to the cell whose mean row is nearest to the mean row of the successors. `quantise.py` makes DFAs in this way, and
`extraction/probabilistic` makes probabilistic automata.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from nerode.automata.determinise import scaled
from nerode.automata.wfa import WFA
from nerode.tries import trie
from nerode.words import FloatArray, IntArray, RealArray, Word, Words

POWERS = 4  # iterations of the power method: the longest axis of a cell need not be exact
BATCH = 4096  # rows that are processed together


@dataclass(frozen=True)
class Walk:
    """Prefixes in order of length: all ε first, then all of one letter, and so on.

    Parameters
    ----------
    parents, symbols : (steps,), the parent prefix (its position) and the last letter; step i leads to prefix `roots + i`
    bounds : (longest + 2,), the prefixes of t letters are bounds[t] … bounds[t + 1] − 1; there are bounds[1] roots
    """

    parents: IntArray
    symbols: IntArray
    bounds: IntArray

    def run(self, transitions: IntArray) -> IntArray:
        """Return the state (prefixes,) after each prefix, from state 0."""
        roots = int(self.bounds[1])
        states = np.zeros(self.bounds[-1], np.int64)
        for begin, end in zip(self.bounds[1:-1], self.bounds[2:], strict=True):
            step = slice(begin - roots, end - roots)
            states[begin:end] = transitions[states[self.parents[step]], self.symbols[step]]
        return states

    def vectors(self, a: WFA) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the slice of prefixes of t letters and their vectors (n, r), up to positive factors, which change no label."""
        roots = int(self.bounds[1])
        vectors = np.repeat(scaled(a.initial[None]), roots, axis=0)
        yield slice(0, roots), vectors
        for before, begin, end in zip(self.bounds[:-2], self.bounds[1:-1], self.bounds[2:], strict=True):
            step = slice(begin - roots, end - roots)
            vectors = scaled(a.advance((vectors,), self.parents[step] - before, self.symbols[step])[0])
            yield slice(begin, end), vectors

    def words(self) -> list[Word]:
        """Return the prefixes."""
        words: list[Word] = [()] * int(self.bounds[1])
        for parent, symbol in zip(self.parents.tolist(), self.symbols.tolist(), strict=True):
            words.append((*words[parent], symbol))
        return words


def walk_of(words: Words) -> Walk:
    """Return the walk in which each prefix occurs once for each word; longest words first."""
    ordered = sorted(words, key=len, reverse=True)
    lengths = np.array([len(word) for word in ordered], np.int64)
    counts = np.searchsorted(-lengths, -np.arange(lengths[0] + 1), side="right")  # the number of words of at least t letters
    bounds = np.concatenate([[0], np.cumsum(counts)])
    parents = [np.arange(begin, begin + count) for begin, count in zip(bounds[:-2], counts[1:], strict=True)]
    symbols = [word[t] for t, count in enumerate(counts[1:].tolist()) for word in ordered[:count]]
    return Walk(np.concatenate([np.zeros(0, np.int64), *parents]), np.array(symbols, np.int64), bounds)


def trie_walk(words: Words, weights: FloatArray) -> tuple[Walk, FloatArray]:
    """Return the walk in which each prefix occurs once, and how much the words (n,) that begin with each weigh together."""
    levels = trie(words)
    bounds = np.cumsum([0, *map(len, levels)])
    parents = [bounds[depth] + level.parents for depth, level in enumerate(levels[1:])]
    walk = Walk(
        np.concatenate([np.zeros(0, np.int64), *parents]),
        np.concatenate([np.zeros(0, np.int64), *(level.symbols for level in levels[1:])]),
        bounds,
    )
    visits = np.zeros(bounds[-1])
    for depth in reversed(range(len(levels))):
        level, begin, end = levels[depth], bounds[depth], bounds[depth + 1]
        visits[begin:end] += np.bincount(level.ends(0, len(level)), weights[level.words], len(level))
        if depth:
            above = slice(bounds[depth - 1], begin)
            visits[above] += np.bincount(level.parents, visits[begin:end], begin - bounds[depth - 1])
    return walk, visits


def means_of(rows: RealArray, groups: IntArray, count: int, weights: RealArray) -> tuple[RealArray, RealArray]:
    """Return the mean row (count, axes) of each group, 0 if it is empty, and the weight of each group."""
    members = csc_array((weights, groups, np.arange(len(rows) + 1)), shape=(count, len(rows)))
    sizes: RealArray = np.bincount(groups, weights, minlength=count).astype(np.float64)
    means: RealArray = np.asarray(members @ rows, rows.dtype)
    means /= np.where(sizes > 0, sizes, 1.0).astype(rows.dtype)[:, None]
    return means, sizes


def successor_maps(walk: Walk, rows: RealArray, letters: int) -> RealArray:
    """Return M (letters, axes + 1, axes), by least squares, such that (row, 1) M predicts the row after each letter."""
    padded, after = np.column_stack([rows, np.ones(len(rows), rows.dtype)]), rows[walk.bounds[1] :]
    maps: RealArray = np.zeros((letters, padded.shape[1], rows.shape[1]), rows.dtype)
    for letter in range(letters):
        steps = np.flatnonzero(walk.symbols == letter)
        before = padded[walk.parents[steps]]
        ridge = 1e-3 * max(1, len(steps)) / padded.shape[1] * np.eye(padded.shape[1])
        maps[letter] = np.linalg.solve(before.T @ before + ridge, before.T @ after[steps])
    return maps


@dataclass(frozen=True)
class Rows:
    """Prefixes with their rows: what cells are made of.

    Parameters
    ----------
    walk : n prefixes
    values : (n, axes)
    weights : (n,), how much each prefix counts
    maps : predict the row after a letter; see `successor_maps`
    predicted : the weight of such a prediction
    """

    walk: Walk
    values: RealArray
    weights: RealArray
    maps: RealArray
    predicted: float = 1.0

    def means(self, cells: IntArray, count: int) -> tuple[RealArray, RealArray]:
        """Return the mean row (count, axes) of each cell, and the weight of each cell."""
        return means_of(self.values, cells, count, self.weights)

    def transitions(self, cells: IntArray, means: RealArray, sizes: RealArray) -> IntArray:
        """Return the cell (cells, letters) whose mean is nearest to the mean successor; the prediction counts as one more row."""
        walk, letters, roots = self.walk, len(self.maps), self.walk.bounds[1]
        steps = cells[walk.parents] * letters + walk.symbols
        seen, counts = means_of(self.values[roots:], steps, len(means) * letters, self.weights[roots:])
        padded = np.column_stack([means, np.ones(len(means), means.dtype)])
        predicted = np.einsum("ca,lab->clb", padded, self.maps, optimize=True).reshape(seen.shape)
        shares = self.predicted / (counts[:, None] + self.predicted)
        after = seen + (predicted - seen) * shares.astype(seen.dtype)
        squares = np.where(sizes > 0, (means**2).sum(axis=1), np.inf)  # no letter leads to an empty cell
        parts = [after[begin : begin + BATCH] for begin in range(0, len(after), BATCH)]
        nearest = np.concatenate([(squares - 2 * part @ means.T).argmin(axis=1) for part in parts])
        return nearest.reshape(-1, letters)

    def halved(self, cells: IntArray, count: int, most: int, tiny: float, rng: np.random.Generator) -> tuple[IntArray, int]:
        """Split the cells with the largest spread across their longest axis; return the new cells and their number.

        Cells whose spread is no more than `tiny` are not split.
        """
        means, _ = self.means(cells, count)
        from_mean = self.values - means[cells]
        spread = np.bincount(cells, self.weights * (from_mean**2).sum(axis=1), minlength=count)
        widest = np.argsort(-spread, kind="stable")[: most - count]
        widest = widest[spread[widest] > tiny]
        axes: RealArray = rng.normal(size=means.shape).astype(means.dtype)
        for _ in range(POWERS):
            along = np.einsum("na,na->n", from_mean, axes[cells])
            axes, _ = means_of(from_mean * along[:, None], cells, count, self.weights)
            axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-30)
        names = np.arange(count)
        names[widest] = count + np.arange(len(widest))
        beyond = np.einsum("na,na->n", from_mean, axes[cells]) > 0
        beyond ^= (cells == 0) & beyond[0]  # ε stays in cell 0
        return np.where(beyond, names[cells], cells), count + len(widest)
