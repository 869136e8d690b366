"""Co-distillation: two copies of a network learn from the same words, and from what the other copy answers to them.

What a copy answers is taken as it was after the last pass, and counts from the second pass on. Anil, Pereyra, Passos, Ormandi,
Dahl, Hinton: Large scale distributed neural network training through online distillation, ICLR 2018, algorithm 1. Of the words
that join a lesson half are those on which the copies differ most, but for language models, which draw all words themselves. The
copy that errs less on held-out words is handed back.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from typing import Any

from nerode.distillation.adversarial import differing_words
from nerode.distillation.lessons import Lesson, Search
from nerode.distillation.training.course import Course, Drill, Training, cost
from nerode.distillation.training.mutual import Pair, beside_peer
from nerode.errors import InputError
from nerode.protocols import Teacher, is_closed
from nerode.teachers.distilling import Pupil, taught_in_turn


class Copies(Pair):
    """A class of two networks, each of which hears what the other said after the last pass."""

    def __init__(self, course: Course, taught: Lesson) -> None:
        super().__init__(course, taught)
        self._begun = False

    @property
    def search(self) -> Search | None:
        """Find words on which the two differ; a teacher that knows some words only is not asked about others."""
        task = self._course.task
        if is_closed(task.teacher):
            return None
        one, other = (student.model.teacher for student in self.students())
        return partial(differing_words, task.source, (one, other))

    def learn(self, drill: Drill) -> None:
        """Go through a lesson once, each network in an order of its own."""
        peers = [deepcopy(learner.network) if self._begun else None for learner in reversed(self._pair)]
        for learner, guide, peer in zip(self._pair, self._guides, peers, strict=True):
            beside = drill.beside(guide)
            before = self._course.before(*cost(learner, beside, read=0 if peer is None else learner.work))
            taught_in_turn([Pupil(learner, beside, peer)], drill.rows, beside_peer(drill), before, self._course.task.rng)
        self._begun = True


def _check(settings: Any, teacher: Teacher) -> None:
    if settings.adversarial:
        raise InputError("codistilled networks search the words on which they differ; leave adversarial words out")


CODISTILLED = Training(lambda course: course.run(Copies), _check)
