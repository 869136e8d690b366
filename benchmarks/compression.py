"""Networks made smaller: neurons taken away, weights pruned, fewer bits, beside small networks that learn from the large one.

    python benchmarks/compression.py [--only NAME] [--effort 20] [--seeds 1] [--keep DIR] [--json]

Problems, all of them unless --only names one (or the beginning of several names), each with a network that is trained first, with
128 neurons a layer:

dyck-2-gru        GRU of two layers, words of two kinds of brackets
dfa-12-lstm       LSTM of one layer, a random DFA of about 12 states over 3 letters
pdfa-20-gru       GRU of one layer, a language model of a random PDFA of 20 states over 5 letters
dyck-transformer  causal transformer of two blocks (256 neurons in the feed-forward part of each), brackets to depth 4

Each is made smaller by `neurons`, then `magnitude`, then `int8`, with twice --effort; and, each from the whole network on, by
`magnitude` to as many weights as the network of fewer neurons has, by `shared` (16 values), int8 and int4. `distilled` is a
network of one layer and about as many parameters that learns from the answers of the large one from scratch (`nerode distill`).
An effort is work, which is the same on every machine; a unit takes about a second.

Errors are those against the network, on words that nothing was learned from: the share of words of another class, or the
divergence of what follows in nats a symbol. `right` is the share of right labels on the same words, by the language. Words of
classifiers are like those of the training, with as many members as others. Time a word is in parts of the large network's,
measured in one run.
Networks are kept in --keep, and taken from there where they are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from distilling.problems import train

import nerode
from nerode.compression.results import MEASURES, TIMED, Shrunk, Step, relative_times
from nerode.compression.shrink import shrink
from nerode.datasets.languages import language
from nerode.datasets.samplers import training_words
from nerode.distillation.students import STUDENTS
from nerode.links import LANGUAGE_MODEL
from nerode.sampling import sample_words
from nerode.teachers import shrinking
from nerode.words import Word

WORDS, LONGEST, FRESH = 8000, 30, 2000
CHAIN = ("neurons", "magnitude", "int8")
COLUMNS = ("way", "bytes", "parameters", "nonzero", "neurons", "heads", "error", "low", "high", "accuracy", "time")
Row = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """A network: its language, how it is trained, and the kind of student of about its architecture."""

    name: str
    language: str
    training: str
    student: str


PROBLEMS = (
    Problem("dyck-2-gru", "dyck-2", "--arch gru --layers 2 --seconds 240", "gru"),
    Problem("dfa-12-lstm", "random-dfa-12-letters-3", "--arch lstm --words 8000 --seconds 200", "lstm"),
    Problem("pdfa-20-gru", "random-pdfa-20-letters-5", "--arch gru --words 40000 --seconds 240", "gru"),
    Problem("dyck-transformer", "dyck-2-depth-4", "--arch transformer --layers 2 --seconds 400", "transformer"),
)


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--effort", type=float, default=20.0, help="the limit of each way")
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--keep", type=Path, metavar="DIR", help="where trained networks are kept")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keep = chosen.keep or Path(folder)
        rows = [
            row
            for problem in PROBLEMS
            if problem.name.startswith(chosen.only)
            for seed in range(chosen.seeds)
            for row in measured(problem, trained(problem, keep), chosen.effort, seed)
        ]
    print(json.dumps(rows, indent=1) if chosen.json else "\n".join(table(rows)))


def trained(problem: Problem, keep: Path) -> Path:
    """The checkpoint of a problem, trained unless it is there."""
    place = keep / problem.name
    train(place, problem.language, *problem.training.split(), "--hidden", "128")
    return place


def measured(problem: Problem, network: Path, effort: float, seed: int) -> Iterator[Row]:
    """A row for each way, and for each step of the chain."""
    teacher = nerode.load_teacher(network)
    words, labels = words_of(problem, seed)

    def made(by: tuple[str, ...], limit: float, **settings: Any) -> Shrunk:
        return shrink(teacher, by, effort=limit, words=words, labels=labels, seed=seed, **settings)

    chain = made(CHAIN, 2 * effort)
    names = ["original", *(" + ".join(CHAIN[: i + 1]) for i in range(len(chain.steps) - 1))]
    alone = made(("magnitude",), effort, share=chain.steps[1].parameters / chain.steps[0].parameters)
    rest = [made((way,), effort / 2) for way in ("shared", "int8", "int4")]
    named = [*zip(names, chain.steps, strict=True), ("magnitude, as many weights", alone.steps[1])]
    named += [(f"{found.steps[1].name} alone", found.steps[1]) for found in rest]
    for name, step in named:
        yield shown(problem, seed, name, step)
    yield distilled(problem, teacher, words, labels, chain.steps[1], effort, seed)


def words_of(problem: Problem, seed: int) -> tuple[list[Word] | None, dict[Word, int] | None]:
    """Words like those of the training, with their labels; none for language models, which draw their own."""
    known = language(problem.language, np.random.default_rng(0))
    if known.link.task == LANGUAGE_MODEL:
        return None, None
    words = training_words(np.random.default_rng([seed, 9]), known, WORDS, LONGEST)
    return words, dict(zip(words, known.link.labels(known.scores(words)).tolist(), strict=True))


def shown(problem: Problem, seed: int, name: str, step: Step) -> Row:
    """A step as a row."""
    row = {column: getattr(step, column) for column in COLUMNS[1:]}
    print(problem.name, seed, name, row, file=sys.stderr, flush=True)
    return {"problem": problem.name, "seed": seed, "way": name, **row}


def distilled(problem: Problem, teacher: Any, words: Any, labels: Any, small: Step, effort: float, seed: int) -> Row:
    """A network of one layer and at most about as many parameters that learns from scratch."""
    hidden = width_of(problem.student, teacher, small.parameters)
    student: Any = nerode.distill(teacher, problem.student, hidden=hidden, effort=effort, words=words, seed=seed).automaton
    rng = np.random.default_rng([seed, 11])
    known = language(problem.language, np.random.default_rng(0))
    fresh = sample_words(rng, teacher, FRESH, 100) if words is None else training_words(rng, known, FRESH, LONGEST)
    found = nerode.compare(student, teacher, fresh, seed=seed)[MEASURES[teacher.link.task]]
    right = None if labels is None else float((student.predict(fresh) == known.link.labels(known.scores(fresh))).mean())
    time = relative_times([teacher, student], fresh[:TIMED])[1]
    size = len(zlib.compress(student.to_bytes(), 9))
    heads = shrinking.heads(student.model)
    step = Step(
        "distilled",
        size,
        student.size,
        student.size,
        (hidden,),
        heads,
        found.value,
        found.low,
        found.high,
        right,
        time,
        student.model,
    )
    return shown(problem, seed, f"distilled {problem.student}", step)


def width_of(kind: str, teacher: Any, parameters: int) -> int:
    """The width of a student of at most about so many parameters; even, as that of a transformer is."""
    assert kind in STUDENTS
    tokens, width, gates = len(teacher.alphabet) + 1, teacher.width, {"rnn": 1, "gru": 3, "lstm": 4, "transformer": 8}[kind]
    sizes = range(2, 129, 2)
    return max((h for h in sizes if gates * h * (h + tokens + 2) + width * (h + 1) <= parameters), default=2)


def table(rows: list[Row]) -> list[str]:
    """The lines of the table in Markdown."""
    heads = ("network", "way", "bytes zipped", "parameters", "not 0", "neurons", "error", "95 % interval", "right", "time a word")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        numbers = (f"{row[name]:,}" for name in ("bytes", "parameters", "nonzero"))
        right = "" if row["accuracy"] is None else f"{row['accuracy']:.4f}"
        neurons = ", ".join(map(str, row["neurons"]))
        neurons += f"; heads {', '.join(map(str, row['heads']))}" if row["heads"] else ""
        cells = (row["problem"], row["way"], *numbers, neurons, f"{row['error']:.4f}", f"{row['low']:.4f} to {row['high']:.4f}")
        lines.append(f"| {' | '.join((*cells, right, format(row['time'], '.2f')))} |")
    return lines


if __name__ == "__main__":
    main()
