"""Functions that a page cannot evaluate: grammars, and students that are no automata. It brings their answers, and their text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.diagram import counted
from nerode.automata.formats import native
from nerode.eval.simplicity import simplicity, zipped_bits
from nerode.links import link_to_json
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.students.forest import Forest
from nerode.students.student import Student

Function: TypeAlias = Any
"""An automaton, a student, or a network that is one."""

LINES = 80  # of the text of a student
NAMES = {"soft-tree": "soft tree", "trepan": "m-of-n tree"}  # kinds of students, as people call them
VOWELS, SOUNDS = "aeiou", "AEFHILMNORSX"  # first letters of words, and of names that are spelled, behind "an"


def is_evaluated(function: Function) -> bool:
    """Return whether a page evaluates a function itself."""
    return isinstance(function, Automaton) and not isinstance(function, CFG)


def called(function: Function) -> str:
    """Return what a function is, in a word."""
    if isinstance(function, Automaton):
        return type(function).__name__
    if isinstance(function, Forest):
        return function.title.lower()
    if isinstance(function, Student):
        return NAMES.get(function.kind, function.kind)
    kind: str = function.model.architecture.split(",")[0]
    return kind if kind.isupper() else f"{kind} network"


def with_article(name: str) -> str:
    """Return what `called` says behind "a" or "an"."""
    sounds = SOUNDS if name.split()[0].isupper() else VOWELS
    return f"{'an' if name[0] in sounds else 'a'} {name}"


def sized(function: Function) -> str:
    """Return how large a function is, with the unit."""
    return counted(function.size, function.unit)


def simple(function: Function) -> dict[str, Any]:
    """Return how simple a function is, see `nerode.eval.simplicity`; of a student, its parameters and bits are known."""
    if isinstance(function, Automaton):
        return simplicity(function).to_json()
    nothing = dict.fromkeys(("states", "transitions", "depth", "branching", "letter_classes"))
    return {**nothing, "parameters": function.parameters, "bits": zipped_bits(function)}


def described(function: Function, student: Teacher, classes: Sequence[str], history: dict[str, Any] | None) -> dict[str, Any]:
    """Return what a page says of how a function decides: its text, and its file where it is one of JSON.

    Parameters
    ----------
    student : the function as it is compared
    classes : their names; none for numbers
    history : how it was learned, as its file says
    """
    file: dict[str, Any] | None = None
    if isinstance(function, CFG):
        lines = function.lines()
    elif isinstance(function, Student):
        lines = function.shown(LINES, classes)
    else:
        lines = [function.model.architecture, counted(function.parameters, "parameter")]
    if isinstance(function, CFG | Student):
        form = native.FORMAT if isinstance(function, CFG) else native.STUDENT
        file = json.loads(native.write(function, finite(history), form))
    return {"lines": lines, "model": {"file": None, "saved": file, "link": link_to_json(student.link), "dot": None}}
