"""Mutual learning: two networks learn from the teacher, or from labels, and from each other at each batch.

The loss of a network is that of the answers plus the divergence of the other network's answers from its own. Zhang, Xiang,
Hospedales, Lu: Deep mutual learning, CVPR 2018, equations 5 to 8 and algorithm 1. The networks have other first weights; the one
that errs less on held-out words is handed back.
"""

from __future__ import annotations

from collections.abc import Iterable

from nerode.distillation.lessons import Lesson, Search
from nerode.distillation.responses import Answers, Response
from nerode.distillation.training.course import Course, Drill, Training, cost
from nerode.teachers.distilling import Apprentice, NetworkStudent, PeerSlope, Pupil, taught_in_turn
from nerode.words import FloatArray, IntArray


class Pair:
    """A class of two networks that learn from each other."""

    def __init__(self, course: Course, taught: Lesson) -> None:
        self._course = course
        self._pair = (course.begun(taught), course.begun(taught))
        self._guides = tuple(course.guide(learner) for learner in self._pair)

    @property
    def search(self) -> Search | None:
        """Leave the next lesson as it is."""
        return None

    @property
    def learners(self) -> Iterable[Apprentice]:
        """The two networks."""
        return self._pair

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once."""
        (one, other), (guide, second) = self._pair, self._guides
        beside = drill.beside(guide)
        pupils = [Pupil(one, beside, other.network), Pupil(other, drill.beside(second), one.network)]
        before = self._course.before(*cost(one, beside, read=other.work))
        taught_in_turn(pupils, drill.rows, beside_peer(drill), before, self._course.task.rng)

    def students(self) -> Iterable[NetworkStudent]:
        """Return both as they are now."""
        return map(self._course.student, self._pair)


def beside_peer(drill: Drill) -> PeerSlope:
    """Return the derivative of the loss of the answers plus that of what a peer answers, if any, at the same temperature."""
    agree = Response(0.0, drill.response.temperature)

    def slope(scores: FloatArray, numbers: IntArray, theirs: FloatArray | None) -> FloatArray:
        found = drill.slope(scores, numbers)
        if theirs is None:
            return found
        return found + agree(drill.link, scores, Answers(theirs, drill.answers.labels[numbers]))[1]

    return slope


MUTUAL = Training(lambda course: course.run(Pair))
