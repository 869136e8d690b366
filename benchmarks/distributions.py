"""Language models: how well what is extracted predicts the next symbol, beside a 3-gram and scikit-splearn.

    python benchmarks/distributions.py [--only NAME] [--seed 0] [--data ../shared/spice] [--peer-python PATH] [--json]

GRU networks are trained on two problems of the SPiCe competition (Balle et al., ICGI 2016; the files are not part of this
repository, and are left out with a sentence where they are not in the folder `--data`) and on words of three random PDFAs like
those of PAutomaC (Verwer, Eyraud and Higuera, 2014). Each is then learned from in four ways and compared with the network on
2,000 fresh words that it drew itself: the share of prefixes after which another symbol is the likeliest, NDCG of the five best
symbols, and the perplexity on these words, which the network itself predicts best.

scores         `nerode.extract(network)`, no settings
probabilities  `nerode.extract(network, target="probabilities")`
3-gram         frequencies in 100,000 words drawn from the network, interpolated after Witten and Bell
scikit-splearn the same words, prefix version; the best of four ranks and three lengths of rows by the error on words drawn apart
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np

import nerode
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa
from nerode.errors import InputError
from nerode.eval.report import Report, compare
from nerode.extraction.spectral.targets import HeldOutProbabilities
from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.sampling import sample_words
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.training import train
from nerode.words import Alphabet, Word, Words

SPICE = ("0", "4")
PDFAS = ((10, 4), (20, 8), (30, 15))  # states and letters
LESSONS, LONGEST, STEPS = 10_000, 100, 2500
SAMPLE, FRESH, APART = 100_000, 2000, 500
RANKS, ROWS, MOST_ROWS = (5, 10, 20, 40), (2, 3, 4), 2000  # of scikit-splearn; rows are words up to a length
SECONDS = 60  # that scikit-splearn is waited for
SPLEARN = Path(__file__).with_name("splearn_learn.py")
METRICS = {"word_error_rate": min, "ndcg_at_5": max, "perplexity": min}
OURS = ("scores", "probabilities")
Row = dict[str, Any]


def main() -> None:
    """Print a table in Markdown and how many of its cells are ours, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="NAME", help="one problem, such as spice-4 or pdfa-10-4")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "spice")
    options.add_argument("--peer-python", default=sys.executable, metavar="PATH", help="the Python that has scikit-splearn")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    rows = []
    for name, words, alphabet in problems(chosen.data, chosen.seed):
        if chosen.only in (None, name):
            rows += measured(name, words, alphabet, chosen.peer_python, chosen.seed)
    if chosen.json:
        print(json.dumps(rows, indent=1))
    else:
        print("\n".join(table(rows)))


def problems(data: Path, seed: int) -> Iterator[tuple[str, list[Word], Alphabet]]:
    """The name of each problem, words to train on, and their alphabet."""
    rng = np.random.default_rng(seed)
    for number in SPICE:
        if (data / f"{number}.spice.train").exists():
            words, alphabet = nerode.read_words(data / f"{number}.spice.train")
            yield f"spice-{number}", [words[i] for i in rng.permutation(len(words))[:LESSONS].tolist()], alphabet
        else:
            print(f"spice-{number} is left out: {data} has no {number}.spice.train; give its folder by --data", file=sys.stderr)
    for states, letters in PDFAS:
        target = random_pdfa(np.random.default_rng([seed, states]), states, letters)
        yield f"pdfa-{states}-{letters}", sample_words(rng, target, LESSONS, LONGEST), target.alphabet


def measured(name: str, words: Words, alphabet: Alphabet, peer_python: str, seed: int) -> list[Row]:
    """A row for each way, with its metrics and seconds; the first is the network itself."""
    rng, link = np.random.default_rng(seed), NextSymbol(len(alphabet))
    lessons, judged = words[: len(words) * 9 // 10], words[len(words) * 9 // 10 :]
    settings = TrainingSettings("gru", max_steps=STEPS)
    begun = time.perf_counter()
    network = train(alphabet, link, Examples(lessons), Examples(judged), settings, rng)[0].teacher
    trained = time.perf_counter() - begun
    fresh, sample = (sample_words(np.random.default_rng([seed, i]), network, n, LONGEST) for i, n in ((1, FRESH), (2, SAMPLE)))
    ways: dict[str, Callable[[], Teacher]] = {
        "network": lambda: network,
        "scores": lambda: nerode.extract(network, seed=seed).automaton,
        "probabilities": lambda: nerode.extract(network, target="probabilities", seed=seed).automaton,
        "3-gram": lambda: trigram(sample, alphabet),
        "scikit-splearn": lambda: splearn(sample, network, peer_python, np.random.default_rng([seed, 3])),
    }
    rows = []
    for way, learned in ways.items():
        begun = time.perf_counter()
        try:
            student = learned()
        except ModuleNotFoundError as error:
            print(f"{way} is left out on {name}: {error}", file=sys.stderr)
            continue
        seconds = trained if way == "network" else time.perf_counter() - begun
        report = compare(student, network, fresh)
        rows.append({"problem": name, "letters": len(alphabet), "way": way, "seconds": seconds} | values(student, report))
        print(f"{name} {way}: {seconds:.1f} s", file=sys.stderr)
    return rows


def values(student: Any, report: Report) -> Row:
    """States, where the student has any, and the metrics."""
    return {"states": getattr(student, "states", None)} | {metric: report[metric].value for metric in METRICS}


def trigram(words: Words, alphabet: Alphabet) -> PDFA:
    """What follows two symbols, from counts c: p(a | h) = (c(ha) + t(h) p(a | h′)) / (c(h) + t(h)).

    t(h) is how many different symbols were seen after h, h′ is h without its first symbol, and below everything all symbols are
    alike. Witten, Bell: The zero-frequency problem, IEEE Transactions on Information Theory 37 (1991). States are pairs of
    symbols, with a further one that stands before each word.
    """
    letters = len(alphabet)
    size = letters + 1  # the last is the beginning where it comes before, and the end where it follows
    text = np.concatenate([np.array((letters, letters, *word, letters)) for word in words])
    start = np.cumsum([0, *(len(word) + 3 for word in words)])[:-1]
    followed = np.setdiff1d(np.arange(len(text)), np.concatenate([start, start + 1]))
    counts = np.zeros((size, size, size))
    np.add.at(counts, (text[followed - 2], text[followed - 1], text[followed]), 1.0)
    likely = np.full(size, 1 / size)  # (…, following)
    for order in (counts.sum(axis=(0, 1)), counts.sum(axis=0), counts):
        total = order.sum(axis=-1, keepdims=True)
        seen = np.count_nonzero(order, axis=-1, keepdims=True)
        likely = np.where(total > 0, (order + seen * likely) / np.maximum(total + seen, 1), likely)
    after = np.tile(np.arange(size)[:, None] * size + np.arange(letters), (size, 1))  # the pair (v, a) after (u, v) and a
    return PDFA(alphabet, after, likely.reshape(-1, size), size * size - 1)


def splearn(words: Words, network: Teacher, peer_python: str, rng: np.random.Generator) -> WFA:
    """The best automaton that scikit-splearn learns from the words.

    Raises
    ------
    ModuleNotFoundError : the given Python has no scikit-splearn, or is none, or no automaton was made in time
    """
    held_out = HeldOutProbabilities(network, sample_words(rng, network, APART, LONGEST))
    learned: list[WFA] = []
    alphabet = network.alphabet
    for longest in ROWS:
        if len(alphabet) ** longest > MOST_ROWS:
            continue
        given = json.dumps({"letters": len(alphabet), "words": words, "longest": longest, "ranks": RANKS})
        try:
            run = subprocess.run(
                [peer_python, str(SPLEARN)], input=given, capture_output=True, text=True, check=True, timeout=SECONDS
            )
        except OSError as error:
            raise ModuleNotFoundError(f"{peer_python} cannot be run ({error.strerror})") from error
        except subprocess.TimeoutExpired:
            continue
        except subprocess.CalledProcessError as error:
            raise ModuleNotFoundError(f"{peer_python}: {error.stderr.strip().splitlines()[-1]}") from error
        for weights in json.loads(run.stdout):
            try:
                learned.append(WFA(alphabet, weights["initial"], weights["transitions"], np.array(weights["final"])[:, None]))
            except InputError:
                continue  # not all of its numbers are finite
    errors = [float(held_out.errors(automaton).mean()) for automaton in learned]
    if not np.isfinite(errors).any():
        raise ModuleNotFoundError(f"none of its {len(learned)} automata has finite sums over all words")
    return learned[int(np.argmin(errors))]


def table(rows: list[Row]) -> list[str]:
    """The lines of the table in Markdown, and how many cells, a problem and a metric each, are ours."""
    lines = ["| problem | letters | way | states | seconds | other likeliest symbol | NDCG@5 | perplexity |", "|---" * 8 + "|"]
    for row in rows:
        numbers = f"{row['word_error_rate']:.2%} | {row['ndcg_at_5']:.4f} | {row['perplexity']:.4f}"
        states = row["states"] or "–"
        lines.append(f"| {row['problem']} | {row['letters']} | {row['way']} | {states} | {row['seconds']:.1f} | {numbers} |")
    best = winners(rows)
    either, first = (sum(any(way in ways for way in ours) for ways in best) for ours in (OURS, OURS[:1]))
    return [*lines, "", f"Best in {first} of {len(best)} cells: scores; one of {' and '.join(OURS)} in {either}."]


def winners(rows: list[Row]) -> list[set[str]]:
    """For each problem and metric the ways that are best, the network itself apart."""
    learned = [row for row in rows if row["way"] != "network"]
    best = []
    for problem in dict.fromkeys(row["problem"] for row in learned):
        of_problem = [row for row in learned if row["problem"] == problem]
        for metric, choose in METRICS.items():
            value = choose(row[metric] for row in of_problem)
            best.append({row["way"] for row in of_problem if row[metric] == value})
    return best


if __name__ == "__main__":
    main()
