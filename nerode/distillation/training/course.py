"""What all ways of training share: lessons that grow, passes over them until these gain nothing more, and what they cost.

A network goes on with a larger lesson where it gains no more from the smaller, and in the end it learns more slowly. After each
pass its students are hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Protocol

from nerode.distillation.lessons import Lesson, Search, labels_alone, whole_lesson
from nerode.distillation.responses import Answers, Response, scaled, scaling, student_link
from nerode.distillation.transferring import transfer_named
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.method import Task
from nerode.extraction.reasons import CONVERGED, LARGEST_LESSON
from nerode.links import LANGUAGE_MODEL, Link
from nerode.protocols import Teacher
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.distilling import Apprentice, NetworkStudent
from nerode.teachers.examples import Lesson as Rows
from nerode.teachers.examples import numbered
from nerode.teachers.knowledge.guide import FORWARD, Guide, Guided
from nerode.words import FloatArray, IntArray, Words

STAGES = ((1000, 1.0), (4000, 1.0), (16_000, 1.0), (64_000, 1.0), (64_000, 0.3), (64_000, 0.3))
"""Words of the lesson, and what the learning rate is multiplied by before it."""
LEAST = 4000  # words between two hypotheses
PATIENCE, MOST = 4, 25  # hypotheses of a stage: without a gain, and in all
STEP, PRODUCT = 1e-3, 1e-9  # seconds of work: of a step, and of a letter for each parameter, about


class Over(Exception):
    """A course has had its part of the limits. It never leaves the course."""


@dataclass(frozen=True, eq=False)
class Drill:
    """A lesson as networks in training read it.

    Parameters
    ----------
    link : of the students
    answers : what is learned, in the scale of the networks
    """

    words: Words
    rows: Rows
    link: Link
    answers: Answers
    response: Response

    def slope(self, scores: FloatArray, numbers: IntArray) -> FloatArray:
        """Return the derivative of the loss of the answers by scores (m, width)."""
        return self.response(self.link, scores, self.answers[numbers])[1]

    def beside(self, guide: Guide | None) -> Guided | None:
        """Return what is learned beside the answers of these words."""
        return None if guide is None else guide.through(self.words)


class Class(Protocol):
    """Networks that learn together: one way of training."""

    @property
    def learners(self) -> Iterable[Apprentice]:
        """The networks."""
        ...

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once."""
        ...

    def students(self) -> Iterable[NetworkStudent]:
        """Return what could be handed back now."""
        ...

    @property
    def search(self) -> Search | None:
        """What searches words for the next lesson; None for the usual ones."""
        ...


@dataclass(frozen=True, eq=False)
class Course:
    """One distillation of networks.

    Parameters
    ----------
    task : whose teacher and model teach here
    shape : of the networks
    until : the part of the limit on time or on effort after which it ends
    """

    task: Task
    shape: TrainingSettings
    until: float = 1.0

    @property
    def link(self) -> Link:
        """That of the students."""
        return student_link(self.task.teacher.link)

    def run(self, make: Callable[[Course, Lesson], Class]) -> Generator[NetworkStudent, None, str]:
        """Yield the students of a class after each pass, and return why it ended.

        Parameters
        ----------
        make : begins a class, from the course and the first lesson
        """
        words, taught = 0, None
        learning: Class | None = None
        for count, factor in STAGES:
            if taught is None or (count != words and not labels_alone(self.task)):
                taught, words = whole_lesson(self.task, count, taught, None if learning is None else learning.search), count
            learning = learning or make(self, taught)
            for learner in learning.learners:
                distilling.slowed(learner, factor)
            try:
                yield from self._passes(learning, taught)
            except Over:
                yield from learning.students()
                return LARGEST_LESSON
            if self.task.ledger.lowest == 0:
                return CONVERGED
        return LARGEST_LESSON

    def _passes(self, learning: Class, taught: Lesson) -> Iterator[NetworkStudent]:
        """Let a class learn; yield its students after some passes each, until that gains nothing more on the held-out words."""
        errors: list[float] = []
        learner = next(iter(learning.learners))
        rows = numbered(self.task.teacher.alphabet, taught.words, each=self.link.task == LANGUAGE_MODEL)
        answers = scaled(taught.answers, learner.scale, learner.shift)
        drill = Drill(taught.words, rows, self.link, answers, self.task.settings.response)
        while len(errors) < MOST and not (len(errors) > PATIENCE and min(errors[-PATIENCE:]) >= min(errors[:-PATIENCE])):
            for _ in range(-(-LEAST // len(taught.words))):
                learning.learn(drill)
            lowest = inf
            for student in learning.students():
                yield student
                lowest = min(lowest, self.task.ledger.rounds[-1].error)
            errors.append(lowest)

    def begun(self, taught: Lesson) -> Apprentice:
        """Return an untrained network.

        Raises
        ------
        InputError : it is larger than it may be
        """
        task = self.task
        scale, shift = scaling(task.teacher.link, taught.answers)
        learner = distilling.apprentice(self.shape, task.teacher.alphabet, scale, shift, task.rng)
        if task.states is not None and learner.parameters > task.states:
            raise InputError(
                f"a network of width {self.shape.hidden} has {learner.parameters:,} parameters here, and at most {task.states:,} "
                "are allowed; make it narrower"
            )
        return learner

    def guide(self, learner: Apprentice) -> Guide | None:
        """Return what a network learns beside the answers; None where that is nothing."""
        settings = self.task.settings
        chosen = [(transfer_named(name), weight) for name, weight in settings.transfer.items()]
        layers = self.task.model if settings.layers_of is None else settings.layers_of.model
        return Guide(layers, learner, chosen, self.task.rng) if chosen else None

    def student(self, learner: Apprentice) -> NetworkStudent:
        """Return a network as it is now."""
        teacher = self.task.teacher
        return distilling.student_of(learner, teacher.alphabet, self.link, domain_of(teacher))

    def before(self, steps: float, weights: float) -> Callable[[int], None]:
        """Return what looks at the limits and counts work before each step, from the number of its letters.

        Parameters
        ----------
        steps : as how many a step counts
        weights : about how much work a letter is, in parameters that are trained by it
        """
        meter = self.task.meter

        def count(letters: int) -> None:
            meter.check()
            if self.until < 1 and meter.time_spent >= self.until:
                raise Over
            meter.effort += steps * STEP + PRODUCT * letters * weights

        return count

    def of(self, teacher: Teacher, model: Any) -> Course:
        """Return the course in which another teacher, whose network this is, teaches."""
        return replace(self, task=replace(self.task, teacher=teacher, model=model))


@dataclass(frozen=True)
class Training:
    """A way of training.

    Parameters
    ----------
    students : yields what could be handed back, one after the other, and returns why it ended
    check : refuses settings that do not fit, from these and the teacher
    """

    students: Callable[[Course], Generator[NetworkStudent, None, str]]
    check: Callable[[Any, Teacher], None] = lambda settings, teacher: None


def cost(learner: Apprentice, beside: Guided | None, read: int = 0) -> tuple[float, float]:
    """Return what a step of a network counts in the next pass, and what a letter, as `Course.before` takes them.

    Parameters
    ----------
    read : the work of another network that reads the same words
    """
    steps, weights = (1, learner.work) if beside is None else (1 + beside.guide.passes, learner.work + beside.work)
    return steps + (read > 0) / FORWARD, weights + read / FORWARD
