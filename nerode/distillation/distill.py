"""Distillation: a student of any kind, learned from what a teacher answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nerode.distillation.students import STUDENTS
from nerode.extraction.loop import Extraction, extract
from nerode.protocols import Teacher


def distill(teacher: Teacher | Callable[..., Any], student: str, *, size: int | None = None, **options: Any) -> Extraction:
    """Learn a student of a teacher.

    Parameters
    ----------
    teacher : what is asked; also a Python function
    student : a kind: "regression", "tree", "boosted", "trepan", "soft-tree", a network ("rnn", "gru", "lstm", "transformer"),
        or a method of `extract`
    size : at most so large, in the unit of its kind: features, leaves, parameters, states
    options : those of `extract`, and the settings of the kind by name; those of response distillation are `alpha`, `temperature`
        and `labels`; networks that learn from networks have `transfer`, the weights of what is learned beside the answers

    Raises
    ------
    InputError : as for `extract`
    """
    return extract(teacher, student, states=size, methods=STUDENTS, **options)
