"""The file formats of automata: one module per format, one line per suffix in the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats import graphml, native, pictures
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError
from nerode.files import PathLike, write_whole

Metadata = dict[str, Any]
Writer = Callable[[Saveable, DrawingSettings | None, Metadata | None], bytes | str]

FORMATS: dict[str, Writer] = {
    ".json": native.write,
    **pictures.PICTURES,
    ".graphml": graphml.write,
}


def writer_for(path: PathLike) -> Writer:
    """Return the writer of the format that the suffix of a path names.

    Raises
    ------
    InputError : an unknown suffix
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise InputError(f"cannot save an automaton as {path}: the suffix must be one of {', '.join(FORMATS)}")
    return FORMATS[suffix]


def save_automaton(
    path: PathLike, automaton: Saveable, settings: DrawingSettings | None = None, extraction: Metadata | None = None
) -> None:
    """Save in the format that the suffix names; the file is written completely or not at all.

    Only JSON keeps everything and can be loaded again.

    Parameters
    ----------
    settings : what pictures and DOT show; by default pictures show a readable selection, DOT everything
    extraction : a JSON object stored with the automaton in a JSON file: its origin

    Raises
    ------
    InputError : an unknown suffix, a path that cannot be written to, numbers that are not finite, or no pygraphviz for a picture
    """
    write_whole(path, writer_for(path)(automaton, settings, extraction))
