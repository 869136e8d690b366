"""The error of an automaton by kind of word and by length of word.

One number over one kind of word says little: an automaton that is right on uniform words may err on every second word that is
nearly in the language. Each kind has the report of `compare`, and the first metric of the report in bins of lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.errors import InputError
from nerode.eval.columns import measure
from nerode.eval.comparable import comparable
from nerode.eval.drawn import KINDS, WordKinds
from nerode.eval.metrics import METRICS
from nerode.eval.report import Report, main_metric, metrics_of, reported
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.words import IntArray

BINS = 5  # of lengths, at most
COUNT = 1000  # words of each kind


@dataclass(frozen=True)
class Bin:
    """The error on the words of some lengths, and its 95 % interval; None where there is none.

    Parameters
    ----------
    shortest, longest : the lengths, both included
    words : how many words have them
    """

    shortest: int
    longest: int
    words: int
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Kind:
    """How far a student agrees with its teacher on words of one kind.

    Parameters
    ----------
    means : what the words are, in words
    report : all metrics, as of `compare`
    by_length : the main metric in bins of lengths with about equal numbers of words, the shortest first
    """

    means: str
    report: Report
    by_length: tuple[Bin, ...]


@dataclass(frozen=True)
class Kinds:
    """The errors of a student by kind of word.

    Parameters
    ----------
    metric : the name of the main metric: of classifiers the share of other labels, else a mean error
    kinds : name -> Kind, in the order of `KINDS`
    left_out : name -> why there are no words of this kind
    """

    metric: str
    kinds: Mapping[str, Kind]
    left_out: Mapping[str, str]

    def __getitem__(self, name: str) -> Kind:
        """The kind of that name.

        Raises
        ------
        InputError : a kind that there is not
        """
        if name not in self.kinds:
            why = (
                f"there are no words of the kind {name!r}: {self.left_out[name]}"
                if name in self.left_out
                else f"no kind {name!r}"
            )
            raise InputError(f"{why}; there are {', '.join(self.kinds)}")
        return self.kinds[name]

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON; what is undefined or infinite is None."""
        kinds = {
            name: {"means": kind.means, "by_length": [finite(asdict(part)) for part in kind.by_length], **kind.report.to_json()}
            for name, kind in self.kinds.items()
        }
        return {"metric": self.metric, "by_kind": kinds, "left_out": dict(self.left_out)}

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = []
        for name, kind in self.kinds.items():
            whole = kind.report[self.metric]
            rows.append(self._row(name, kind.report.words, whole.value, whole.low, whole.high))
            rows += [self._row(f"  {_lengths(part)}", part.words, part.error, part.low, part.high) for part in kind.by_length]
        header = ("kind and length", "words", METRICS[self.metric].label, "95 % interval")
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = [
            "  ".join([f"{row[0]:<{widths[0]}}", *(f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))])
            for row in (header, tuple("─" * width for width in widths), *rows)
        ]
        lines += [f"{name}: {kind.means}" for name, kind in self.kinds.items()]
        return "\n".join([*lines, *(f"{name}: left out, since {why}" for name, why in self.left_out.items())])

    def _row(self, name: str, words: int, value: float | None, low: float | None, high: float | None) -> tuple[str, ...]:
        text = METRICS[self.metric].text
        return name, f"{words:,}", text(value), "–" if low is None else f"{text(low)} to {text(high)}"


def error_by_kind(
    student: Teacher, teacher: Teacher, rng: np.random.Generator, given: Iterable[Any] = (), count: int = COUNT
) -> Kinds:
    """Return how far a student agrees with its teacher on words of each kind, and by length of word.

    The kinds are those of `nerode.eval.drawn`. The teacher is asked once about each word of a kind. A network of two classes is
    asked about up to 2 · `count` more, in search of words that it accepts.

    Parameters
    ----------
    given : words like those that matter, as indices, symbols or text
    count : the words of each kind, at most

    Raises
    ------
    InputError : unknown symbols, two functions that are not of one kind, no words to draw, or a teacher that reads none of the
        given words. A kind with a word to which the teacher's answer is not a number is left out
    """
    if count < 1:
        raise InputError(f"at least one word of each kind is needed, not {count}")
    student, teacher = comparable(student, teacher)
    task = teacher.link.task
    words = WordKinds(rng, student, teacher, teacher.alphabet.words(given))
    kinds, left_out = {}, {}
    for name in KINDS:
        drawn = words.draw(name, count)
        if not drawn.words:
            left_out[name] = drawn.means
            continue
        try:
            comparison = measure(student, teacher, drawn.words)
        except InputError as error:  # after an impossible word, a language model may answer with what is no number
            left_out[name] = str(error)
            continue
        report = reported(comparison, teacher.link, rng)
        bins = []
        for rows in _bins(lengths := np.array([len(word) for word in drawn.words])):
            part = metrics_of([main_metric(task)], {key: column[rows] for key, column in comparison.columns.items()}, rng)
            (metric,) = part.values()
            longest = int(lengths[rows].max())
            bins.append(Bin(int(lengths[rows].min()), longest, len(rows), metric.value, metric.low, metric.high))
        kinds[name] = Kind(drawn.means, report, tuple(bins))
    return Kinds(main_metric(task), kinds, left_out)


def _bins(lengths: IntArray) -> Iterator[IntArray]:
    """Yield the places of the words (n,) of each bin of lengths. A length is in one bin, where the middle of its words falls."""
    _, place, counts = np.unique(lengths, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    bins = (BINS * middles / len(lengths)).astype(np.int64)[place]
    for number in range(BINS):
        rows = np.flatnonzero(bins == number)
        if len(rows):
            yield rows


def _lengths(part: Bin) -> str:
    if part.shortest == part.longest:
        return counted(part.longest, "letter")
    return f"{part.shortest} to {counted(part.longest, 'letter')}"
