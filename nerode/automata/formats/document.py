"""What the readers of all formats return, and the limits and numbers that they share."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from typing import Any

from nerode.automata.documents import Fields
from nerode.errors import InputError, shown
from nerode.files import PathLike, read_text

MOST_BYTES = 32 * 2**20  # of a file
MOST_CELLS = 5_000_000  # transitions of a DFA, or weights of a WFA, that are read
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Document:
    """An automaton as the fields of an automaton file.

    Parameters
    ----------
    fields : `type` and those that `from_json` reads
    told : what was assumed or changed in reading, in a sentence; empty if nothing was
    names : what its classes are called; none where the file does not say so
    """

    fields: Fields
    told: str = ""
    names: tuple[str, ...] = ()


def document(kind: str, values: dict[str, Any], told: str = "", names: tuple[str, ...] = ()) -> Document:
    """Return the document of an automaton of the given kind."""
    return Document(Fields({"type": kind, **values}), told, names)


def text_of(path: PathLike) -> str:
    """Return the text of a file in UTF-8.

    Raises
    ------
    InputError : the file cannot be read, or has more than MOST_BYTES
    """
    if os.path.isfile(path) and os.path.getsize(path) > MOST_BYTES:
        raise InputError(f"cannot read {path}: it has more than {MOST_BYTES:,} bytes")
    return read_text(path)


def whole(text: str, what: str) -> int:
    """Return a whole number of at most nine digits, without a sign.

    Raises
    ------
    InputError : the text is something else
    """
    if not _WHOLE.fullmatch(text):
        raise InputError(f"{what} must be a whole number of at most nine digits, not {shown(text)}")
    return int(text)


def real(text: str, what: str) -> float:
    """Return a real number; +∞ is allowed, and is the caller's to judge.

    Raises
    ------
    InputError : the text is no number
    """
    try:
        value = float(text)
        if not math.isnan(value) and "_" not in text:
            return value
    except ValueError:
        pass
    raise InputError(f"{what} must be a number, not {shown(text)}")


def check_size(cells: int, what: str) -> None:
    """Check that an automaton fits the memory.

    Raises
    ------
    InputError : it has more than MOST_CELLS transitions or weights
    """
    if cells > MOST_CELLS:
        raise InputError(f"it has {cells:,} {what}, and at most {MOST_CELLS:,} are read")
