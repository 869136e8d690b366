"""Which format a path has, by the names of files alone. Nothing is read, and torch, which takes long to import, is not needed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nerode.errors import InputError
from nerode.files import check_writable, fingerprint, read_text

DESCRIPTION, WEIGHTS = "teacher.json", "weights.safetensors"  # of a checkpoint directory
CARD = "card.md"  # what it says of the network, for people
UNFINISHED = "training.pt"  # of a training that can be gone on with, in the same place
CONFIG = "config.json"  # of a Hugging Face directory
OF_HUGGING_FACE = (
    *(CONFIG, "*.safetensors*", "pytorch_model*.bin*"),  # not training_args.bin and optimizer.bin
    *("tokenizer*", "vocab*", "merges*", "special_tokens*", "added_tokens*", "*.model"),  # of sentencepiece
)
AUTO = "auto"  # the name of a CUDA device if there is one, and else of the processor


def is_directory(path: Path) -> bool:
    """Return whether the path is a checkpoint directory."""
    return (path / DESCRIPTION).is_file()


def is_taysir(path: Path) -> bool:
    """Return whether the path looks like a TAYSIR model."""
    return taysir_weights(path) is not None


def taysir_weights(path: Path) -> Path | None:
    """Return the pickle in a TAYSIR model folder, or the path itself if it has the suffix of a pickle; else None."""
    if path.is_dir():
        inside = path / "data" / "model.pth"
        return inside if inside.is_file() else None
    return path if path.suffix in (".pth", ".pt") else None


def is_hugging_face(path: Path) -> bool:
    """Return whether the path is a Hugging Face directory."""
    return (path / CONFIG).is_file()


# formats of models with an alphabet of their own; the first that recognises a path reads it
OWN_ALPHABET: dict[str, Callable[[Path], bool]] = {"directory": is_directory, "taysir": is_taysir}


def format_of(path: Path) -> str | None:
    """Return the name of the format with an alphabet of its own that a path has, a key of OWN_ALPHABET; None if there is none."""
    return next((name for name, recognises in OWN_ALPHABET.items() if recognises(path)), None)


def fingerprint_of(path: str | Path) -> str:
    """Return the SHA-256 of the files that a network is read from: not of words, cards and figures that lie beside its weights.

    Raises
    ------
    InputError : a file cannot be read
    """
    place = Path(path)
    if is_directory(place):
        return fingerprint(place, (DESCRIPTION, WEIGHTS))
    if is_hugging_face(place):
        return fingerprint(place, sorted({file.name for pattern in OF_HUGGING_FACE for file in place.glob(pattern)}))
    return fingerprint(place)


def check_place(path: str | Path) -> None:
    """Raise if a checkpoint directory could not be written to this path. Call it before a training, whose result would be lost.

    Raises
    ------
    InputError : a file, a path that cannot be written to, or a path in a folder that does not exist
    """
    path = Path(path)
    if os.path.isdir(path):
        check_writable(path / WEIGHTS)
        check_writable(path / DESCRIPTION)
    elif os.path.lexists(path):
        raise InputError(f"cannot write a checkpoint to {path}: it is no directory; choose another name")
    else:
        check_writable(path)


def holds_network(folder: str | Path) -> bool:
    """Return whether a folder looks like a checkpoint or contains the weights of one."""
    path = Path(folder)
    if not os.path.isdir(path):
        return False
    return (path / WEIGHTS).exists() or is_hugging_face(path) or format_of(path) is not None


def check_free(folder: str | Path, force: bool) -> None:
    """Raise if a network that is saved here would take the place of another one, unless that is meant.

    Raises
    ------
    InputError : the folder holds a network, and `force` is false
    """
    if not force and holds_network(folder):
        raise InputError(f"{folder} holds a network already; save to another directory, or overwrite it with force=True")


def class_names(path: str | Path) -> tuple[str, ...] | None:
    """Return what classes were called in the words that a network was trained on, by their numbers; None if that is not known."""
    names = training_facts(path).get("classes")
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def training_facts(path: str | Path) -> dict[str, Any]:
    """Return what a checkpoint directory says about the training of its network; empty if nothing is known."""
    file = Path(path) / DESCRIPTION
    try:
        facts = json.loads(read_text(file))["training"] if file.is_file() else {}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}  # what is wrong is told where the network is loaded
    return facts if isinstance(facts, dict) else {}
