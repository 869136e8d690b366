"""Loads students from their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nerode.automata.base import Automaton
from nerode.automata.formats import native
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.grammars.loading import load_automaton
from nerode.students.forest import Forest
from nerode.students.linear import Linear
from nerode.students.mofn_tree import MofNTree
from nerode.students.soft_tree import SoftTree
from nerode.students.student import SUFFIX, Student

HEAD = 200  # characters at the beginning of a file, in which it says its format
KINDS: dict[str, type[Student]] = {Linear.kind: Linear, Forest.kind: Forest, SoftTree.kind: SoftTree, MofNTree.kind: MofNTree}


def load_student(path: PathLike) -> Student:
    """Load a student from a JSON file.

    Raises
    ------
    InputError : the file cannot be read, or anything in it is missing, of the wrong type or shape, or does not fit
    """
    fields = native.read(path, native.STUDENT)
    try:
        kind = fields.text("type")
        if kind not in KINDS:
            raise InputError(f"unknown type of student {kind!r}; known are {', '.join(KINDS)}")
        return KINDS[kind].from_json(fields)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error


def history_of(path: PathLike) -> dict[str, Any]:
    """Return what was saved with a student on how it was made; empty where nothing was.

    Raises
    ------
    InputError : as for `load_student`
    """
    origin = native.read(path, native.STUDENT).values.get("extraction")
    return origin if isinstance(origin, dict) else {}


def classes_of(path: PathLike) -> tuple[str, ...] | None:
    """Return what the file of a student calls its classes, by their numbers; None where it does not.

    Raises
    ------
    InputError : as for `load_student`
    """
    names = history_of(path).get("classes")
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else None


def load_function(path: PathLike) -> Automaton | Student:
    """Load an automaton or a student, whichever a file holds.

    Raises
    ------
    InputError : as for `load_automaton` and `load_student`
    """
    return load_student(path) if is_student(path) else load_automaton(path)


def is_student(path: PathLike) -> bool:
    """Return whether a file says that it holds a student; a file that cannot be read says nothing."""
    if Path(path).suffix.lower() != SUFFIX or not Path(path).is_file():
        return False
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return f'"{native.STUDENT}"' in file.read(HEAD)
    except OSError:
        return False
