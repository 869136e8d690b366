"""Grids of α and T: what answers of a teacher add to labels, beside the same student of labels alone, with several seeds each.

The control has as many runs as each other cell, and the gain of a cell is paired with it by seed. A grid has many cells, and one
of them looks good by chance; so the intervals of gains hold for all cells together (Bonferroni). What seeds do and which words
students are judged on makes them uncertain: of the interval over seeds and that over words the wider one is given. Students end
by their effort, so that a grid is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import stdtrit

from nerode.automata.diagram import counted
from nerode.distillation.distill import distill
from nerode.distillation.settings import ResponseSettings
from nerode.distillation.students import STUDENTS
from nerode.errors import BudgetExhausted, InputError
from nerode.eval.agreement import Agreement, Judged, agreement, judged
from nerode.eval.comparable import answers
from nerode.eval.frames import frame, lines_of
from nerode.eval.intervals import CONFIDENCE, Interval, clopper_pearson, paired_difference
from nerode.extraction.arguments import check_limits, teacher_of
from nerode.extraction.methods import METHODS
from nerode.extraction.verdict import DELTA
from nerode.links import CLASSIFIER
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.words import FloatArray, Word

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ALPHAS, TEMPERATURES = (0.0, 0.1, 0.25, 0.5), (1.0, 3.0, 8.0)
SEEDS, EFFORT = 5, 3.0
TESTED = 0.2  # share of the words with labels, to judge with where none are given for that
MOST_TESTED = 5000
LEAST = 10  # words with labels
FEWEST = 2  # cells of one seed: the control, and one to compare with it


@dataclass(frozen=True)
class Cell:
    """One α and T.

    Parameters
    ----------
    alpha, temperature : α = 1 is the control, which learns from labels alone; T is then of no matter
    accuracies : by seed
    mean, low, high : of them, with the 95 % interval for other seeds and for other words; None with one seed
    gain, gain_low, gain_high : over the control of the same seed; the interval holds for all cells together
    """

    alpha: float
    temperature: float
    accuracies: tuple[float, ...]
    mean: float
    low: float | None
    high: float | None
    gain: float
    gain_low: float | None
    gain_high: float | None

    @property
    def sure(self) -> str:
        """Whether it is better or worse than labels alone beyond what seeds do: "better", "worse", or nothing."""
        if self.gain_low is None or self.gain_high is None:
            return ""
        return "better" if self.gain_low > 0 else "worse" if self.gain_high < 0 else ""


@dataclass(frozen=True)
class Grid:
    """Students of one kind for each α and T, and who is right together.

    Parameters
    ----------
    student : the kind
    cells : the control first
    teacher, majority : the accuracy of the teacher, and of the most frequent label
    words : how many words they were judged on
    agreement : of the teacher, the control, and the best other cell, over all seeds
    unfinished : whether seeds or cells are missing, for an interruption or an effort that did not suffice
    """

    student: str
    cells: tuple[Cell, ...]
    teacher: float
    majority: float
    words: int
    agreement: Agreement
    unfinished: bool = False

    @property
    def control(self) -> Cell:
        """The students of labels alone."""
        return self.cells[0]

    @property
    def best(self) -> Cell:
        """The cell with the greatest mean accuracy, but the control."""
        return max(self.cells[1:], key=lambda cell: cell.mean)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        cells = [asdict(cell) | {"sure": cell.sure} for cell in self.cells]
        return finite(asdict(self) | {"cells": cells, "agreement": self.agreement.to_json()})  # type: ignore[no-any-return]

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row for each cell.

        Raises
        ------
        InputError : pandas is not installed
        """
        names = ("temperature", "mean", "low", "high", "gain", "gain_low", "gain_high", "sure")
        return frame({name: [getattr(cell, name) for cell in self.cells] for name in names}, self._alphas(), "alpha")

    def plot(self) -> Figure:
        """Return the picture: α against accuracy, a line for each T, beside the control and the teacher."""
        from nerode.eval.plots.grids import grid_figure  # here, because matplotlib takes long to import

        return grid_figure(self)

    def __str__(self) -> str:
        rows = [("α", "T", "accuracy (%)", "95 % interval", "gain", "interval of all gains", "")]
        for cell in self.cells:
            control = cell is self.control
            gain = "" if control else f"{100 * cell.gain:+.2f}"
            rows.append(
                (
                    f"{cell.alpha:g}", "" if control else f"{cell.temperature:g}", f"{100 * cell.mean:.2f}",
                    _between(cell.low, cell.high), gain, "" if control else _between(cell.gain_low, cell.gain_high, "+"),
                    "labels alone" if control else cell.sure,
                )
            )  # fmt: skip
        one = len(self.control.accuracies) == 1
        seeds = counted(len(self.control.accuracies), "seed")
        cut = ["It ended early: seeds, or cells of the first seed, are missing."] if self.unfinished else []
        return "\n".join(
            [
                *lines_of(rows),
                *cut,
                *(["Intervals take two seeds or more (--seeds, seeds=)."] * one),
                f"{self.student}, {seeds} each, judged on {counted(self.words, 'word')}",
                f"accuracy of the teacher {self.teacher:.2%}, of the most frequent label {self.majority:.2%}",
                f"Right together, with α = {self.best.alpha:g} and T = {self.best.temperature:g}:",
                str(self.agreement),
            ]
        )

    def _alphas(self) -> list[float]:
        return [cell.alpha for cell in self.cells]


def grid(
    teacher: Teacher | Callable[..., Any],
    student: str,
    labels: Mapping[Any, int],
    *,
    test: Mapping[Any, int] | None = None,
    alphas: Iterable[float] = ALPHAS,
    temperatures: Iterable[float] = TEMPERATURES,
    seeds: int = SEEDS,
    effort: float = EFFORT,
    seed: int = 0,
    classes: Sequence[str] | None = None,
    alphabet: str | Iterable[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> Grid:
    """Learn students of labels alone, and of labels and answers of a teacher for each α and T.

    An interruption (Ctrl-C) ends it after the last seed that all cells have, or in the first seed after the last cell; an effort
    that is too little does the same.

    Parameters
    ----------
    teacher : what is asked; also a Python function, whose words need an `alphabet`
    student : a kind of STUDENTS that learns from labels
    labels : the true labels of words, which are given as indices, symbols or text
    test : the same of words to judge with; None for a fifth of the others
    alphas, temperatures : those of the cells; α = 1 is added
    effort : of each student
    classes : their names; None for their numbers
    settings : of the kind, by name

    Raises
    ------
    InputError : an automaton's method, a teacher that is no classifier, no seed, numbers or labels out of range, too few words,
        an effort that does not suffice for one cell beside the control
    KeyboardInterrupt : before there was one cell beside the control
    """
    teacher = teacher_of(teacher, alphabet, {})
    _check(teacher, student, seeds)
    check_limits(teacher, student, {"effort": effort}, DELTA, seed, STUDENTS)
    learned = teacher.alphabet.by_word(labels)
    tested = _apart(learned, seed) if test is None else teacher.alphabet.by_word(test)
    ResponseSettings(labels=tested).check(teacher)
    learned = {word: label for word, label in learned.items() if word not in tested}
    if len(learned) < LEAST or not tested:
        raise InputError(f"give labels of {LEAST} words at least to learn from, and of others to judge with")
    words, truth = list(tested), np.array(list(tested.values()))
    control = (1.0, 1.0)
    knobs = list(product(alphas, list(temperatures)))
    for alpha, temperature in knobs:
        ResponseSettings(alpha, temperature).check(teacher)
    cells = [control, *dict.fromkeys((float(a), float(t)) for a, t in knobs if a < 1)]
    if len(cells) == 1:
        raise InputError("give an α below 1 and a temperature")
    learn = partial(distill, teacher, student, words=list(learned), labels=learned, seconds=None, effort=effort, **settings)
    found: dict[tuple[float, float], list[Judged]] = {cell: [] for cell in cells}
    unfinished = False
    row: list[Judged] = []
    try:
        for number in range(seeds):
            row = []
            for place, (alpha, temperature) in enumerate(cells):
                progress(f"seed {number + 1} of {seeds}, student {place + 1} of {len(cells)}")
                result = learn(alpha=alpha, temperature=temperature, seed=seed + number)
                if result.interrupted:
                    raise KeyboardInterrupt
                row.append(judged(result.automaton, words, truth))
            for cell, each in zip(cells, row, strict=True):
                found[cell].append(each)
    except (BudgetExhausted, KeyboardInterrupt) as end:
        if not found[control]:
            if len(row) < FEWEST:
                if isinstance(end, KeyboardInterrupt):
                    raise
                raise InputError(
                    f"an effort of {effort:g} is used up before a student learns anything; give more effort"
                ) from end
            cells = cells[: len(row)]
            found = {cell: [each] for cell, each in zip(cells, row, strict=True)}
        unfinished = True
    made = [_cell(*cell, found[cell], found[control], len(cells) - 1) for cell in cells]
    best = max(cells[1:], key=lambda cell: made[cells.index(cell)].mean)
    asked = judged(teacher, words, truth)
    names = classes or [str(number) for number in range(answers(teacher))]
    together = agreement(asked, found[control], found[best], list(map(teacher.alphabet.text, words)), truth, names)
    majority = float(np.bincount(truth).max() / len(truth))
    return Grid(student, tuple(made), float(asked.right.mean()), majority, len(words), together, unfinished)


def _check(teacher: Teacher, student: str, seeds: int) -> None:
    kinds = [name for name in STUDENTS if name not in METHODS]
    if student not in kinds:
        raise InputError(f"{student!r} is no student that learns from labels; choose from {', '.join(kinds)}")
    if teacher.link.task != CLASSIFIER:
        raise InputError(f"labels are for classifiers, and the task of this teacher is {teacher.link.task}")
    if type(seeds) is not int or seeds < 1:
        raise InputError(f"the number of seeds must be a whole number from 1 on, not {seeds!r}")


def _apart(labels: Mapping[Word, int], seed: int) -> dict[Word, int]:
    """A fifth of the words, to judge with."""
    words = list(labels)
    order = np.random.default_rng([seed, 4]).permutation(len(words))
    return {words[i]: labels[words[i]] for i in order[: min(MOST_TESTED, round(TESTED * len(words)))].tolist()}


def _cell(alpha: float, temperature: float, students: Sequence[Judged], control: Sequence[Judged], cells: int) -> Cell:
    right, others = (np.array([each.right for each in group], float) for group in (students, control))  # (seeds, words)
    accuracies, gains = right.mean(axis=1), (right - others).mean(axis=1)
    mean, confidence = float(accuracies.mean()), 1 - (1 - CONFIDENCE) / cells
    by_words = clopper_pearson(float(right.mean(axis=0).sum()), right.shape[1])
    low, high = (None if end is None else min(1.0, max(0.0, end)) for end in _wider(mean_interval(accuracies), by_words))
    by_words = paired_difference((right - others).mean(axis=0), confidence)
    gain_low, gain_high = _wider(mean_interval(gains, confidence), by_words)
    return Cell(alpha, temperature, tuple(accuracies.tolist()), mean, low, high, float(gains.mean()), gain_low, gain_high)


def _wider(by_seeds: Interval, by_words: Interval) -> Interval:
    """Return the ends that are farther out; none with a single seed."""
    if by_seeds[0] is None or by_words[0] is None:
        return None, None
    return min(by_seeds[0], by_words[0]), max(by_seeds[1], by_words[1])


def mean_interval(values: FloatArray, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval of the mean that values (n,) are drawn around, by Student's t; none for a single value."""
    n = len(values)
    if n < 2:
        return None, None
    reach = float(stdtrit(n - 1, (1 + confidence) / 2) * values.std(ddof=1) / sqrt(n))
    return float(values.mean()) - reach, float(values.mean()) + reach


def _between(low: float | None, high: float | None, sign: str = "") -> str:
    return "" if low is None or high is None else f"{100 * low:{sign}.2f} to {100 * high:{sign}.2f}"
