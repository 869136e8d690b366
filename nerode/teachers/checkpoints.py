"""Reading of trained models from disk, in any known format.

Formats of models with an alphabet of their own come first. Hugging Face models, whose alphabet the user may choose, are tried
after them. Automata, programs and services are asked without torch, which is imported when a network is read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nerode.automata.formats.table import JSON, is_read
from nerode.errors import InputError
from nerode.grammars.files import is_grammar_file
from nerode.protocols import Teacher
from nerode.students.loading import load_function
from nerode.teachers import other_formats
from nerode.teachers.addresses import is_outside
from nerode.teachers.outside import outside_teacher
from nerode.teachers.recognition import AUTO, format_of, holds_network, is_hugging_face

if TYPE_CHECKING:
    from nerode.teachers.model import TrainedModel


def load_model(
    path: str | Path,
    alphabet: Sequence[str] | None = None,
    device: str = AUTO,
    head: str | Path | None = None,
    pooling: str | None = None,
) -> TrainedModel:
    """Read a checkpoint of any known format. No code in the checkpoint is run.

    Parameters
    ----------
    alphabet : the symbols of words, for Hugging Face models only. Each symbol is one or several tokens of the model. By default
        the alphabet is all tokens except markers, unless there are too many
    device : where the network is evaluated: "cpu", "cuda", "cuda:1" …, or "auto" for a CUDA device if there is one
    head : a file with the weights of a linear head, for Hugging Face base models
    pooling : what the head reads: the "last" hidden state (default), the "first", or the "mean"

    Raises
    ------
    InputError : a missing checkpoint, an unknown format, a damaged checkpoint, an alphabet for a checkpoint that has its
        own, an alphabet that the model cannot spell, or a missing device
    """
    path = Path(path)
    if not os.path.exists(path):  # pathlib raises if a name is too long
        raise InputError(
            f"there is no checkpoint at {path}; give the path of a checkpoint directory, of a downloaded Hugging Face "
            "directory, or of a TAYSIR model"
        )
    from nerode.teachers import directory, huggingface, taysir  # here, because torch takes long to import
    from nerode.teachers.devices import device_of

    place, called = device_of(device), os.path.basename(os.path.realpath(path))
    found = format_of(path)
    if found is not None:
        model = taysir.load(path) if found == "taysir" else None  # first, since its name may be that of weights alone
        _refuse_alphabet(path, alphabet)
        _refuse_head(path, head, pooling)
        return (model or directory.load(path)).on(place, called)
    if is_hugging_face(path):
        return huggingface.load(path, alphabet, head, pooling).on(place, called)
    other_formats.refuse(path)
    raise InputError(
        f"{path} is no checkpoint that nerode knows; it reads directories with teacher.json and weights.safetensors "
        "(made by `nerode train`), Hugging Face directories with config.json and model.safetensors, and models of the "
        "TAYSIR competition"
    )


def load_teacher(
    path: str | Path,
    alphabet: Sequence[str] | None = None,
    device: str = AUTO,
    head: str | Path | None = None,
    pooling: str | None = None,
    **options: Any,
) -> Teacher:
    """Return the teacher of a checkpoint, of an automaton file, or of a program or service that a text names.

    Parameters
    ----------
    path : also "exec:COMMAND" and "http://HOST/PATH"; a `Path` is always a file
    alphabet, device, head, pooling : as for `load_model`; programs and services need an alphabet
    options : how programs and services are asked; see ProgramOptions and ServiceOptions (`nerode.teachers.outside`)

    Raises
    ------
    InputError : as for `load_model`, a program or a service that does not answer well, or options for another kind of teacher
    """
    if is_outside(path):
        _refuse_head(path, head, pooling)
        if device not in (AUTO, "cpu"):
            raise InputError(f"{path} is asked where it runs; leave the device {device!r} out")
        return outside_teacher(str(path), alphabet, **options)
    if options:
        raise InputError(f"{', '.join(options)}: only for programs and services, and {path} is a file; leave such options out")
    if not is_automaton(path):
        return load_model(path, alphabet, device, head, pooling).teacher
    _refuse_alphabet(path, alphabet)
    _refuse_head(path, head, pooling)
    if device not in (AUTO, "cpu"):
        raise InputError(f"{path} is an automaton, which is asked on the processor; leave the device {device!r} out")
    return load_function(path)


def takes_alphabet(path: str | Path) -> bool:
    """Return whether the user may choose the alphabet, as for Hugging Face models, programs and services."""
    if is_outside(path):
        return True
    return is_hugging_face(Path(path)) and format_of(Path(path)) is None


def is_automaton(path: str | Path) -> bool:
    """Return whether the path looks like an automaton file, which `load_teacher` reads as well."""
    return not is_outside(path) and (is_read(path) or is_grammar_file(path)) and os.path.isfile(path)


def check_output(file: str | Path) -> None:
    """Raise if an automaton written to `file` would overwrite a part of a network.

    Raises
    ------
    InputError : the file is an existing .json file in the folder of a network, and not an automaton
    """
    target = Path(os.path.realpath(file))
    if target.suffix.lower() == JSON and target.is_file() and holds_network(target.parent):
        try:
            load_function(target)
        except InputError as error:
            raise InputError(f"{file} is a part of the network in {target.parent}; choose another name") from error


def _refuse_alphabet(path: str | Path, alphabet: Sequence[str] | None) -> None:
    if alphabet is not None:
        raise InputError(f"{path} has its own alphabet; one can be given for Hugging Face models only")


def _refuse_head(path: str | Path, head: str | Path | None, pooling: str | None) -> None:
    if head is not None or pooling is not None:
        raise InputError(f"{path} has its own read-out; a head and its pooling can be given for Hugging Face base models only")
