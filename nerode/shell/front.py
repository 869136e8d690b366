"""`nerode front`: students of all kinds and sizes of one checkpoint, on one scale."""

from __future__ import annotations

from argparse import Namespace

from nerode.eval.fronts import SECONDS, front
from nerode.shell.common import Answer, asked, check_picture, drawn_to, told_of, words_of
from nerode.shell.console import DONE, STOPPED, Status


def run(options: Namespace, status: Status) -> Answer:
    """Students of all kinds and sizes of one checkpoint."""
    check_picture(options.out)
    teacher = asked(options)
    words = None if options.words is None else words_of(options.words, teacher)
    seconds = SECONDS if options.seconds is None and options.effort is None else options.seconds
    found = front(
        teacher, options.students, seconds=seconds, effort=options.effort, words=words, seed=options.seed, progress=status.show
    )
    told = told_of(teacher)
    answer = {"teacher": str(options.checkpoint), "answers": told, **found.to_json()}
    text = ([] if told is None else [told]) + [str(found)]
    if options.out is not None and found.points:
        text.append(drawn_to(options.out, found, answer))
    return STOPPED if found.unfinished else DONE, answer, "\n".join(text)
