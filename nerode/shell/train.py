"""`nerode train`: a network trained on words of one's own or on a known language."""

from __future__ import annotations

import os
import shlex
from argparse import Namespace
from dataclasses import asdict, replace

import numpy as np

from nerode.datasets.boxed import BOXED
from nerode.datasets.languages import language
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.links import Binary
from nerode.shell import own_words
from nerode.shell.common import Answer, check_checkpoint
from nerode.shell.console import DONE, STOPPED, Status, bar, uninterrupted
from nerode.shell.known_words import SUFFIXES
from nerode.shell.own_words import Task
from nerode.shell.tables import label_of
from nerode.teachers import cards, directory
from nerode.teachers.architectures import FEEDFORWARD, TrainingSettings
from nerode.teachers.lessons import lessons
from nerode.teachers.recognition import UNFINISHED, check_place
from nerode.teachers.resuming import Session, resumed
from nerode.teachers.schedules import CONSTANT
from nerode.teachers.stopping import INTERRUPTED, MAX_STEPS, SECONDS
from nerode.teachers.training import train as run_training
from nerode.words import Words

WORDS, LONGEST = 4000, 30  # of a known language
USUAL = "gru"  # the architecture for words
NAMES = ("rejected", "accepted")  # the classes of a language


def run(options: Namespace, status: Status) -> Answer:
    """A checkpoint from words."""
    session = _session(options)
    rng = np.random.default_rng(options.seed)
    source = options.source
    own = os.path.isfile(source) or source in BOXED or own_words.is_data_set(source)
    if options.data is not None and not own_words.is_data_set(source):
        raise InputError(f"--data is the folder of a data set, and {source} is none; leave it out")
    options.arch = options.arch or (FEEDFORWARD if own and label_of(options) is not None else USUAL)
    settings = TrainingSettings(
        options.arch, options.hidden, options.layers, options.bidirectional,
        max_steps=options.steps or TrainingSettings.max_steps, seconds=options.seconds, schedule=options.schedule,
        thin=options.thin,
    )  # fmt: skip
    task = own_words.task(options, settings, rng, status) if own else _known(options, settings, rng)
    status.show("training")
    model, report = run_training(
        task.alphabet, task.link, task.training, task.held_out, task.settings, rng,
        lambda done, total, message: status.show(f"{bar(done / total)} step {done:,} of at most {total:,}, {message}"), session,
    )  # fmt: skip
    model = replace(model, domain=task.domain)
    with uninterrupted():
        facts, judged = task.judge(model, report)
        made = {"command": _command(options, settings.depth, task.arguments), "seed": options.seed, **facts, **asdict(report)}
        directory.save(options.out, model, made)
        cards.write_card(options.out, model, made)
        if report.stopped in (SECONDS, INTERRUPTED, MAX_STEPS):
            session.write()
        else:
            session.close()
    answer = {"checkpoint": str(options.out), "task": task.link.task, **facts, **asdict(report)}
    limited = report.stopped in (SECONDS, INTERRUPTED) or (report.stopped == MAX_STEPS and options.steps is not None)
    return STOPPED if limited else DONE, answer, (
        f"{model.architecture}: accuracy {report.accuracy:.4f}, loss {report.loss:.2g} on held-out words after "
        f"{report.steps:,} steps and {report.seconds:.1f} s (stopped: {report.stopped.replace('_', ' ')})\n"
        f"{judged}written to {options.out}"
    )  # fmt: skip


def _session(options: Namespace) -> Session:
    """Where the training begins: at the beginning, or where one in the same folder was interrupted.

    Raises
    ------
    InputError : a folder that cannot be written to, that holds another network, or no training to go on with
    """
    if options.resume:
        check_place(options.out)
        return resumed(options.out)
    check_checkpoint(options)
    if (options.out / UNFINISHED).exists() and not options.force:
        raise InputError(
            f"{options.out} holds a training that was interrupted; go on with it by --resume, or begin again with --force"
        )
    return Session(options.out)


def _command(options: Namespace, layers: int, arguments: list[str]) -> str:
    """The command that trains the same network again."""
    parts = ["nerode", "train", options.source, "--arch", options.arch, "--hidden", str(options.hidden)]
    parts += ["--layers", str(layers), *arguments, "--seed", str(options.seed)]
    for name in ("steps", "seconds", "schedule", "thin"):
        if getattr(options, name) not in (None, CONSTANT, 0.0):
            parts += [f"--{name}", str(getattr(options, name))]
    return shlex.join([*parts, *["--bidirectional"] * options.bidirectional])


def _known(options: Namespace, settings: TrainingSettings, rng: np.random.Generator) -> Task:
    """Words of a known language.

    Raises
    ------
    InputError : neither a file nor a known language, or options that are for files
    """
    source = options.source
    if os.path.lexists(source):
        raise InputError(f"{source} is not a file; words of one's own are read from a text file")
    if os.sep in source or source.lower().endswith(SUFFIXES):
        raise InputError(f"there is no file {source!r}")
    try:
        target = language(source, rng)
    except InputError as error:
        raise InputError(f"there is no file {source!r}, and as a language it is refused: {error}") from error
    if options.alphabet or options.validation:
        raise InputError(f"--alphabet and --validation are for files, and {source} is a known language; leave them out")
    label_of(options)  # which refuses options of tables
    count, longest = options.words or WORDS, options.longest or LONGEST

    def draw(rng: np.random.Generator, count: int, longest: int) -> Words:
        return training_words(rng, target, count, longest)

    training, held_out = lessons(target, draw, count, longest, longest * 7 // 5, rng)
    arguments = ["--words", str(count), "--longest", str(longest)]
    facts = {"language": options.source, "training_words": len(training.words), "validation_words": len(held_out.words)}
    judge = own_words.language_model(training, held_out, facts)
    if training.labels is not None:
        classes = NAMES if isinstance(target.link, Binary) else tuple(map(str, range(1 + int(training.labels.max()))))
        judge = own_words.classifier(classes, training, held_out, facts)
    return Task(
        target.alphabet, target.link, training, held_out, settings, arguments,
        lambda model, report: (judge(model, report)[0], ""),
    )  # fmt: skip
