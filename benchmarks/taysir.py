"""The TAYSIR networks: size and error of spectral extraction beside the published winners and the best constant.

    python benchmarks/taysir.py [--only 1.1] [--states 40] [--seeds 0 1 2] [--effort 60] [--data ../shared/taysir] [--json]

The data are the competition's own and are not part of this repository: `models/`, `datasets/` in the folder `--data`. Settings
are the defaults but for the number of states and the limit, the same for all networks; nothing is given but the network: no word
file. The limit is on work (--effort), so that the table replays on any machine; seconds are those of the processor.
Each row is judged on the competition's validation words and on fresh words of their lengths with uniform letters.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

import nerode
from nerode.eval.report import Report, compare
from nerode.links import CLASSIFIER
from nerode.protocols import SteppingTeacher, Teacher
from nerode.sampling import lengths_like, uniform_words
from nerode.words import Words

# network, states to extract
CASES = (
    ("1.1", 15), ("1.1", 40), ("1.9", 20), ("1.9", 40), ("1.9", 80), ("1.11", 20),
    ("2.1", 30), ("2.2", 80), ("2.4", 15), ("2.8", 30), ("2.9", 30),
)  # fmt: skip
# the published winners: states, error or MSE·10⁶ on the validation words, error on fresh ones
WINNERS = {
    "1.1": (7708, 0.0, 0.081),
    "1.9": (201, 0.0072, 0.069),
    "1.11": (501, 0.0048, 0.012),
    "2.1": (866, 1.0e-4, None),
    "2.2": (131, 1.35, None),
    "2.4": (105, 4.1e-8, None),
    "2.8": (162, 0.120, None),
}
FRESH = 5000
REREAD = 1000  # words, where every prefix is read anew


@dataclass(frozen=True)
class Row:
    """One extraction; pairs are on validation words and on fresh ones.

    Parameters
    ----------
    main : error rate of classifiers, MSE·10⁶ of word values of language models
    constant : the same of the best constant
    log_p : |Δ log p| a symbol; None for classifiers, and so is the divergence of what follows
    winner : states and main metric of the published winner; None where it is not known
    """

    network: str
    states: int
    seed: int
    seconds: float
    effort: float
    main: tuple[float, float]
    constant: tuple[float, float]
    log_p: tuple[float, float] | None
    next_symbol_kl: tuple[float, float] | None
    winner: tuple[int, float, float | None] | None


COLUMNS = (
    "network",
    "states",
    "seed",
    "seconds",
    "effort",
    "validation",
    "fresh",
    "constant",
    "Δ log p",
    "next-symbol KL",
    "winner",
)


def main() -> None:
    """Print a table in Markdown, or rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", help="one network, such as 1.1")
    options.add_argument("--states", type=int, help="only the rows of so many states")
    options.add_argument("--seeds", type=int, nargs="+", default=[0])
    options.add_argument("--effort", type=float, default=60.0, help="the limit on work, in units of about a second")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    rows = []
    if not chosen.json:
        print("| " + " | ".join(COLUMNS) + " |")
        print("|---" * len(COLUMNS) + "|")
    for network, states in CASES:
        if chosen.only in (None, network) and chosen.states in (None, states):
            for seed in chosen.seeds:
                rows.append(measured(chosen.data, network, states, seed, chosen.effort))
                if not chosen.json:
                    print(markdown(rows[-1]), flush=True)
    if chosen.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))


def measured(data: Path, network: str, states: int, seed: int, effort: float) -> Row:
    """Extract an automaton and compare it."""
    teacher = nerode.load_teacher(data / "models" / f"{network}.taysir.model")
    words, _ = nerode.read_words(data / "datasets" / f"{network}.taysir.valid.words", teacher.alphabet)
    begun = time.process_time()
    result = nerode.extract(teacher, "spectral", states=states, seed=seed, effort=effort)
    automaton, seconds = result.automaton, time.process_time() - begun
    classifies = teacher.link.task == CLASSIFIER
    most = FRESH if classifies or isinstance(teacher, SteppingTeacher) else REREAD
    fresh = like(teacher, words, most, seed)
    reports = [compare(automaton, teacher, those) for those in (words if most == FRESH else words[:most], fresh)]
    name, baseline = ("error_rate", "majority") if classifies else ("mse_e6", "constant")
    return Row(
        network, automaton.states, seed, seconds, result.effort, pair(reports, name),
        tuple(float(report[name].baselines[baseline] or 0.0) for report in reports),
        None if classifies else pair(reports, "log_prob_error_per_symbol"),
        None if classifies else pair(reports, "next_symbol_kl"),
        WINNERS.get(network),
    )  # fmt: skip


def pair(reports: list[Report], name: str) -> tuple[float, float]:
    """A metric on validation words and on fresh ones."""
    valid, fresh = (float(report[name].value or 0.0) for report in reports)
    return valid, fresh


def like(teacher: Teacher, words: Words, count: int, seed: int) -> Words:
    """Fresh words: lengths drawn from the given words, letters uniform."""
    rng = np.random.default_rng([seed, 1])
    return uniform_words(rng, len(teacher.alphabet), lengths_like(rng, words, count))


def markdown(row: Row) -> str:
    """One line of the table."""

    def numbers(values: tuple[float | None, ...] | None) -> str:
        return "–" if values is None else ", ".join("–" if value is None else f"{value:.2g}" for value in values)

    winner = "–" if row.winner is None else f"{row.winner[0]:,}: {numbers(row.winner[1:])}"
    cells = [
        row.network, str(row.states), str(row.seed), f"{row.seconds:.0f}", f"{row.effort:.1f}",
        *(f"{value:.3g}" for value in row.main),
        numbers(row.constant), numbers(row.log_p), numbers(row.next_symbol_kl), winner,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
