"""`nerode stream`: a teacher and a student that learn together from labelled words in the order of a file."""

from __future__ import annotations

from argparse import Namespace

from nerode.datasets.sample_files import read_sample
from nerode.datasets.samples import described
from nerode.errors import InputError
from nerode.eval.streamed import DONE as COMPLETE
from nerode.eval.streams import stream
from nerode.shell.common import Answer, check_checkpoint, check_picture, drawn_to
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.shell.options.distillation import OF_STREAM
from nerode.shell.report import command
from nerode.words import Alphabet


def run(options: Namespace, status: Status) -> Answer:
    """What distillation gains on a stream, and the student that was taught."""
    check_checkpoint(options)
    check_picture(options.plot)
    sample = read_sample(options.source, None if options.alphabet is None else Alphabet(options.alphabet))
    if sample.labels is None:
        raise InputError(f"{options.source} has words without labels, and a stream is learned from labels; give a file with some")
    status.say(f"read as: {described(sample)}")
    given = {name: getattr(options, name) for name in OF_STREAM if getattr(options, name) is not None}
    found = stream(
        sample.words, [sample.classes[label] for label in sample.labels.tolist()], alphabet=sample.alphabet, seeds=options.seeds,
        seconds=options.seconds, seed=options.seed, progress=status.show, **given,
    )  # fmt: skip
    told = found.to_json()
    origin = {"command": command(), "words": str(options.source), "seed": options.seed, **told}
    with uninterrupted():
        found.network.save(options.out, origin, force=True)  # that was asked before
    answer = {"checkpoint": str(options.out), **told}
    drawn = [] if options.plot is None else [drawn_to(options.plot, found, answer)]
    alone = "Some parts hold words of one class alone, as in a file that is sorted; put its lines in random order."
    text = [
        *([alone] if (found.majority == 1).any() else []),
        str(found),
        "",
        f"{found.network!r}, written to {options.out}",
        *drawn,
    ]
    return DONE if found.stop_reason == COMPLETE else STOPPED, answer, "\n".join(text)
