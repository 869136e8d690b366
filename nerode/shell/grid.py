"""`nerode grid`: students of one kind for each weight of labels and each temperature, with several seeds."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from nerode.errors import InputError
from nerode.eval.grids import ALPHAS, TEMPERATURES, grid
from nerode.protocols import Teacher
from nerode.shell.classes import labels_by_word, names_of_classes
from nerode.shell.common import Answer, asked, check_picture, drawn_to, told_of
from nerode.shell.console import DONE, STOPPED, Status
from nerode.shell.options.distillation import OF_KINDS
from nerode.words import Word


def run(options: Namespace, status: Status) -> Answer:
    """What a classifier's answers add to labels."""
    check_picture(options.out)
    given = {name: getattr(options, name) for name in OF_KINDS if getattr(options, name) is not None}
    teacher = asked(options)
    labels = _labels(options.words, options, teacher)
    found = grid(
        teacher, options.student, labels, test=None if options.test is None else _labels(options.test, options, teacher),
        alphas=options.alphas or ALPHAS, temperatures=options.temperatures or TEMPERATURES, seeds=options.seeds,
        effort=options.effort, seed=options.seed, classes=names_of_classes(options.checkpoint), progress=status.show, **given,
    )  # fmt: skip
    told = told_of(teacher)
    answer = {"teacher_checkpoint": str(options.checkpoint), "answers": told, **found.to_json()}
    text = ([] if told is None else [told]) + [str(found)]
    if options.out is not None:
        text.append(drawn_to(options.out, found, answer))
    return STOPPED if found.unfinished else DONE, answer, "\n".join(text)


def _labels(file: Path, options: Namespace, teacher: Teacher) -> dict[Word, int]:
    labels = labels_by_word(file, options.checkpoint, teacher)
    if labels is None:
        raise InputError(f"the words of {file} have no labels; a grid compares students by true ones")
    return labels
