"""Domains: the words of one length that a network was trained on, such as the rows of a table.

Words of other lengths mean nothing to such a network, and words of uniform letters next to nothing. A domain therefore knows how
often each letter stood at each place in the words trained on, class by class, and draws letters by that, each by itself. One half
of the words is like those of a class, and the other half like all words, which are nearer to the borders of classes. It keeps no
word. Where the words are rows of a table, a place is a column, and the domain also knows which letter stands for which cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from math import isfinite
from typing import Any

import numpy as np

from nerode.errors import CONTROL, InputError, shown
from nerode.words import FloatArray, IntArray, Word, Words, frozen_array

PORTION = 2**22  # numbers in memory while words are drawn
MOST = 2**53  # words that are counted: sums of more are no longer exact
MISSING = "?"  # the symbol of cells without a value, the last of the alphabet


@dataclass(frozen=True)
class Column:
    """What the letters at one place stand for: bins of numbers in order, or categories.

    Parameters
    ----------
    name : of the column
    cuts : ascending; a number is read as letter i if it is larger than i of them
    categories : texts, the i-th is letter i; none for a column of numbers
    missing : whether cells without a value are read, as the last letter of the alphabet

    Raises
    ------
    InputError : cuts that do not ascend, categories that are not different, or both; control characters
    """

    name: str
    cuts: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    missing: bool = False

    def __post_init__(self) -> None:
        if any(map(CONTROL.search, (self.name, *self.categories))):
            raise InputError(f"the name or a category of the column {shown(self.name)} has a control character; take it out")
        wrong = not all(map(isfinite, self.cuts)) or any(a >= b for a, b in pairwise(self.cuts))
        if wrong or len(set(self.categories)) < len(self.categories) or (self.cuts and self.categories):
            raise InputError(f"the column {self.name!r} has either cuts that ascend or different categories")

    @property
    def letters(self) -> int:
        """The number of letters, without the one of missing values."""
        return len(self.categories) or len(self.cuts) + 1

    def said(self, letter: int) -> str:
        """Return which cells a letter stands for, such as "age ≤ 30" or "colour = red"."""
        if letter >= self.letters:
            return f"{self.name} missing"
        if self.categories:
            return f"{self.name} = {self.categories[letter]}"
        bounds = [f"{cut:.12g}" for cut in self.cuts[max(0, letter - 1) : letter + 1]]
        if not self.cuts:
            return f"{self.name} any"
        if letter == 0:
            return f"{self.name} ≤ {bounds[0]}"
        return f"{self.name} > {bounds[0]}" if letter == len(self.cuts) else f"{bounds[0]} < {self.name} ≤ {bounds[1]}"

    def above(self, letter: int) -> str:
        """Return which cells all letters of numbers after this one stand for, such as "age > 30"."""
        return f"{self.name} > {self.cuts[letter]:.12g}"


@dataclass(frozen=True, eq=False)
class Domain:
    """Words of one length.

    Parameters
    ----------
    counts : (groups, length, letters), how many words of each group of words have each letter at each place
    columns : what the places are, for rows of a table; otherwise none
    label : the column that the classes were read from; None where words have no columns

    Raises
    ------
    InputError : counts that are not those of words, or another number of columns than places
    """

    counts: IntArray
    columns: tuple[Column, ...] = ()
    label: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", frozen_array(self.counts, np.int64))
        if self.counts.ndim != 3 or 0 in self.counts.shape or self.counts.min() < 0:
            raise InputError("a domain has counts of letters by group and place, whole numbers from 0 on")
        if self.counts.sum(dtype=np.float64) > MOST:
            raise InputError("a domain has counts of more words than anybody has")
        totals = self.counts.sum(axis=2)
        if (totals != totals[:, :1]).any() or not totals.any():
            raise InputError("in a domain the counts of the letters at each place must have the same sum")
        if self.columns and (len(self.columns) != self.length or max(each.letters for each in self.columns) > self.letters):
            raise InputError(
                f"a domain of words of {self.length} letters has as many columns, and no more letters than its alphabet"
            )

    @property
    def length(self) -> int:
        """The number of letters of each word."""
        return int(self.counts.shape[1])

    @property
    def letters(self) -> int:
        """The number of letters of the alphabet."""
        return int(self.counts.shape[2])

    def holds(self, word: Word) -> bool:
        """Return whether a word is as long as the others, and each of its letters has stood at its place."""
        return len(word) == self.length and bool(self.counts[:, range(self.length), list(word)].any(axis=0).all())

    def letters_at(self, place: int) -> list[int]:
        """Return the letters that have stood at a place."""
        found: list[int] = np.flatnonzero(self.counts[:, place].any(axis=0)).tolist()
        return found

    def unread(self, row: Word) -> int | None:
        """Return the first place whose column has no such letter; None where there is none, and where words have no columns."""
        missing = self.letters - 1
        reads = (a < column.letters or (column.missing and a == missing) for column, a in zip(self.columns, row, strict=False))
        return next((k for k, read in enumerate(reads) if not read), None)

    def cells(self, word: Word) -> tuple[str, ...]:
        """Return what the letters of a row stand for, such as "age ≤ 30"; nothing where words have no columns."""
        return tuple(column.said(letter) for column, letter in zip(self.columns, word, strict=True)) if self.columns else ()

    @property
    def means(self) -> str:
        """What drawn words are like."""
        return (
            f"random words of {self.length} letters, each as frequent at its place as in the words trained on, of a class or all,"
        )

    def draw(self, rng: np.random.Generator, count: int) -> list[Word]:
        """Draw `count` words; about half of them by the counts of a group, the others by those of all words."""
        counts = np.concatenate([self.counts, self.counts.sum(axis=0, keepdims=True)])
        sizes = counts[:, 0].sum(axis=1)
        groups = rng.choice(len(sizes), count, p=sizes / sizes.sum())
        shares: FloatArray = counts.cumsum(axis=2) / np.maximum(sizes, 1)[:, None, None]
        symbols = np.zeros((count, self.length), np.int64)
        portion = max(1, PORTION // (self.length * self.letters))
        for begin in range(0, count, portion):
            part = groups[begin : begin + portion]
            chance = rng.random((len(part), self.length, 1))
            symbols[begin : begin + portion] = (chance >= shares[part][:, :, :-1]).sum(axis=2)
        return list(map(tuple, symbols.tolist()))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        columns = [
            {
                "name": each.name, "cuts": list(each.cuts), "categories": list(each.categories), "missing": each.missing
            }
            for each in self.columns
        ]  # fmt: skip
        return {"counts": self.counts.tolist(), "columns": columns, "label": self.label}

    @classmethod
    def from_json(cls, value: Any) -> Domain:
        """Return the domain that `to_json` described.

        Raises
        ------
        InputError : fields that are missing or do not fit
        """
        if not isinstance(value, dict) or set(value) != {"counts", "columns", "label"} or not isinstance(value["columns"], list):
            raise InputError("a domain has the fields counts, columns and label")
        if value["label"] is not None and (not isinstance(value["label"], str) or CONTROL.search(value["label"])):
            raise InputError("the label of a domain must be the name of a column")
        return cls(_counts(value["counts"]), tuple(map(_column, value["columns"])), value["label"])


def domain_of_words(
    words: Words, labels: IntArray, letters: int, columns: tuple[Column, ...] = (), label: str | None = None
) -> Domain:
    """Return the domain of words of one length, in groups by their labels (n,)."""
    symbols = np.array(words, np.int64)
    counts = np.zeros((int(labels.max()) + 1, symbols.shape[1], letters), np.int64)
    np.add.at(counts, (labels[:, None], np.arange(symbols.shape[1]), symbols), 1)
    return Domain(counts, columns, label)


def domain_of(teacher: Any) -> Domain | None:
    """Return the domain of a teacher; None where words of all lengths mean something.

    It is the optional attribute `domain` of the teacher.
    """
    domain: Domain | None = getattr(teacher, "domain", None)
    return domain


def _counts(value: Any) -> IntArray:
    """The counts of a file; true and 1.0 are no whole numbers."""
    try:
        if set(map(type, chain.from_iterable(chain.from_iterable(value)))) <= {int}:
            return np.array(value, np.int64)
    except (TypeError, ValueError, OverflowError):
        pass
    raise InputError("the counts of a domain must be whole numbers in even lists, 3 deep")


def _column(value: Any) -> Column:
    kinds: dict[str, type] = {"name": str, "cuts": list, "categories": list, "missing": bool}
    if not isinstance(value, dict) or set(value) != set(kinds) or any(type(value[name]) is not kinds[name] for name in kinds):
        raise InputError(f"a column of a domain has the fields {', '.join(kinds)}")
    cuts, categories = value["cuts"], value["categories"]
    if any(type(cut) not in (int, float) for cut in cuts) or not all(isinstance(text, str) for text in categories):
        raise InputError("a column of a domain has cuts that are numbers and categories that are texts")
    try:
        return Column(value["name"], tuple(map(float, cuts)), tuple(categories), value["missing"])
    except OverflowError as error:
        raise InputError(f"the column {shown(value['name'])} has a cut that is too large") from error
