"""Co-distillation: two copies of a network learn from half of the words each, and from each other's answers to these.

What a copy answers is taken as it was after the last pass, and counts from the second pass on. Anil, Pereyra, Passos, Ormandi,
Dahl, Hinton: Large scale distributed neural network training through online distillation, ICLR 2018, algorithm 1. Of the words
that join a lesson half are those on which the copies differ most, where words are drawn. The copy that errs less on held-out
words is handed back.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np

from nerode.distillation.adversarial import differing_words
from nerode.distillation.lessons import Lesson, Search
from nerode.distillation.training.course import Course, Drill, Training, cost
from nerode.distillation.training.mutual import beside_peer
from nerode.errors import InputError
from nerode.protocols import Teacher, is_closed
from nerode.teachers.distilling import Apprentice, NetworkStudent, Pupil, taught_in_turn


class Copies:
    """A class of two networks with half of the words each."""

    def __init__(self, course: Course, taught: Lesson) -> None:
        self._course = course
        self._pair = (course.begun(taught), course.begun(taught))
        self._guides = tuple(course.guide(learner) for learner in self._pair)
        self._begun = False
        self._drill: Drill | None = None
        self._halves: list[Drill] = []

    @property
    def learners(self) -> Iterable[Apprentice]:
        """The two networks."""
        return self._pair

    @property
    def search(self) -> Search | None:
        """Find words on which the two differ; a teacher that knows some words only is not asked about others."""
        task = self._course.task
        if is_closed(task.teacher):
            return None
        one, other = (student.model.teacher for student in self.students())
        return partial(differing_words, task.source, (one, other))

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once: each network through its half."""
        rng = self._course.task.rng
        if drill is not self._drill:
            order = rng.permutation(len(drill.words))
            self._drill, self._halves = drill, [drill.part(half) for half in np.array_split(order, 2) if len(half)]
        peers = [deepcopy(learner.network) if self._begun else None for learner in reversed(self._pair)]
        for learner, guide, half, peer in zip(self._pair, self._guides, self._halves, peers, strict=False):  # one word: one half
            before = self._course.before(*cost(learner, guide, read=0 if peer is None else learner.parameters))
            taught_in_turn([Pupil(learner, half.beside(guide), peer)], half.rows, beside_peer(half), before, rng)
        self._begun = True

    def students(self) -> Iterable[NetworkStudent]:
        """Return both as they are now."""
        return [self._course.student(learner) for learner in self._pair]


def _check(settings: Any, teacher: Teacher) -> None:
    if settings.adversarial:
        raise InputError("codistilled networks search the words on which they differ; leave adversarial words out")


CODISTILLED = Training(lambda course: course.run(Copies), _check)
