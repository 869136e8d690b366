"""The TAYSIR networks: size and error of spectral extraction beside the published winners and the best constant.

    python benchmarks/taysir.py [--only 1.1] [--seed 0] [--data ../shared/taysir]

The data are the competition's own and are not part of this repository: `models/`, `datasets/` in the folder `--data`. Settings
are the defaults but for the number of states, the same for all networks; nothing is given but the network: no word file.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

import nerode
from nerode.eval.report import Report, compare
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.sampling import lengths_like, uniform_words
from nerode.words import Words

# network, states to extract, and the published winner: states, error or MSE·10⁶ on the validation words, on fresh ones
CASES = (
    ("1.1", 15, (7708, 0.0, 0.081)),
    ("1.1", 40, (7708, 0.0, 0.081)),
    ("1.9", 20, (201, 0.0072, 0.069)),
    ("1.9", 40, (201, 0.0072, 0.069)),
    ("1.11", 20, (501, 0.0048, 0.012)),
    ("2.1", 30, (866, 1.0e-4, None)),
    ("2.2", 80, (131, 1.35, None)),
    ("2.4", 15, (105, 4.1e-8, None)),
    ("2.8", 15, (162, 0.120, None)),
    ("2.8", 30, (162, 0.120, None)),
)
FRESH = {CLASSIFIER: 5000}
FRESH_LANGUAGE_MODEL = 1000
COLUMNS = "network", "states", "seconds", "validation", "fresh", "constant", "Δ log p", "winner: states, validation, fresh"


def main() -> None:
    """Print a table in Markdown."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", help="one network, such as 1.1")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    chosen = options.parse_args()
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for network, states, winner in CASES:
        if chosen.only in (None, network):
            print(row(chosen.data, network, states, winner, chosen.seed), flush=True)


def row(data: Path, network: str, states: int, winner: tuple[int, float, float | None], seed: int) -> str:
    """One line of the table."""
    teacher = nerode.load_teacher(data / "models" / f"{network}.taysir.model")
    words, _ = nerode.read_words(data / "datasets" / f"{network}.taysir.valid.words", teacher.alphabet)
    begun = time.perf_counter()
    automaton = nerode.extract(teacher, "spectral", states=states, seed=seed).automaton
    seconds = time.perf_counter() - begun
    valid = compare(automaton, teacher, words)
    fresh = compare(automaton, teacher, like(teacher, words, seed))
    logs = "–"
    if teacher.link.task != CLASSIFIER:
        logs = ", ".join(f"{report['log_prob_error_per_symbol'].value:.3g}" for report in (valid, fresh))
    published = f"{winner[0]:,}, " + ", ".join("–" if value is None else f"{value:.2g}" for value in winner[1:])
    measured = f"{main_metric(valid)[0]:.3g} | {main_metric(fresh)[0]:.3g} | {main_metric(valid)[1]:.3g}"
    return f"| {network} | {automaton.states} | {seconds:.1f} | {measured} | {logs} | {published} |"


def like(teacher: Teacher, words: Words, seed: int) -> Words:
    """Fresh words: lengths drawn from the given words, letters uniform."""
    rng = np.random.default_rng([seed, 1])
    count = FRESH.get(teacher.link.task, FRESH_LANGUAGE_MODEL)
    return uniform_words(rng, len(teacher.alphabet), lengths_like(rng, words, count))


def main_metric(report: Report) -> tuple[float, float]:
    """The competition's metric, and what the best constant reaches."""
    name, baseline = ("error_rate", "majority") if report.task == CLASSIFIER else ("mse_e6", "constant")
    metric = report[name]
    return float(metric.value or 0.0), float(metric.baselines[baseline] or 0.0)


if __name__ == "__main__":
    main()
