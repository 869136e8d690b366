"""Tables as words: a CSV file with a header, whose rows become words of one length, a letter a column.

Numbers are binned: bins of about as many training rows each, or a bin for each value where there are few. Categories are letters.
All columns share their letters, in order: letter 0 is the lowest bin of each column of numbers. Cells without a value are a
letter of their own, "?", in the columns that have some.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from string import ascii_lowercase, digits

import numpy as np

from nerode.datasets.readers import read_lines
from nerode.datasets.sample_files import LABELS, SEPARATORS, refuse_fractions
from nerode.domains import MISSING, Column
from nerode.errors import InputError, shown
from nerode.files import PathLike
from nerode.words import Alphabet, IntArray, Word

BINS = 8  # see docs/decisions/tables.md
MOST_CATEGORIES = 100  # of a column; above that it names the rows
MOST_COLUMNS = 2000
NO_VALUE = ("", "?", "na", "n/a", "nan", "null")  # what stands in cells without a value, in lower case
NO_NUMBER = ("-", "--", ".", "none")  # and among numbers alone
_COMMAS = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_SHORT = digits + ascii_lowercase


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Parameters
    ----------
    path : of the file, for errors
    header : names of the columns
    rows : of as many cells
    lines : the line of each row, for errors
    """

    path: PathLike
    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column.

        Raises
        ------
        InputError : there is no such column
        """
        if name not in self.header:
            raise InputError(f"{self.path} has no column {name!r}; its columns are {listed(self.header)}")
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def header_of(path: PathLike) -> tuple[str, ...]:
    """Return the cells of the first line, by the separator that makes most of them."""
    line = read_lines(path)[0].removeprefix("\ufeff")
    return max((tuple(_split([line], separator)[0]) for separator in SEPARATORS), key=len)


def label_in(header: Sequence[str]) -> str | None:
    """Return the name in a header that says that its column holds labels; None if there is none."""
    names = {name.lower(): name for name in reversed(header)}
    return next((names[name] for name in LABELS if name in names), None)


def read_cells(path: PathLike) -> Cells:
    """Read a table with a header, between tabs, commas or semicolons.

    Raises
    ------
    InputError : a file that cannot be read, rows of another number of cells than the header, names that are missing or not
        different, or no rows
    """
    lines = read_lines(path)
    lines[0] = lines[0].removeprefix("\ufeff")
    separator = max(SEPARATORS, key=lambda each: len(_split(lines[:1], each)[0]))
    header = tuple(_split(lines[:1], separator)[0])
    if "" in header or len(set(header)) < len(header) or len(header) > MOST_COLUMNS:
        raise InputError(
            f"{path}: the first line must name each column of the table, each name once and at most {MOST_COLUMNS:,} in all"
        )
    rows, numbers, reader = [], [], csv.reader(lines, delimiter=separator, strict=True)
    try:
        for row in reader:
            if reader.line_num > 1 and any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                numbers.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}; a quote in a cell is written twice, or left out") from error
    for number, row in zip(numbers, rows, strict=True):
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {number}: {len(row)} cells between {SEPARATORS[separator]}, and the header names {len(header)} "
                "columns; put a cell that has the separator in it between quotes"
            )
    if not rows:
        raise InputError(f"{path} has a header and no rows; a table needs some")
    return Cells(path, header, rows, numbers)


def labels_in(cells: Cells, label: str) -> list[str]:
    """Return the labels of the rows.

    Raises
    ------
    InputError : there is no such column, a row without a label, or numbers that are no labels of classes
    """
    found = cells.column(label)
    for number, text in zip(cells.lines, found, strict=True):
        if text == "":
            raise InputError(f"{cells.path}, line {number}: the label, in the column {label!r}, is missing; leave such rows out")
    refuse_fractions(cells.path, found, label)
    return found


def columns_of(cells: Cells, label: str, training: IntArray, bins: int) -> tuple[Column, ...]:
    """Return the columns but the label, binned by their values in the training rows; categories are those of all rows.

    Raises
    ------
    InputError : a column of too many categories, of numbers with commas, or without values
    """
    return tuple(_column(cells, name, training, bins) for name in cells.header if name != label)


def alphabet_of(columns: Sequence[Column]) -> Alphabet:
    """Return the letters of rows: 0, 1, … up to 9, a, b, … where these suffice, and "?" where cells may miss a value."""
    most = max(column.letters for column in columns)
    symbols = _SHORT[:most] if most <= len(_SHORT) else map(str, range(most))
    return Alphabet((*symbols, *([MISSING] if any(column.missing for column in columns) else [])))


def words_of_rows(cells: Cells, columns: Sequence[Column], alphabet: Alphabet) -> list[Word]:
    """Return the rows as words.

    Raises
    ------
    InputError : a column that is not there, or a cell that its column does not read
    """
    read = [_letters(cells, column, len(alphabet) - 1) for column in columns]
    return list(zip(*read, strict=True))


def listed(names: Sequence[str], most: int = 12) -> str:
    """Return names between commas, the first ones of many."""
    return ", ".join([*map(shown, names[:most]), *(["…"] if len(names) > most else [])])


def _split(lines: list[str], separator: str) -> list[list[str]]:
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator, strict=True)] or [[""]]
    except csv.Error:
        return [[""]]


def _column(cells: Cells, name: str, training: IntArray, bins: int) -> Column:
    texts = cells.column(name)
    filled = [text for text in texts if not _is_missing(text)]
    numeric = [text for text in filled if not _is_missing(text, among_numbers=True)]
    if numeric and all(_COMMAS.fullmatch(text) or _number(text) is not None for text in numeric):
        filled = numeric
    missing = len(filled) < len(texts)
    if not filled:
        raise InputError(f"{cells.path}: the column {name!r} has no values; leave it out")
    if all(_COMMAS.fullmatch(text) or _number(text) is not None for text in filled) and any(map(_COMMAS.fullmatch, filled)):
        example = next(text for text in filled if _COMMAS.fullmatch(text))
        raise InputError(f"{cells.path}: the column {name!r} has numbers with commas, such as {example}; write decimal points")
    if any(_number(text) is None for text in filled):
        return Column(name, categories=_categories(cells, name, filled), missing=missing)
    numbers = [_number(texts[row]) for row in training.tolist()]
    known = [number for number in numbers if number is not None]
    return Column(name, _cuts(np.array(known or [0.0], np.float64), bins), missing=missing)


def _categories(cells: Cells, name: str, filled: list[str]) -> tuple[str, ...]:
    categories = tuple(sorted(set(filled)))
    if len(categories) > MOST_CATEGORIES:
        odd = [text for text in filled if _number(text) is None]
        hint = f", such as {shown(odd[0])} among numbers" if 2 * len(odd) < len(filled) else ""
        raise InputError(
            f"{cells.path}: the column {name!r} has {len(categories):,} different texts{hint}, and at most {MOST_CATEGORIES} "
            "categories are read; leave the column out, or group its values"
        )
    return categories


def _cuts(values: np.ndarray, bins: int) -> tuple[float, ...]:
    """Return cuts between values, so that about as many are in each bin; between all that differ where they are few."""
    different = np.unique(values)
    if len(different) <= bins:
        lower = np.arange(len(different) - 1)
    else:
        ordered = np.sort(values)
        ends = ordered[(np.arange(1, bins) * len(ordered)) // bins - 1]  # the last of each bin
        lower = np.unique(np.searchsorted(different, ends))
        lower = lower[lower < len(different) - 1]
    return tuple(_between(different[i], different[i + 1]) for i in lower.tolist())


def _between(low: float, high: float) -> float:
    """Return the number of the fewest digits that is not below `low`, but below `high`."""
    middle = low + (high - low) / 2
    candidates = (float(f"{middle:.{places}g}") for places in range(1, 18))
    return next((number for number in candidates if low <= number < high), float(low))


def _letters(cells: Cells, column: Column, missing: int) -> list[int]:
    texts = cells.column(column.name)
    if column.categories:
        index = {text: letter for letter, text in enumerate(column.categories)}
        found = [index.get(text) for text in texts]
    else:
        numbers = [_number(text) for text in texts]
        places = np.searchsorted(column.cuts, [0.0 if number is None else number for number in numbers]).tolist()
        found = [None if number is None else place for number, place in zip(numbers, places, strict=True)]
    for row, text in enumerate(texts):
        if _is_missing(text, among_numbers=not column.categories):
            if not column.missing:
                raise _unread(cells, row, column, "has no value, and all rows trained on have one; leave such rows out")
            found[row] = missing
        elif found[row] is None:
            read = f"one of {listed(column.categories)}" if column.categories else "a number"
            raise _unread(cells, row, column, f"is {shown(text)}, and it must be {read}, as in the rows trained on")
    return [letter for letter in found if letter is not None]


def _unread(cells: Cells, row: int, column: Column, why: str) -> InputError:
    return InputError(f"{cells.path}, line {cells.lines[row]}: the cell of the column {column.name!r} {why}")


def _is_missing(text: str, among_numbers: bool = False) -> bool:
    return text.lower() in NO_VALUE or (among_numbers and text.lower() in NO_NUMBER)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and "_" not in text else None
