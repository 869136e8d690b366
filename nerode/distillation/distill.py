"""Distillation: a student of any kind, learned from what a teacher answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nerode.distillation.students import STUDENTS
from nerode.extraction.arguments import teacher_of
from nerode.extraction.extracted import Extraction
from nerode.extraction.loop import extract
from nerode.protocols import Teacher


def distill(teacher: Teacher | Callable[..., Any], student: str, *, size: int | None = None, **options: Any) -> Extraction:
    """Learn a student of a teacher.

    Parameters
    ----------
    teacher : what is asked; also a Python function
    student : a kind: "regression", "tree", "boosted", "trepan", "soft-tree", a network ("rnn", "gru", "lstm", "transformer",
        "conv", "ssm", "gla", "mlp"), or a method of `extract`
    size : at most so large, in the unit of its kind: features, leaves, parameters, states
    options : those of `extract`, and the settings of the kind by name; those of response distillation are `alpha`, `temperature`
        and `labels`, true ones by word; networks that learn from networks have `transfer`, the weights of what is learned beside
        the answers, and `layers_of`, another network whose layers that is; all networks have `training`, how they are trained:
        "offline", "mutual", "codistilled", "self" or "born-again", the last with `generations`

    Raises
    ------
    InputError : as for `extract`
    """
    if options.get("labels") is not None:
        teacher = teacher_of(teacher, options.pop("alphabet", None), options)
        options["labels"] = teacher.alphabet.by_word(options["labels"])
    return extract(teacher, student, states=size, methods=STUDENTS, **options)
