"""Self-distillation: the top layer of a network teaches read-outs of its lower layers, while it learns itself.

A lower read-out learns the answers, as the top one does, and what the top one answers, each by half. Zhang, Song, Gao, Chen, Bao,
Ma: Be your own teacher, ICCV 2019, equations 1 to 3, without the distance of states (equation 4), beside which some networks of
rectifiers learned nothing. Networks that end at a lower layer are students too: where one is as good on held-out words it is
handed back, otherwise the lower read-outs are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nerode.distillation.lessons import Lesson
from nerode.distillation.responses import Answers, Response
from nerode.distillation.training.course import Course, Drill, Training
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.teachers import distilling
from nerode.teachers.distilling import Apprentice, NetworkStudent
from nerode.teachers.exits import Exits, Within
from nerode.words import FloatArray, IntArray

OF_TOP = 0.5  # the weight of what the top read-out answers, beside that of the answers


class Layered:
    """A class of one network whose top layer teaches the others."""

    search = None

    def __init__(self, course: Course, taught: Lesson) -> None:
        self._course = course
        self._learner = course.begun(taught)
        self._exits = Exits(self._learner, course.task.teacher.alphabet, course.task.rng)

    @property
    def learners(self) -> Iterable[Apprentice]:
        """The network."""
        return [self._learner]

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once."""
        agree = Response(0.0, drill.response.temperature)

        def slope(scores: FloatArray, numbers: IntArray, top: FloatArray) -> FloatArray:
            like = agree(drill.link, scores, Answers(top, drill.answers.labels[numbers]))[1]
            return (1 - OF_TOP) * drill.slope(scores, numbers) + OF_TOP * like

        before = self._course.before(2, 2 * self._learner.work)
        within = Within(self._exits, drill.rows, slope)
        distilling.taught(self._learner, drill.rows, drill.slope, before, self._course.task.rng, within)

    def students(self) -> Iterable[NetworkStudent]:
        """Return networks that end at each layer, lowest first."""
        return map(self._course.student, [*self._exits.shortened(), self._learner])


def _check(settings: Any, teacher: Teacher) -> None:
    if settings.layers < 2:
        raise InputError(
            "a network teaches itself from its top layer to the lower ones; give it two or more by layers (--layers)"
        )
    if settings.transfer:
        raise InputError("what is transferred comes from another network, and this one teaches itself; leave the transfer out")


OWN_LAYERS = Training(lambda course: course.run(Layered), _check)
