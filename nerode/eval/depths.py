"""Where a network and its grammar part: agreement by the length of words, and by the depth of their derivations.

A grammar has no greatest depth, and a network has one. The verdict holds for the words that were drawn, which are hardly ever
deep. Here words are drawn that the grammar derives, a group for each depth, beside the same words damaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.derivations import Derivations
from nerode.eval.comparable import comparable
from nerode.protocols import Teacher, longest_of
from nerode.sampling import mutate
from nerode.words import BoolArray, Word, Words

DEPTHS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25)
DRAWN, LONGEST = 100, 200  # words of each depth, and their letters at most
BAND = 10  # letters
FOLLOWED = 0.95  # share of the words of a depth on which the two agree


@dataclass(frozen=True)
class Group:
    """Words of one depth, or of a band of lengths.

    Parameters
    ----------
    first, last : the depth, or the lengths, of the words
    derived, accepted : words that the grammar derives, and those of them that the network accepts
    others, rejected : other words, and those of them that the network rejects
    """

    first: int
    last: int
    derived: int
    accepted: int
    others: int
    rejected: int

    @property
    def agreement(self) -> float:
        """The mean of the two shares of words on which the two agree, of those kinds that there are."""
        shares = [part / whole for part, whole in ((self.accepted, self.derived), (self.rejected, self.others)) if whole]
        return float(np.mean(shares))


@dataclass(frozen=True)
class Depths:
    """Agreement by depth, of words that the grammar derives and of such words damaged, and by length, of other words.

    Parameters
    ----------
    followed : the greatest depth up to which the network agrees on 95 % of the words of each depth; None where it does not even
        at the first. The words of each depth have at most LONGEST letters
    """

    by_depth: tuple[Group, ...]
    by_length: tuple[Group, ...]
    followed: int | None

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        if not self.by_depth:
            return "The grammar derives no word."
        last = self.by_depth[-1].last
        if self.followed is None:
            said = "The network does not follow the grammar even at the first depth."
        elif self.followed == last:
            said = f"The network follows the grammar to depth {last}, the deepest that was asked about."
        else:
            said = f"The network follows the grammar to depth {self.followed}; deeper, less than 95 % of the words agree."
        lines = [said, *_table("depth", self.by_depth)]
        return "\n".join(lines + (["", *_table("letters", self.by_length)] if self.by_length else []))


def depths(grammar: CFG, teacher: Teacher, rng: np.random.Generator, words: Sequence[Word] = ()) -> Depths:
    """Return where a network and its grammar part.

    Parameters
    ----------
    words : those of the table by length

    Raises
    ------
    InputError : a teacher of another task, or of another alphabet
    """
    student, teacher = comparable(grammar, teacher)
    longest = min(LONGEST, longest_of(teacher) or LONGEST)
    derivations = Derivations(grammar)
    groups: list[Group] = []
    for depth in DEPTHS:
        derived = derivations.draw(rng, DRAWN, depth, longest)
        if not derived:
            continue
        damaged = [word for word in mutate(rng, derived, len(grammar.alphabet)) if len(word) <= longest]
        others = [word for word, inside in zip(damaged, _inside(student, damaged), strict=True) if not inside]
        answers = _inside(teacher, [*derived, *others])
        accepted, wrong = int(answers[: len(derived)].sum()), int(answers[len(derived) :].sum())
        groups.append(Group(depth, depth, len(derived), accepted, len(others), len(others) - wrong))
    followed = None
    for group in groups:
        if group.agreement < FOLLOWED:
            break
        followed = group.last
    return Depths(tuple(groups), _by_length(student, teacher, words), followed)


def _inside(function: Teacher, words: Words) -> BoolArray:
    """Return which words (n,) are in the language: those of class 1."""
    if not words:
        return np.zeros(0, np.bool_)
    return np.asarray(function.link.labels(function.scores(words)) == 1)


def _by_length(student: Teacher, teacher: Teacher, words: Words) -> tuple[Group, ...]:
    ours, theirs = _inside(student, words), _inside(teacher, words)
    bands = np.array([len(word) // BAND for word in words], np.int64)
    groups = []
    for band in np.unique(bands).tolist():
        here = bands == band
        derived, accepted = int(ours[here].sum()), int((ours & theirs)[here].sum())
        rejected = int((~ours & ~theirs)[here].sum())
        groups.append(Group(band * BAND, band * BAND + BAND - 1, derived, accepted, int(here.sum()) - derived, rejected))
    return tuple(groups)


def _table(title: str, groups: Sequence[Group]) -> list[str]:
    rows: list[tuple[str, ...]] = [(title, "derived words", "network accepts", "other words", "network rejects")]
    for group in groups:
        span = str(group.first) if group.first == group.last else f"{group.first}–{group.last}"
        rows.append((span, *(str(part) for part in (group.derived, group.accepted, group.others, group.rejected))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
