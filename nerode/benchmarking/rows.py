"""What is kept of a cell: what was asked for, what came of it, and what made it."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

from nerode.benchmarking.cells import Cell

DONE, UNFIT, FAILED, WAITING = "done", "does not fit", "failed", "waiting"
NOT_RUN = "not run yet"


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


def row_of(cell: Cell, status: str, **found: Any) -> Row:
    """Return the row of a cell."""
    settings, limits = (json.dumps(dict(each), sort_keys=True, default=str) for each in (cell.settings, cell.limits))
    asked = (cell.identity, cell.source.name, cell.contender, cell.method, settings, cell.size, cell.seed, limits)
    return Row(*asked, status, content=cell.source.content, **found)
