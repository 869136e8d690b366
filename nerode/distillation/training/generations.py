"""Born-again networks: a student teaches the next one of the same shape, and so on for some generations.

Each generation begins from new weights and has an equal part of what is left of the limits. It learns from the best student of
the generation before, on the words of the task; of language models these are drawn from the teacher, and counted. Held-out
words are weighed by the teacher all the time, and choose the best of all generations. Furlanello, Lipton, Tschannen, Itti,
Anandkumar: Born-again neural networks, ICML 2018, section 3.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

from nerode.distillation.training.course import Course, Training
from nerode.distillation.training.offline import Alone
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.budget import metered
from nerode.extraction.reasons import CONVERGED
from nerode.protocols import Teacher
from nerode.teachers.distilling import NetworkStudent

GENERATIONS = 3


def born_again(course: Course) -> Generator[NetworkStudent, None, str]:
    """Yield the students of each generation, and return why the last one ended."""
    task, count = course.task, course.task.settings.generations or GENERATIONS
    born: dict[int, int] = {}  # the generation of each round
    reason = ""
    try:
        for number in range(1, count + 1):
            spent, last = task.meter.time_spent, number == count
            learning = replace(course, until=1.0 if last else spent + (1 - spent) / (count - number + 1)).run(Alone)
            best: tuple[float, NetworkStudent] | None = None
            while True:
                try:
                    student = next(learning)
                except StopIteration as end:
                    reason = end.value
                    break
                except BudgetExhausted as end:
                    if last or best is None or end.reason != "queries":
                        raise
                    break  # the next generation asks the one before, and the teacher for words alone
                yield student
                born[len(task.ledger.rounds) - 1] = number
                error = task.ledger.rounds[-1].error
                if best is None or error < best[0]:
                    best = error, student
            if reason == CONVERGED:
                break
            if best is not None:
                course = course.of(metered(best[1].model.teacher, task.meter, counted=False), best[1].model)
    finally:
        chosen = next(i for i, each in enumerate(task.ledger.rounds) if each is task.ledger.best_round)
        if chosen in born:
            task.ledger.told.append(f"The best student is of generation {born[chosen]} of {count}.")
    return reason


def _check(settings: Any, teacher: Teacher) -> None:
    if settings.alpha == 1:
        raise InputError("born-again students learn from the generation before, and with alpha 1 labels alone count; give less")


BORN_AGAIN = Training(born_again, _check)
