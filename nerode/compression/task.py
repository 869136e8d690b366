"""What every way to make a network smaller is given: the network's answers, the words, the limits; and how a network recovers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from scipy.special import log_softmax

from nerode.distillation.responses import Answers, Response, answers_of, scaled, scaling
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.meter import Meter, Stage
from nerode.extraction.source import WordSource
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Link, NextSymbol, Value
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.teachers import distilling, shrinking
from nerode.teachers.examples import Lesson as Rows
from nerode.teachers.model import TrainedModel
from nerode.words import FloatArray, IntArray, Words

LESSON, WORDS = 16_000, 4000  # words; of a language model, which answers to each prefix
PASS, PASSED = 4000, 2000  # words between two looks at the held-out error; of a language model
RATES = (1.0, 0.3, 0.3)  # what the learning rate is multiplied by, each time after PATIENCE passes without a gain
PATIENCE = 4
MOST_BITS = 8
OF_CONSTANT = 0.1  # where few words are of another class than most, to be wrong on all of these is hardly an error
STEP, PRODUCT = 5e-3, 3e-10  # seconds of work: of a step, and of a letter for each parameter, about


@dataclass(frozen=True)
class ShrinkSettings:
    """What a user can choose.

    Parameters
    ----------
    error : how far the network without some neurons may be from the original: the share of words of another class, but no
        more than a tenth of what is not of the most frequent one; of language
        models the divergence in nats a symbol, which is about the share by which the perplexity grows; of values the mean
        difference in parts of their spread
    share : of the weights that pruning keeps
    bits : 2^bits values are shared
    """

    error: float = 0.01
    share: float = 0.4
    bits: int = 4

    def check(self) -> None:
        """Refuse numbers that are out of range.

        Raises
        ------
        InputError : such a number
        """
        if not 0 < self.error < inf:
            raise InputError(f"the bound on the error must be a number above 0, not {self.error!r}")
        if not 0 < self.share < 1:
            raise InputError(f"the share of weights that pruning keeps must be a number between 0 and 1, not {self.share!r}")
        if type(self.bits) is not int or not 1 <= self.bits <= MOST_BITS:
            raise InputError(f"weights are shared with 1 to {MOST_BITS} bits each, not {self.bits!r}")


@dataclass(frozen=True, eq=False)
class Lesson:
    """Words as a network in training reads them, and the derivative of the loss by its scores."""

    words: Words
    rows: Rows
    slope: distilling.Slope


@dataclass(frozen=True, eq=False)
class Task:
    """One network that is to become smaller.

    Parameters
    ----------
    original : the network as it was
    teacher : the same, metered
    stage : the part of the limit on time that this way may take
    say : is told what is being done
    """

    original: TrainedModel
    teacher: Teacher
    source: WordSource
    held_out: HeldOut
    meter: Meter
    stage: Stage
    rng: np.random.Generator
    settings: ShrinkSettings
    say: Callable[[str], None]
    lessons: list[Lesson]  # none or one, which all ways share

    @property
    def lesson(self) -> Lesson:
        """What networks recover by; the teacher is asked once."""
        if not self.lessons:
            self.lessons.append(self._asked())
        return self.lessons[0]

    @cached_property
    def unit(self) -> float:
        """What errors are counted in: 1, or of values their mean distance from their mean."""
        if self.original.link.task == SCORES:
            return float(np.abs(self.held_out.truth - self.held_out.truth.mean(axis=0)).max(axis=1).mean()) or 1.0
        return 1.0

    @cached_property
    def bound(self) -> float:
        """The error that is allowed; of a classifier no more than a part of what the answer alike to all words gets wrong."""
        if self.original.link.task != CLASSIFIER:
            return self.settings.error
        return min(self.settings.error, OF_CONSTANT * rare(self.held_out)) or self.settings.error

    def error(self, model: TrainedModel) -> tuple[float, float]:
        """Return the held-out error of a network against the original, and its loss, which tells equal errors apart."""
        self.meter.look()
        if self.original.link.task == LANGUAGE_MODEL:
            found = self._divergence(self._logs(model.teacher))
            return found, found
        errors, losses = self.held_out.weigh(model.teacher)
        return float(errors.mean()) / self.unit, float(losses.mean())

    @cached_property
    def _truth(self) -> FloatArray:
        return self._logs(self.original.teacher)

    def _logs(self, teacher: Teacher) -> FloatArray:
        """Return the log-probabilities (prefixes, letters + 1) of what follows the prefixes of the held-out words."""
        link = teacher.link
        assert isinstance(link, NextSymbol)
        logs: FloatArray = log_softmax(link.log_probabilities(prefix_scores(teacher, self.held_out.words)[0]), axis=1)
        return logs

    def _divergence(self, logs: FloatArray) -> float:
        likely = np.exp(self._truth)
        return float(np.where(likely > 0, likely * (self._truth - logs), 0.0).sum(axis=1).mean())

    def _asked(self) -> Lesson:
        each = self.original.link.task == LANGUAGE_MODEL
        words = self.source.learn(WORDS if each else LESSON)
        if each and not shrinking.answers_each(self.original):
            words = list(dict.fromkeys(word[:end] for word in words for end in range(len(word) + 1)))[:LESSON]
            each = False
        scores = prefix_scores(self.teacher, words)[0] if each else self.teacher.scores(words)
        return Lesson(words, shrinking.lesson_of(self.original, words), _slope(self.original.link, scores))


def rare(held_out: HeldOut) -> float:
    """Return the share of words that are not of the most frequent class."""
    return 1 - float(np.bincount(held_out.truth.astype(np.int64)).max()) / len(held_out.words)


def _slope(link: Link, scores: FloatArray) -> distilling.Slope:
    """Return the derivative of response distillation; scores that are no logarithms of probabilities are compared as values."""
    plain = not isinstance(link, NextSymbol) or (link.squash == "none" and scores.shape[1] == link.letters + 1)
    compared = link if plain else Value()
    answers: Answers = answers_of(compared, scores)
    scale, shift = scaling(compared, answers)
    wanted, response = scaled(answers, scale, shift), Response()

    def slope(said: FloatArray, rows: IntArray) -> FloatArray:
        return response(compared, (said - shift) / scale, wanted[rows])[1] / scale

    return slope


Recovery = Iterator[tuple[TrainedModel, float]]


def recovered(
    task: Task, model: TrainedModel, enough: float, until: float = 1.0, project: shrinking.Project | None = None
) -> Recovery:
    """Yield a network and its error, and then, while it learns to answer as the original, each that errs less.

    Parameters
    ----------
    enough : an error that ends it
    until : the part of the stage after which it ends, too
    project : what a matrix of weights may be; see `shrinking.learner`
    """
    least = task.error(model)
    yield model, least[0]
    if least[0] <= enough:
        return
    learner = shrinking.learner(model, project)
    work = PRODUCT * learner.work
    portions = _portions(task)

    def before(letters: int) -> None:
        if task.stage(STEP + work * letters) >= until:
            raise BudgetExhausted("time")

    for factor in RATES:
        distilling.slowed(learner, factor)
        stale = 0
        while stale < PATIENCE:
            try:
                distilling.taught(learner, next(portions), task.lesson.slope, before, task.rng)
            except BudgetExhausted:
                return
            found = shrinking.model_of(learner, model)
            error = task.error(found)
            stale += 1
            if error < least:
                stale, least = (0 if error[0] < 0.97 * least[0] else stale), error
                yield found, error[0]
                if error[0] <= enough:
                    return


def _portions(task: Task) -> Generator[Rows, None, None]:
    """Yield parts of the lesson, all words before any comes again."""
    lesson = task.lesson.rows
    size = PASSED if shrinking.answers_each(task.original) else PASS
    count = len(lesson.lengths)
    while True:
        order = task.rng.permutation(count)
        for begin in range(0, count, size):
            yield lesson[order[begin : begin + size]]
