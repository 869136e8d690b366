"""Positions of letters in a regular expression, and the automata of its parts (Glushkov, 1961; McNaughton and Yamada, 1960).

A state of the automaton is a set of positions, the letters that may have been read last. Sets are bits of an integer. A part has
its positions side by side, so a copy of a part, which a repetition needs, is the same sets moved by some bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.errors import InputError
from nerode.words import Alphabet

MOST_POSITIONS = 20_000  # letters of an expression, once repetitions are written out
MOST_STATES = 20_000  # of its DFA before minimisation
MOST_CELLS = 400_000  # of its table of transitions, one column for each class of letters
MOST_WORK = 3_000_000  # positions in all sets together
LARGE = "simplify it, or lower its repetitions {n,m}"


@dataclass(frozen=True)
class Part:
    """A part of an expression.

    Attributes
    ----------
    begin, end : its positions are begin … end − 1
    first, last : the positions at which a word may begin and end, as bits
    nullable : whether ε matches
    """

    begin: int
    end: int
    first: int
    last: int
    nullable: bool


class Positions:
    """The positions of an expression, made part by part from the left."""

    def __init__(self) -> None:
        self.symbols: list[frozenset[int]] = []  # for each position: the letters that it matches
        self.follow: list[int] = []  # for each position: those that may come next, as bits
        self.work = 0  # positions that were joined to those that follow

    def empty(self) -> Part:
        """Return a part that matches ε."""
        return Part(len(self.follow), len(self.follow), 0, 0, True)

    def nothing(self) -> Part:
        """Return a part that matches no word."""
        return Part(len(self.follow), len(self.follow), 0, 0, False)

    def letters(self, symbols: frozenset[int]) -> Part:
        """Return a part that matches one letter of a class.

        Raises
        ------
        InputError : too many positions
        """
        self._need(1)
        place = len(self.follow)
        self.symbols.append(symbols)
        self.follow.append(0)
        return Part(place, place + 1, 1 << place, 1 << place, False)

    def concatenate(self, a: Part, b: Part) -> Part:
        """Return a part that matches `a` and then `b`.

        Raises
        ------
        InputError : too much work
        """
        if b.first:
            self._join(a.last, b.first)
        first = a.first | b.first if a.nullable else a.first
        last = a.last | b.last if b.nullable else b.last
        return Part(a.begin, b.end, first, last, a.nullable and b.nullable)

    def choose(self, a: Part, b: Part) -> Part:
        """Return a part that matches `a` or `b`."""
        return Part(a.begin, b.end, a.first | b.first, a.last | b.last, a.nullable or b.nullable)

    def repeat(self, part: Part, least: int, most: int | None) -> Part:
        """Return a part that matches `part` from `least` to `most` times in a row; it takes the place of `part`.

        Raises
        ------
        InputError : too many positions
        """
        copies = max(least, 1) if most is None else most
        if copies == 0:
            return Part(part.begin, part.end, 0, 0, True)
        if part.begin == part.end:
            return replace(part, nullable=part.nullable or least == 0)
        self._need((copies - 1) * (part.end - part.begin))
        parts = [part, *(self._copy(part) for _ in range(1, copies))]
        if most is None:
            self._join(parts[-1].last, parts[-1].first)
        result = parts[-1]
        for copy in range(copies - 1, -1, -1):  # X (X (X)?)? has short sets of positions that follow, unlike X X? X?
            if copy < copies - 1:
                result = self.concatenate(parts[copy], result)
            if copy >= least:
                result = replace(result, nullable=True)
        return result

    def dfa(self, part: Part, alphabet: Alphabet) -> DFA:
        """Return the minimal DFA of a part.

        Raises
        ------
        InputError : too many states
        """
        kinds: dict[tuple[bool, ...], list[int]] = {}
        different = sorted({self.symbols[place] for place in range(part.begin, part.end)}, key=sorted)
        for letter in range(len(alphabet)):
            kinds.setdefault(tuple(letter in symbols for symbols in different), []).append(letter)
        masks = [self.mask(part, members[0]) for members in kinds.values()]
        transitions, labels = determinise(part.first, part.nullable, self.after, masks, part.last)
        small = minimise(DFA(Alphabet.of_size(len(masks)), np.array(transitions), np.array(labels)))
        kind_of = np.empty(len(alphabet), np.int64)
        for kind, members in enumerate(kinds.values()):
            kind_of[members] = kind
        return minimise(DFA(alphabet, small.transitions[:, kind_of], small.labels, small.initial))

    def mask(self, part: Part, letter: int) -> int:
        """Return the positions of a part that match a letter, as bits."""
        return sum(1 << place for place in range(part.begin, part.end) if letter in self.symbols[place])

    def after(self, places: int) -> int:
        """Return the positions that may come after some, as bits."""
        found = 0
        for place in bits(places):
            found |= self.follow[place]
        return found

    def _copy(self, part: Part) -> Part:
        """Return a copy of a part; the first one takes the next free positions."""
        shift = len(self.follow) - part.begin
        self.symbols.extend(self.symbols[part.begin : part.end])
        self.follow.extend([each << shift for each in self.follow[part.begin : part.end]])
        return Part(part.begin + shift, part.end + shift, part.first << shift, part.last << shift, part.nullable)

    def _join(self, last: int, first: int) -> None:
        """Let some positions be followed by others."""
        self.work += last.bit_count()
        if self.work > MOST_WORK:
            raise InputError(f"the regular expression has too many ways to go on; {LARGE}")
        for place in bits(last):
            self.follow[place] |= first

    def _need(self, more: int) -> None:
        if len(self.follow) + more > MOST_POSITIONS:
            raise InputError(
                f"the regular expression has more than {MOST_POSITIONS:,} letters once repetitions are written out; {LARGE}"
            )


def bits(number: int) -> Iterator[int]:
    """Yield the places of the bits that are set, from the lowest on."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def determinise(
    first: int, nullable: bool, after: Callable[[int], int], masks: Sequence[int], last: int
) -> tuple[list[list[int]], list[int]]:
    """Return the next states (n, letters) and the labels (n,) of the subset construction; state 0 is the initial one.

    Parameters
    ----------
    first : the positions at which a word may begin
    after : the positions after others
    masks : for each letter, the positions that match it
    last : the positions at which a word may end

    Raises
    ------
    InputError : too many states, or too much work
    """
    found: dict[int, int] = {}
    sets = [-1]  # −1 stands for the beginning, which is no set of positions
    rows: list[list[int]] = []
    work = 0
    for places in sets:  # the list grows during the loop
        following = first if places < 0 else after(places)
        row = []
        for mask in masks:
            reached = following & mask
            if reached not in found:
                found[reached] = len(sets)
                sets.append(reached)
                work += reached.bit_count()
                if len(sets) > min(MOST_STATES, MOST_CELLS // len(masks)) or work > MOST_WORK:
                    raise InputError(f"the regular expression has a DFA of more than {len(sets) - 1:,} states; {LARGE}")
            row.append(found[reached])
        rows.append(row)
    return rows, [int(nullable), *(int(places & last != 0) for places in sets[1:])]


@dataclass(frozen=True)
class Condition:
    """A lookahead: the rest of the word must, or must not, be matched by a part, or begin with a match of it."""

    part: Part
    negative: bool


@dataclass(frozen=True)
class Branch:
    """An alternative of the whole expression: a part, under conditions."""

    part: Part
    conditions: tuple[Condition, ...]
