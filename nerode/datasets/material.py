"""Sequences as they stand in files, before they become words: of symbols, or of numbers over time.

*Texts* are lines of a label and a word between a tab, below a header. *Signals* are rows of a CSV file, also one that gzip has
packed: `tid` numbers the sequences, `label` is their class, and every other column is a dimension. *Logs* are CSV files of lines
with the identity of an event each, as loghub has them (Zhu and others, ISSRE 2023).
"""

from __future__ import annotations

import csv
import gzip
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from nerode.errors import CONTROL, InputError, first_line
from nerode.files import read_text

IDENTITY, LABEL, EVENT, CONTENT = "tid", "label", "EventId", "Content"  # columns
NODE = re.compile(r"\d+\.\d+\.\d+\.\d+")  # an address in the content of a line
PIECE = 20  # events of a piece of a log, on average
PARTS = ("train", "valid", "test")
MOST = 2**28  # characters of a file, also of one that gzip has packed small
FAMILY = 3  # sequences of a class in FASTA at least
FARTHEST = 1e100  # number of a signal, so that squares and sums of it are finite


@dataclass(frozen=True, eq=False)
class Material:
    """Sequences with their labels.

    Attributes
    ----------
    sequences : lists of symbols, or arrays (t, d)
    labels : names of classes; None for sequences that a language model learns
    parts : which of PARTS each belongs to; None where the source does not say
    """

    sequences: list[Any]
    labels: list[str] | None
    parts: list[str] | None = None


def symbols_between_spaces(text: str) -> list[str]:
    """Return the symbols of a text."""
    return text.split()


def plain_letters(text: str) -> list[str]:
    """Return the characters of a text: small letters without accents, and "_" for white space."""
    apart = unicodedata.normalize("NFD", text.lower())
    return ["_" if letter.isspace() else letter for letter in apart if not unicodedata.combining(letter)]


def plain_words(text: str) -> list[str]:
    """Return the words of a text, in small letters; of punctuation "!" alone is kept."""
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?|!", text.lower())


def read_texts(file: Path, symbols: Callable[[str], list[str]], labelled: bool = True, header: bool = False) -> Material:
    """Read a file of lines with a label and a word each, below a header.

    Parameters
    ----------
    symbols : makes the symbols of a text
    labelled : whether labels are classes; where they are names of PARTS, they say which part a line belongs to
    header : whether the first line has to begin with "label", so that no sequence is taken for it

    Raises
    ------
    InputError : a file that cannot be read, or lines without two columns
    """
    rows = []
    first, *lines = read_text(file).split("\n")
    if header and first.partition("\t")[0].strip().lower() != LABEL:
        raise InputError(f"the first line of {file} must be a header, label and word with a tab between them")
    for number, line in enumerate(lines, start=2):
        row = line.split("\t")
        if line and len(row) != 2:
            raise InputError(f"{file}, line {number}: expected a label and a word with a tab between them")
        if line and not _is_name(row[0]):
            raise InputError(f"{file}, line {number}: the label must be a text without control characters")
        rows += [row] if line else []
    labels = [label for label, _ in rows]
    parts = labels if set(labels) <= set(PARTS) else None
    return _filled(file, Material([symbols(text) for _, text in rows], labels if labelled and parts is None else None, parts))


def read_signals(file: Path, length: int | None = None) -> Material:
    """Read a CSV file of signals: a sequence ends where its number or its label changes.

    Parameters
    ----------
    length : steps of every signal; where more stand together, several sequences have the same number and are divided

    Raises
    ------
    InputError : a file that cannot be read, columns that are missing, or cells that are no numbers
    """
    rows = _rows(file, (IDENTITY, LABEL))
    names = [name for name in rows[0] if name not in (IDENTITY, LABEL)]
    if not names:
        raise InputError(f"{file} has no column of numbers beside {IDENTITY} and {LABEL}")
    sequences, labels = [], []
    for _, group in groupby(rows, key=lambda row: (row[IDENTITY], row[LABEL])):
        steps = list(group)
        try:
            signal = np.array([[float(row[name]) for name in names] for row in steps])
        except (TypeError, ValueError) as error:
            raise InputError(f"{file}: in the sequence {steps[0][IDENTITY]} a cell is no number") from error
        if not (np.abs(signal) <= FARTHEST).all():
            raise InputError(f"{file}: in the sequence {steps[0][IDENTITY]} a number is not finite, or too large")
        whole = len(signal) if length is None else length
        if len(signal) % whole:
            raise InputError(f"{file}: the sequence {steps[0][IDENTITY]} has {len(signal)} steps, and all have {whole}")
        sequences += np.split(signal, range(whole, len(signal), whole))
        labels += [steps[0][LABEL]] * (len(signal) // whole)
    return _filled(file, Material(sequences, labels))


def read_fasta(file: Path) -> Material:
    """Read sequences of proteins or of nucleic acids in FASTA: a line that begins with ">", and lines of letters.

    Where each such line has more than the name of the sequence, its second word is the class, such as a family, if each of these
    occurs FAMILY times or more. Else there are no classes.

    Raises
    ------
    InputError : a file that cannot be read, letters before the first name, or a sequence without letters
    """
    sequences: list[list[str]] = []
    heads: list[list[str]] = []
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if line.startswith(">"):
            heads.append(line[1:].split())
            sequences.append([])
        elif line.strip() and not line.startswith(";"):
            if not heads or not line.strip().isprintable():
                raise InputError(f"{file}, line {number}: expected a name that begins with > before letters of a sequence")
            sequences[-1] += [letter for letter in line.upper() if not letter.isspace() and letter != "*"]
    empty = [i for i, sequence in enumerate(sequences, start=1) if not sequence]
    if empty:
        raise InputError(f"{file}: the sequence number {empty[0]} has no letters; leave it out")
    labels = [head[1] for head in heads if len(head) > 1]
    known = len(labels) == len(heads) and min(Counter(labels).values(), default=0) >= FAMILY
    return _filled(file, Material(sequences, labels if known else None))


def read_log(file: Path) -> Material:
    """Read the events of a log, cut into pieces at random places that are the same each time.

    A piece ends after each event with the same probability, so the ends of pieces say nothing.

    Raises
    ------
    InputError : a file that cannot be read, or no column of events
    """
    events = [row[EVENT] for row in _rows(file, (EVENT,))]
    ends = np.flatnonzero(np.random.default_rng(0).random(len(events)) < 1 / PIECE) + 1
    pieces = np.split(np.array(events, dtype=object), ends)
    return _filled(file, Material([piece.tolist() for piece in pieces if len(piece)], None))


def read_sessions(file: Path) -> Material:
    """Read the events of a log node by node: all lines that name the same address make one sequence.

    Raises
    ------
    InputError : a file that cannot be read, or columns that are missing
    """
    sessions: dict[str, list[str]] = {}
    for row in _rows(file, (EVENT, CONTENT)):
        for node in sorted(set(NODE.findall(row[CONTENT]))):
            sessions.setdefault(node, []).append(row[EVENT])
    return _filled(file, Material(list(sessions.values()), None))


def _rows(file: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of its columns, of which those that are needed are in each row."""
    try:
        rows = list(csv.DictReader(StringIO(_text(file), newline="")))
    except csv.Error as error:
        raise InputError(f"{file} is no CSV file: {first_line(error)}") from error
    missing = [name for name in needed if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"{file} has no column {missing[0]!r}, or no rows; it must have {', '.join(needed)}")
    for number, row in enumerate(rows, start=1):
        if short := [name for name in needed if row[name] is None]:
            raise InputError(f"{file}, row {number}: there is no column {short[0]!r}")
        if None in row:
            raise InputError(f"{file}, row {number}: it has more cells than the first line")
        if odd := [name for name in needed if name != CONTENT and not _is_name(row[name])]:
            raise InputError(f"{file}, row {number}: the column {odd[0]!r} must have a text without control characters")
    return rows


def _is_name(text: str) -> bool:
    return bool(text) and not CONTROL.search(text)


def _text(file: Path) -> str:
    if file.suffix != ".gz":
        return read_text(file)
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as opened:
            text = opened.read(MOST + 1)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"cannot read {file}: it does not exist, or is no text that gzip has packed") from error
    if len(text) > MOST:
        raise InputError(f"cannot read {file}: unpacked it has more than {MOST:,} characters; take a part of it")
    return text


def _filled(file: Path, material: Material) -> Material:
    if not material.sequences:
        raise InputError(f"{file} has no sequences in it")
    return material
