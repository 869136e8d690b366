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
from nerode.shell import own_words
from nerode.shell.common import Answer, check_checkpoint
from nerode.shell.console import DONE, STOPPED, Status, bar, uninterrupted
from nerode.shell.own_words import Task
from nerode.shell.tables import label_of
from nerode.teachers import directory
from nerode.teachers.lessons import lessons
from nerode.teachers.stopping import INTERRUPTED, MAX_STEPS, SECONDS
from nerode.teachers.training import FEEDFORWARD, TrainingSettings
from nerode.teachers.training import train as run_training
from nerode.words import Words

WORDS, LONGEST = 4000, 30  # of a known language
USUAL = "gru"  # the architecture for words


def run(options: Namespace, status: Status) -> Answer:
    """A checkpoint from words."""
    check_checkpoint(options)
    rng = np.random.default_rng(options.seed)
    source = options.source
    own = os.path.isfile(source) or source in BOXED or own_words.is_data_set(source)
    if options.data is not None and not own_words.is_data_set(source):
        raise InputError(f"--data is the folder of a data set, and {source} is none; leave it out")
    options.arch = options.arch or (FEEDFORWARD if own and label_of(options) is not None else USUAL)
    settings = TrainingSettings(
        options.arch, options.hidden, options.layers, options.bidirectional,
        max_steps=options.steps or TrainingSettings.max_steps, seconds=options.seconds,
    )  # fmt: skip
    task = own_words.task(options, settings, rng, status) if own else _known(options, settings, rng)
    status.show("training")
    model, report = run_training(
        task.alphabet, task.link, task.training, task.held_out, task.settings, rng,
        lambda done, total, message: status.show(f"{bar(done / total)} step {done:,} of at most {total:,}, {message}"),
    )  # fmt: skip
    model = replace(model, domain=task.domain)
    with uninterrupted():
        facts, judged = task.judge(model, report)
        made = {"command": _command(options, task.arguments), "seed": options.seed, **facts, **asdict(report)}
        directory.save(options.out, model, made)
    answer = {"checkpoint": str(options.out), "task": task.link.task, **facts, **asdict(report)}
    limited = report.stopped in (SECONDS, INTERRUPTED) or (report.stopped == MAX_STEPS and options.steps is not None)
    return STOPPED if limited else DONE, answer, (
        f"{model.architecture}: accuracy {report.accuracy:.4f}, loss {report.loss:.2g} on held-out words after "
        f"{report.steps:,} steps and {report.seconds:.1f} s (stopped: {report.stopped.replace('_', ' ')})\n"
        f"{judged}written to {options.out}"
    )  # fmt: skip


def _command(options: Namespace, arguments: list[str]) -> str:
    """The command that trains the same network again."""
    parts = ["nerode", "train", options.source, "--arch", options.arch, "--hidden", str(options.hidden)]
    parts += ["--layers", str(options.layers), *arguments, "--seed", str(options.seed)]
    for name in ("steps", "seconds"):
        if getattr(options, name) is not None:
            parts += [f"--{name}", str(getattr(options, name))]
    return shlex.join([*parts, *["--bidirectional"] * options.bidirectional])


def _known(options: Namespace, settings: TrainingSettings, rng: np.random.Generator) -> Task:
    """Words of a known language.

    Raises
    ------
    InputError : neither a file nor a known language, or options that are for files
    """
    if os.path.lexists(options.source):
        raise InputError(f"{options.source} is not a file; words of one's own are read from a text file")
    try:
        target = language(options.source, rng)
    except InputError as error:
        raise InputError(f"there is no file {options.source!r}, and as a language it is refused: {error}") from error
    if options.alphabet or options.validation:
        raise InputError(f"--alphabet and --validation are for files, and {options.source} is a known language; leave them out")
    label_of(options)  # which refuses options of tables
    count, longest = options.words or WORDS, options.longest or LONGEST

    def draw(rng: np.random.Generator, count: int, longest: int) -> Words:
        return training_words(rng, target, count, longest)

    training, held_out = lessons(target, draw, count, longest, longest * 7 // 5, rng)
    return Task(
        target.alphabet, target.link, training, held_out, settings, ["--words", str(count), "--longest", str(longest)],
        lambda model, report: ({"language": options.source}, ""),
    )  # fmt: skip
