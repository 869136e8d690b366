"""What is kept of a cell: what was asked for, what came of it, and what made it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from itertools import pairwise
from types import NoneType
from typing import Any

from nerode.benchmarking.cells import Cell
from nerode.errors import InputError, shown
from nerode.eval.metrics import METRICS
from nerode.files import PathLike

DONE, UNFIT, FAILED, WAITING = "done", "does not fit", "failed", "waiting"
NOT_RUN = "not run yet"
DRAWN, TEST, OF_WORDS = "drawn", "test", "kept"
"""Where the words are from that a student is judged with."""
ROUNDING = 1e-9


@dataclass(frozen=True)
class Row:
    """A cell and its result. Types are those of SQLite; what is not known is None.

    Parameters
    ----------
    identity : of the cell
    teacher, method : what they are called in tables
    learner, settings, wanted, seed, limits : the method of nerode, its settings as JSON, the size, the seed, the limits as JSON
    status : DONE, UNFIT (to the teacher), FAILED or WAITING
    sentence : why there is no result, or none better than a constant
    task : of the teacher
    measure : the name of the error in METRICS
    error, low, high : the error with its 95 % interval over words; ∞ where the student has no usable answer
    baseline : the same of the simplest answer
    measures : all metrics with their intervals, as JSON
    words, judged_on : how many words it was judged with, and which: "drawn" for this seed, of the "test" file, or "kept" of those
        given
    kind, size, unit : "dfa", 5, "state"
    states : of an automaton
    parameters, bits : numbers that describe the student, and bits of its zipped file
    stop_reason, queries, effort, seconds : of learning
    wall, cpu : seconds that the whole cell took, and those of the processor
    content : a hash of the teacher
    nerode, python, numpy, torch, processor, revision, date : what made it, and when
    """

    identity: str
    teacher: str
    method: str
    learner: str
    settings: str
    wanted: int | None
    seed: int
    limits: str
    status: str
    sentence: str | None = None
    task: str | None = None
    measure: str | None = None
    error: float | None = None
    low: float | None = None
    high: float | None = None
    baseline: float | None = None
    measures: str | None = None
    words: int | None = None
    judged_on: str | None = None
    kind: str | None = None
    size: int | None = None
    unit: str | None = None
    states: int | None = None
    parameters: int | None = None
    bits: int | None = None
    stop_reason: str | None = None
    queries: int | None = None
    effort: float | None = None
    seconds: float | None = None
    wall: float | None = None
    cpu: float | None = None
    content: str | None = None
    nerode: str | None = None
    python: str | None = None
    numpy: str | None = None
    torch: str | None = None
    processor: str | None = None
    revision: str | None = None
    date: str | None = None


NAMES = tuple(field.name for field in fields(Row))
TYPES = {"str": "TEXT", "int": "INTEGER", "float": "REAL"}
COLUMNS = {field.name: TYPES[str(field.type).partition(" ")[0]] for field in fields(Row)}
"""The columns of the file, with their types."""
KINDS = {"TEXT": str, "INTEGER": int, "REAL": float}
NEEDED = {field.name for field in fields(Row) if field.default is MISSING} - {"wanted"}
OF_DONE = NEEDED | {"measure", "judged_on"}
"""What must be known of all cells, and of those with a result."""
CHOICES = {"status": (DONE, UNFIT, FAILED), "measure": tuple(METRICS), "judged_on": (DRAWN, TEST, OF_WORDS)}


def row_of(cell: Cell, status: str, **found: Any) -> Row:
    """Return the row of a cell."""
    settings, limits = (json.dumps(dict(each), sort_keys=True, default=str) for each in (cell.settings, cell.limits))
    asked = (cell.identity, cell.source.name, cell.contender, cell.method, settings, cell.size, cell.seed, limits)
    return Row(*asked, status, content=cell.source.content, **found)


def read_row(path: PathLike, values: Sequence[Any]) -> Row:
    """Return the row that a file has, in the order of NAMES.

    Raises
    ------
    InputError : values that no cell has
    """
    found = dict(zip(NAMES, values, strict=True))
    wrong = [name for name, value in found.items() if value is not None and not isinstance(value, KINDS[COLUMNS[name]])]
    wrong += [name for name in (OF_DONE if found["status"] == DONE else NEEDED) if found[name] is None]
    wrong += [name for name, known in CHOICES.items() if found[name] is not None and found[name] not in known]
    if not wrong and not _is_measures(found["measures"]):
        wrong = ["measures"]
    if not wrong and not _is_around(found["low"], found["error"], found["high"]):
        wrong = ["error"]
    if wrong:
        value = shown(found[wrong[0]])
        raise InputError(f"{path} is damaged: a cell has {value} as its {wrong[0]}; choose another file, and run the suite anew")
    return Row(**found)


def _is_measures(text: str | None) -> bool:
    """Whether a text has metrics with their intervals."""
    try:
        found = {} if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and all(
        isinstance(each, dict) and all(type(each.get(name, "")) in (int, float, NoneType) for name in ("value", "low", "high"))
        for each in found.values()
    )


def _is_around(low: float | None, error: float | None, high: float | None) -> bool:
    """Whether an interval has its error in it, but for rounding, as far as they are known."""
    known = [each for each in (0.0, low, error, high) if each is not None]
    return all(before <= after + ROUNDING for before, after in pairwise(known))
