"""A file of labelled words, or a table, in the place of a network: what `distill` and `extract` learn from labels alone."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nerode.datasets.asked import words_of
from nerode.datasets.sample_files import LABELS, read_sample, words_column
from nerode.datasets.samples import Sample, check_classes, check_sizes, classified
from nerode.datasets.tables import (
    BINS,
    alphabet_of,
    columns_of,
    header_of,
    labels_in,
    listed,
    read_cells,
    words_of_rows,
)
from nerode.domains import Domain, domain_of_words
from nerode.errors import InputError
from nerode.functions import FunctionTeacher
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.shell.classes import names_of_classes
from nerode.shell.tables import FEWEST, label_among
from nerode.teachers.addresses import is_outside
from nerode.teachers.known import KnownWords
from nerode.words import Words

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl")


def known_words(options: Namespace) -> KnownWords | None:
    """Return the labelled words of a file that stands where a checkpoint is expected; None for checkpoints.

    Raises
    ------
    InputError : a file that cannot be read, or that has no labels, or --words beside it
    """
    file = Path(str(options.checkpoint))
    if not is_data(file):
        if options.label is not None and (os.path.exists(file) or is_outside(options.checkpoint)):
            raise InputError(f"--label is for tables, and {options.checkpoint} is none; leave it out")
        return None
    label = _label(file, options.label)
    sample, domain = (read_sample(file), None) if label is None else _table(file, label)
    if sample.labels is None:
        raise InputError(f"{file} has words without labels; give labels, or a network to ask")
    refuse_questions(options, file)
    check_classes(file, sample)
    return KnownWords(sample.alphabet, sample.words, sample.labels, sample.classes, domain, str(file))


def is_data(place: Path | str) -> bool:
    """Return whether a place is a file of words or a table, by its name."""
    return Path(place).suffix.lower() in SUFFIXES and os.path.isfile(place)


def refuse_questions(options: Namespace, file: Path) -> None:
    """Raise InputError for options that are for a network."""
    if options.words is not None or options.exact or options.possible or options.top_k or options.top_p or options.alphabet:
        named = "--words, --exact, --possible, --top-k, --top-p and --alphabet"
        raise InputError(f"{file} has words and labels, and no network is asked; leave {named} out")


def given_words(options: Namespace, teacher: Teacher) -> Words | None:
    """Return the words of --words; None where it is not given."""
    return None if options.words is None else words_of(options.words, teacher)


def named(checkpoint: Path | str, teacher: Teacher) -> dict[str, list[str]]:
    """Return the names of a teacher's classes, as an automaton's or a student's file keeps them; nothing where there are none."""
    names: Sequence[Any] | None = names_of_classes(checkpoint)
    if isinstance(teacher, KnownWords):
        names = teacher.classes
    elif isinstance(teacher, FunctionTeacher):
        known = teacher.meaning.classes or teacher.meaning.columns
        names = None if known == tuple(range(len(known))) and bool not in map(type, known) else list(map(str, known))
    return {"classes": list(names)} if names and teacher.link.task == CLASSIFIER else {}


def _label(file: Path, named: str | None) -> str | None:
    """The column of the labels of a table; None for a file of words."""
    header = header_of(file)
    found = label_among(file, header, named)
    if found is None and len(header) >= FEWEST and not words_column(file):
        raise InputError(
            f"{file}: say which column has the labels by --label COLUMN, or call it {', '.join(LABELS[:-1])} or {LABELS[-1]}; "
            f"the first line has {listed(header)}"
        )
    return found


def _table(file: Path, label: str) -> tuple[Sample, Domain]:
    cells = read_cells(file)
    labels = labels_in(cells, label)
    columns = columns_of(cells, label, np.arange(len(cells.rows)), BINS)
    alphabet = alphabet_of(columns)
    sample = classified(words_of_rows(cells, columns, alphabet), labels, alphabet, "a table")
    check_sizes(file, sample)
    assert sample.labels is not None
    return sample, domain_of_words(sample.words, sample.labels, len(alphabet), columns, label)
