"""Files of samples: words, with a label each or without.

The format of a file is recognised by its content, in this order:

*Numbered* and *Abbadingo*: the first line is "words symbols". The other lines are a length and symbols, or a label, a length and
symbols, whichever fits more of them.

*StaMinA*: each line is + or − and symbols, between spaces.

*JSON*: the first line begins with "{". Each line is an object with a word, which is a text or a list of symbols, and a label.

*Columns*: the first line names a column of words and a column of labels, or at least half of the lines consist of two columns.
Columns are separated by tabs, commas or semicolons, the first of these that fits. Without names, the column with fewer different
entries holds the labels, and the first one does if both have as many.

*Plain*: one word per line, as `nerode.datasets.readers` reads it. It has no labels.

In JSON and columns, spaces separate symbols if at least half of the words of two or more characters have some. Otherwise each
character is a symbol, and a space becomes the symbol "␣".
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from nerode.datasets import contests
from nerode.datasets.readers import index_rows, is_numbered, read_lines, read_words, symbols_of
from nerode.datasets.samples import Sample, check_sizes, classified
from nerode.errors import InputError, first_line
from nerode.files import PathLike
from nerode.words import Alphabet

LABELS = ("label", "class", "category", "target", "y")
WORDS = ("word", "text", "sequence", "string", "sentence", "x")
SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
SPACE = "␣"
MOST_LOOKED_AT = 1000  # lines, to tell what a column holds


class _Row(NamedTuple):
    """A line of a labelled file."""

    number: int
    label: str | None
    word: str | list[str]


def read_sample(path: PathLike, alphabet: Alphabet | None = None) -> Sample:
    """Read a file of words, with labels or without.

    Parameters
    ----------
    alphabet : of the words; by default the symbols that occur

    Raises
    ------
    InputError : a file that cannot be read or violates its format, too many symbols, or words that are too long
    """
    lines = read_lines(path)
    if contests.is_abbadingo(lines):
        sample = contests.abbadingo(path, lines, alphabet)
    elif _separator(lines) is None and contests.is_stamina(lines, alphabet):
        sample = contests.stamina(path, _filled(path, lines), alphabet)
    elif not is_numbered(lines) and lines[0].lstrip().startswith("{"):
        sample = _labelled(path, [_json_row(path, number, line) for number, line in _filled(path, lines)], alphabet, "JSON")
    elif not is_numbered(lines) and (separator := _separator(lines)):
        sample = _columns(path, lines, separator, alphabet)
    else:
        if alphabet is None and not is_numbered(lines):
            refuse_bars(path, lines)
            _refuse_columns(path, lines)
            _refuse_pairs(path, lines)
        words, found = read_words(path, alphabet)
        form = "numbered, as PAutomaC and SPiCe" if is_numbered(lines) else "one word a line"
        sample = Sample(words, None, (), found, form)
    check_sizes(path, sample)
    return sample


def _filled(path: PathLike, lines: list[str]) -> list[tuple[int, str]]:
    """Return the lines with their numbers; blank lines may stand at the end only."""
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise InputError(f"{path}, line {number}: the line is blank; ε is a label beside an empty word")
    return list(enumerate(lines, start=1))


def _json_row(path: PathLike, number: int, line: str) -> _Row:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number}: expected one JSON object a line ({first_line(error)})") from error
    fields = {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}
    word = next((fields[name] for name in WORDS if name in fields), None)
    label = next((fields[name] for name in LABELS if name in fields), None)
    if isinstance(word, list) and all(isinstance(symbol, str | int) for symbol in word):
        word = [str(symbol) for symbol in word]
    elif not isinstance(word, str):
        raise InputError(f'{path}, line {number}: expected {{"word": text or list of symbols, "label": name}}')
    if label is not None and not isinstance(label, str | int):
        raise InputError(f"{path}, line {number}: the label must be a text, a whole number, true or false")
    return _Row(number, None if label is None else str(label).lower() if isinstance(label, bool) else str(label), word)


def _cells(line: str, separator: str) -> list[str]:
    """Return the columns of a line; between tabs, quotes are characters like others."""
    if separator == "\t":
        return [cell.strip() for cell in line.split("\t")]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True), [])]
    except csv.Error:  # a quote that is not closed
        return []


def _named(cells: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of labels and of words that a header names."""
    names = [cell.lower() for cell in cells]
    label = next((names.index(name) for name in LABELS if name in names), None)
    word = next((names.index(name) for name in WORDS if name in names), None)
    return None if label is None or word is None else (label, word)


def words_column(path: PathLike) -> bool:
    """Return whether the first line of a file names a column of words beside one of labels, so that it is no table.

    A column `x` of numbers that are not whole is a measurement.
    """
    lines = [line for line in read_lines(path) if line.strip()]
    for separator in SEPARATORS:
        rows = [_cells(line, separator) for line in lines[:MOST_LOOKED_AT]]
        if named := _named(rows[0]):
            cells = [row[named[1]] for row in rows[1:] if len(row) == len(rows[0])]
            return not (rows[0][named[1]].lower() == "x" and any(map(_is_fraction, cells)))
    return False


def _separator(lines: list[str]) -> str | None:
    filled = [line for line in lines if line.strip()]
    for separator in SEPARATORS:
        if (
            _named(_cells(lines[0], separator))
            or 2 * sum(len(_cells(line, separator)) == 2 for line in filled) >= len(filled) > 0
        ):
            return separator
    return None


def _columns(path: PathLike, lines: list[str], separator: str, alphabet: Alphabet | None) -> Sample:
    rows = [(number, _cells(line, separator)) for number, line in _filled(path, lines)]
    between = f"between {SEPARATORS[separator]}"
    header = rows[0][1]
    named = _named(header)
    width = 2 if named is None else len(header)
    if named is not None:
        rows = rows[1:]
    for number, cells in rows:
        if len(cells) != width:
            raise InputError(f"{path}, line {number}: expected {width} columns {between}, a label and a word among them")
    if named is not None and alphabet is None:
        _refuse_measurements(path, header, [cells for _, cells in rows], *named)
    first, second = (len({cells[column] for _, cells in rows}) for column in (0, 1))
    label, word = named or ((0, 1) if first <= second else (1, 0))
    once = [cells[label] for _, cells in rows].count(header[label]) == 1
    if alphabet is None and named is None and once and header[label].lower() in LABELS:
        raise InputError(
            f"{path}: the first line names a column of labels, {header[label]!r}, and none of words; call the other column word, "
            f"or have the file read as a table by --label {header[label]}"
        )
    for column in (0, 1) if named is None else named[:1]:
        refuse_fractions(path, [cells[column] for _, cells in rows])
    form = f"{'label, then word' if label < word else 'word, then label'}, {between}"
    return _labelled(path, [_Row(number, cells[label], cells[word]) for number, cells in rows], alphabet, form)


def _labelled(path: PathLike, rows: list[_Row], alphabet: Alphabet | None, form: str) -> Sample:
    if not rows:
        raise InputError(f"{path} has a header and no words; a sample needs some")
    for row in rows:
        if row.label == "" or (row.label is None) != (rows[0].label is None) or type(row.word) is not type(rows[0].word):
            raise InputError(f"{path}, line {row.number}: expected a label and a word, of the same form as in the other lines")
    texts = [row.word for row in rows if isinstance(row.word, str)]
    spaced = _is_spaced(texts, alphabet)
    known = frozenset(alphabet or ())
    symbols = [_symbols(row.word, spaced, known) for row in rows]
    words, found = index_rows(path, symbols, [row.number for row in rows], alphabet)
    form += ", symbols in lists" if not texts else ", symbols between spaces" if spaced else ", each character a symbol"
    labels = [row.label for row in rows if row.label is not None]
    return classified(words, labels, found, form) if labels else Sample(words, None, (), found, form)


def _is_spaced(texts: list[str], alphabet: Alphabet | None) -> bool:
    if alphabet is not None and not alphabet.single_characters:
        return True
    long = [text for text in texts if len(text) > 1]
    return 2 * sum(len(text.split()) > 1 for text in long) >= len(long) > 0


def _symbols(word: str | list[str], spaced: bool, known: frozenset[str]) -> Sequence[str]:
    if isinstance(word, list):
        return word
    return symbols_of(word if spaced else SPACE.join(word.split()), spaced, known)


def _is_fraction(text: str) -> bool:
    """Return whether a text is a number that is not whole, such as 0.63 or 1e-7."""
    try:
        number = float(text)
    except ValueError:
        return False
    return isfinite(number) and not number.is_integer()


def refuse_fractions(path: PathLike, labels: Sequence[str], column: str | None = None) -> None:
    """Raise for numbers that are not whole where labels belong; of a table, in a column of this name."""
    fractions = [label for label in labels if _is_fraction(label)]
    if 2 * len(fractions) > len(labels):
        if column is not None:
            raise InputError(
                f"{path}: {fractions[0]} and the other numbers of the column {column!r} are no labels of classes; write classes "
                "in their place, such as low and high, or name another column by --label COLUMN"
            )
        raise InputError(
            f"{path}: {fractions[0]} and the other numbers beside the words are no labels of classes; networks are trained on "
            "words with labels or on words alone, so write labels, or leave the numbers out; of a table, name the column of the "
            "labels by --label COLUMN"
        )


def _refuse_measurements(path: PathLike, header: Sequence[str], rows: list[list[str]], label: int, word: int) -> None:
    """Raise for numbers that are not whole in the place of words, so that the file is a table."""
    fractions = [cells[word] for cells in rows if _is_fraction(cells[word])]
    if 2 * len(fractions) > len(rows):
        refuse_fractions(path, [cells[label] for cells in rows], header[label])
        raise InputError(
            f"{path}: the column {header[word]!r} has numbers such as {fractions[0]} and no words; have the file read as a table "
            f"by --label {header[label]}"
        )


def refuse_bars(path: PathLike, lines: list[str]) -> None:
    """Raise for a table whose columns are between bars."""
    rows = [line.split("|") for line in lines if line.strip()]
    if not rows:
        return
    table = str(path).lower().endswith(".csv") or (len(rows[0]) > 2 and any(cell.strip().lower() in LABELS for cell in rows[0]))
    if table and len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
        raise InputError(
            f"{path}: each line has {len(rows[0])} columns between bars, and columns are read between tabs, commas or "
            "semicolons; write one of these for each |, or give the alphabet with --alphabet if the bars belong to words"
        )


def _refuse_columns(path: PathLike, lines: list[str]) -> None:
    """Raise for lines that all have the same number of columns, three or more, where no header says which is which."""
    filled = [line for line in lines if line.strip()]
    for separator, name in SEPARATORS.items():
        widths = {len(_cells(line, separator)) for line in filled}
        if len(filled) > 1 and len(widths) == 1 and max(widths) > 2:
            raise InputError(
                f"{path}: each line has {max(widths)} columns between {name}; name those of the word and its label in a first "
                f"line, word and label; give the alphabet with --alphabet if {name} belong to the words; a table with a header "
                "is for nerode train FILE --label COLUMN"
            )


def _refuse_pairs(path: PathLike, lines: list[str]) -> None:
    """Raise for lines of a label, or a number, and a word with a space between, which look like words of two symbols."""
    parts = [line.split() for line in lines if line.strip()]
    if all(len(part) > 1 for part in parts) and not any(_is_fraction(symbol) for part in parts for symbol in part[1:]):
        refuse_fractions(path, [part[0] for part in parts])
    if len(parts) < 4 or any(len(part) != 2 for part in parts):
        return
    few, many = sorted(len({part[column] for part in parts}) for column in (0, 1))
    if few <= 20 and 2 * many > len(parts):
        raise InputError(
            f"{path}: it is unclear whether a line is a label and a word or a word of two symbols; separate label and word by a "
            "tab, or give the alphabet with --alphabet"
        )
