"""Reading trained models from disk: one table of formats."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from nerode.automata.loading import load_automaton
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.teachers import directory, taysir
from nerode.teachers.model import TrainedModel


class Loader(Protocol):
    """A module that reads one format."""

    @property
    def recognises(self) -> Callable[[Path], bool]: ...

    @property
    def load(self) -> Callable[[Path], TrainedModel]: ...


# each module has recognises(path) and load(path); the first that recognises a path reads it
LOADERS: tuple[Loader, ...] = (directory, taysir)


def load_model(path: str | Path) -> TrainedModel:
    """Read a checkpoint of any known format, without running anything that it contains.

    Raises
    ------
    InputError : nothing there, a format that is not known, or a checkpoint that is damaged
    """
    path = Path(path)
    if not os.path.exists(path):  # pathlib raises where a name is too long
        raise InputError(f"there is no checkpoint at {path}; give the path of a checkpoint directory or of a TAYSIR model")
    for loader in LOADERS:
        if loader.recognises(path):
            return loader.load(path)
    raise InputError(
        f"{path} is no checkpoint that nerode knows; it reads directories with teacher.json and weights.safetensors "
        "(made by `nerode train`) and models of the TAYSIR competition"
    )


def load_teacher(path: str | Path) -> Teacher:
    """Read a checkpoint, or an automaton file, as a function from words to scores; see `load_model`."""
    return load_automaton(path) if is_automaton(path) else load_model(path).teacher


def is_automaton(path: str | Path) -> bool:
    """Whether the path looks like an automaton file, which can be asked like a checkpoint."""
    return Path(path).suffix.lower() == ".json" and os.path.isfile(path)
