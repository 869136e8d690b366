"""`nerode front`: students of all kinds and sizes of one checkpoint, on one scale."""

from __future__ import annotations

from argparse import Namespace

from nerode.errors import InputError
from nerode.eval.fronts import SECONDS, front
from nerode.files import check_writable, write_whole
from nerode.shell.common import Answer, asked, told_of, words_of
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.teachers.checkpoints import check_output

PICTURES = (".svg", ".png", ".pdf")


def run(options: Namespace, status: Status) -> Answer:
    """Students of all kinds and sizes of one checkpoint."""
    if options.out is not None:
        if options.out.suffix.lower() not in PICTURES:
            raise InputError(f"the picture is written to a file that ends in {', '.join(PICTURES)}, not to {options.out}")
        check_writable(options.out)
        check_output(options.out)
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
        with uninterrupted():
            from nerode.eval.plots.figures import picture  # here, because matplotlib takes long to import

            write_whole(options.out, picture(found.plot(), options.out.suffix.lower()[1:]))
        answer["out"] = str(options.out)
        text.append(f"Picture in {options.out}.")
    return STOPPED if found.unfinished else DONE, answer, "\n".join(text)
