"""Networks of the problems of students made smaller in each way, beside small ones that learn from answers or labels alone.

    python benchmarks/smaller.py [--only NAME] [--seeds 5] [--effort 4] [--data ../shared] [--keep FOLDER] [--json]

Problems: handwritten digits, breast cancer and splice junctions of genes (splice-mlp) with a feed-forward network each, and 1.9
of the TAYSIR competition. Each network is made smaller with each seed: by `neurons`, then `magnitude`, then `int8`, with twice
--effort, and each from the whole network on by `magnitude` to as many weights as `neurons` left, by `shared` (16 values), int8,
int4 and int8-activations. `answers alone` and `labels alone` are networks of one layer and about as many parameters as `neurons`
left, which learn from scratch: from what the network answers (α = 0), and from labels (α = 1).

`error` is the share of wrong labels of fresh words, true ones where the data has some; `gain` is how much less that is than of
the network as it was, with a 95 % interval by Student's t over seeds. Bytes are those of the zipped file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from compression import CHAIN, width_of
from distilling.problems import PLACE, SHARED, SPLICE_MLP, Problem, problems
from knowledge import Row, gain, table

import nerode
from nerode.compression.shrink import shrink
from nerode.errors import InputError
from nerode.protocols import longest_of

STUDENTS = {"digits": "mlp", "breast-cancer": "mlp", SPLICE_MLP: "mlp", "1.9": "gru"}
ALONE = ("shared", "int8", "int4", "int8-activations")
Made = tuple[float, int, int]  # error, bytes, parameters


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--effort", type=float, default=4.0, help="the limit of each way; of the chain of three twice that")
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--keep", type=Path, default=PLACE, metavar="FOLDER", help="of the networks that are trained here")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    rows = []
    for problem in problems(chosen.only, chosen.data, chosen.keep, (SPLICE_MLP,)):
        if problem.name in STUDENTS:
            for row in compared(problem, chosen.seeds, chosen.effort):
                print(row, file=sys.stderr, flush=True)
                rows.append(row)
    print(json.dumps(rows, indent=1) if chosen.json else "\n".join(table(rows)))


def compared(problem: Problem, seeds: int, effort: float) -> Iterator[Row]:
    """A row for the network as it is, and for each way that fits."""
    found: dict[str, list[Made]] = {}
    for seed in range(seeds):
        for name, made in ways(problem, seed, effort):
            found.setdefault(name, []).append(made)
    before = found.pop("as it is")
    for name, each in {"as it is": before, **found}.items():
        errors, sizes, parameters = (np.array(values) for values in zip(*each, strict=True))
        yield {
            "problem": problem.name,
            "way": name,
            "bytes": f"{sizes.mean():,.0f}",
            "parameters": f"{parameters.mean():,.0f}",
            "error": f"{errors.mean():.4f}",
            "gain": "" if each is before else gain(before[0][0] - errors),
        }


def ways(problem: Problem, seed: int, effort: float) -> Iterator[tuple[str, Made]]:
    """What each way gives with one seed."""

    def made(by: tuple[str, ...], limit: float, **settings: Any) -> list[Made]:
        shrunk = shrink(problem.teacher, by, seconds=None, effort=limit, words=problem.words, seed=seed, **settings)
        return [(problem.error(step.model.teacher), step.bytes, step.nonzero) for step in shrunk.steps]

    steps = made(CHAIN, 2 * effort)
    yield from zip(["as it is", *(" + ".join(CHAIN[: i + 1]) for i in range(len(CHAIN)))], steps, strict=True)
    (_, _, whole), (_, _, left) = steps[:2]
    yield "magnitude, as many weights", made(("magnitude",), effort, share=left / whole)[1]
    for way in ALONE:
        try:
            yield way, made((way,), effort)[1]
        except InputError as error:  # it is not for networks of this kind
            print(f"{problem.name}: {error}", file=sys.stderr)
    for name, alpha in (("answers alone", 0.0), ("labels alone", 1.0)):
        yield name, learned(problem, left, alpha, effort, seed)


def learned(problem: Problem, parameters: int, alpha: float, effort: float, seed: int) -> Made:
    """A network of one layer and at most about so many parameters that learns from scratch."""
    kind = STUDENTS[problem.name]
    student: Any = nerode.distill(
        problem.teacher, kind, hidden=width(problem, parameters), alpha=alpha, words=problem.words, labels=problem.labels,
        seconds=None, effort=effort, seed=seed,
    ).automaton  # fmt: skip
    return problem.error(student), len(zlib.compress(student.to_bytes(), 9)), student.size


def width(problem: Problem, parameters: int) -> int:
    """The width of a student of one layer and at most about so many parameters."""
    teacher, kind = problem.teacher, STUDENTS[problem.name]
    if kind != "mlp":
        return width_of(kind, teacher, parameters)
    columns = len(teacher.alphabet) * (longest_of(teacher) or 0)  # of the first layer, a place and a letter each
    return max(1, (parameters - teacher.width) // (columns + 1 + teacher.width))


if __name__ == "__main__":
    main()
