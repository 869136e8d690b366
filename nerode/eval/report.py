"""The report: every metric of a student against its teacher, with its interval and its baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.errors import InputError
from nerode.eval.columns import Columns, Comparison, measure
from nerode.eval.frames import frame
from nerode.eval.intervals import Interval, clopper_pearson, ratio_intervals, share_interval
from nerode.eval.metrics import METRICS, Measure
from nerode.links import LANGUAGE_MODEL, Link, NextSymbol
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.threads import one_thread

if TYPE_CHECKING:
    import pandas as pd

NOTES = {
    LANGUAGE_MODEL: (
        "teacher: its own perplexity, and how often a symbol that it draws is not the one it takes to be likeliest.",
        "near-tie: its two likeliest symbols are apart by no more than the student's errors (log p, twice the median).",
    )
}
"""What readers of a table may not know, by task."""

NO_ENDS = "ends: words of this teacher never end, so that no figure counts their ends."
"""What is said beside these where no token of a language model is the end of a word."""

HEADER = ("metric", "value", "95 % interval", "baselines")


@dataclass(frozen=True)
class Metric:
    """One number with its 95 % interval; None where it is undefined, ∞ where the student has no usable answer.

    Parameters
    ----------
    value : on the words of the report
    low, high : the interval over words like these
    baselines : name -> what a simple answer reaches on the same words
    """

    value: float | None
    low: float | None
    high: float | None
    baselines: Mapping[str, float | None]


@dataclass(frozen=True, repr=False)
class Report:
    """How far a student agrees with its teacher on a list of words. It says nothing of other kinds of words.

    Parameters
    ----------
    task : of the teacher's link
    words : how many words were compared
    metrics : name -> Metric, in the order of `METRICS`
    unscored : words to which the student's answer is not a finite number; they are part of every metric, as errors where
        the answer is not a number at all (a classifier's infinite margin still has a sign)
    ends : whether ends of words are counted; not where the teacher is a language model whose words never end
    """

    task: str
    words: int
    metrics: Mapping[str, Metric]
    unscored: int = 0
    ends: bool = True

    def __getitem__(self, name: str) -> Metric:
        """The metric of that name.

        Raises
        ------
        InputError : a name that the report does not have
        """
        if name not in self.metrics:
            raise InputError(f"this report has no metric {name!r}; it has {', '.join(self.metrics)}")
        return self.metrics[name]

    def to_json(self) -> dict[str, Any]:
        """A plain dict for JSON: what is undefined or infinite is None."""
        metrics = {name: finite(asdict(metric)) for name, metric in self.metrics.items()}
        more = ({"unscored": self.unscored} if self.unscored else {}) | ({} if self.ends else {"ends": False})
        return {"words": self.words, "metrics": metrics} | more

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row per metric with its value, the ends of its interval, and a column per baseline.

        Raises
        ------
        InputError : pandas is not installed
        """
        each = self.metrics.values()
        columns = {name: [getattr(metric, name) for metric in each] for name in ("value", "low", "high")}
        baselines = dict.fromkeys(name for metric in each for name in metric.baselines)
        columns |= {name: [metric.baselines.get(name) for metric in each] for name in baselines}
        return frame(columns, list(self.metrics), "metric").astype(float)

    def __str__(self) -> str:
        rows = [HEADER, *self.rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip()
            for row in (*rows[:1], tuple("─" * width for width in widths), *rows[1:])
        ]
        return "\n".join([self.title(), "", *lines, *self.notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """A small table for notebooks."""
        cells = [[f"<td>{escape(cell)}</td>" for cell in row] for row in self.rows()]
        head = "".join(f"<th>{escape(cell)}</th>" for cell in HEADER)
        body = "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
        caption = f"<caption>{escape(self.title())}</caption>"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes())
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def notes(self) -> tuple[str, ...]:
        """Return what readers of the table may not know."""
        return (*NOTES.get(self.task, ()), *(() if self.ends else (NO_ENDS,)))

    def title(self) -> str:
        """Return what was compared, in words."""
        title = f"Student and teacher on {_words(self.words)} ({self.task.replace('-', ' ')})"
        return title + (f"; the student's scores of {_words(self.unscored)} are not finite" if self.unscored else "")

    def rows(self) -> list[tuple[str, ...]]:
        """Return a row of text per metric: name, value, interval, baselines."""
        rows: list[tuple[str, ...]] = []
        for name, metric in self.metrics.items():
            shown = METRICS[name]
            if self.task in shown.untold:
                continue
            interval = "–" if metric.low is None else f"{shown.text(metric.low)} to {shown.text(metric.high)}"
            baselines = ", ".join(
                f"{baseline} {shown.text(value)}" for baseline, value in metric.baselines.items() if value is not None
            )
            rows.append((shown.label, shown.text(metric.value), interval, baselines))
        return rows


@one_thread()
def compare(student: Teacher, teacher: Teacher, words: Iterable[Any], *, seed: int = 0) -> Report:
    """How far `student` agrees with `teacher` on words given as indices, symbols or text.

    Both are asked once, in batches; the metrics are those of `METRICS` for the teacher's task. Shares of words have exact
    intervals, other metrics resample the words with the given seed (from two words on).

    Raises
    ------
    InputError : no words, unknown symbols, or two functions that are not of one kind
    """
    return reported(measure(student, teacher, words), teacher.link, np.random.default_rng(seed))


def reported(comparison: Comparison, link: Link, rng: np.random.Generator) -> Report:
    """The report of what was measured on words, for a teacher with this link."""
    task = link.task
    names = [name for name, metric in METRICS.items() if task in metric.tasks and metric.above in comparison.columns]
    metrics = {
        name: replace(metric, baselines=_baselines(METRICS[name], comparison.baselines))
        for name, metric in metrics_of(names, comparison.columns, rng).items()
    }
    ends = not isinstance(link, NextSymbol) or link.ends
    return Report(task, len(comparison.columns["words"]), metrics, comparison.unscored, ends)


def metrics_of(names: Iterable[str], columns: Columns, rng: np.random.Generator) -> dict[str, Metric]:
    """The metrics of these names on columns, with their intervals and without baselines."""
    wanted = {name: METRICS[name] for name in names}
    intervals = _intervals(wanted, columns, rng)
    measured = {}
    for name, metric in wanted.items():
        low, high = intervals[name]
        measured[name] = Metric(_defined(metric.value(columns)), low, high, {})
    return measured


def main_metric(task: str) -> str:
    """The name of the first metric of a task: what its reports begin with."""
    return next(name for name, metric in METRICS.items() if task in metric.tasks)


def _baselines(metric: Measure, baselines: Mapping[str, Columns]) -> dict[str, float | None]:
    return {name: _defined(metric.value(columns)) for name, columns in baselines.items() if metric.above in columns}


def _intervals(metrics: dict[str, Measure], columns: Columns, rng: np.random.Generator) -> dict[str, Interval]:
    """The interval of each metric, from draws of words that all metrics share."""
    intervals: dict[str, Interval] = dict.fromkeys(metrics, (None, None))  # resampling shows no error above the largest seen
    resampled: dict[str, tuple[Measure, str]] = {}
    for name, metric in metrics.items():
        if metric.below is not None and metric.counted:
            intervals[name] = clopper_pearson(float(columns[metric.above].sum()), float(columns[metric.below].sum()))
        elif metric.below is not None:
            resampled[name] = metric, metric.below
    if resampled:
        above = np.column_stack([columns[metric.above] for metric, _ in resampled.values()])
        below = np.column_stack([columns[column] for _, column in resampled.values()])
        found = ratio_intervals(above, below, rng)
        for (name, (metric, below_name)), (low, high) in zip(resampled.items(), found, strict=True):
            if metric.share and low is not None and low == high:  # no word differs from the others: draws of them show nothing
                low, high = share_interval(float(low), columns[below_name])
            if low is not None and low == metric.most:  # no error was seen; as many as of a proportion may be there
                low = float(low) * (1 - clopper_pearson(0, float((columns[metric.above] > 0).sum()))[1])  # type: ignore[operator]
            if low is not None:
                intervals[name] = float(metric.ratio(low, 1.0)), float(metric.ratio(high, 1.0))
    return intervals


def _defined(value: float) -> float | None:
    return None if isnan(value) else value


def _words(count: int) -> str:
    return f"{count:,} word{'s' * (count != 1)}"
