"""What a network knows beside its answers: students that learn it, beside answers alone and beside labels alone.

    python benchmarks/knowledge.py [--only NAME] [--seeds 5] [--effort 4] [--transfers NAME ...] [--weight 1]
        [--data ../shared] [--keep FOLDER] [--json]

Problems: handwritten digits, breast cancer and splice junctions of genes (splice-mlp), of which feed-forward networks are
taught by feed-forward ones; a bidirectional LSTM of splice junctions, 1.1 and 1.9 of the TAYSIR competition, and a GRU of two
layers of a random DFA, with GRUs as students. Networks are trained here, except those of the competition, and kept in FOLDER.
--only NAME: problems whose names begin so.

For each kind of knowledge that fits there is a student, as for answers alone and for labels alone (α = 1), with each seed.
Students of one problem have as much effort, which counts the reading of layers too: one that reads its teacher's layers learns
from fewer words. `flow` needs two layers in both networks.

`error` is the share of wrong labels of fresh words, true ones where the data has some. `explained` is how far explanations agree:
Spearman's correlation of what replacing each letter does to student and network, the mean over words. Gains are over answers
alone (less error, more agreement), paired by seed, with 95 % intervals by Student's t.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from distilling.problems import GIVEN, PLACE, SHARED, SPLICE, SPLICE_MLP, Problem, problems, train

import nerode
from nerode.datasets.languages import language
from nerode.datasets.samplers import training_words
from nerode.distillation.transfers import TRANSFERS
from nerode.errors import InputError
from nerode.eval.explanations import agreement
from nerode.eval.grids import mean_interval

STUDENTS: dict[str, dict[str, Any]] = {
    "digits": {"student": "mlp", "hidden": 16},
    "breast-cancer": {"student": "mlp", "hidden": 8},
    SPLICE: {"student": "gru", "hidden": 8},
    SPLICE_MLP: {"student": "mlp", "hidden": 8},
    "1.1": {"student": "gru", "hidden": 8, "layers": 2},
    "random-dfa-8-letters-3": {"student": "gru", "hidden": 6, "layers": 2},
    "1.9": {"student": "gru", "hidden": 8, "layers": 2},
}
LANGUAGE, TRAINED = "random-dfa-8-letters-3", ("--arch", "gru", "--layers", "2", "--hidden", "32")
EXPLAINED = 40  # words, of at most LONGEST letters
LONGEST = 100
Row = dict[str, Any]
Measured = tuple[float, float]


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--effort", type=float, default=4.0, help="the limit of each student")
    options.add_argument("--transfers", nargs="+", choices=TRANSFERS, default=list(TRANSFERS), help="all by default")
    options.add_argument("--weight", type=float, default=1.0, help="of each loss beside that of the answers")
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--keep", type=Path, default=PLACE, metavar="FOLDER", help="of the networks that are trained here")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    rows = []
    for problem in chain(problems(chosen.only, chosen.data, chosen.keep, (SPLICE_MLP,)), of_language(chosen.only, chosen.keep)):
        if problem.name in STUDENTS:
            for row in compared(problem, chosen.seeds, chosen.effort, chosen.transfers, chosen.weight):
                print(row, file=sys.stderr, flush=True)
                rows.append(row)
    print(json.dumps(rows, indent=1) if chosen.json else "\n".join(table(rows)))


def of_language(only: str, keep: Path) -> Iterator[Problem]:
    """A random DFA, whose words and labels are known."""
    if not LANGUAGE.startswith(only):
        return
    place = keep / LANGUAGE
    train(place, LANGUAGE, *TRAINED)
    known = language(LANGUAGE, np.random.default_rng(0))
    words, fresh = (training_words(np.random.default_rng(seed), known, GIVEN, 30) for seed in (1, 2))
    labels, truth = (known.link.labels(known.scores(those)) for those in (words, fresh))
    yield Problem(
        LANGUAGE, nerode.load_teacher(place), words, dict(zip(words, labels.tolist(), strict=True)), fresh, truth
    )  # fmt: skip


def compared(problem: Problem, seeds: int, effort: float, transfers: Iterable[str], weight: float) -> Iterator[Row]:
    """A row for labels alone, answers alone and each of these kinds of knowledge that fits."""
    answers = measured(problem, seeds, effort)
    yield row_of(problem, "answers alone", answers, None)
    yield row_of(problem, "labels alone", measured(problem, seeds, effort, alpha=1.0), answers)
    for name in transfers:
        try:
            found = measured(problem, seeds, effort, transfer={name: weight})
        except InputError as error:
            print(f"{problem.name}: {error}", file=sys.stderr)
        else:
            yield row_of(problem, f"{name}={weight:g}", found, answers)


def measured(problem: Problem, seeds: int, effort: float, **settings: Any) -> np.ndarray[Any, Any]:
    """The errors of students and how far their explanations agree, (seeds, 2)."""
    return np.array([one(problem, seed, effort, settings) for seed in range(seeds)])


def one(problem: Problem, seed: int, effort: float, settings: dict[str, Any]) -> Measured:
    """The error of one student, and how far its explanations agree."""
    given = STUDENTS[problem.name] | settings
    labels = {} if problem.labels is None else {"labels": problem.labels}
    made = nerode.distill(
        problem.teacher, given.pop("student"), words=problem.words, seconds=None, effort=effort, seed=seed, **labels, **given
    )
    student = made.automaton
    words = [word for word in problem.fresh if 1 < len(word) <= LONGEST][:EXPLAINED]
    explained = nerode.explain(student, problem.teacher, words)
    correlation = agreement(explained, np.random.default_rng(0)).correlations["replaced"]
    return problem.error(student), 0.0 if correlation is None else correlation


def row_of(problem: Problem, what: str, found: np.ndarray[Any, Any], answers: np.ndarray[Any, Any] | None) -> Row:
    """A row; gains are paired by seed."""
    row: Row = {"problem": problem.name, "learned": what}
    for k, (name, sign) in enumerate((("error", -1), ("explained", 1))):
        values = found[:, k]
        row[name] = f"{values.mean():.4f}"
        row[f"gain: {name}"] = "" if answers is None else gain(sign * (values - answers[:, k]))
    return row


def gain(gains: np.ndarray[Any, Any]) -> str:
    """A mean with its interval, and whether that leaves 0 out."""
    low, high = mean_interval(gains)
    if low is None or high is None:
        return f"{gains.mean():+.4f}"
    surely = "better" * (low > 0) + "worse" * (high < 0)
    return f"{gains.mean():+.4f}, {low:+.4f} to {high:+.4f} {surely}".strip()


def table(rows: list[Row]) -> list[str]:
    """Return rows in Markdown."""
    names = list(rows[0]) if rows else []
    lines = [names, ["---"] * len(names), *([str(row[name]) for name in names] for row in rows)]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


if __name__ == "__main__":
    main()
