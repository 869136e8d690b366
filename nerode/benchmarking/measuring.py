"""One cell run: a student is learned and judged; where that is not possible, one sentence says why."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.benchmarking.cells import Cell
from nerode.benchmarking.provenance import provenance
from nerode.benchmarking.rows import DONE, DRAWN, FAILED, OF_WORDS, TEST, UNFIT, Row, row_of
from nerode.benchmarking.sources import Source
from nerode.datasets.asked import words_of
from nerode.distillation.distill import distill
from nerode.distillation.students import STUDENTS
from nerode.errors import BudgetExhausted, InputError, described
from nerode.eval.report import compare, main_metric
from nerode.eval.simplicity import simplicity, zipped_bits
from nerode.extraction.methods import method_named
from nerode.extraction.source import WordSource
from nerode.protocols import Teacher, longest_of
from nerode.words import Words

KEPT = 0.2  # share of the different given words that is kept to judge with, where no others are given
CONSTANT = "nothing better than a constant was learned"
STREAM = 5  # of random numbers: other words than those that learning draws with this seed


def measured(cell: Cell, progress: Callable[[str], None] = lambda said: None) -> Row:
    """Run a cell.

    Raises
    ------
    KeyboardInterrupt : what was learned by then is no result
    """
    begun, worked = time.monotonic(), time.process_time()
    status, found = _found(cell, progress)
    date = datetime.now(UTC).isoformat(timespec="seconds")
    spent = {"wall": time.monotonic() - begun, "cpu": time.process_time() - worked}
    return row_of(cell, status, **found, **spent, date=date, **provenance())


def _found(cell: Cell, progress: Callable[[str], None]) -> tuple[str, dict[str, Any]]:
    """The status of a cell and what came of it."""
    try:
        teacher = _loaded(cell.source)
        task, tasks = teacher.link.task, method_named(cell.method, STUDENTS).tasks
        if task not in tasks:
            return UNFIT, {"sentence": f"{cell.method} is for {' and '.join(tasks)}; the task of this teacher is {task}"}
        words, fresh, judged_on = _words(cell, teacher)
        limits = {"seconds": None, **cell.limits}
        result = distill(
            teacher, cell.method, size=cell.size, words=words, seed=cell.seed, progress=progress, **limits, **cell.settings
        )
        if result.interrupted:
            raise KeyboardInterrupt
        progress("judging")
        report = compare(result.automaton, teacher, fresh, seed=cell.seed)
    except InputError as error:
        return UNFIT, {"sentence": str(error)}
    except BudgetExhausted as error:
        return UNFIT, {"sentence": f"{error} before anything was learned; raise the limit"}
    except Exception as error:  # one broken cell must not end all others, and its sentence says what to mend
        return FAILED, {"sentence": f"it failed with {described(error)}"}
    student: Any = result.automaton
    constant = result.chosen is result.rounds[0]
    measure = main_metric(report.task)
    metric = report[measure]
    automaton = isinstance(student, Automaton)
    return DONE, {
        "sentence": CONSTANT if constant else None, "task": report.task, "measure": measure,
        "error": _number(metric.value), "low": metric.low, "high": metric.high,
        "baseline": _number(next(iter(metric.baselines.values()), None)),
        "measures": json.dumps(report.to_json()["metrics"]), "words": report.words, "judged_on": judged_on,
        "kind": student.kind, "size": student.size, "unit": student.unit,
        "states": student.states if automaton else None,
        "parameters": simplicity(student).parameters if automaton else student.parameters, "bits": zipped_bits(student),
        "stop_reason": result.stop_reason, "queries": result.queries, "effort": result.effort, "seconds": result.seconds,
    }  # fmt: skip


@lru_cache(maxsize=1)
def _loaded(source: Source) -> Teacher:
    """The teacher; the same one again for the next cell."""
    return source.load()


def _words(cell: Cell, teacher: Teacher) -> tuple[Words | None, Words, str]:
    """Words to learn from, None where they are drawn, words to judge with, which are others, and where these are from.

    Raises
    ------
    InputError : files that cannot be read, too few words, or none that the teacher reads
    """
    rng = np.random.default_rng([cell.seed, STREAM])
    given = None if cell.source.words is None else words_of(cell.source.words, teacher)
    if cell.source.test is not None:
        longest = longest_of(teacher)
        test = words_of(cell.source.test, teacher)
        read = [word for word in test if longest is None or len(word) <= longest]
        fresh, judged_on = [read[i] for i in rng.permutation(len(read))[: cell.fresh].tolist()], TEST
        if not fresh:
            raise InputError(f"the network reads words of at most {longest} letters, and all of {cell.source.test} are longer")
    elif given is None:
        fresh, judged_on = WordSource(rng, teacher, []).invent(cell.fresh), DRAWN
    else:
        different = list(dict.fromkeys(given))
        count = min(cell.fresh, int(KEPT * len(different)))
        fresh, judged_on = [different[i] for i in rng.permutation(len(different))[:count].tolist()], OF_WORDS
        if not fresh:
            raise InputError(f"a fifth of the words of {cell.source.words} is kept to judge with; give more, or a file of others")
    kept = set(fresh)
    return None if given is None else [word for word in given if word not in kept], fresh, judged_on


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
