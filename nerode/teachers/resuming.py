"""A training that can be interrupted and gone on with: what it was at the end of its last epoch, in memory and in a file.

The network that results is that of a training in one go, to the last bit on one machine. The file holds tensors, numbers and text
alone, and is read with torch's `weights_only` loader.
"""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from numpy.random import Generator
from torch import nn

from nerode.errors import InputError, first_line, shown
from nerode.files import write_whole
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Lesson
from nerode.teachers.recognition import UNFINISHED
from nerode.teachers.schedules import COSINE, Rate
from nerode.teachers.stopping import NUMBERS, Best

BETWEEN = 1000  # steps between two files, so that what kills a training costs it little
MOST_STEPS = 10**12  # that a file may claim
LIMITS = ("max_steps", "seconds")  # settings that a training may go on with others of


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A training at the end of an epoch.

    Parameters
    ----------
    of : which training it is, by `fingerprint`
    steps, seconds : what was spent
    network, optimiser : their states, as torch has them
    best : see `Best.state`
    rate : see `Rate.state`
    random : the state of the random numbers, as JSON
    """

    of: str
    steps: int
    seconds: float
    network: dict[str, Any]
    optimiser: dict[str, Any]
    best: dict[str, Any]
    rate: list[float]
    random: str


@dataclass(frozen=True, eq=False)
class Course:
    """What changes while a network is trained; `of` is the `fingerprint` of the training."""

    of: str
    network: nn.Module
    optimiser: torch.optim.Optimizer
    best: Best
    rate: Rate
    rng: Generator

    def snapshot(self, steps: int, seconds: float) -> Snapshot:
        """Return a copy of it all."""
        states = deepcopy((self.network.state_dict(), self.optimiser.state_dict()))
        random = json.dumps(self.rng.bit_generator.state)
        return Snapshot(self.of, steps, seconds, *states, self.best.state(), self.rate.state(), random)

    def restore(self, snapshot: Snapshot) -> None:
        """Take up a snapshot.

        Raises
        ------
        InputError : that of another training, or one that does not fit
        """
        if snapshot.of != self.of:
            raise InputError(
                f"the training that was interrupted had {_others(snapshot.of, self.of)}; go on with the same command and seed, "
                "or leave --resume out"
            )
        try:
            self._check(snapshot)
            self.network.load_state_dict(snapshot.network)
            groups = self.optimiser.state_dict()["param_groups"]  # which the settings say
            self.optimiser.load_state_dict({"state": deepcopy(snapshot.optimiser["state"]), "param_groups": groups})
            self.best.restore(snapshot.best)
            self.rate.restore(snapshot.rate)
            self.rng.bit_generator.state = json.loads(snapshot.random)
        except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
            raise InputError(f"the training that was interrupted is damaged ({first_line(error)}); leave --resume out") from error

    def _check(self, snapshot: Snapshot) -> None:
        """Raise ValueError, or an error of what is looked at, for parts that would fail only when the training goes on."""
        own = self.network.state_dict()
        weights, best = list(self.network.parameters()), snapshot.best["weights"]
        moments = snapshot.optimiser["state"]
        if not _alike(own, snapshot.network) or not (_alike(own, best) or best == {}) or not isinstance(moments, dict):
            raise ValueError("its weights are others")
        for number, state in moments.items():
            weight = weights[number]
            if not _alike({"step": torch.zeros(()), "exp_avg": weight, "exp_avg_sq": weight}, state):
                raise ValueError("its optimiser is another")
        numbers = [snapshot.steps, snapshot.seconds, *snapshot.rate, *(snapshot.best[name] for name in NUMBERS)]
        if any(type(number) not in (int, float) or number < 0 for number in numbers) or snapshot.steps > MOST_STEPS:
            raise ValueError("its numbers are out of range")


def _alike(own: dict[str, torch.Tensor], found: Any) -> bool:
    """Whether there are tensors of the same names, shapes and types."""
    return (
        isinstance(found, dict)
        and set(found) == set(own)
        and all(isinstance(each, torch.Tensor) for each in found.values())
        and all((found[name].shape, found[name].dtype) == (each.shape, each.dtype) for name, each in own.items())
    )


class Session:
    """Where a training stands. It begins at the latest snapshot, and keeps what it is after each epoch.

    Parameters
    ----------
    folder : of the checkpoint, where a file is written now and then; None for no file
    latest : where to go on from; None for the beginning
    """

    def __init__(self, folder: str | Path | None = None, latest: Snapshot | None = None) -> None:
        self.latest = latest
        self._file = None if folder is None else Path(folder) / UNFINISHED
        self._written = 0 if latest is None else latest.steps

    def keep(self, snapshot: Snapshot) -> None:
        """Take note of the end of an epoch."""
        self.latest = snapshot
        if snapshot.steps - self._written >= BETWEEN:
            self.write()

    def write(self) -> None:
        """Write the file.

        Raises
        ------
        InputError : a folder that cannot be written to
        """
        if self._file is None or self.latest is None:
            return
        data = BytesIO()
        torch.save({field.name: getattr(self.latest, field.name) for field in fields(Snapshot)}, data)
        self._file.parent.mkdir(exist_ok=True)
        write_whole(self._file, data.getvalue())
        self._written = self.latest.steps

    def close(self) -> None:
        """Delete the file of a training that is finished."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)


def resumed(folder: str | Path) -> Session:
    """Return the session that was interrupted in the folder of a checkpoint.

    Raises
    ------
    InputError : there is none, or its file is damaged
    """
    file = Path(folder) / UNFINISHED
    if not file.is_file():
        raise InputError(f"there is no training to go on with in {folder}: it has ended, or was never begun; leave --resume out")
    try:
        stored = torch.load(file, map_location="cpu", weights_only=True)
        snapshot = Snapshot(**stored)
        kinds = {"of": str, "steps": int, "seconds": float, "rate": list, "random": str}
        if not all(isinstance(getattr(snapshot, name), kinds.get(name, dict)) for name in stored):
            raise TypeError("it does not hold a training")
    except Exception as error:  # what torch raises for damaged files has no common class
        raise InputError(f"{file} cannot be read ({first_line(error)}); leave --resume out and begin again") from error
    return Session(folder, snapshot)


def _others(then: str, now: str) -> str:
    """Return what differs between the fingerprints of two trainings, in words."""
    try:
        (settings, words), (own, own_words) = ((found["settings"], found["words"]) for found in map(json.loads, (then, now)))
        changed = [
            f"{name.replace('_', ' ')} {_said(settings[name])} and not {_said(own[name])}"
            for name in own
            if settings.get(name, own[name]) != own[name]
        ]
    except (ValueError, LookupError, TypeError, AttributeError):  # anyone may write such a file
        return "other words or settings"
    return ", ".join([*changed, *(["other words, or words divided by another seed"] if words != own_words else [])])


def _said(value: Any) -> str:
    return "by default" if value is None else shown(value)


def fingerprint(settings: TrainingSettings, *lessons: Lesson) -> str:
    """Return a text that is that of the same training: settings but limits, and a hash of words with what belongs to them."""
    chosen = asdict(settings)
    for name in LIMITS[1:] if settings.schedule == COSINE else LIMITS:
        del chosen[name]
    mixed = hashlib.sha256()
    for lesson in lessons:
        for part in (lesson.tokens, lesson.targets, lesson.lengths):
            mixed.update(part.numpy().tobytes())
    return json.dumps({"settings": chosen, "words": mixed.hexdigest()}, sort_keys=True)
