"""The lossless JSON format of nerode; docs/automaton-file.md describes it."""

from __future__ import annotations

import json
from typing import Any

from nerode.automata.documents import Fields
from nerode.automata.formats.saveable import Saveable
from nerode.errors import InputError
from nerode.files import PathLike, read_text

FORMAT, VERSION = "nerode-automaton", 1


def write(automaton: Saveable, extraction: dict[str, Any] | None) -> str:
    """Return the automaton as JSON, one line per field; floats are restored exactly.

    Raises
    ------
    InputError : `extraction` holds something that JSON cannot, NaN and infinity included
    """
    document = {"format": FORMAT, "version": VERSION, "type": automaton.kind} | automaton.to_json()
    if extraction is not None:
        document["extraction"] = extraction
    try:
        fields = [f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items()]
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the automaton cannot be saved as JSON: {error}") from error
    return "{\n" + ",\n".join(fields) + "\n}\n"


def read(path: PathLike) -> Fields:
    """Return the fields of an automaton file after a check of its format and version.

    Raises
    ------
    InputError : the file cannot be read, is not JSON, or is of another format or of a newer version
    """
    text = read_text(path)
    try:
        document = json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise InputError(f"{path} is no automaton file: it is nested too deeply") from error
    except ValueError as error:
        raise InputError(f"{path} is no automaton file: it is not JSON ({error})") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(f'{path} is no automaton file: it does not say "format": "{FORMAT}"')
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f"{path} has no version; expected is a whole number from 1 on")
    if version > VERSION:
        raise InputError(f"{path} has version {version}, this nerode reads up to version {VERSION}; update nerode to read it")
    return Fields(document)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
