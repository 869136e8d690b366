"""What questions buy: query learning beside state merging, at the same number of words asked.

    python benchmarks/passive.py [--only NAME] [--seeds 2] [--effort 2] [--data ../shared/taysir] [--json]

Problems, all of them unless --only names one (or the beginning of several names):

dfa-N-K     random minimal DFAs of about N states over K letters, which answer as black boxes
1.9, 1.11   classifiers of the TAYSIR competition; the data are not part of this repository

Each is learned by lstar, which chooses the words that it asks, and by rpni and edsm, to which random words are given. Each method
holds out an eighth of the words that may be asked. `asked` is how many were asked in all, `error` the share of wrong labels on
20,000 fresh uniform words: of up to 30 letters, or as long as the competition's validation words. Seconds are those of the
processor; an extraction ends by its effort, the same on every machine. AALpy is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
import taysir

import nerode
from nerode.automata.operations import minimise
from nerode.datasets.random_automata import random_dfa
from nerode.protocols import Teacher, Wrapper
from nerode.sampling import uniform_words
from nerode.words import FloatArray, Word, Words

DFAS = ((10, 2), (30, 2), (30, 4), (30, 10))  # states and letters
COMPETITION = ("1.9", "1.11")
METHODS = ("lstar", "rpni", "edsm")
QUERIES = (300, 1000, 4000, 16_000)
FRESH, LONGEST = 20_000, 30
Row = dict[str, Any]


class BlackBox(Wrapper):
    """A classifier that shows neither states nor transitions."""

    def scores(self, words: Words) -> FloatArray:
        """The scores of whole words."""
        return self._asked.scores(words)


@dataclass(frozen=True)
class Problem:
    """A teacher, and fresh words by a seed."""

    name: str
    teacher: Teacher
    fresh: Callable[[int], list[Word]]


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--effort", type=float, default=2.0, help="the limit of each extraction")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    rows = [
        row
        for problem in problems(chosen.data)
        if problem.name.startswith(chosen.only)
        for row in measured(problem, chosen.seeds, chosen.effort)
    ]
    print(json.dumps(rows, indent=1) if chosen.json else "\n".join(table(rows)))


def problems(data: Path) -> Iterator[Problem]:
    """All problems; those whose data is absent are left out with a sentence."""
    for states, letters in DFAS:
        target = minimise(random_dfa(np.random.default_rng([states, letters]), states, letters))
        yield Problem(f"dfa-{states}-{letters}", BlackBox(target), lambda seed, letters=letters: uniform(letters, seed))
    for name in COMPETITION:
        file = data / "models" / f"{name}.taysir.model"
        if not file.exists():
            print(f"{name} is left out: there is no {file}; give its folder by --data", file=sys.stderr)
            continue
        teacher = nerode.load_teacher(file)
        words, _ = nerode.read_words(data / "datasets" / f"{name}.taysir.valid.words", teacher.alphabet)
        yield Problem(name, teacher, lambda seed, teacher=teacher, words=words: taysir.like(teacher, words, FRESH, seed))


def uniform(letters: int, seed: int) -> list[Word]:
    """Fresh words of uniform letters and lengths."""
    rng = np.random.default_rng([seed, 1])
    return uniform_words(rng, letters, rng.integers(LONGEST + 1, size=FRESH))


def measured(problem: Problem, seeds: int, effort: float) -> Iterator[Row]:
    """A row for each number of words and each method, with the figures of each seed."""
    for queries in QUERIES:
        for method in METHODS:
            row: Row = {"problem": problem.name, "at most": queries, "method": method}
            for seed in range(seeds):
                begun = time.process_time()
                result = nerode.extract(problem.teacher, method, queries=queries, effort=effort, seed=seed)
                seconds, words = time.process_time() - begun, problem.fresh(seed)
                labels = problem.teacher.link.labels(problem.teacher.scores(words))
                error = float((result.automaton.predict(words) != labels).mean())
                figures = {"asked": result.queries, "states": result.automaton.states, "error": error, "seconds": seconds}
                for name, figure in figures.items():
                    row.setdefault(name, []).append(figure)
            print(row, file=sys.stderr)
            yield row


def table(rows: list[Row]) -> list[str]:
    """The lines of the table in Markdown; of each row the figures of all seeds, and the median of the seconds."""
    heads = ("problem", "at most", "method", "asked", "states", "error", "seconds")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        counts = (", ".join(f"{number:,}" for number in row[name]) for name in ("asked", "states"))
        errors = ", ".join(f"{error:.4g}" for error in row["error"])
        cells = (row["problem"], f"{row['at most']:,}", row["method"], *counts, errors, f"{np.median(row['seconds']):.1f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
