"""The files of two contests for learners of automata: words of numbers with labels.

*Abbadingo*: a first line "words symbols", then a label, a length and symbols a line. *StaMinA*: + or − and symbols a line.
"""

from __future__ import annotations

from collections.abc import Sequence

from nerode.datasets.readers import has_header, index_rows, read_header
from nerode.datasets.samples import Sample, classified
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.words import Alphabet

SIGNS = {"+", "-"}


def is_abbadingo(lines: list[str]) -> bool:
    """Return whether the first line is a header, and most others are a label, a length and as many symbols."""
    if not has_header(lines):
        return False
    parts = [line.split() for line in lines[1:] if line.strip()]
    labelled = sum(len(part) > 1 and part[1] == str(len(part) - 2) for part in parts)
    return 2 * labelled >= len(parts) and labelled > sum(part[0] == str(len(part) - 1) for part in parts)


def abbadingo(path: PathLike, lines: list[str], alphabet: Alphabet | None) -> Sample:
    """Return the words of a file of the Abbadingo contest (Lang, Pearlmutter, Price 1998).

    Raises
    ------
    InputError : a line that is none of a label, a length and symbols
    """
    alphabet = alphabet or Alphabet.of_size(read_header(path, lines))
    parts = [line.split() for line in lines[1:]]
    for number, part in enumerate(parts, start=2):
        if len(part) < 2 or part[1] != str(len(part) - 2):
            raise InputError(f"{path}, line {number}: expected a label, a length and as many symbols")
    words, alphabet = index_rows(path, [part[2:] for part in parts], range(2, len(parts) + 2), alphabet)
    return classified(words, [part[0] for part in parts], alphabet, "Abbadingo, label, length and symbols")


def is_stamina(lines: list[str], alphabet: Alphabet | None) -> bool:
    """Return whether each line begins with + or −, some with each, and neither is a symbol."""
    if alphabet is not None and SIGNS.intersection(alphabet):
        return False
    parts = [line.split() for line in lines if line.strip()]
    return {part[0] for part in parts} == SIGNS and not any(SIGNS.intersection(part[1:]) for part in parts)


def stamina(path: PathLike, lines: Sequence[tuple[int, str]], alphabet: Alphabet | None) -> Sample:
    """Return the words of a file of the StaMinA contest (Walkinshaw and others 2013), from its lines with their numbers."""
    parts = [line.split() for _, line in lines]
    words, found = index_rows(path, [part[1:] for part in parts], [number for number, _ in lines], alphabet)
    return classified(words, [part[0] for part in parts], found, "StaMinA, + or − and symbols")
