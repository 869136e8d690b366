"""`nerode report`: a page about automata and the network that they stand for."""

from __future__ import annotations

import os
import re
import shlex
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from nerode.datasets.asked import sample_of
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.eval.fronts import Front
from nerode.eval.page import Page, report_page
from nerode.eval.page.content import Origin, Shown
from nerode.eval.page.histories import FOREIGN, is_foreign
from nerode.eval.page.study import Evidence
from nerode.files import check_writable
from nerode.grammars.loading import load_metadata
from nerode.protocols import Teacher, longest_of
from nerode.shell.classes import names_of_classes, usable_labels
from nerode.shell.common import (
    Answer,
    as_extracted,
    asked,
    before_of,
    fingerprint_at,
    loaded,
    watched,
    within_reach,
)
from nerode.shell.console import DONE, Status, uninterrupted
from nerode.students.loading import history_of, is_student, load_student
from nerode.teachers.addresses import is_outside
from nerode.teachers.checkpoints import check_output, load_model
from nerode.teachers.recognition import holds_network, training_facts

SUFFIXES = (".html", ".htm")


def run(options: Namespace, status: Status) -> Answer:
    """A page about automata and the network that they stand for."""
    *files, checkpoint = options.automaton
    if not files:
        raise InputError("a report needs an automaton, a .json file, and after it the checkpoint that it stands for")
    check_place(options.out)
    for file in files:
        if os.path.isdir(file) and not holds_network(file):
            raise InputError(f"{file} is a folder without a network; automata and students come first and the checkpoint last")
    for file in (*files, *([options.words] if options.words is not None else [])):
        if os.path.realpath(file) == os.path.realpath(options.out):
            raise InputError(f"{file} would be overwritten by the report; choose another name with --out")
    shown = [Shown(_name(file, files), *_function(file, status)) for file in files]
    options.checkpoint = checkpoint
    as_extracted(options, shown[0].automaton, shown[0].history)
    options.as_before = _asked_before(shown, options)
    teacher = asked(options)
    for file, each in zip(files, shown, strict=True):
        comparable(each.automaton, teacher, (str(file), str(checkpoint)))
    evidence = None if options.words is None else _evidence(options.words, checkpoint, teacher, status)
    origin = origin_of(checkpoint, fingerprint_at(checkpoint))
    page = page_about(shown, teacher, evidence, origin, options, status)
    foreign = [each.name for each in shown if is_foreign(each.history, origin.fingerprint)]
    for name in foreign:
        status.say(f"note: {name}: {FOREIGN}")
    with uninterrupted():
        page.save(options.out)
    answer = {"report": str(options.out), "automata": list(map(str, files)), "teacher": str(checkpoint), "bytes": page.size}
    answer["of_another_network"] = foreign
    return DONE, answer, f"{page.title}: {page.size / 1e6:.2g} MB, written to {options.out}; open it in a browser"


def _asked_before(shown: list[Shown], options: Namespace) -> dict[str, Any]:
    """How a language model was asked when these were learned, where the options do not say it.

    Raises
    ------
    InputError : they were learned with different settings, so that no one model is what all of them stand for
    """
    before: dict[str, Any] = {}
    for names in (("possible",), ("top_k", "top_p")):  # the last two are one rule
        settings = [{name: value for name in names if (value := before_of(each.history)[name]) is not None} for each in shown]
        several = [each for i, each in enumerate(settings) if each and each not in settings[:i]]
        if len(several) > 1 and all(getattr(options, name) is None for name in names):
            said = " and with ".join(" ".join(f"{_option(name)} {value:g}" for name, value in each.items()) for each in several)
            raise InputError(f"these automata were extracted with {said}; choose by {' and '.join(map(_option, names))}")
        before |= several[0] if len(several) == 1 else {}
    return before


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _function(file: Path, status: Status) -> tuple[Any, dict[str, Any] | None]:
    """The automaton or the student of a file, or the network of a folder, and how it was learned."""
    if holds_network(file):
        from nerode.teachers.distilling import as_student  # here, because torch takes long to import

        return as_student(load_model(file)), training_facts(file)
    if is_student(file):
        return load_student(file), history_of(file)
    return loaded(file, status), load_metadata(file)


def check_place(out: Path) -> None:
    """Refuse at once a place that a report cannot be written to.

    Raises
    ------
    InputError : another suffix than those of HTML, or a place that cannot be written to
    """
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(f"a report is written to a file that ends in {' or '.join(SUFFIXES)}, not to {out}")
    check_writable(out)
    check_output(out)


def _evidence(file: Path, checkpoint: Path | str, teacher: Teacher, status: Status) -> Evidence:
    """The words of a file, and their true labels where it has some that are numbers or names of the network's classes."""
    sample = sample_of(file, teacher)
    longest = longest_of(teacher)
    reached = [i for i, word in enumerate(sample.words) if longest is None or len(word) <= longest]
    words, left_out = within_reach(sample.words, teacher, file)
    if left_out:
        status.say(f"note: {left_out}")
    labels = usable_labels(sample, file, checkpoint, teacher, status)
    return Evidence(words, given=True, labels=None if labels is None else np.array(labels)[reached])


def origin_of(checkpoint: Path | str, hashed: str | None) -> Origin:
    """What a page says of the network that was asked, and the command that makes the page again.

    Parameters
    ----------
    hashed : the hash of its files, see `fingerprint_at`
    """
    outside = isinstance(checkpoint, str) and is_outside(checkpoint)
    name = str(checkpoint) if outside else os.path.basename(os.path.realpath(checkpoint))
    return Origin(name, hashed, command(), names_of_classes(checkpoint))


def page_about(
    shown: list[Shown],
    teacher: Teacher,
    evidence: Evidence | None,
    origin: Origin,
    options: Namespace,
    status: Status,
    students: Front | None = None,
) -> Page:
    """The page about automata and the network that they stand for."""
    with watched(teacher, status, "asking the network") as network:
        return report_page(
            shown, network, evidence=evidence, origin=origin, students=students, seed=options.seed, progress=status.show
        )


def command() -> str:
    """The command that is running, as one would type it, without what may be secret: bodies of requests, queries of addresses."""
    shown, hidden = [], False
    for argument in sys.argv[1:]:
        if hidden or argument.startswith("--request="):
            argument = "--request=…" if argument.startswith("--request=") else "…"
        if argument.startswith(("http:", "https:")):
            argument = re.sub(r"\?.*", "?…", argument, flags=re.DOTALL)
        shown.append(argument)
        hidden = argument == "--request"
    return shlex.join(["nerode", *shown])


def _name(file: Path, files: list[Path]) -> str:
    """What an automaton is called: its file, without the folder where no other has this name."""
    path = Path(file)
    return path.stem if sum(Path(other).stem == path.stem for other in files) == 1 else str(path)
