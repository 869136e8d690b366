"""Words of files for a teacher: in its letters, and rows of tables by its bins."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from nerode.datasets.boxed import BOXED, boxed
from nerode.datasets.readers import read_words
from nerode.datasets.sample_files import read_sample
from nerode.datasets.samples import Sample, classified
from nerode.datasets.tables import Cells, header_of, labels_in, listed, read_cells, words_of_rows
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.words import Alphabet, Word, Words


def words_of(file: Path, teacher: Teacher) -> Words:
    """The words of a file for a teacher, or the rows of a table in its letters; labels beside them are left out.

    Raises
    ------
    InputError : a file that cannot be read, has no words, violates its format, or has symbols outside the alphabet
    """
    domain, alphabet = domain_of(teacher), teacher.alphabet
    if domain is not None and is_table_of(file, domain):
        return rows_of(file, domain, alphabet)
    try:
        return read_words(file, alphabet)[0]
    except InputError as as_words:
        if not os.path.isfile(file):  # a pipe can be read once
            raise
        with suppress(InputError):
            sample = read_sample(file, alphabet)
            if sample.labels is not None:
                return sample.words
        _refuse_columns(file, domain, as_words)
        raise as_words


def _refuse_columns(file: Path, domain: Domain | None, as_words: InputError) -> None:
    """Raise InputError if a file that cannot be read as words is a table with other columns."""
    if domain is not None and domain.columns and len(header_of(file)) > 1:
        names = listed([column.name for column in domain.columns])
        raise InputError(f"{file} has none of the columns of this table, {names}; read as words: {as_words}") from as_words


def sample_of(file: Path, teacher: Teacher) -> Sample:
    """The words of a file for a teacher, or the rows of a table in its letters, with their labels where there are some.

    Raises
    ------
    InputError : as for `read_sample`, or a table that does not fit
    """
    domain = domain_of(teacher)
    if domain is not None and is_table_of(file, domain):
        return labelled_rows_of(file, domain, teacher.alphabet)
    try:
        return read_sample(file, teacher.alphabet)
    except InputError as as_words:
        if os.path.isfile(file):
            _refuse_columns(file, domain, as_words)
        raise as_words


def is_table_of(file: Path, domain: Domain) -> bool:
    """Return whether a file, or a name of BOXED, is a table for a network that was trained on one; a file of words is none."""
    if not domain.columns:
        return False
    if _is_boxed(file):
        return True
    with suppress(InputError):  # what is wrong with a file is told where it is read
        return bool(set(header_of(file)) & {column.name for column in domain.columns})
    return False


def rows_of(file: Path, domain: Domain, alphabet: Alphabet) -> list[Word]:
    """Return the rows of a table as words, by the bins of a network.

    Raises
    ------
    InputError : a table that cannot be read, or that does not fit
    """
    return words_of_rows(cells_of(file), domain.columns, alphabet)


def labelled_rows_of(file: Path, domain: Domain, alphabet: Alphabet) -> Sample:
    """Return the same with labels, where the table has the column of the labels.

    Raises
    ------
    InputError : as for `rows_of`, or rows without a label
    """
    cells = cells_of(file)
    words = words_of_rows(cells, domain.columns, alphabet)
    if domain.label is None or domain.label not in cells.header:
        return Sample(words, None, (), alphabet, "a table")
    return classified(words, labels_in(cells, domain.label), alphabet, "a table")


def cells_of(source: str | Path) -> Cells:
    """Return the cells of a table: of a file, or of a name of BOXED.

    Raises
    ------
    InputError : a table that cannot be read
    """
    return boxed(str(source)) if _is_boxed(source) else read_cells(source)


def _is_boxed(source: str | Path) -> bool:
    return str(source) in BOXED and not os.path.isfile(source)
