"""Problems of students: networks, words with labels to learn from, and others to judge with.

Networks of real data are trained here, with fixed seeds, and kept. They never see the words that students are judged on.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import taysir

import nerode
from nerode.cli import main as shell
from nerode.datasets.boxed import boxed
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.sampling import sample_words
from nerode.shell.classes import labels_by_word
from nerode.teachers.recognition import is_directory
from nerode.words import Word, Words

PLACE = Path(__file__).resolve().parents[1] / "networks"  # not in the repository
SHARED = Path(__file__).resolve().parents[3] / "shared"
CLASSIFIERS, MODELS = ("1.1", "1.9"), ("2.2", "2.4")  # of the TAYSIR competition
TABLES = {"digits": ("--hidden", "64"), "breast-cancer": ("--hidden", "32")}  # that scikit-learn carries
TRAINED = ("--arch", "mlp")
SPLICE, SPLICE_MLP = "splice", "splice-mlp"  # the same words, of which two networks are trained
GENES = {SPLICE: ("--arch", "lstm", "--bidirectional", "--hidden", "48"), SPLICE_MLP: (*TRAINED, "--hidden", "64")}
GIVEN, FRESH = 2000, 3000
LONGEST = 100  # letters at which words of language models are cut
TESTED = 0.3  # of real data, to judge with


@dataclass(frozen=True, eq=False)
class Problem:
    """A network and its words.

    Parameters
    ----------
    words : to learn from
    labels : theirs: the true ones of real data, those of the network of the competition's classifiers; None of language models,
        whose words have in each letter the label of what stands before it
    fresh, truth : to judge with; None for language models, which are compared with the network's probabilities
    """

    name: str
    teacher: Teacher
    words: Words
    labels: dict[Word, int] | None
    fresh: Words
    truth: np.ndarray[Any, Any] | None

    def error(self, student: Teacher) -> float:
        """The share of wrong labels of fresh words; of a language model |Δ log p| a symbol."""
        if self.truth is None:
            metric = nerode.compare(student, self.teacher, self.fresh)["log_prob_error_per_symbol"]
            return float("inf") if metric.value is None else metric.value
        return float((student.link.labels(student.scores(self.fresh)) != self.truth).mean())


def train(place: Path, *arguments: str) -> None:
    """Train a network as `nerode train` does, unless it is there; what is said of it goes to stderr."""
    with redirect_stdout(sys.stderr):
        if not is_directory(place) and shell(["train", *arguments, "--out", str(place)]):
            raise SystemExit(f"{place} could not be trained")


def problems(only: str, shared: Path, keep: Path, more: tuple[str, ...] = ()) -> Iterator[Problem]:
    """Those whose names begin so, one after the other, and more of genes; where data is absent a sentence says so."""
    makers: dict[str, Callable[[str, Path, Path], Problem]] = dict.fromkeys((*CLASSIFIERS, *MODELS), _competition)
    makers |= dict.fromkeys((SPLICE, *more), _splice) | dict.fromkeys(TABLES, _table)
    for name, make in makers.items():
        if name.startswith(only):
            try:
                yield make(name, shared, keep)
            except FileNotFoundError as missing:
                print(f"{name} is left out: there is no {missing.filename}; give its folder by --data", file=sys.stderr)


def _competition(name: str, shared: Path, keep: Path) -> Problem:
    file = shared / "taysir" / "models" / f"{name}.taysir.model"
    file.stat()
    teacher, rng = nerode.load_teacher(file), np.random.default_rng(0)
    if teacher.link.task == LANGUAGE_MODEL:
        words = sample_words(rng, teacher, GIVEN, LONGEST)
        fresh = sample_words(rng, teacher, FRESH, LONGEST)
        return Problem(name, teacher, words, None, fresh, None)
    valid, _ = nerode.read_words(shared / "taysir" / "datasets" / f"{name}.taysir.valid.words", teacher.alphabet)
    words = list(dict.fromkeys(taysir.like(teacher, valid, GIVEN, 1)))
    fresh = taysir.like(teacher, valid, FRESH, 0)
    labels, truth = (teacher.link.labels(teacher.scores(those)) for those in (words, fresh))
    return Problem(name, teacher, words, dict(zip(words, labels.tolist(), strict=True)), fresh, truth)


def _splice(name: str, shared: Path, keep: Path) -> Problem:
    """Splice junctions of genes: words of 60 letters, three classes; without the few that have other letters than A, C, G, T."""
    header, *lines = (shared / "data" / "splice.tsv").read_text().splitlines()
    rows = [row for row in (line.split("\t") for line in lines) if set(row[1]) <= set("ACGT")]
    files = _divided(name, rows, header.split("\t"), keep, ".tsv", "\t")
    return _of_files(name, files, GENES[name], keep)


def _table(name: str, shared: Path, keep: Path) -> Problem:
    """A table: words of one length, a letter a column."""
    cells = boxed(name)
    files = _divided(name, cells.rows, list(cells.header), keep, ".csv", ",")
    return _of_files(name, files, (*TRAINED, *TABLES[name]), keep)


def _divided(name: str, rows: list[list[str]], header: list[str], keep: Path, suffix: str, separator: str) -> tuple[Path, Path]:
    """Two files of rows: to train on, and to judge with."""
    keep.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(0).permutation(len(rows)).tolist()
    tested = round(TESTED * len(rows))
    files = keep / f"{name}-train{suffix}", keep / f"{name}-test{suffix}"
    for file, part in zip(files, (order[tested:], order[:tested]), strict=True):
        with file.open("w", newline="", encoding="utf-8") as opened:
            csv.writer(opened, delimiter=separator, lineterminator="\n").writerows([header, *(rows[i] for i in part)])
    return files


def _of_files(name: str, files: tuple[Path, Path], trained: tuple[str, ...], keep: Path) -> Problem:
    place = keep / name
    train(place, str(files[0]), *trained)
    teacher = nerode.load_teacher(place)
    labels, tested = (labels_by_word(file, place, teacher) or {} for file in files)
    fresh = [word for word in tested if word not in labels]
    return Problem(name, teacher, list(labels), labels, fresh, np.array([tested[word] for word in fresh]))
