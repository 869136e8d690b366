"""`nerode shrink`: a checkpoint made smaller, with what each step costs."""

from __future__ import annotations

import os
from argparse import Namespace

from nerode.compression.shrink import DONE as COMPLETE
from nerode.compression.shrink import shrink
from nerode.compression.task import ShrinkSettings
from nerode.compression.ways import check_chain
from nerode.datasets.asked import words_of
from nerode.errors import InputError
from nerode.extraction.loop import SECONDS
from nerode.extraction.reasons import INTERRUPTED
from nerode.shell.classes import labels_by_word, names_of_classes
from nerode.shell.common import Answer, check_checkpoint, check_picture, drawn_to
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.shell.report import command
from nerode.teachers.checkpoints import is_automaton, load_teacher, takes_alphabet

SETTINGS = ("error", "share", "bits")


def run(options: Namespace, status: Status) -> Answer:
    """A smaller network than the one of a checkpoint."""
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    check_chain(options.by, given)
    ShrinkSettings(**given).check()
    _check_places(options)
    teacher = load_teacher(options.checkpoint, device="cpu")
    words = None if options.words is None else words_of(options.words, teacher)
    labels = None
    if options.words is not None and teacher.link.task == "classifier":
        labels = labels_by_word(options.words, options.checkpoint, teacher)
    limit = options.seconds if options.seconds is not None or options.effort is not None else SECONDS
    found = shrink(
        teacher, options.by, seconds=limit, effort=options.effort, words=words, labels=labels, seed=options.seed,
        progress=status.show, **given,
    )  # fmt: skip
    origin = {
        "command": command(),
        "checkpoint": str(options.checkpoint),
        "by": list(options.by),
        "seed": options.seed,
        "stop_reason": found.stop_reason,
        **given,
        **found.to_json(),
    }
    if names := names_of_classes(options.checkpoint):
        origin["classes"] = list(names)
    with uninterrupted():
        found.save(options.out, origin, force=True)  # that was asked before
    answer = {
        "checkpoint": str(options.out),
        "seconds": round(found.seconds, 3),
        "stop_reason": found.stop_reason,
        **found.to_json(),
    }
    drawn = drawn_to(options.plot, found, answer) if options.plot is not None and found.spared else ""
    text = [f"{found.seconds:.1f} s. {_why(found.stop_reason)}", "", str(found), "", f"{found.model.architecture}"]
    text[-1] += f", written to {options.out}"
    text += [drawn] * bool(drawn)
    return DONE if found.stop_reason == COMPLETE else STOPPED, answer, "\n".join(text)


def _check_places(options: Namespace) -> None:
    """Refuse what is no network, and places that cannot be written to, before any work.

    Raises
    ------
    InputError : one of these
    """
    if takes_alphabet(options.checkpoint) or is_automaton(options.checkpoint):
        raise InputError(
            f"checkpoint directories and TAYSIR models are made smaller, and {options.checkpoint} is neither; learn a student of "
            "it with nerode distill"
        )
    if os.path.realpath(options.out) == os.path.realpath(options.checkpoint):
        raise InputError(f"{options.out} is the network that is made smaller; choose another directory with --out")
    check_checkpoint(options)
    if options.plot is not None:
        if "neurons" not in options.by:
            raise InputError("--plot shows which layers can spare neurons; ask for them with --by neurons, or leave it out")
        check_picture(options.plot)


def _why(reason: str) -> str:
    """Why it ended, in a sentence."""
    if reason == COMPLETE:
        return "Each way was gone through; a larger limit may get more from each."
    if reason == INTERRUPTED:
        return "Interrupted; this is the best network so far."
    return f"Stopped by the limit on {reason}; this is the best network so far."
