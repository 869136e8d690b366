"""The m-of-n test that parts words best, found by a beam search from the best single literals.

A test of n literals is extended by one more: m of n becomes m of n + 1, or m + 1 of n + 1. The literal then decides on those
words alone of which m − 1 of the n literals hold, or m of them. So one product of matrices weighs all literals. An extension is
kept where it parts words better, and where a chi-square test says that on these words literal and answers are not independent.
Complements need no search of their own: "not m of n" is n − m + 1 of the n literals' opposites.
Craven and Shavlik: Extracting tree-structured representations of trained networks, 1996; Murphy and Pazzani: ID2-of-3, 1991.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, xlogy

from nerode.students.mofn_tree import Test
from nerode.words import BoolArray, FloatArray, IntArray

BEAM = 2  # tests that are extended at a time
LONGEST = 10  # literals of a test
THRESHOLDS = 16  # of a feature
LEVEL = 0.05  # of the chi-square tests, divided by how many are compared: four for each literal
LEAST = 5  # words on each side of a test


@dataclass(frozen=True)
class Measure:
    """How unlike the answers to words are, from sums over the words of `summed` rows.

    Parameters
    ----------
    classes : whether answers are distributions, and not values
    width : of a distribution, or of a value
    """

    classes: bool
    width: int

    def spread(self, sums: FloatArray) -> FloatArray:
        """Return the spread (…,) of words with the sums (…, 2 width + 1): the entropy of distributions or the squares of values.

        It grows with the number of words. What a test is worth is by how much it lowers that, its gain.
        """
        if self.classes:
            total, each = sums[..., -1], np.maximum(sums[..., : self.width], 0.0)  # not below 0 by rounding
            entropies: FloatArray = xlogy(total, total) - xlogy(each, each).sum(axis=-1)
            return entropies
        squares: FloatArray = self._squares(sums).sum(axis=-1)
        return squares

    def evidence(self, whole: FloatArray, parts: FloatArray) -> FloatArray:
        """Return Pearson's chi-square statistic (…,) that the answers in two parts are no more unlike than by chance.

        For distributions that say one class each it is that of the table of parts and classes. Others vary less than drawn
        labels do; their own variance stands in its place. Of values it is the share of the variance that the parts explain, times
        the words.

        Parameters
        ----------
        whole : (2 width + 1,), the sums over all words
        parts : (2, …, 2 width + 1), those over the words of each part
        """
        squares = self._squares(whole)
        explained = np.where(squares > 1e-9, squares - self._squares(parts).sum(axis=0), 0.0) / np.maximum(squares, 1e-9)
        weights = 1 - whole[: self.width] / whole[-1] if self.classes else 1.0
        found: FloatArray = whole[-1] * (explained * weights).sum(axis=-1)
        return found

    def needed(self, compared: int) -> float:
        """Return the evidence that the best of so many must reach."""
        return float(chdtri(self.width - self.classes, LEVEL / compared))

    def _squares(self, sums: FloatArray) -> FloatArray:
        """The squares (…, width) of the differences from the mean."""
        count = np.maximum(sums[..., -1:], 1.0)
        found: FloatArray = np.maximum(sums[..., self.width : -1] - sums[..., : self.width] ** 2 / count, 0.0)
        return found


def summed(targets: FloatArray) -> FloatArray:
    """Return the rows (n, 2 width + 1) of words whose targets are (n, width): what is summed up, its squares, and 1."""
    return np.concatenate([targets, targets**2, np.ones((len(targets), 1))], axis=1)


@dataclass(frozen=True, eq=False)
class _Found:
    """A test: its literals (place, whether larger), how many must hold, how many hold of each word (n,), and its gain."""

    literals: tuple[tuple[int, bool], ...]
    needed: int
    counts: IntArray
    gain: float

    @property
    def key(self) -> tuple[int, frozenset[tuple[int, bool]]]:
        return self.needed, frozenset(self.literals)


def literals_of(table: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the columns (l,) and thresholds (l,) of all literals that some rows of a table (n, k) have and some have not.

    Thresholds are half-way between neighbouring values, at most THRESHOLDS of them a column, at quantiles.
    """
    columns, thresholds = [], []
    ordered = np.sort(table, axis=0)
    for column in np.flatnonzero(ordered[0] < ordered[-1]).tolist() if len(table) else []:
        values = np.unique(ordered[:, column])
        between = (values[:-1] + values[1:]) / 2
        if len(between) > THRESHOLDS:
            wanted = ordered[np.linspace(0, len(table) - 1, THRESHOLDS + 2).astype(int)[1:-1], column]
            between = between[np.unique(np.minimum(np.searchsorted(values, wanted), len(between) - 1))]
        columns += [column] * len(between)
        thresholds += between.tolist()
    return np.array(columns, np.int64), np.array(thresholds)


def best_test(table: FloatArray, rows: FloatArray, measure: Measure, sure: bool = True) -> Test | None:
    """Return the test that parts words best, as far as the beam sees; None where no literal parts them otherwise than by chance.

    Where two literals matter together and neither alone, as those of an exclusive or, no literal does.

    Parameters
    ----------
    table : (n, features)
    rows : (n, k), of `summed`
    sure : whether the first literal too must part words otherwise than by chance, as those that are added to it must
    """
    columns, thresholds = literals_of(table)
    if not len(columns):
        return None
    held = table[:, columns] > thresholds  # (n, l)
    beam = _extended(_Found((), 1, np.zeros(len(table), np.int64), 0.0), 0, held, rows, measure, sure)
    best = beam[0] if beam else None
    while best is not None and beam and len(beam[0].literals) < LONGEST:
        longer = [new for each in beam for more in (0, 1) for new in _extended(each, more, held, rows, measure)]
        different = {each.key: each for each in sorted(longer, key=lambda each: each.gain)}
        beam = sorted(different.values(), key=lambda each: -each.gain)[:BEAM]
        best = max([best, *beam], key=lambda each: each.gain)
    if best is None:
        return None
    places, larger = (np.array(part) for part in zip(*best.literals, strict=True))
    return Test(best.needed, columns[places], thresholds[places], larger)


def _extended(found: _Found, more: int, held: BoolArray, rows: FloatArray, measure: Measure, sure: bool = True) -> list[_Found]:
    """The best extensions of a test by one literal, of which `more` must hold; of the empty one, single literals."""
    needed = found.needed + more
    stake, firm = found.counts == needed - 1, found.counts >= needed
    if not stake.any():
        return []
    whole, at_stake, safe = rows.sum(axis=0), rows[stake].sum(axis=0), rows[firm].sum(axis=0)
    holds = held[stake]
    having = holds.T.astype(rows.dtype) @ rows[stake]  # (l, k)
    moving = np.stack([at_stake - having, having])  # (2, l, k): where it does not hold, and where it does
    numbers = moving[..., -1]  # (2, l), of words
    right = safe + moving
    gains = measure.spread(whole) - measure.spread(right) - measure.spread(whole - right)
    evidence = measure.evidence(at_stake, moving)
    needed_evidence = measure.needed(4 * held.shape[1]) if sure else -np.inf
    fits = (gains > found.gain + 1e-9) & (evidence > needed_evidence) & (numbers.min(axis=0) >= LEAST)
    sides = safe[-1] + numbers
    fits &= (sides >= LEAST) & (len(held) - sides >= LEAST)
    fits[:, [place for place, _ in found.literals]] = False
    if not found.literals:
        fits[0] = False  # opposites of single literals part words as these do
    sign, place = np.nonzero(fits)
    order = np.argsort(-gains[sign, place], kind="stable")[:BEAM]
    return [
        _Found((*found.literals, (p, bool(s))), needed, found.counts + (held[:, p] == bool(s)), float(gains[s, p]))
        for s, p in zip(sign[order].tolist(), place[order].tolist(), strict=True)
    ]
