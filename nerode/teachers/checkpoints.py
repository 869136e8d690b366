"""Reading trained models from disk: one table of formats."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from nerode.automata.loading import load_automaton
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.teachers import directory, huggingface, other_formats, taysir
from nerode.teachers.devices import AUTO, device_of
from nerode.teachers.model import TrainedModel


class Loader(Protocol):
    """A module that reads one format, whose models bring their own alphabet."""

    @property
    def recognises(self) -> Callable[[Path], bool]: ...

    @property
    def load(self) -> Callable[[Path], TrainedModel]: ...


# each module has recognises(path) and load(path); the first that recognises a path reads it
LOADERS: tuple[Loader, ...] = (directory, taysir)


def load_model(path: str | Path, alphabet: Sequence[str] | None = None, device: str = AUTO) -> TrainedModel:
    """Read a checkpoint of any known format, without running anything that it contains.

    Parameters
    ----------
    alphabet : the symbols that words are made of, for Hugging Face models: each is one token of the model. Without one
        they have all tokens that are no markers, where these are not too many
    device : where the network is asked: "cpu", "cuda", "cuda:1" …; "auto" takes a CUDA device where there is one

    Raises
    ------
    InputError : nothing there, a format that is not known, a checkpoint that is damaged, an alphabet for a checkpoint that
        has one of its own, one that the model cannot spell, or a device that is not there
    """
    path = Path(path)
    place = device_of(device)
    if not os.path.exists(path):  # pathlib raises where a name is too long
        raise InputError(
            f"there is no checkpoint at {path}; give the path of a checkpoint directory, of a downloaded Hugging Face "
            "directory, or of a TAYSIR model"
        )
    for loader in LOADERS:
        if loader.recognises(path):
            _refuse_alphabet(path, alphabet)
            return loader.load(path).on(place)
    if huggingface.recognises(path):
        return huggingface.load(path, alphabet).on(place)
    other_formats.refuse(path)
    raise InputError(
        f"{path} is no checkpoint that nerode knows; it reads directories with teacher.json and weights.safetensors "
        "(made by `nerode train`), Hugging Face directories with config.json and model.safetensors, and models of the "
        "TAYSIR competition"
    )


def load_teacher(path: str | Path, alphabet: Sequence[str] | None = None, device: str = AUTO) -> Teacher:
    """Read a checkpoint, or an automaton file, as a function from words to scores; see `load_model`."""
    if not is_automaton(path):
        return load_model(path, alphabet, device).teacher
    _refuse_alphabet(path, alphabet)
    if device not in (AUTO, "cpu"):
        raise InputError(f"{path} is an automaton, which is asked on the processor; leave the device {device!r} out")
    return load_automaton(path)


def takes_alphabet(path: str | Path) -> bool:
    """Whether which symbols words are made of is for the user to choose, as for Hugging Face models."""
    return huggingface.recognises(Path(path)) and not any(loader.recognises(Path(path)) for loader in LOADERS)


def is_automaton(path: str | Path) -> bool:
    """Whether the path looks like an automaton file, which can be asked like a checkpoint."""
    return Path(path).suffix.lower() == ".json" and os.path.isfile(path)


def holds_network(folder: str | Path) -> bool:
    """Whether a folder looks like a checkpoint, or has at least the weights of one."""
    path = Path(folder)
    if not os.path.isdir(path):
        return False
    known = (*LOADERS, huggingface)
    return (path / directory.WEIGHTS).exists() or any(loader.recognises(path) for loader in known)


def check_output(file: str | Path) -> None:
    """Refuse a file that an automaton would be written to, where it is a part of a network.

    Raises
    ------
    InputError : in a folder that holds a network, a .json file that is no automaton
    """
    target = Path(os.path.realpath(file))
    if is_automaton(target) and holds_network(target.parent):
        try:
            load_automaton(target)
        except InputError as error:
            raise InputError(f"{file} is a part of the network in {target.parent}; choose another name") from error


def _refuse_alphabet(path: str | Path, alphabet: Sequence[str] | None) -> None:
    if alphabet is not None:
        raise InputError(f"{path} has its own alphabet; one can be given for Hugging Face models only")
