"""Pickles of torch, read without running anything in them.

torch's `weights_only` unpickler makes tensors, containers and numbers. Other classes are made only if they are on a list, and
the list has substitutes without behaviour.
"""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from nerode.errors import InputError
from nerode.teachers import other_formats

Substitutes = Sequence[Callable[..., Any] | tuple[Callable[..., Any], str]]


def unpickled(file: Path, content: bytes, substitutes: Substitutes) -> Any:
    """Return what a file of `torch.save` holds.

    Parameters
    ----------
    file : named in errors
    substitutes : classes, each with the name that it stands for

    Raises
    ------
    pickle.UnpicklingError : it names a class that is not on the list, or is no pickle
    InputError : a format that is known to be another one, an archive that unfolds to more than the file, or damage
    """
    other_formats.refuse(file)
    if content.startswith(b"PK"):
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                unfolded = sum(member.file_size for member in archive.infolist())
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
            raise _damaged(file) from error
        if unfolded > len(content):  # torch stores without compression
            raise InputError(f"{file} was not opened: it unfolds to {unfolded:,} bytes, which no file of torch.save does")
    try:
        with torch.serialization.safe_globals(list(substitutes)), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns about a file before it refuses it
            return torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise
    except Exception as error:  # the unpickler can raise anything for a damaged file
        raise _damaged(file) from error


def _damaged(file: Path) -> InputError:
    return InputError(f"{file} is truncated, damaged or no model at all; fetch it again")
