"""Groups of cells that differ in their seeds alone: means with intervals.

Two things make the mean of a few seeds uncertain: what seeds do, and the words that students were judged with. For seeds there is
Student's t. For words, the intervals of the seeds are put together: where each seed has words of its own, by the squares of their
reaches (Zou and Donner: Construction of confidence limits about effect measures, Statistics in Medicine 27, 2008); where all have
the same words, as the mean of their ends. The wider of the two is given.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.benchmarking.rows import DONE, DRAWN, Row
from nerode.eval.grids import mean_interval
from nerode.eval.metrics import METRICS
from nerode.words import FloatArray


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its 95 % interval; None where it is not known."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Group:
    """The cells of one teacher, one method and one size.

    Parameters
    ----------
    rows : one a seed, at least one
    """

    rows: tuple[Row, ...]

    @property
    def teacher(self) -> str:
        return self.rows[0].teacher

    @property
    def name(self) -> str:
        """The method, with the size where one was asked for."""
        first = self.rows[0]
        return first.method if first.wanted is None else f"{first.method} {first.wanted}"

    @cached_property
    def done(self) -> tuple[Row, ...]:
        """The cells with a result."""
        return tuple(row for row in self.rows if row.status == DONE)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Why cells have no result, or none better than a constant; of how many seeds, where that is not so of all."""
        counts = Counter(row.sentence for row in self.rows if row.sentence is not None)
        seeds = len(self.rows)
        return tuple(
            sentence if count == seeds else f"{sentence} ({counted(count, 'seed')} of {seeds})"
            for sentence, count in counts.items()
        )

    @cached_property
    def error(self) -> Mean:
        """The error."""
        return self.measured(self.done[0].measure) if self.done else Mean(None, None, None)

    def measured(self, measure: str | None) -> Mean:
        """Return the mean of a measure."""
        triples = [_ends(row, measure) for row in self.done]
        known = [triple for triple in triples if triple[0] is not None]
        if measure is None or not known or len(known) < len(self.done):
            return Mean(None, None, None)
        apart = all(row.judged_on == DRAWN for row in self.done)
        return _mean(np.array(known, float), apart, METRICS[measure].most or (1.0 if METRICS[measure].percent else np.inf))

    def usual(self, column: str) -> float | None:
        """Return the mean of a column of numbers."""
        found = [getattr(row, column) for row in self.done]
        return float(np.mean(found)) if found and None not in found else None

    def told(self, column: str) -> str:
        """Return the different values of a column, with commas."""
        return ", ".join(dict.fromkeys(str(getattr(row, column)) for row in self.done))


def _ends(row: Row, measure: str | None) -> tuple[float | None, float | None, float | None]:
    """A measure of a cell with its interval; infinite numbers are no JSON, and the error has columns of its own for them."""
    if measure == row.measure:
        return row.error, row.low, row.high
    found = json.loads(row.measures or "{}").get(measure)
    return (None, None, None) if found is None else (found["value"], found["low"], found["high"])


def _mean(triples: FloatArray, apart: bool, most: float) -> Mean:
    """The mean of values with intervals (n, 3), no number where there is none; `apart` where each has words of its own."""
    values, lows, highs = triples.T
    value = float(values.mean())
    if not isfinite(value):
        return Mean(value, None, None)
    ends = [each for each in (mean_interval(values), _of_words(values, lows, highs, apart)) if each[0] is not None]
    if not ends:
        return Mean(value, None, None)
    return Mean(value, max(0.0, min(low for low, _ in ends)), min(most, max(high for _, high in ends)))


def _of_words(values: FloatArray, lows: FloatArray, highs: FloatArray, apart: bool) -> tuple[float, float] | tuple[None, None]:
    if not np.isfinite([lows, highs]).all():
        return None, None
    if not apart:
        return float(lows.mean()), float(highs.mean())
    mean, n = float(values.mean()), len(values)
    below, above = (float(np.sqrt((reach**2).sum())) / n for reach in (values - lows, highs - values))
    return mean - below, mean + above


def groups_of(rows: Iterable[Row]) -> list[Group]:
    """Return the groups of cells, in the order of their first cells.

    Cells with the same seed, such as those judged with other numbers of words, are in different groups. They do not differ by
    what seeds do.
    """
    together: dict[Any, list[Row]] = {}
    before: Counter[Any] = Counter()
    for row in rows:
        alike = (row.teacher, row.content, row.method, row.learner, row.settings, row.wanted, row.limits)
        together.setdefault((alike, before[alike, row.seed]), []).append(row)
        before[alike, row.seed] += 1
    return [Group(tuple(each)) for each in together.values()]


def by_teacher(groups: Sequence[Group]) -> dict[str, list[Group]]:
    """Return the groups of each teacher; teachers of one name that are not the same are numbered."""
    found: dict[str, list[Group]] = {}
    same: dict[str, list[str | None]] = {}
    for group in groups:
        name, content = group.teacher, group.rows[0].content
        contents = same.setdefault(name, [])
        if content not in contents:
            contents.append(content)
        number = 1 + contents.index(content)
        found.setdefault(name if number == 1 else f"{name} ({number} of this name)", []).append(group)
    return found
