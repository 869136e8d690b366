"""What commands do with tables: `train` learns how their cells are read, and the others read them in the same way."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nerode.automata.diagram import counted
from nerode.datasets.asked import cells_of
from nerode.datasets.boxed import BOXED, LABEL
from nerode.datasets.readers import read_lines
from nerode.datasets.sample_files import refuse_bars, words_column
from nerode.datasets.samples import Sample, check_sizes, classified
from nerode.datasets.splitting import split
from nerode.datasets.tables import (
    BINS,
    alphabet_of,
    columns_of,
    header_of,
    label_in,
    labels_in,
    listed,
    words_of_rows,
)
from nerode.domains import Column
from nerode.errors import InputError
from nerode.words import Alphabet, IntArray, Word

FEWEST = 3  # columns of a table, the labels among them; files of two columns have words and labels


@dataclass(frozen=True, eq=False)
class Table:
    """A table to train on: its rows as words, which of them are trained on and which held out, and how they were read."""

    sample: Sample
    rows: tuple[IntArray, IntArray]
    columns: tuple[Column, ...]
    arguments: list[str]


def label_of(options: Namespace) -> str | None:
    """Return the column of the labels where `train` is given a table; None for other sources.

    Raises
    ------
    InputError : options of tables for what is none, or a table without a column of labels
    """
    if options.source in BOXED and not os.path.isfile(options.source):
        if options.label not in (None, LABEL) or options.alphabet:
            raise InputError(f"the table {options.source} has its own labels and letters; leave --label and --alphabet out")
        return LABEL
    header = header_of(options.source) if os.path.isfile(options.source) else ()
    found = label_among(options.source, header, options.label)
    if found is None and options.bins is not None:
        raise InputError(f"--bins is for tables, and {options.source} is none, or its label is not named: give --label COLUMN")
    if found is not None and options.alphabet:
        raise InputError(f"{options.source} is read as a table; leave --alphabet out")
    return found


def label_among(source: Path | str, header: Sequence[str], named: str | None) -> str | None:
    """Return the column of the labels: the one that is named, or else one that a table calls so; None for what is no table.

    Raises
    ------
    InputError : a column is named, and the file has no such column, or no other one
    """
    if named is None:
        return label_in(header) if len(header) >= FEWEST and not words_column(source) else None
    if named in header and len(header) > 1:
        return named
    if named in header:
        raise InputError(f"{source} has no other column than that of the label")
    if header:
        refuse_bars(source, read_lines(source))
    if len(header) < 2 or header[0].startswith("{"):
        raise InputError(f"--label is for tables, and {source} is none; leave it out")
    raise InputError(f"{source} has no column {named!r}; the columns of its first line are {listed(header)}")


def read(options: Namespace, label: str, validation: float, rng: np.random.Generator) -> Table:
    """Read a table to train on. Bins are those of the rows that are trained on.

    Raises
    ------
    InputError : a table that cannot be read or divided
    """
    cells = cells_of(options.source)
    labels, bins = labels_in(cells, label), options.bins or BINS
    numbers: dict[tuple[str, ...], int] = {}
    alike: list[Word] = [(numbers.setdefault(tuple(row), len(numbers)),) for row in cells.rows]
    rows = split(rng, classified(alike, labels, Alphabet.of_size(len(numbers)), ""), validation)
    columns = columns_of(cells, label, rows[0], bins)
    alphabet = alphabet_of(columns)
    words = words_of_rows(cells, columns, alphabet)
    form = f"a table of {counted(len(columns), 'column')} with labels in {label}, numbers in at most {bins} bins"
    sample = classified(words, labels, alphabet, form)
    check_sizes(cells.path, sample)
    return Table(sample, rows, columns, ["--label", label, "--bins", str(bins)])
