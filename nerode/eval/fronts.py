"""The front of size and error: students of all kinds of one network, on one scale.

Kinds count their sizes in states, leaves, features; what all have is a file. So sizes are compared in bits of the zipped file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.distillation.distill import distill
from nerode.distillation.students import STUDENTS
from nerode.domains import domain_of
from nerode.errors import BudgetExhausted, InputError
from nerode.eval.frames import frame
from nerode.eval.metrics import METRICS
from nerode.eval.report import compare, main_metric
from nerode.eval.simplicity import parameters_of, zipped_bits
from nerode.extraction.arguments import check_limits, teacher_of
from nerode.extraction.digits import fewest_digits
from nerode.extraction.extracted import Extraction
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import ROUNDING
from nerode.extraction.meter import Meter
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.reasons import BUDGET_REASONS
from nerode.extraction.source import WordSource
from nerode.extraction.verdict import DELTA
from nerode.plain import finite
from nerode.protocols import Teacher, longest_of
from nerode.words import Word

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SECONDS = 120.0  # for all kinds together
FRESH = 2000  # words to judge with
SIZES = (1, 2, 4, 8, 16, 32, 64)  # states of automata that are made beside the best
MARKED = "● none is smaller and as good, or as small and better"
ROUNDED_ON = 2000  # words by which the digits of students are chosen that learning passed
APART = 1.6  # times as many bits that the next student of a kind has at least


@dataclass(frozen=True)
class Point:
    """One student.

    Parameters
    ----------
    kind, size, unit : "tree", 8, "leaf"
    bits : of its zipped file
    error, low, high : the main metric of the task with its 95 % interval
    beaten : whether another one has no more bits and less error
    student : itself
    parameters : the numbers that describe it: trained ones, or those of an automaton; None in the tables of a bench
    """

    kind: str
    size: int
    unit: str
    bits: int
    error: float
    low: float | None
    high: float | None
    beaten: bool
    student: Any = field(repr=False, compare=False)
    parameters: int | None = None


@dataclass(frozen=True)
class Front:
    """Students of one network, smallest first.

    Parameters
    ----------
    points : of all kinds
    measure : what errors are, in words
    percent : whether they are shares
    words : how many words they were judged on
    left_out : kinds that gave nothing, and why, in sentences
    unfinished : whether kinds are missing for a limit or an interruption
    """

    points: tuple[Point, ...]
    measure: str
    percent: bool
    words: int
    left_out: tuple[str, ...]
    unfinished: bool = False

    @property
    def best(self) -> tuple[Point, ...]:
        """The students that no other beats, smallest first."""
        return tuple(point for point in self.points if not point.beaten)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        rows = [{name: value for name, value in vars(point).items() if name != "student"} for point in self.points]
        return finite(  # type: ignore[no-any-return]
            {"measure": self.measure, "words": self.words, "points": rows, "left_out": list(self.left_out)}
        )

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row for each student.

        Raises
        ------
        InputError : pandas is not installed
        """
        names = ("size", "unit", "bits", "parameters", "error", "low", "high", "beaten")
        return frame(
            {name: [getattr(point, name) for point in self.points] for name in names}, [p.kind for p in self.points], "kind"
        )

    def plot(self) -> Figure:
        """Return the picture: bits against error, a line for each kind, and the front."""
        from nerode.eval.plots.fronts import front_figure  # here, because matplotlib takes long to import

        return front_figure(self.points, self.measure, self.percent, self.words)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table as text, the names of its columns first; the first marks those that no other beats."""
        unit = 100.0 if self.percent else 1.0
        error = f"{self.measure}{' (%)' if self.percent else ''}"
        rows: list[tuple[str, ...]] = [("", "kind", "size", "bits", "parameters", error, "95 % interval")]
        for point in self.points:
            interval = "" if point.low is None or point.high is None else f"{unit * point.low:.3g} to {unit * point.high:.3g}"
            mark, size = "" if point.beaten else "●", counted(point.size, point.unit)
            sizes = (size, f"{point.bits:,}", "" if point.parameters is None else f"{point.parameters:,}")
            rows.append((mark, point.kind, *sizes, f"{unit * point.error:.3g}", interval))
        return rows

    def __str__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, MARKED, *self.left_out])


def front(
    teacher: Teacher | Callable[..., Any],
    students: Iterable[str] | None = None,
    *,
    seconds: float | None = SECONDS,
    effort: float | None = None,
    words: Iterable[Any] | None = None,
    alphabet: str | Iterable[str] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Front:
    """Learn students of all kinds and sizes, and judge them on the same fresh words.

    An interruption (Ctrl-C) ends it, and what was judged by then is handed back.

    Parameters
    ----------
    teacher : what is asked; also a Python function, whose words need an `alphabet`
    students : names of STUDENTS; None for all that fit the task of the teacher
    seconds, effort : for all kinds together, in equal parts
    words : like those that matter; a fifth of the different ones is kept to judge with. None for words that are drawn

    Raises
    ------
    InputError : an unknown kind, none, numbers out of range, too few words, or no named kind can be learned
    """
    teacher = teacher_of(teacher, alphabet, {})
    task = teacher.link.task
    fitting = [name for name in STUDENTS if task in method_named(name, STUDENTS).tasks]
    if isinstance(students, str):
        raise InputError(f"a list of kinds is expected, not one text; write [{students!r}]")
    chosen = fitting if students is None else list(students)
    if wrong := [name for name in chosen if name not in fitting]:
        raise InputError(f"{wrong[0]!r} is no student of a teacher whose task is {task}; choose from {', '.join(fitting)}")
    if not chosen:
        raise InputError(f"name at least one kind of student: {', '.join(fitting)}")
    check_limits(teacher, chosen[0], {"seconds": seconds, "effort": effort}, DELTA, seed, STUDENTS)
    rng = np.random.default_rng([seed, 3])
    fresh, given = _words(teacher, words, rng)
    others = WordSource(rng, teacher, []).invent(ROUNDED_ON) if given is None else _some(given, rng)
    longer = longest_of(teacher) is None and domain_of(teacher) is None
    held_out = cache(lambda: HeldOut(teacher, others))

    each = None if seconds is None or effort is not None else seconds / len(chosen)
    limits: dict[str, Any] = {"seconds": None if each is None else (1 - ROUNDING) * each}
    limits["effort"] = None if effort is None else effort / len(chosen)
    measure = METRICS[main_metric(task)]
    points: list[Point] = []
    left_out: dict[str, list[str]] = {}  # kinds by the reason
    unfinished, refused, interruption = False, None, list[str]()
    for name in chosen:
        progress(f"learning: {name}")
        try:
            sizes: dict[str, Any] = {"sizes": SIZES} if name in METHODS else {}
            result = distill(teacher, name, words=given, seed=seed, progress=partial(_named, progress, name), **limits, **sizes)
            progress(f"judging: {name}")
            interrupted = result.interrupted
            time = Meter(None if each is None else ROUNDING * each)
            shortened = _unchanged if interrupted else partial(_shortened, held_out, seed, longer, time)
            students_of = _different(result, name in METHODS, shortened)
            if not students_of and not interrupted:
                left_out.setdefault("nothing better than one answer for all words was learned", []).append(name)
                unfinished = unfinished or result.stop_reason in BUDGET_REASONS
            for student in students_of:
                points += _judged(name, student, teacher, fresh, seed)
            if interrupted:
                raise KeyboardInterrupt
        except BudgetExhausted as error:
            unfinished = True
            left_out.setdefault(f"{error}; all kinds share it, so give more or name fewer", []).append(name)
        except InputError as error:
            unfinished, refused = unfinished or students is not None, refused or error
            left_out.setdefault(str(error), []).append(name)
        except KeyboardInterrupt:
            if not points:
                raise
            unfinished, interruption = True, [f"Interrupted at {name}; what comes after it is missing."]
            break
    if refused is not None and not points and students is not None:
        raise refused
    told = [f"Left out: {', '.join(names)}, since {reason}." for reason, names in left_out.items()] + interruption
    return Front(marked(points), measure.label, measure.percent, len(fresh), tuple(told), unfinished)


def _words(teacher: Teacher, words: Iterable[Any] | None, rng: np.random.Generator) -> tuple[list[Word], list[Word] | None]:
    """Words to judge with, and those to learn from, which are others; None where none are given."""
    if words is None:
        return WordSource(rng, teacher, []).invent(FRESH), None
    given = teacher.alphabet.words(words)
    different = list(dict.fromkeys(given))
    fresh = [different[i] for i in rng.permutation(len(different))[: min(FRESH, len(different) // 5)].tolist()]
    if not fresh:
        raise InputError("a fifth of the different words is kept to judge with; give at least five, better some hundred")
    kept = set(fresh)
    return fresh, [word for word in given if word not in kept]


def _some(given: list[Word], rng: np.random.Generator) -> list[Word]:
    return [given[i] for i in rng.permutation(len(given))[:ROUNDED_ON].tolist()]


def _unchanged(student: Any) -> Any:
    return student


def _shortened(held_out: Callable[[], HeldOut], seed: int, longer: bool, time: Meter, student: Any) -> Any:
    return fewest_digits(student, held_out(), np.random.default_rng(seed), longer, time.check_time)


def _judged(name: str, student: Any, teacher: Teacher, fresh: list[Word], seed: int) -> list[Point]:
    """The point of a student; none where its error is no number."""
    metric = compare(student, teacher, fresh, seed=seed)[main_metric(teacher.link.task)]
    if metric.value is None or not np.isfinite(metric.value):
        return []
    measured = metric.value, metric.low, metric.high
    bits, parameters = zipped_bits(student), parameters_of(student)
    return [Point(name, student.size, student.unit, bits, *measured, False, student, parameters)]


def _named(progress: Callable[[str], None], name: str, said: str) -> None:
    progress(f"{name}: {said}")


def _different(result: Extraction, automata: bool, shortened: Callable[[Any], Any]) -> list[Any]:
    """The students of an extraction that differ enough in size, and err less on held-out words than all that are smaller.

    The one that it hands back is among them. What says the same of each word is an automaton of one state; other students that
    do are left out. Those that learning passed have all their digits, and are `shortened`; what is handed back is so already.
    """
    found = [(each.error, each.automaton) for each in result.sizes]
    found += [(result.chosen.error, result.automaton)] if automata or result.chosen is not result.rounds[0] else []
    passed = [(done.error, student) for done, student in result.front if automata or done is not result.rounds[0]]
    found += [(error, shortened(student)) for error, student in passed if student is not result.automaton]
    by_bits = sorted({id(student): (error, student) for error, student in found}.values(), key=lambda each: zipped_bits(each[1]))
    kept: list[Any] = []
    lowest = np.inf
    for error, student in by_bits:
        apart = not kept or zipped_bits(student) >= APART * zipped_bits(kept[-1])
        if (apart and error < lowest) or student is result.automaton:
            kept.append(student)
            lowest = min(lowest, error)
    return kept


def marked(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points, smallest first, those that another one beats marked."""
    ordered = sorted(points, key=lambda point: (point.bits, point.error))
    best, found = (-1, np.inf), []
    for point in ordered:
        beaten = not point.error < best[1] and (point.bits, point.error) != best
        found.append(Point(**{**vars(point), "beaten": beaten}))
        best = best if beaten else (point.bits, point.error)
    return tuple(found)
