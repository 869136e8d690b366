"""Offline: the student learns from the answers of a teacher that stays as it is.

Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015.
"""

from __future__ import annotations

from collections.abc import Iterable

from nerode.distillation.lessons import Lesson
from nerode.distillation.training.course import Course, Drill, Training, cost
from nerode.teachers import distilling
from nerode.teachers.distilling import Apprentice, NetworkStudent


class Alone:
    """A class of one network."""

    search = None

    def __init__(self, course: Course, taught: Lesson) -> None:
        self._course = course
        self._learner = course.begun(taught)
        self._guide = course.guide(self._learner)

    @property
    def learners(self) -> Iterable[Apprentice]:
        """The network."""
        return [self._learner]

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once."""
        rng, beside = self._course.task.rng, drill.beside(self._guide)
        before = self._course.before(*cost(self._learner, beside))
        distilling.taught(self._learner, drill.rows, drill.slope, before, rng, beside)

    def students(self) -> Iterable[NetworkStudent]:
        """Return the network as it is now."""
        return [self._course.student(self._learner)]


OFFLINE = Training(lambda course: course.run(Alone))
