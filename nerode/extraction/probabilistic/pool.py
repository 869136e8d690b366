"""A pool of prefixes, with what a language model says of each: what follows it, and what follows it and a few suffixes.

A row of the pool is a row of a Hankel block whose entries are probabilities: P(s·a | p), that the prefix p is followed by the
suffix s and then by the letter or end a. The square root is taken, so that the squared distance of two rows is the squared
Hellinger distance (but for a factor) of what is likely to follow, and so that continuations that are never possible do not
count. Rows are projected onto the axes along which they vary. The rows of weighted L* (Weiss, Goldberg and Yahav, NeurIPS 2019)
have P(a | p·s) instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.automata.cells import Rows, Walk, successor_maps, trie_walk
from nerode.extraction.hankel.tables import Filler, filler
from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.words import BoolArray, FloatArray, IntArray, RealArray, Word, Words

AXES = 96  # onto which rows are projected
SAMPLE = 2000  # prefixes that determine the axes: the heaviest, and as many of the others
CELLS = 2**22  # numbers of the table that are held at a time
PREDICTED = 1e-6  # the weight of a predicted successor: it decides only where no prefix was followed by the letter


@dataclass(frozen=True)
class Pool:
    """Prefixes, and what follows them.

    Parameters
    ----------
    rows : n prefixes, each once; one that the model takes to be impossible weighs nothing
    following : (n, letters + 1), the distribution of the next symbol
    """

    rows: Rows
    following: FloatArray

    @property
    def weights(self) -> RealArray:
        """How much each prefix counts (n,)."""
        return self.rows.weights


def pool_of(teacher: Teacher, words: Words, weights: FloatArray, suffixes: Words, rng: np.random.Generator) -> Pool:
    """Return the pool of all prefixes of words.

    Parameters
    ----------
    weights : (words,)
    suffixes : with all their prefixes, shorter ones first; ε is the first
    rng : for the axes onto which rows are projected
    """
    walk, visits = trie_walk(words, weights)
    table = _Table(teacher, walk.words(), suffixes)
    chosen = _sample(visits)
    sample = table.rows(chosen)[0]  # (sample, columns)
    axes = _axes(sample, visits[chosen], rng)
    values, following = np.empty((len(visits), axes.shape[1])), np.empty((len(visits), len(teacher.alphabet) + 1))
    size = max(1, CELLS // sample.shape[1])
    for begin in range(0, len(visits), size):
        places = np.arange(begin, min(begin + size, len(visits)))
        part, following[places] = table.rows(places)
        values[places] = part @ axes
    visits = np.where(possible(walk, following), visits, 0.0)
    values -= np.average(values, axis=0, weights=visits)
    return Pool(Rows(walk, values, visits, successor_maps(walk, values, len(teacher.alphabet)), PREDICTED), following)


class _Table:
    """Rows of prefixes, computed when they are wanted."""

    def __init__(self, teacher: Teacher, prefixes: Words, suffixes: Words) -> None:
        self._teacher = teacher
        self._filler: Filler = filler(teacher, keep=True)
        self._prefixes, self._suffixes = prefixes, suffixes
        position = {suffix: i for i, suffix in enumerate(suffixes)}
        self._parents = [position[suffix[:-1]] for suffix in suffixes[1:]]

    def rows(self, places: IntArray) -> tuple[RealArray, FloatArray]:
        """Return the rows (n, suffixes · (letters + 1)) of prefixes, and the distribution (n, letters + 1) after each."""
        scores = self._filler.fill([self._prefixes[place] for place in places.tolist()], self._suffixes)
        probabilities = _distributions(self._teacher, scores)
        following = probabilities[0].copy()
        for place, (suffix, parent) in enumerate(zip(self._suffixes[1:], self._parents, strict=True), start=1):
            before = probabilities[parent, :, suffix[-1]][:, None]  # P(s | p): parents come first
            probabilities[place] *= before
        return np.sqrt(probabilities).swapaxes(0, 1).reshape(len(places), -1), following


def _sample(visits: FloatArray) -> IntArray:
    """Return the prefixes that determine the axes: the heaviest, and others at even distances from the heavy to the light."""
    order = np.argsort(-visits, kind="stable")
    rest = order[SAMPLE // 2 :]
    return np.sort(np.concatenate([order[: SAMPLE // 2], rest[:: max(1, 2 * len(rest) // SAMPLE)]]))


def _axes(sample: RealArray, weights: FloatArray, rng: np.random.Generator) -> RealArray:
    """Return orthonormal axes (columns, at most AXES) along which rows vary: all of these, where they are not more.

    Halko, Martinsson and Tropp: Finding structure with randomness, SIAM Review 53 (2011): random combinations of the columns,
    after a step of the power method.
    """
    centred = (sample - np.average(sample, axis=0, weights=weights)) * np.sqrt(weights / weights.sum())[:, None]
    drawn = rng.normal(size=(sample.shape[1], min(AXES, *sample.shape)))
    axes: RealArray = np.linalg.qr(centred.T @ (centred @ drawn))[0]
    return axes


def possible(walk: Walk, following: FloatArray) -> BoolArray:
    """Return whether each prefix (n,) is possible: all its letters have probabilities above 0."""
    roots = int(walk.bounds[1])
    possible = np.ones(len(following), bool)
    for begin, end in zip(walk.bounds[1:-1], walk.bounds[2:], strict=True):
        step = slice(begin - roots, end - roots)
        parents = walk.parents[step]
        possible[begin:end] = possible[parents] & (following[parents, walk.symbols[step]] > 0)
    return possible


def following_of(teacher: Teacher, words: Words) -> FloatArray:
    """Return the distribution (n, letters + 1) of the next symbol after each word."""
    return _distributions(teacher, teacher.scores(words))


def _distributions(teacher: Teacher, scores: RealArray) -> FloatArray:
    """Return distributions (…, letters + 1) from scores (…, width).

    Symbols that can never follow are left out. Where the model says nothing of what follows, since the word is impossible, all
    symbols are alike.
    """
    assert isinstance(teacher.link, NextSymbol)
    with np.errstate(invalid="ignore"):
        logs = teacher.link.log_probabilities(scores.reshape(-1, scores.shape[-1]))
    probabilities = np.nan_to_num(np.exp(logs), nan=0.0)
    sums = probabilities.sum(axis=1, keepdims=True)
    probabilities = np.where(sums > 0, probabilities / np.where(sums > 0, sums, 1.0), 1 / probabilities.shape[1])
    return probabilities.reshape(*scores.shape[:-1], -1)


def closed(suffixes: Words) -> list[Word]:
    """Return suffixes with all their prefixes, shorter ones first."""
    return sorted(dict.fromkeys(s[:end] for s in [(), *suffixes] for end in range(len(s) + 1)), key=len)
