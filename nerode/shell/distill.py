"""`nerode distill`: a student of a checkpoint: a regression, a tree, boosted trees, a small network, or an automaton."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.distillation.distill import distill
from nerode.distillation.students import STUDENTS
from nerode.errors import InputError
from nerode.extraction.extracted import Extraction
from nerode.extraction.history import history
from nerode.extraction.ledger import Round
from nerode.extraction.loop import SECONDS
from nerode.extraction.method import settings_of
from nerode.extraction.methods import method_named
from nerode.extraction.reasons import BUDGET_REASONS, NO_GAIN, STOP_SENTENCES
from nerode.files import check_writable
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.shell.classes import labels_by_word
from nerode.shell.common import Answer, also_asked, asked, check_checkpoint, told_of
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.shell.extract import compared, name_of
from nerode.shell.known_words import given_words, known_words, named
from nerode.shell.options.distillation import SETTINGS
from nerode.shell.report import command
from nerode.shell.sentences import how_good, spent, what_happened
from nerode.students.student import SUFFIX, check_suffix
from nerode.teachers.checkpoints import check_output, load_teacher
from nerode.teachers.ensemble import ensemble
from nerode.teachers.known import KnownWords

LARGE = 32  # leaves or features: more are not read at once
SMALLER = (64, 16, 4)  # times as small are others that are told of

AS_STUDENT = {
    STOP_SENTENCES[NO_GAIN]: "Stopped because far larger students err hardly less on held-out words.",
    "best automaton": "best student",
    "for the first automata ": "",
    "this automaton answers all words alike": "what is written answers all words alike, and is no student of the kind asked for",
}
"""What sentences about automata say of students other than these."""

AS_OPTION = {
    "--states N": "--size N",
    "--sizes 2,4,8,16 shows what smaller ones do": "--size N gives one of at most N states",
    ", --sizes shows more": "",
    "--method pdfa": "--student pdfa",
}
"""What the options of `extract` are called here; there is no table of sizes."""


def run(options: Namespace, status: Status) -> Answer:
    """A student of a checkpoint, with a verdict on fresh words."""
    method = method_named(options.student, STUDENTS)
    out = _place(options, method.directory)
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    settings_of(options.student, method, given)
    teacher = _teacher(options)
    words = teacher.words if isinstance(teacher, KnownWords) else given_words(options, teacher)
    labels = _labels(options, teacher, given)
    layered = {} if options.layers_of is None else {"layers_of": load_teacher(options.layers_of)}
    result = distill(
        teacher, options.student, size=options.size, seconds=options.seconds or "auto", effort=options.effort,
        queries=options.queries, words=words, seed=options.seed, progress=status.show, **given, **labels, **layered,
    )  # fmt: skip
    told = told_of(teacher)
    chosen = {"labels_of": None if not labels else str(options.words), **given, **_others(options)}
    origin = {**chosen, **history(result), "checkpoint": str(options.checkpoint), "command": command(), "answers": told}
    origin |= named(options.checkpoint, teacher)
    replaced: dict[str, Any] = {"force": True} if method.directory else {}  # that was asked before
    with uninterrupted():
        result.automaton.save(out, extraction=origin, **replaced)
    seconds = SECONDS if options.seconds is None and options.effort is None else options.seconds
    report, _, unsaid = compared(result, seconds, None, teacher, status)
    student: Any = result.automaton
    answer = {
        "student": str(out),
        "type": student.kind,
        "size": student.size,
        "unit": student.unit,
        "seconds": round(result.seconds, 3),
        "queries": result.queries,
        "stop_reason": result.stop_reason,
        "smaller": [{"size": done.states, "error": done.error} for done in _smaller(result)],
        "left_out": [*result.left_out, *unsaid],
        "verdict": None if result.verdict is None else asdict(result.verdict),
        "held_out": None if report is None else report.to_json(),
        "answers": told,
    }
    said = what_happened(result, options.size)
    stopped, *more = (_put(AS_OPTION if isinstance(student, Automaton) else AS_STUDENT, sentence) for sentence in said)
    text = [] if told is None else [told]
    text += [f"{spent(result, teacher)}. {stopped}", *how_good(result, report)]
    text += ["", f"{student!r}, written to {out}", *more, *_said_of(_smaller(result), result), *unsaid]
    text += [] if report is None else ["", "On fresh words:", str(report)]
    unfinished = result.stop_reason in BUDGET_REASONS or result.failure is not None or result.interrupted or unsaid
    return STOPPED if unfinished else DONE, answer, "\n".join(text)


def _smaller(result: Extraction) -> list[Round]:
    """Smaller students of the same run, smallest first, where the student is too large to be read at once."""
    size, learned = result.chosen.states, result.rounds[1:]
    if isinstance(result.automaton, Automaton) or size < LARGE:
        return []
    fitting = ([done for done in learned if done.states <= size // part] for part in SMALLER)
    best = [min(some, key=lambda done: done.error) for some in fitting if some]
    return [done for k, done in enumerate(best) if done not in best[:k]]


def _said_of(smaller: list[Round], result: Extraction) -> list[str]:
    """What these err, in a sentence."""
    if not smaller:
        return []
    scale, unit = (100, " %") if result.task == CLASSIFIER else (1, " nats a symbol" if result.task == LANGUAGE_MODEL else "")
    errors = ", ".join(f"{counted(done.states, done.unit)} {scale * done.error:.3g}{unit}" for done in smaller)
    ours = f"{scale * result.chosen.error:.3g}{unit}"
    return [f"On held-out words it errs by {ours}, and smaller ones by: {errors}. --size N gives one of at most N."]


def _teacher(options: Namespace) -> Teacher:
    """What is learned of: the checkpoint, alone or with others.

    Raises
    ------
    InputError : one of them cannot be read, they do not fit together, or it is said how to combine a single one
    """
    if options.others is None:
        if options.combine is not None:
            raise InputError("--combine says how several teachers answer together; name the others by --with, or leave it out")
        return known_words(options) or asked(options)
    members = [known_words(options) or asked(options), *(also_asked(options, place) for place in options.others)]
    return ensemble(members, options.combine or "mean")


def _networks(options: Namespace) -> list[Path | str]:
    """The places of all teachers."""
    return [options.checkpoint, *(options.others or ()), *([] if options.layers_of is None else [options.layers_of])]


def _others(options: Namespace) -> dict[str, Any]:
    """What else was asked, for the origin of the student."""
    found: dict[str, Any] = {}
    if options.others is not None:
        found |= {"with": list(map(str, options.others)), "combine": options.combine or "mean"}
    if options.layers_of is not None:
        found["layers_of"] = str(options.layers_of)
    return found


def _place(options: Namespace, directory: bool) -> Path:
    """Where the student is written: a file, or the directory of a network."""
    out = options.out = options.out or Path(f"{name_of(options.checkpoint)}.{options.student}{'' if directory else SUFFIX}")
    if os.path.realpath(out) in {os.path.realpath(place) for place in _networks(options)}:
        other = "directory" if directory else "file"
        raise InputError(f"{out} is the network that is asked; choose another {other} with --out")
    if directory:
        check_checkpoint(options)
    else:
        check_suffix(out)
        check_writable(out)
        check_output(out)
    return out


def _labels(options: Namespace, teacher: Teacher, given: dict[str, Any]) -> dict[str, Any]:
    """The true labels of the words of --words, where the student learns from labels and the file has some."""
    if options.words is None or not given.get("alpha"):
        return {}
    labels = labels_by_word(options.words, options.checkpoint, teacher)
    return {} if labels is None else {"labels": labels}


def _put(words: dict[str, str], sentence: str) -> str:
    """A sentence of `extract` in the words of this command."""
    for theirs, ours in words.items():
        sentence = sentence.replace(theirs, ours)
    return sentence
