"""How a student is trained: each way beside offline distillation and beside labels alone, at equal effort; and streams.

    python benchmarks/training.py [PART …] [--only NAME] [--seeds 5] [--data ../shared] [--keep FOLDER] [--json]

Parts, both unless one is named:

ways      students of a feed-forward network (digits, breast cancer, splice junctions of genes), of 1.9 of the TAYSIR
          competition and of a GRU of two layers (a random DFA), trained in each way: by the answers of the network (α = 0)
          and by labels alone (α = 1, no teacher); and offline by the answers of three networks together, and by those of one
          with features of another
stream    names with their languages (in random order, with a fixed seed), a teacher and a student that learn together; needs the
          data of --data

--only NAME: problems whose names begin so. `error` is the share of wrong labels of fresh words, true ones where the data has
some. A gain is how much less error there is, paired by seed, with its 95 % interval by Student's t. Students end by their effort,
which counts all networks in training and the reading of their peers.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from distilling.problems import GENES, PLACE, SHARED, SPLICE_MLP, TABLES, TRAINED, Problem, problems, train
from knowledge import LANGUAGE, Row, gain, of_language, table
from knowledge import TRAINED as OF_LANGUAGE

import nerode
from nerode.datasets.languages import language
from nerode.datasets.sample_files import read_sample
from nerode.datasets.samplers import training_words
from nerode.distillation.training.table import TRAININGS

STUDENTS: dict[str, dict[str, Any]] = {
    "digits": {"student": "mlp", "hidden": 16, "layers": 2, "effort": 4.0},
    "breast-cancer": {"student": "mlp", "hidden": 8, "layers": 2, "effort": 2.0},
    SPLICE_MLP: {"student": "mlp", "hidden": 8, "layers": 2, "effort": 4.0},
    "1.9": {"student": "gru", "hidden": 8, "layers": 2, "effort": 4.0},
    LANGUAGE: {"student": "gru", "hidden": 6, "layers": 2, "effort": 0.8},
}
NETWORKS = {name: (*TRAINED, *shape) for name, shape in TABLES.items()} | {
    SPLICE_MLP: GENES[SPLICE_MLP], "1.9": OF_LANGUAGE, LANGUAGE: OF_LANGUAGE,
}  # fmt: skip
OTHERS = (1, 2)  # seeds of the two networks that answer together with the first
NAMES = 4000  # of the names, the first in random order


def main() -> None:
    """Print a table in Markdown for each part, or a list of rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("parts", nargs="*", metavar="PART", help="ways, stream")
    options.add_argument("--only", metavar="NAME", default="", help="problems whose names begin so")
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--data", type=Path, default=SHARED)
    options.add_argument("--keep", type=Path, default=PLACE, metavar="FOLDER", help="of the networks that are trained here")
    options.add_argument("--json", action="store_true", help="a list of rows for machines")
    chosen = options.parse_args()
    if unknown := [part for part in chosen.parts if part not in ("ways", "stream")]:
        options.error(f"{unknown[0]} is no part; there are ways and stream")
    parts = chosen.parts or ["ways", "stream"]
    rows = [row for part in parts for row in (ways if part == "ways" else streams)(chosen)]
    if chosen.json:
        print(json.dumps(rows, indent=1))
        return
    for part in parts:
        print("\n".join(["", f"### {part}", "", *table([row for row in rows if ("window" in row) == (part == "stream")])]))


def ways(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each way, of each problem."""
    named = (each for each in problems(chosen.only, chosen.data, chosen.keep, (SPLICE_MLP,)) if each.name in STUDENTS)
    for problem in chain(named, of_language(chosen.only, chosen.keep)):
        for row in compared(problem, others(problem, chosen.keep), chosen.seeds):
            print(row, file=sys.stderr, flush=True)
            yield row


def others(problem: Problem, keep: Path) -> list[Any]:
    """Two more networks for the same problem, trained on the same words; bins of a table would differ by seed."""
    name, alphabet = problem.name, problem.teacher.alphabet
    labelled, made = dict(problem.labels or {}), NETWORKS[name]
    if name == LANGUAGE:
        known = language(name, np.random.default_rng(0))
        words = training_words(np.random.default_rng(3), known, 4000, 30)
        labelled = dict(zip(words, known.link.labels(known.scores(words)).tolist(), strict=True))
    file = keep / f"{name}-words.tsv"
    lines = [f"{label}\t{alphabet.text(word)}" for word, label in labelled.items() if word]
    file.write_text("label\tword\n" + "\n".join(lines) + "\n")
    for seed in OTHERS:
        train(keep / f"{name}-{seed}", str(file), *made, "--seed", str(seed))
    return [nerode.load_teacher(keep / f"{name}-{seed}") for seed in OTHERS]


def compared(problem: Problem, more: list[Any], seeds: int) -> Iterator[Row]:
    """A row for each way by answers, then by labels alone, then for several teachers."""
    offline: dict[float, Any] = {}
    for alpha, told in ((0.0, "answers"), (1.0, "labels alone")):
        for way in TRAININGS:
            if alpha == 1 and way == "born-again":
                continue  # which learns from answers
            found = errors(problem, problem.teacher, seeds, training=way, alpha=alpha)
            offline.setdefault(alpha, found)
            yield row_of(problem, f"{way}, {told}", found, None if way == "offline" else offline[alpha], offline[0.0])
    both = [problem.teacher, *more]
    for combine in ("mean", "confidence"):
        found = errors(problem, nerode.ensemble(both, combine), seeds)
        yield row_of(problem, f"three teachers, {combine}", found, offline[0.0], offline[0.0])
    found = errors(problem, problem.teacher, seeds, transfer={"features": 1.0}, layers_of=more[0])
    yield row_of(problem, "answers of one, features of another", found, offline[0.0], offline[0.0])


def errors(problem: Problem, teacher: Any, seeds: int, **settings: Any) -> np.ndarray[Any, Any]:
    """The errors of students (seeds,)."""
    given = STUDENTS[problem.name] | settings | ({} if problem.labels is None else {"labels": problem.labels})
    kind, words = given.pop("student"), problem.words
    made = (nerode.distill(teacher, kind, words=words, seconds=None, seed=seed, **given) for seed in range(seeds))
    return np.array([problem.error(each.automaton) for each in made])


def row_of(problem: Problem, way: str, found: Any, beside: Any, offline: Any) -> Row:
    """A row; gains are paired by seed."""
    return {
        "problem": problem.name,
        "the network itself": f"{problem.error(problem.teacher):.4f}",
        "trained": way,
        "error": f"{found.mean():.4f}",
        "gain over offline with the same α": "" if beside is None else gain(beside - found),
        "gain over offline by answers": "" if found is offline else gain(offline - found),
    }


def streams(chosen: argparse.Namespace) -> Iterator[Row]:
    """A row for each window."""
    file = chosen.data / "data" / "names.tsv"
    if not file.exists():
        print(f"the stream is left out: there is no {file}; give its folder by --data", file=sys.stderr)
        return
    sample = read_sample(file)
    assert sample.labels is not None
    order = np.random.default_rng(0).permutation(len(sample.words))[:NAMES].tolist()
    words, labels = [sample.words[i] for i in order], [sample.classes[sample.labels[i]] for i in order]
    found = nerode.stream(
        words, labels, alphabet=sample.alphabet, seeds=chosen.seeds, progress=lambda said: print(said, file=sys.stderr)
    )
    print(found, file=sys.stderr)
    for i in range(found.windows):
        means = {name: f"{found.curves[name][:, i].mean():.4f}" for name in ("teacher", "on", "off")}
        yield {"window": i + 1, **means, "gain": gain(found.curves["on"][:, i] - found.curves["off"][:, i])}


if __name__ == "__main__":
    main()
