"""To which depth, and to which length, a network follows a visibly pushdown automaton or a context-free grammar.

Of every depth, the words are drawn that are accepted, and words close to them that are rejected. A network that follows brackets
to some depth agrees on both kinds up to there. Beyond it answers by habit: its errors say nothing about the automaton. Of every
length, words of each depth are asked, since a network may lose count on long words of one depth alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.derivations import Derivations
from nerode.automata.diagram import counted
from nerode.automata.nested_words import NestedWords, near_misses
from nerode.automata.vpa import VPA
from nerode.eval.comparable import comparable
from nerode.eval.intervals import clopper_pearson
from nerode.protocols import Teacher, longest_of
from nerode.sampling import mutate
from nerode.words import IntArray, Word, Words

COUNT = 200  # words of each kind in a row
MANY = 5 * COUNT  # words of a grammar of each depth, which are of many lengths
FEW = 20  # words, which show little
FOLLOWED = 0.95  # of the words of each kind, on which a network that follows agrees
DEEPEST = 12  # depth to which is looked
BESIDE = 8  # letters of a word beside its deepest brackets, where words are sorted by depth
STEP, LONGEST = 10, 59  # letters: the width of a row where words are sorted by length, and the longest
DERIVED = 200  # letters of the longest words of a grammar, whose brackets may be words
PATIENCE = 2  # rows that are not followed, after which no more are asked


@dataclass(frozen=True)
class Row:
    """Agreement on words from `low` to `high`, a depth or lengths.

    Parameters
    ----------
    accepted, rejected : words that the automaton accepts, and words close to these that it rejects
    accepted_agreed, rejected_agreed : on how many of them the network agrees
    depth : of the words that are counted; None for several depths
    """

    low: int
    high: int
    accepted: int
    accepted_agreed: int
    rejected: int
    rejected_agreed: int
    depth: int | None = None

    @property
    def share(self) -> float:
        """The part of the words on which the network agrees, of the kind on which it agrees less."""
        kinds = ((self.accepted_agreed, self.accepted), (self.rejected_agreed, self.rejected))
        return min((agreed / count for agreed, count in kinds if count), default=1.0)

    @property
    def surely_lost(self) -> bool:
        """Whether the network agrees on less than FOLLOWED of the words of a kind, with 95 % confidence."""
        kinds = ((self.accepted_agreed, self.accepted), (self.rejected_agreed, self.rejected))
        return any((clopper_pearson(agreed, count)[1] or 1.0) < FOLLOWED for agreed, count in kinds if count)

    @property
    def followed(self) -> bool:
        """Whether the network agrees on FOLLOWED of the words of each kind."""
        return self.share >= FOLLOWED

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self) | {"followed": self.followed}


@dataclass(frozen=True)
class Depths:
    """How deep and how far a network follows an automaton.

    Parameters
    ----------
    by_depth, by_length : rows in ascending order; those by length are of words of at most the depth that is followed
    model : what is followed, "automaton" or "grammar"
    depth, length : to which the network follows, −1 where it does not even follow the first row. Where no row fails, that is as
        far as was looked
    """

    by_depth: tuple[Row, ...]
    by_length: tuple[Row, ...]
    model: str = "automaton"

    @property
    def depth(self) -> int:
        return _reached(self.by_depth)

    @property
    def length(self) -> int:
        return _reached(self.by_length)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        rows = {"by_depth": [row.to_json() for row in self.by_depth], "by_length": [row.to_json() for row in self.by_length]}
        return {"depth": self.depth, "length": self.length, "share": FOLLOWED, **rows}

    def __str__(self) -> str:
        return "\n".join([*_table("depth", self.by_depth), *_table("letters", self.by_length)])

    def sentence(self) -> str:
        """Return to which depth and to which length the network follows, in a sentence."""
        if not self.by_depth:
            return f"The {self.model} accepts no word, so there is no depth to which the network follows it."
        agreed = f"it agrees on at least {100 * FOLLOWED:g} % of accepted words, and of rejected ones close to these"
        if self.depth < 0:
            return f"The network does not follow the {self.model}, not even on words of the least depth."
        ever = " or more" if self.depth == self.by_depth[-1].high else ""
        said = f"The network follows the {self.model} to depth {self.depth}{ever}"
        if self.length >= 0:
            ever = " or more" if self.length == self.by_length[-1].high else ""
            said += f", and on words of each of these depths to {self.length} letters{ever}"
        few = [row for row in self.by_length if row.high <= self.length and row.accepted < FEW]
        told = ""
        if few:
            asked = counted(few[-1].accepted, "accepted word")
            told = f" Of {few[-1].low} to {few[-1].high} letters only {asked} could be asked."
        return f"{said}: up to there {agreed}.{told}"


Groups = dict[int, Words]
"""Words of a row by their depth."""


def depths(model: VPA | CFG, teacher: Teacher, rng: np.random.Generator) -> Depths:
    """Return to which depth and to which length a network follows an automaton or a grammar.

    The depth of a word of a grammar is that of `Derivations`.

    Raises
    ------
    InputError : another alphabet or task
    """
    _, teacher = comparable(model, teacher)
    return _of_grammar(model, teacher, rng) if isinstance(model, CFG) else _of_automaton(model, teacher, rng)


def _of_grammar(grammar: CFG, teacher: Teacher, rng: np.random.Generator) -> Depths:
    derivations, longest = Derivations(grammar), min(DERIVED, longest_of(teacher) or DERIVED)

    def near(words: Words) -> list[Word]:
        damaged = [word for word in mutate(rng, words, len(grammar.alphabet)) if len(word) <= longest]
        return [word for word, label in zip(damaged, grammar.predict(damaged).tolist(), strict=True) if not label]

    drawn: dict[int, list[Word]] = {}

    def of_depth(depth: int) -> Groups:
        drawn[depth] = derivations.draw(rng, MANY, depth, longest)
        return {depth: drawn[depth][:COUNT]}

    by_depth = _rows(teacher, rng, [(depth, depth) for depth in range(DEEPEST + 1)], of_depth, near)
    reached = _reached(by_depth)
    bins = [(begin, min(begin + STEP - 1, longest)) for begin in range(0, min(longest, LONGEST) + 1, STEP)]

    def of_length(row: int) -> Groups:
        low, high = bins[row]
        return {depth: [word for word in drawn[depth] if low <= len(word) <= high][:COUNT] for depth in range(reached + 1)}

    return Depths(by_depth, _rows(teacher, rng, bins, of_length, near) if reached >= 0 else (), "grammar")


def _of_automaton(vpa: VPA, teacher: Teacher, rng: np.random.Generator) -> Depths:
    room = longest_of(teacher)
    deepest = DEEPEST if len(vpa.calls) and len(vpa.returns) else 0
    longest = 2 * deepest + BESIDE if room is None else min(2 * deepest + BESIDE, room)
    words, near = NestedWords(vpa, longest, deepest), partial(near_misses, rng, vpa, longest=room)

    def of_depth(row: int) -> Groups:
        lengths = rng.integers(2 * row, 2 * row + BESIDE + 1, COUNT)
        return {row: _drawn(words, rng, row, lengths[lengths <= longest], vpa)}

    by_depth = _rows(teacher, rng, [(depth, depth) for depth in range(deepest + 1)], of_depth, near)
    reached = _reached(by_depth)
    longest = LONGEST if room is None else min(LONGEST, room)
    if reached < 0:
        return Depths(by_depth, ())
    low = NestedWords(vpa, longest, reached)
    bins = [(begin, min(begin + STEP - 1, longest)) for begin in range(0, longest + 1, STEP)]

    def of_length(row: int) -> Groups:
        begin, end = bins[row]
        return {depth: _drawn(low, rng, depth, rng.integers(begin, end + 1, COUNT), vpa) for depth in range(reached + 1)}

    return Depths(by_depth, _rows(teacher, rng, bins, of_length, near))


def _drawn(words: NestedWords, rng: np.random.Generator, height: int, lengths: IntArray, vpa: VPA) -> Words:
    return list(dict.fromkeys(words.draw(rng, np.full(len(lengths), height), lengths, vpa.accepting)))


def _rows(
    teacher: Teacher,
    rng: np.random.Generator,
    bins: list[tuple[int, int]],
    draw: Callable[[int], Groups],
    near: Callable[[Words], Words],
) -> tuple[Row, ...]:
    """Return the rows that have words, until a few in sequence are not followed.

    A row is of the words of all its depths, unless the network surely follows one of them less: then it is of that depth.
    """
    rows: list[Row] = []
    for number, (low, high) in enumerate(bins):
        each = []
        for depth, accepted in draw(number).items():
            if not accepted:
                continue
            rejected = near(accepted)
            rejected = [rejected[i] for i in rng.permutation(len(rejected))[:COUNT].tolist()]
            answers = teacher.link.labels(teacher.scores([*accepted, *rejected])) == 1
            agreed = np.count_nonzero(answers[: len(accepted)]), np.count_nonzero(~answers[len(accepted) :])
            each.append(Row(low, high, len(accepted), int(agreed[0]), len(rejected), int(agreed[1]), depth))
        if not each:
            continue
        lost = [row for row in each if row.surely_lost]
        rows.append(min(lost, key=lambda row: row.share) if lost else _sum(each))
        if not any(row.followed for row in rows[-PATIENCE:]) and len(rows) >= PATIENCE:
            break
    return tuple(rows)


def _sum(each: list[Row]) -> Row:
    """Return the row of all words of some rows."""
    if len(each) == 1:
        return each[0]
    counts = (sum(getattr(row, name) for row in each) for name in ("accepted", "accepted_agreed", "rejected", "rejected_agreed"))
    return Row(each[0].low, each[0].high, *counts)


def _reached(rows: tuple[Row, ...]) -> int:
    """Return the end of the last row before the first that is not followed, or −1."""
    reached = -1
    for row in rows:
        if not row.followed:
            break
        reached = row.high
    return reached


def _table(title: str, rows: tuple[Row, ...]) -> list[str]:
    """Return lines: the share of agreement on accepted and on rejected words, with their 95 % intervals."""
    lines = [f"{title:>15}  {'accepted words':>28}  {'rejected words close to them':>28}"] if rows else []
    for row in rows:
        name = str(row.low) if row.low == row.high else f"{row.low}–{row.high}"
        name += "" if title == "depth" or row.depth is None else f", depth {row.depth}"
        both = (_share(row.accepted_agreed, row.accepted), _share(row.rejected_agreed, row.rejected))
        lines.append(f"{name:>15}  {both[0]:>28}  {both[1]:>28}{'' if row.followed else '  not followed'}")
    return lines


def _share(agreed: int, count: int) -> str:
    if not count:
        return "–"
    low, high = clopper_pearson(agreed, count)
    return f"{agreed / count:.1%} of {count} ({low:.0%}–{high:.0%})"
