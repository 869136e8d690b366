"""Students: what a network adds to labels, whether adversarial words help, and which kind of student is best for its bits.

    python benchmarks/students.py [PART …] [--only NAME] [--seeds 5] [--effort 6] [--data ../shared] [--keep FOLDER] [--json]

Problems: two classifiers (1.1, 1.9) and two language models (2.2, 2.4) of the TAYSIR competition; splice junctions of genes;
handwritten digits and breast cancer, which scikit-learn carries. The first five need data that are not part of this repository.
Networks of real data are trained here, and kept in FOLDER. --only NAME: problems whose names begin so.

Parts, all of them unless some are named:

kinds        students of every kind, saved, loaded and judged; what a kind does not fit is left out with a sentence
labels       students of labels alone (α = 1) and of the network (α = 0), with as many seeds each
adversarial  learning from random words, and from words that the student finds hard, with as many questions
front        students of all kinds; for each number of bits the kind with the least error

`error` is the share of wrong labels of fresh words, true ones where the data has some; of language models |Δ log p| a symbol.
Each student ends by its effort, the same on every machine. `gain` is how much less error there is than with labels alone, paired
by seed, with its 95 % interval by Student's t.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from distilling.problems import PLACE, SHARED, Problem, problems

import nerode
from nerode.automata.diagram import counted
from nerode.distillation.students import STUDENTS
from nerode.errors import InputError
from nerode.eval.grids import mean_interval
from nerode.links import CLASSIFIER
from nerode.words import FloatArray

KINDS: dict[str, dict[str, Any]] = {"regression": {}, "gru": {"hidden": 16}, "soft-tree": {}}
SLOW = {"soft-tree": 2}  # times the effort of the others: trees of all depths are learned, one after the other
ARMS = {"labels": 1.0, "network": 0.0}
QUERIES = 6000  # of each student, to compare words
TRIED = 2.0  # effort by which a kind shows that it does not fit
BITS = (2_000, 8_000, 32_000, 128_000, 512_000)
FRONT = ("lstar", "spectral", "regression", "tree", "trepan", "boosted", "soft-tree", "gru", "pdfa", "ngram")
Row = dict[str, Any]


def main() -> None:
    """Print a table in Markdown for each part, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("parts", nargs="*", metavar="PART", help="kinds, labels, adversarial, front")
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--effort", type=float, default=6.0, help="the limit of each student; soft trees have twice as much")
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--keep", type=Path, default=PLACE, metavar="FOLDER", help="of the networks that are trained here")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    parts = {"kinds": of_kinds, "labels": of_labels, "adversarial": adversarial, "front": of_front}
    if unknown := [part for part in chosen.parts if part not in parts]:
        options.error(f"{unknown[0]} is no part; there are {', '.join(parts)}")
    rows: list[Row] = []
    for part in chosen.parts or parts:
        found = []
        for problem in problems(chosen.only, chosen.data, chosen.keep):
            for row in parts[part](problem, chosen.seeds, chosen.effort):
                print(row, file=sys.stderr)
                found.append({"part": part, **row})
        rows += found
        if not chosen.json:
            print("\n".join(table(found)), flush=True)
    if chosen.json:
        print(json.dumps(rows, indent=1))


def of_kinds(problem: Problem, _: int, effort: float) -> Iterator[Row]:
    """A student of each kind that fits, as it is after it was saved and loaded, and its bits."""
    row: Row = {"problem": problem.name}
    for kind in STUDENTS:
        try:
            made = nerode.distill(problem.teacher, kind, words=problem.words, effort=effort, seconds=None)
        except InputError as error:
            print(f"{problem.name}, {kind}: {error}", file=sys.stderr)
            row[kind] = "–"
            continue
        with TemporaryDirectory() as folder:
            place = Path(folder) / (
                "student" if made.automaton.unit == "parameter" else "student.json"
            )  # networks are directories
            made.automaton.save(place)
            loaded = nerode.load_teacher(place)
        row[kind] = f"{problem.error(loaded):.4f}, {counted(made.automaton.size, made.automaton.unit)}"
    yield row


def of_labels(problem: Problem, seeds: int, effort: float) -> Iterator[Row]:
    """What the network adds to labels."""
    whole = f"{problem.error(problem.teacher):.4f}" if problem.truth is not None else ""
    for kind, settings in KINDS.items():
        errors = {
            arm: np.array(
                [_error(problem, kind, seed, SLOW.get(kind, 1) * effort, alpha=alpha, **settings) for seed in range(seeds)]
            )
            for arm, alpha in ARMS.items()
        }
        row: Row = {"problem": problem.name, "the network itself": whole, "student": kind}
        row |= {f"of {arm}": spread(values) for arm, values in errors.items()}
        yield row | {"gain": gain(errors["labels"], errors["network"])}


def spread(values: FloatArray) -> str:
    """The mean and the standard deviation over seeds."""
    return f"{values.mean():.4f} ± {values.std(ddof=1):.4f}"


def gain(before: FloatArray, after: FloatArray) -> str:
    """How much less error there is, paired by seed, with its 95 % interval, and what it says."""
    low, high = mean_interval(before - after)
    if low is None or high is None:
        return f"{(before - after).mean():+.4f}"
    surely = "better" * (low > 0) + "worse" * (high < 0)
    return f"{(before - after).mean():+.4f}, {low:+.4f} to {high:+.4f} {surely}".strip()


def _error(problem: Problem, kind: str, seed: int, effort: float, **settings: Any) -> float:
    labels = {} if problem.labels is None else {"labels": problem.labels}
    made = nerode.distill(
        problem.teacher, kind, words=problem.words, seconds=None, effort=effort, seed=seed, **labels, **settings
    )
    return problem.error(made.automaton)


def adversarial(problem: Problem, seeds: int, effort: float) -> Iterator[Row]:
    """Random words beside those that students find hard, of classifiers; as many questions for both."""
    if problem.teacher.link.task != CLASSIFIER:
        return
    for kind in ("gru", "tree"):
        row: Row = {"problem": problem.name, "student": kind}
        errors = {}
        for hard in (False, True):
            students = [
                nerode.distill(
                    problem.teacher, kind, words=problem.words, seed=seed, adversarial=hard, queries=QUERIES, effort=2 * effort,
                    seconds=None,
                )
                for seed in range(seeds)
            ]  # fmt: skip
            name = "adversarial" if hard else "random"
            errors[name] = np.array([_disagreement(problem, made.automaton) for made in students])
            row[f"{name}: questions"] = round(np.mean([made.queries for made in students]))
            row[name] = spread(errors[name])
        yield row | {"gain": gain(errors["random"], errors["adversarial"])}


def _disagreement(problem: Problem, student: Any) -> float:
    """The share of fresh words with another label than the network's."""
    theirs = problem.teacher.link.labels(problem.teacher.scores(problem.fresh))
    return float((student.predict(problem.fresh) != theirs).mean())


def of_front(problem: Problem, seeds: int, effort: float) -> Iterator[Row]:
    """The kind with the least error for each number of bits, and that error; judged beside the network."""
    fitting = []
    for kind in FRONT:
        try:
            nerode.front(problem.teacher, [kind], words=problem.words, effort=TRIED)
        except InputError as error:
            print(f"{problem.name}: {error}", file=sys.stderr)
        else:
            fitting.append(kind)
    found = nerode.front(problem.teacher, fitting, words=problem.words, effort=2 * effort * len(fitting), seconds=None)
    row: Row = {"problem": problem.name}
    for bits in BITS:
        small = [point for point in found.points if point.bits <= bits]
        best = min(small, key=lambda point: (point.error, point.bits), default=None)
        row[f"≤ {bits:,} bits"] = "–" if best is None else f"{best.kind} {best.size}: {best.error:.4f}"
    yield row


def table(rows: list[Row]) -> list[str]:
    """Return rows in Markdown."""
    if not rows:
        return []
    names = [name for name in rows[0] if name != "part"]
    lines = [names, ["---"] * len(names), *([str(row[name]) for name in names] for row in rows)]
    return ["", f"### {rows[0]['part']}", "", *("| " + " | ".join(cells) + " |" for cells in lines)]


if __name__ == "__main__":
    main()
