"""Probabilistic automata of a pool of prefixes: their cells become states, are split into more, and are merged into fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.automata.pdfa import PDFA
from nerode.extraction.probabilistic.pool import Pool
from nerode.words import Alphabet, FloatArray, IntArray

TURNS = 8  # iterations of refinement of each automaton
DIGITS = 8  # of probabilities that are equal but for rounding
TINY = 1e-20  # of the pool's weight: spread of a cell that is only rounding error


@dataclass(frozen=True)
class Fitted:
    """An automaton of the pool.

    Parameters
    ----------
    pdfa : the automaton; its states are the cells that are reached
    cells : (n,), the state after each prefix of the pool
    loss : mean KL divergence of its distributions from those of the prefixes
    """

    pdfa: PDFA
    cells: IntArray
    loss: float

    def exact(self, pool: Pool, tolerance: float) -> bool:
        """Return whether all distributions of the pool, but for such differences of probabilities, are those of the states."""
        differences = np.abs(self.pdfa.probabilities[self.cells] - pool.following).max(axis=1)
        return bool(differences[pool.weights > 0].max() <= tolerance)


def fitted(pool: Pool, alphabet: Alphabet, cells: IntArray, count: int, check: Callable[[], None]) -> Fitted:
    """Return the automaton of the lowest loss of a few iterations that start from the cells.

    The automaton reads the prefixes, those that reach a state become its new cell, and its transitions are computed again. The
    distribution of a state is the mean of those of its prefixes, which has the lowest KL divergence. One more automaton has the
    transitions of the heaviest prefix of each cell, as L* has those of its access words: means mislead where most prefixes of a
    cell belong to states that the suffixes do not tell apart yet.
    """
    rows = pool.rows
    transitions = rows.transitions(cells, *rows.means(cells, count))
    probabilities = _distributions(pool, cells, count, np.full((count, len(alphabet) + 1), 1 / (len(alphabet) + 1)))
    best = _read(pool, alphabet, _of_heaviest(pool, cells, transitions), probabilities)[0]
    for _ in range(TURNS):
        check()
        found, cells, probabilities = _read(pool, alphabet, transitions, probabilities)
        best = min(best, found, key=lambda each: each.loss)
        before, transitions = transitions, rows.transitions(cells, *rows.means(cells, count))
        if np.array_equal(before, transitions):
            break
    return best


def _read(pool: Pool, alphabet: Alphabet, transitions: IntArray, before: FloatArray) -> tuple[Fitted, IntArray, FloatArray]:
    """Return the automaton of these transitions, the state after each prefix, and the distributions of all states."""
    cells = pool.rows.walk.run(transitions)
    probabilities = _distributions(pool, cells, len(transitions), before)
    loss = divergence(pool, probabilities[cells])
    return Fitted(*_trimmed(alphabet, transitions, probabilities, cells), loss), cells, probabilities


def _of_heaviest(pool: Pool, cells: IntArray, transitions: IntArray) -> IntArray:
    """Return the transitions with those of the heaviest prefix of each cell, where letters were read after it."""
    walk, heaviest = pool.rows.walk, np.zeros(len(pool.weights), bool)
    order = np.argsort(-pool.weights, kind="stable")
    order = np.concatenate([order[order == 0], order[order != 0]])  # ε, which everything begins with, stands for its cell
    heaviest[order[np.unique(cells[order], return_index=True)[1]]] = True
    steps = np.flatnonzero(heaviest[walk.parents])
    changed = transitions.copy()
    changed[cells[walk.parents[steps]], walk.symbols[steps]] = cells[int(walk.bounds[1]) + steps]
    return changed


def divergence(pool: Pool, said: FloatArray) -> float:
    """Return the mean KL divergence of the distributions (n, letters + 1) that are said of the prefixes from the model's."""
    counted = pool.weights > 0
    following = pool.following[counted]
    with np.errstate(divide="ignore"):
        terms = xlogy(following, following) - xlogy(following, said[counted])
    return float(np.average(terms.sum(axis=1), weights=pool.weights[counted]))


def split(
    pool: Pool, alphabet: Alphabet, most: int, rng: np.random.Generator, check: Callable[[], None]
) -> Iterator[tuple[int, Fitted]]:
    """Yield 1, 2, 4, 8, … and at most `most`, and the automaton made of so many cells, until all prefixes of a cell are alike.

    The last number is below `most` where they are.
    """
    cells, count, before = np.zeros(len(pool.weights), np.int64), 1, 0
    tiny = TINY * float(pool.weights.sum())
    while count > before:
        yield count, fitted(pool, alphabet, cells, count, check)
        before = count
        cells, count = pool.rows.halved(cells, count, min(2 * count, most), tiny, rng)


def exactly_merged(pool: Pool, start: Fitted) -> Fitted:
    """Return the automaton of fewest states with the same distributions after all words, but for rounding."""
    pdfa = start.pdfa
    kinds, labels = np.unique(pdfa.probabilities.round(DIGITS), axis=0, return_index=True, return_inverse=True)[1:]
    least = minimise(DFA(pdfa.alphabet, pdfa.transitions, labels.ravel(), classes=max(2, len(kinds))))
    cells = pool.rows.walk.run(least.transitions)
    probabilities = _distributions(pool, cells, least.states, pdfa.probabilities[kinds[least.labels]])
    return Fitted(PDFA(pdfa.alphabet, least.transitions, probabilities), cells, divergence(pool, probabilities[cells]))


def merged(pool: Pool, alphabet: Alphabet, start: Fitted, sizes: Iterator[int], check: Callable[[], None]) -> Iterator[Fitted]:
    """Yield automata of so many states (descending), whose cells are those of another, merged two by two.

    The two are merged whose merging adds least to the sum of squared distances of rows from the mean of their cell (Ward:
    Hierarchical grouping to optimize an objective function, JASA 58, 1963).
    """
    means, weights = pool.rows.means(start.cells, start.pdfa.states)
    names, left = np.arange(len(weights)), len(weights)

    def costs(cell: int) -> FloatArray:
        shares = weights * (weights[cell] / np.maximum(weights + weights[cell], np.finfo(float).tiny))
        return np.where(np.arange(len(weights)) == cell, np.inf, shares * ((means - means[cell]) ** 2).sum(axis=1))

    cost = np.stack([costs(cell) for cell in names.tolist()])
    for size in sizes:
        while left > size:
            kept, gone = sorted(divmod(int(cost.argmin()), len(weights)))
            total = weights[kept] + weights[gone]
            if total > 0:
                means[kept] = (weights[kept] * means[kept] + weights[gone] * means[gone]) / total
            weights[kept], left = total, left - 1
            names[names == gone] = kept
            cost[kept] = cost[:, kept] = np.where(names == np.arange(len(names)), costs(kept), np.inf)
            cost[gone] = cost[:, gone] = np.inf
        present, cells = np.unique(names, return_inverse=True)
        yield fitted(pool, alphabet, cells[start.cells], len(present), check)


def _distributions(pool: Pool, cells: IntArray, count: int, before: FloatArray) -> FloatArray:
    """Return the mean distribution (count, letters + 1) of each cell; that of before where it is empty."""
    sums = np.stack([np.bincount(cells, pool.weights * column, count) for column in pool.following.T], axis=1)
    totals = sums.sum(axis=1, keepdims=True)
    return np.where(totals > 0, sums / np.where(totals > 0, totals, 1.0), before)


def _trimmed(alphabet: Alphabet, transitions: IntArray, probabilities: FloatArray, cells: IntArray) -> tuple[PDFA, IntArray]:
    """Return the automaton of the states that are reached, and the cells by their new numbers.

    A letter that is impossible in a state leads back to it. No word of positive probability takes this transition.
    """
    states = np.arange(len(transitions))
    possible = probabilities[:, :-1] > 0
    transitions = np.where(possible, transitions, states[:, None])
    seen, edge = np.zeros(len(states), bool), np.array([0])
    while len(edge):
        seen[edge] = True
        edge = np.unique(transitions[edge])
        edge = edge[~seen[edge]]
    cells = np.where(seen[cells], cells, 0)  # only prefixes that are impossible are elsewhere
    kept = np.flatnonzero(seen)
    new = np.cumsum(seen) - 1
    return PDFA(alphabet, new[transitions[kept]], probabilities[kept]), new[cells]
