"""Formats that nerode recognises but does not read. The error names the format and says what to do instead.

A format is recognised by the suffix of a file, its first bytes, or the names inside an archive or a folder. Nothing is loaded.
"""

from __future__ import annotations

import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nerode.errors import InputError

OWN = (
    "nerode asks such a model through a class of your own with alphabet, width, link and scores(words), which nerode.extract "
    "takes in place of a checkpoint"
)


class Seen(NamedTuple):
    """The properties of a file or a folder by which a format is recognised."""

    suffix: str
    start: bytes
    names: frozenset[str]  # base names of the members of an archive or a folder


class Format(NamedTuple):
    """A format: a description, a test that recognises it, and the advice for a file with a given name."""

    is_a: str
    recognises: Callable[[Seen], bool]
    instead: Callable[[str], str]


def weights_only(tensors: str) -> str:
    """Return the advice for a file from which the user can save the weights; `tensors` is a Python expression for the weights."""
    return (
        f"in your own environment save the weights with `torch.save({tensors}, 'weights.pt')`, and make a checkpoint of them "
        "with nerode import weights.pt"
    )


def imported(name: str, of: str = "them") -> str:
    """Return the advice for a file of weights, or of a model."""
    return f"make a checkpoint of {of} with nerode import {shlex.quote(name)}"


def imported_onnx(name: str) -> str:
    """Return the advice for an ONNX model, which is known by its suffix."""
    if PurePosixPath(name).suffix.lower() == ".onnx":
        return imported(name, "it")
    named = shlex.quote(name)
    return f"call it {named}.onnx, and make a checkpoint of it with nerode import {named}.onnx"


FORMATS = (
    Format(
        "is a TorchScript archive (torch.jit.save), which holds code, and nerode runs none",
        lambda seen: "constants.pkl" in seen.names,
        lambda name: weights_only(f"torch.jit.load({name!r}, 'cpu').state_dict()"),
    ),
    Format(
        "is an exported program (torch.export.save), which nerode does not run",
        lambda seen: bool(seen.names & {"archive_format", "serialized_exported_program.json"}),
        lambda name: weights_only(f"dict(torch.export.load({name!r}).state_dict)"),
    ),
    Format(
        "holds the weights of a network alone",
        lambda seen: seen.start[8:10] == b'{"',
        lambda name: (
            f"give the folder that it is in, if a teacher.json or config.json there describes the network, or {imported(name)}"
        ),
    ),
    Format(
        "is an archive of numpy arrays",
        lambda seen: bool(seen.names) and all(name.endswith(".npy") for name in seen.names),
        lambda name: weights_only(f"{{name: torch.from_numpy(array) for name, array in np.load({name!r}).items()}}"),
    ),
    Format("is a Keras model", lambda seen: "model.weights.h5" in seen.names, lambda name: imported(name, "it")),
    Format(
        "is an HDF5 file, as Keras writes them",
        lambda seen: seen.start.startswith(b"\x89HDF\r\n\x1a\n"),
        lambda name: imported(name, "it"),
    ),
    Format("is a TensorFlow SavedModel", lambda seen: "saved_model.pb" in seen.names, lambda name: OWN),
    # the message starts with field 1, the version, and field 2, the producer, which is a string
    Format(
        "is an ONNX model",
        lambda seen: seen.suffix == ".onnx" or (seen.start[:1] == b"\x08" and seen.start[2:3] == b"\x12"),
        imported_onnx,
    ),
)


def refuse(path: Path) -> None:
    """Raise if the path has one of FORMATS.

    Raises
    ------
    InputError : the path has one of FORMATS, which nerode does not read
    """
    seen = _seen(path)
    for known in FORMATS:
        if known.recognises(seen):
            raise InputError(f"{path} {known.is_a}; {known.instead(path.name)}")


def _seen(path: Path) -> Seen:
    start, names = b"", frozenset[str]()
    try:
        if path.is_dir():
            names = frozenset(inner.name for inner in path.iterdir())
        elif path.is_file():  # not a pipe, which could not be read a second time
            with path.open("rb") as file:
                start = file.read(16)
                if start.startswith(b"PK"):
                    with zipfile.ZipFile(file) as archive:
                        names = frozenset(PurePosixPath(name).name for name in archive.namelist())
    except Exception:  # a damaged archive can raise anything; the loader that reads the file reports it
        pass
    return Seen(path.suffix.lower(), start, names)
