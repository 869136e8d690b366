"""What each step of making a network smaller gave: sizes, errors against the original, and time."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nerode.eval.frames import frame
from nerode.eval.metrics import METRICS
from nerode.eval.report import compare
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.teachers import directory, shrinking
from nerode.teachers.model import TrainedModel
from nerode.teachers.recognition import check_free
from nerode.words import Word, Words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ORIGINAL = "original"
MEASURES = {CLASSIFIER: "error_rate", LANGUAGE_MODEL: "next_symbol_kl", SCORES: "relative_error"}
TURNS = 7  # in which all networks are timed, one after the other
TIMED = 1024  # words, asked together
COLUMNS = ("bytes", "parameters", "nonzero", "neurons", "heads", "error", "low", "high", "accuracy", "time")


@dataclass(frozen=True)
class Step:
    """A network after one of the ways to make it smaller.

    Parameters
    ----------
    name : of the way, or "original"
    bytes : of the zipped file of its weights
    parameters, nonzero : how many there are, and how many of them are not 0
    neurons : of each layer; of transformers those of the feed-forward parts
    heads : of each block of a transformer; none of other networks
    error, low, high : against the original, on fresh words, with its 95 % interval: the share of other classes, the divergence
        of what follows, or the relative error of values
    accuracy : the share of right labels, where there are words with labels to judge with
    time : a word, in parts of the original's
    model : the network
    """

    name: str
    bytes: int
    parameters: int
    nonzero: int
    neurons: tuple[int, ...]
    heads: tuple[int, ...]
    error: float | None
    low: float | None
    high: float | None
    accuracy: float | None
    time: float | None
    model: TrainedModel = field(repr=False, compare=False)


@dataclass(frozen=True, repr=False)
class Shrunk:
    """A network made smaller, step by step.

    Parameters
    ----------
    steps : the original, and the network after each way
    measure, percent : what errors are, in words, and whether they are shares
    words : how many fresh words it was judged on
    stop_reason : "done", "time", "effort" or "interrupted"
    spared : of each layer, of transformers of the heads and the feed-forward part of each block in turn, the squared error
        to what it gives away after each neuron that goes, before the network recovers, in parts of its variance; empty
        unless neurons were taken away
    told : what was not done, and why, in sentences
    """

    steps: tuple[Step, ...]
    measure: str
    percent: bool
    words: int
    seconds: float
    stop_reason: str
    spared: tuple[tuple[float, ...], ...] = ()
    told: tuple[str, ...] = ()

    @property
    def model(self) -> TrainedModel:
        """The network after the last step."""
        return self.steps[-1].model

    @property
    def teacher(self) -> Teacher:
        """The same as a function from words to scores."""
        return self.model.teacher

    def save(self, path: str | Path, training: Mapping[str, Any] | None = None, force: bool = False) -> None:
        """Save the network as a checkpoint directory.

        Parameters
        ----------
        training : a JSON object stored beside the weights: its origin
        force : whether it may take the place of a network that is there, such as the one that was made smaller

        Raises
        ------
        InputError : a path that cannot be written to, or that holds a network already
        """
        check_free(path, force)
        directory.save(path, self.model, dict(training or {}))

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of figures for each step."""
        return [{"step": step.name, **{name: getattr(step, name) for name in COLUMNS}} for step in self.steps]

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        rows = [{**row, "neurons": list(row["neurons"]), "heads": list(row["heads"])} for row in self.rows()]
        spared = [list(curve) for curve in self.spared]
        return finite(  # type: ignore[no-any-return]
            {"measure": self.measure, "words": self.words, "steps": rows, "spared": spared, "told": list(self.told)}
        )

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row for each step.

        Raises
        ------
        InputError : pandas is not installed
        """
        return frame({name: [getattr(s, name) for s in self.steps] for name in COLUMNS}, [s.name for s in self.steps], "step")

    def plot(self) -> Figure:
        """Return the picture of which layers can spare what: neurons that go against the error to what the layer gives away."""
        from nerode.eval.plots.spared import spared_figure  # here, because matplotlib takes long to import

        return spared_figure(self.spared, heads=bool(self.steps[0].heads))

    def __str__(self) -> str:
        unit = 100.0 if self.percent else 1.0
        label = f"{self.measure}{' (%)' if self.percent else ''}"
        labelled = any(step.accuracy is not None for step in self.steps)
        attentive = any(step.heads for step in self.steps)
        head = ["", "bytes zipped", "parameters", "not 0", "neurons", *(["heads"] * attentive), label, "95 % interval"]
        rows = [[*head, "time a word", *(["right labels (%)"] * labelled)]]
        for step in self.steps:
            interval = "" if step.low is None or step.high is None else f"{unit * step.low:.3g} to {unit * step.high:.3g}"
            error = "–" if step.error is None else f"{unit * step.error:.3g}"
            ratio = "–" if step.time is None else f"× {step.time:.2f}"
            sizes = [f"{number:,}" for number in (step.bytes, step.parameters, step.nonzero)]
            counted = [", ".join(map(str, counts)) for counts in (step.neurons, *([step.heads] * attentive))]
            row = [step.name, *sizes, *counted, error, interval, ratio]
            rows.append([*row, *(["–" if step.accuracy is None else f"{100 * step.accuracy:.4g}"] * labelled)])
        columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, columns, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, *self.told])

    __repr__ = __str__


def judged(named: list[tuple[str, TrainedModel]], fresh: Words, labels: Mapping[Word, int], seed: int) -> tuple[Step, ...]:
    """Return what each network costs and how far it is from the first, which is the original.

    Parameters
    ----------
    fresh : words to judge with
    labels : the true ones of some of them
    """
    original = named[0][1]
    metric = MEASURES[original.link.task]
    known = [word for word in fresh if word in labels]
    right = np.array([labels[word] for word in known])
    times = relative_times([model.teacher for _, model in named], fresh[:TIMED])
    steps = []
    for (name, model), ratio in zip(named, times, strict=True):
        found = compare(model.teacher, original.teacher, fresh, seed=seed)[metric]
        accuracy = float((model.link.labels(model.teacher.scores(known)) == right).mean()) if known else None
        steps.append(Step(name, *_sizes(model), found.value, found.low, found.high, accuracy, ratio, model))
    return tuple(steps)


def unjudged(name: str, model: TrainedModel) -> Step:
    """Return a step whose sizes alone are known."""
    return Step(name, *_sizes(model), None, None, None, None, None, model)


def _sizes(model: TrainedModel) -> tuple[int, int, int, tuple[int, ...], tuple[int, ...]]:
    size = len(zlib.compress(directory.weights_file(model), 9))
    return size, model.parameters, shrinking.nonzero(model), shrinking.widths(model), shrinking.heads(model)


def measure_of(task: str) -> tuple[str, bool]:
    """Return what errors of a task are, in words, and whether they are shares."""
    return METRICS[MEASURES[task]].label, METRICS[MEASURES[task]].percent


def relative_times(teachers: list[Teacher], words: Words, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Return how long each teacher takes for the words, in parts of the first: the shortest of some turns, taken in turn."""
    shortest = np.full(len(teachers), np.inf)
    for _ in range(TURNS + 1):  # the first turn also pays for set-up
        for i, teacher in enumerate(teachers):
            begun = clock()
            teacher.scores(words)
            shortest[i] = min(shortest[i], clock() - begun)
    return (shortest / shortest[0]).tolist()  # type: ignore[no-any-return]
