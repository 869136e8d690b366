"""`nerode train`: a network trained on a known language."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

import numpy as np

from nerode.datasets.languages import language
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.shell.common import Answer
from nerode.shell.console import DONE, Status, bar, uninterrupted
from nerode.teachers import directory
from nerode.teachers.checkpoints import holds_network
from nerode.teachers.lessons import lessons
from nerode.teachers.training import TrainingSettings
from nerode.teachers.training import train as run_training
from nerode.words import Words


def run(options: Namespace, status: Status) -> Answer:
    """A checkpoint from a known language."""
    directory.check_place(options.out)
    if holds_network(options.out) and not options.force:
        raise InputError(f"{options.out} holds a network already; choose another directory, or overwrite it with --force")
    rng = np.random.default_rng(options.seed)
    target = language(options.language, rng)
    settings = TrainingSettings(options.arch, options.hidden, options.layers, options.bidirectional)

    def draw(rng: np.random.Generator, count: int, longest: int) -> Words:
        return training_words(rng, target, count, longest)

    training, held_out = lessons(target, draw, options.words, options.longest, options.longest * 7 // 5, rng)
    model, report = run_training(
        target.alphabet, target.link, training, held_out, settings, rng,
        lambda done, total, message: status.show(f"{bar(done / total)} step {done:,} of at most {total:,}, {message}"),
    )  # fmt: skip
    command = f"nerode train {options.language} --arch {options.arch} --hidden {options.hidden} --layers {options.layers}"
    command += f" --words {options.words} --longest {options.longest} --seed {options.seed}"
    command += " --bidirectional" * options.bidirectional
    made = {"command": command, "language": options.language, "seed": options.seed, **asdict(report)}
    with uninterrupted():
        directory.save(options.out, model, made)
    answer = {"checkpoint": str(options.out), "language": options.language, "task": target.link.task, **asdict(report)}
    return DONE, answer, (
        f"{model.architecture}: accuracy {report.accuracy:.4f}, loss {report.loss:.2g} on held-out words after "
        f"{report.steps:,} steps and {report.seconds:.1f} s (stopped: {report.stopped.replace('_', ' ')})\n"
        f"written to {options.out}"
    )  # fmt: skip
