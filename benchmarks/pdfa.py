"""Probabilistic deterministic automata of language models, beside weighted automata, n-grams and ALERGIA.

    python benchmarks/pdfa.py [--only NAME] [--ways WAY,…] [--networks DIR] [--data ../shared/taysir] [--seed 0] [--json]

Problems, all of them unless --only names one (or the beginning of several names):

pdfa-N-K    ten random PDFAs of N states over K letters, asked themselves
uhl-1 … 3   GRU-50 trained on the three languages of Weiss, Goldberg and Yahav (NeurIPS 2019)
net-N-K     GRU-50 trained on words of three of these PDFAs
2.1 … 2.8   language models of the TAYSIR competition; the data are not part of this repository

Networks are trained where the folder --networks has not got them. Each problem is learned in these ways:

pdfa        `nerode.extract(network, "pdfa", seconds=None)`: it ends by itself, like all but the next
spectral    `nerode.extract(network)`, within a minute
3-gram, 6-gram   `nerode.extract(network, "ngram", order=3)` and 6: of up to 100,000 words that the network draws
n-gram      the same with the order that held-out words choose
alergia     `nerode.extract(network, "alergia")`; left out where AALpy is not there

Seconds are those of the processor. Each is compared with the network on 2,000 fresh words that the network drew itself.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

import nerode
from nerode.automata.pdfa import PDFA
from nerode.datasets.languages import unbounded_history
from nerode.datasets.random_automata import random_pdfa
from nerode.errors import InputError
from nerode.eval.report import compare
from nerode.extraction.extracted import Extraction
from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.sampling import sample_words
from nerode.teachers import directory
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.recognition import is_directory
from nerode.teachers.training import train

PLACE = Path(__file__).resolve().parent / "networks"  # not in the repository
PDFAS = ((10, 4), (12, 6), (15, 8), (20, 4), (20, 8), (25, 12), (30, 15), (40, 6), (50, 4), (50, 10))  # states and letters
TRAINED = ((10, 4), (20, 8), (30, 15))
COMPETITION = ("2.1", "2.2", "2.4", "2.8")
LESSONS, LONGEST, STEPS = 20_000, 100, 6000
FRESH = 2000
METRICS = ("word_error_rate", "ndcg_at_5", "perplexity", "log_prob_error_per_symbol", "mse_e6")
Row = dict[str, Any]


def main() -> None:
    """Print a table in Markdown, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--ways", default=",".join(WAYS), help="of learning, with commas between them")
    options.add_argument("--networks", type=Path, default=PLACE, metavar="DIR", help="where networks are kept")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    rows = []
    for problem in problems(chosen.networks, chosen.data, chosen.seed):
        if problem.name.startswith(chosen.only):
            rows += measured(problem, chosen.ways.split(","), chosen.seed)
    print(json.dumps(rows, indent=1) if chosen.json else "\n".join(table(rows)))


@dataclass(frozen=True)
class Problem:
    """A teacher, and the number of states of the automaton that it was trained on, where that is known."""

    name: str
    teacher: Callable[[], Teacher]
    states: int | None = None


def problems(networks: Path, data: Path, seed: int) -> Iterator[Problem]:
    """All problems; those whose data is absent are left out with a sentence."""
    for states, letters in PDFAS:
        target = _target(states, letters, seed)
        yield Problem(f"pdfa-{states}-{letters}", lambda target=target: target, states)
    trained = {f"uhl-{number}": unbounded_history(number) for number in (1, 2, 3)}
    trained |= {f"net-{states}-{letters}": _target(states, letters, seed) for states, letters in TRAINED}
    for name, target in trained.items():
        yield Problem(name, lambda name=name, target=target: network(networks / f"{name}-{seed}", target, seed), target.states)
    for name in COMPETITION:
        file = data / "models" / f"{name}.taysir.model"
        if file.exists():
            yield Problem(name, lambda file=file: nerode.load_teacher(file))
        else:
            print(f"{name} is left out: there is no {file}; give its folder by --data", file=sys.stderr)


def _target(states: int, letters: int, seed: int) -> PDFA:
    return random_pdfa(np.random.default_rng([seed, states, letters]), states, letters)


def network(folder: Path, target: PDFA, seed: int) -> Teacher:
    """The network as it is kept in a folder; trained and put there where it is not."""
    if not is_directory(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        words = sample_words(rng, target, LESSONS, LONGEST)
        lessons, judged = Examples(words[: LESSONS * 9 // 10]), Examples(words[LESSONS * 9 // 10 :])
        settings = TrainingSettings("gru", hidden=50, max_steps=STEPS)
        model, report = train(target.alphabet, NextSymbol(len(target.alphabet)), lessons, judged, settings, rng)
        print(f"{folder.name}: trained in {report.seconds:.0f} s", file=sys.stderr)
        directory.save(folder, model, asdict(report))
    return nerode.load_teacher(folder)


def measured(problem: Problem, ways: list[str], seed: int) -> list[Row]:
    """A row for each way, with its metrics and seconds."""
    teacher = problem.teacher()
    fresh = sample_words(np.random.default_rng([seed, 1]), teacher, FRESH, LONGEST)
    rows = []
    for way in ways:
        begun = time.process_time()
        try:
            result = WAYS[way](teacher, seed)
        except InputError as error:
            print(f"{way} is left out on {problem.name}: {error}", file=sys.stderr)
            continue
        seconds, report = time.process_time() - begun, compare(result.automaton, teacher, fresh)
        size = result.automaton.states
        found = {"problem": problem.name, "true_states": problem.states, "way": way, "states": size}
        rows.append(found | {"queries": result.queries, "seconds": seconds} | {name: report[name].value for name in METRICS})
        print(f"{problem.name} {way}: {size} states, {seconds:.1f} s", file=sys.stderr)
    return rows


def extracted(method: str, **settings: Any) -> Callable[[Teacher, int], Extraction]:
    """A way to learn: by a method of nerode with these settings."""
    return lambda teacher, seed: nerode.extract(teacher, method, seed=seed, **settings)


WAYS: dict[str, Callable[[Teacher, int], Extraction]] = {
    "pdfa": extracted("pdfa", seconds=None),
    "spectral": extracted("spectral"),
    "3-gram": extracted("ngram", seconds=None, order=3),
    "6-gram": extracted("ngram", seconds=None, order=6),
    "n-gram": extracted("ngram", seconds=None),
    "alergia": extracted("alergia", seconds=None),
}


def table(rows: list[Row]) -> list[str]:
    """The lines of the table in Markdown."""
    heads: tuple[str, ...] = (
        "problem",
        "true states",
        "way",
        "states",
        "queries",
        "seconds",
        "other likeliest symbol",
        "NDCG@5",
        "perplexity",
    )
    heads += ("∣Δ log p∣ a symbol", "MSE·10⁶")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in rows:
        counts = f"{row['true_states'] or '–'} | {row['way']} | {row['states']:,} | {row['queries']:,} | {row['seconds']:.1f}"
        numbers = f"{row['word_error_rate']:.2%} | {row['ndcg_at_5']:.4f} | {row['perplexity']:.4f}"
        errors = f"{row['log_prob_error_per_symbol']:.3g} | {row['mse_e6']:.3g}"
        lines.append(f"| {row['problem']} | {counts} | {numbers} | {errors} |")
    return lines


if __name__ == "__main__":
    main()
