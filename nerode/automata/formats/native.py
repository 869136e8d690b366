"""The lossless JSON format of nerode; docs/automaton-file.md describes it."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Protocol

from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.files import PathLike, read_text

FORMAT, VERSION = "nerode-automaton", 1
STUDENT = "nerode-student"  # of models that are no automata, in the same form


class Saved(Protocol):
    """What has a name of its type, and fields."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]: ...


def write(automaton: Saved, extraction: dict[str, Any] | None, form: str = FORMAT) -> str:
    """Return the automaton as JSON, one line per field; floats are restored exactly.

    Raises
    ------
    InputError : `extraction` holds something that JSON cannot, NaN and infinity included
    """
    document = {"format": form, "version": VERSION, "type": automaton.kind} | automaton.to_json()
    if extraction is not None:
        document["extraction"] = extraction
    try:
        fields = [f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in document.items()]
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the automaton cannot be saved as JSON: {error}") from error
    return "{\n" + ",\n".join(fields) + "\n}\n"


def read(path: PathLike, form: str = FORMAT) -> Fields:
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
    if isinstance(document, dict) and document.get("format") in (FORMAT, STUDENT) and document["format"] != form:
        wrong, right = ("a student", "an automaton") if form == FORMAT else ("an automaton", "a student")
        hint = "; `nerode eval` compares it, and `nerode inspect` shows it" if form == FORMAT else ""
        raise InputError(f"{path} is {wrong}, and {right} is expected here{hint}")
    if not isinstance(document, dict) or document.get("format") != form:
        raise InputError(f'{path} is no automaton file: it does not say "format": "{form}"')
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise InputError(f"{path} has no version; expected is a whole number from 1 on")
    if version > VERSION:
        raise InputError(f"{path} has version {version}, this nerode reads up to version {VERSION}; update nerode to read it")
    return Fields(document)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
