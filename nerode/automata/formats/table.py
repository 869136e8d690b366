"""The readers and writers of all formats, by suffix; `listing` says what each one holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats import adl, att, dot, graphml, hoa, jflap, mermaid, native, pautomac, pictures, tikz
from nerode.automata.formats.document import Document, text_of
from nerode.automata.formats.listing import LISTINGS
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError
from nerode.files import PathLike, write_whole

Metadata = dict[str, Any]
Writer = Callable[[Saveable], str]
Drawer = Callable[[Saveable, DrawingSettings | None], bytes | str]
Reader = Callable[[Path, str], Document]

JSON, DOT = ".json", ".dot"

WRITERS: dict[str, Writer] = {
    ".graphml": graphml.write,
    ".jff": jflap.write,
    ".att": att.write,
    att.SYMBOLS: att.write_symbols,
    ".hoa": hoa.write,
    ".adl": adl.write,
    ".pautomac": pautomac.write,
}
DRAWERS: dict[str, Drawer] = {
    DOT: dot.write,
    ".tex": tikz.write,
    ".mmd": mermaid.write,
    ".svg": pictures.write_svg,
    ".png": pictures.write_png,
    ".pdf": pictures.write_pdf,
}
READERS: dict[str, Reader] = {
    ".dot": lambda _, text: dot.read(text),
    ".graphml": lambda _, text: graphml.read(text),
    ".jff": lambda _, text: jflap.read(text),
    ".att": att.read_file,
    ".hoa": lambda _, text: hoa.read(text),
    ".adl": lambda _, text: adl.read(text),
    ".pautomac": lambda _, text: pautomac.read(text),
}


def is_read(path: PathLike) -> bool:
    """Return whether the suffix is that of a format that automata are read from."""
    suffix = Path(path).suffix.lower()
    return suffix == JSON or suffix in READERS


def check_suffix(path: PathLike) -> None:
    """Check that the suffix is that of a format that automata are written to.

    Raises
    ------
    InputError : it is not
    """
    if Path(path).suffix.lower() not in LISTINGS:
        raise InputError(f"cannot save an automaton as {path}: the suffix must be one of {', '.join(LISTINGS)}")


def save_automaton(
    path: PathLike, automaton: Saveable, settings: DrawingSettings | None = None, extraction: Metadata | None = None
) -> None:
    """Save in the format that the suffix names; the file is written completely or not at all.

    Parameters
    ----------
    settings : what pictures and DOT show; by default pictures show a readable selection, DOT everything
    extraction : a JSON object stored with the automaton in a JSON file: its origin

    Raises
    ------
    InputError : an unknown suffix, a format that cannot hold the automaton, a path that cannot be written to, or no pygraphviz
        for a picture
    """
    check_suffix(path)
    suffix = Path(path).suffix.lower()
    listing = LISTINGS[suffix]
    if automaton.kind not in listing.writes:
        others = ", ".join(
            other for other, one in LISTINGS.items() if automaton.kind in one.reads and automaton.kind in one.writes
        )
        picture = " or a picture" if automaton.kind in LISTINGS[".svg"].writes else ""
        raise InputError(f"{suffix} cannot hold a {automaton.kind.upper()}; save it as {others}{picture}")
    if suffix == JSON:
        content: bytes | str = native.write(automaton, extraction)
    elif suffix in WRITERS:
        content = WRITERS[suffix](automaton)
    elif suffix == DOT:
        content = dot.write(automaton, settings, names_of(automaton, extraction))
    else:
        settings = settings or DrawingSettings()
        names = names_of(automaton, extraction) or settings.classes
        content = DRAWERS[suffix](automaton, replace(settings, classes=names))
    try:
        write_whole(path, content)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{suffix} cannot hold the character {error.object[error.start]!r} of a symbol; save it as JSON"
        ) from error


def names_of(automaton: Saveable, extraction: Metadata | None) -> tuple[str, ...]:
    """Return the names of classes that are stored with the automaton; none where they do not fit it."""
    names = (extraction or {}).get("classes")
    fits = isinstance(names, list) and len(names) == getattr(automaton, "classes", 0)
    return tuple(names) if fits and all(isinstance(name, str) for name in names) else ()  # type: ignore[union-attr,arg-type]


def read_document(path: PathLike) -> Document:
    """Return the automaton of a file in the format that its suffix names; of one with another suffix, as JSON.

    Raises
    ------
    InputError : the file cannot be read, is too large, or is not of the format, or of one that is only written
    """
    suffix = Path(path).suffix.lower()
    if suffix in LISTINGS and not LISTINGS[suffix].reads:
        raise InputError(f"{path} cannot be loaded: {suffix} is written and not read; take the .json file")
    if suffix not in READERS:
        return Document(native.read(path))
    text = text_of(path)
    try:
        return READERS[suffix](Path(path), text)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error
