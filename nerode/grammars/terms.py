"""Terms of regular expressions over symbol indices. `identities` builds simplified ones.

Terms share their parts, so hashes, sizes and letters are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

LARGEST_CLASS = 5  # characters of a class of letters, such as [a-z]


@dataclass(frozen=True, eq=False)
class Term:
    """A regular expression.

    Attributes
    ----------
    size : about how many characters it has when written
    depth : how deeply its parts are nested
    nullable : whether ε matches
    letters : the symbols that occur in it
    """

    size: int = field(init=False)
    depth: int = field(init=False)
    nullable: bool = field(init=False)
    letters: frozenset[int] = field(init=False)
    _hash: int = field(init=False)

    @property
    def key(self) -> object:
        """Return what makes two terms of one type equal."""
        raise NotImplementedError

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Term) and self._hash == other._hash and type(self) is type(other) and self.key == other.key

    def _keep(self, size: int, parts: Iterable[Term], nullable: bool, letters: frozenset[int]) -> None:
        depth = 1 + max((part.depth for part in parts), default=0)
        values = {"size": size, "depth": depth, "nullable": nullable, "letters": letters, "_hash": hash((type(self), self.key))}
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class Letters(Term):
    """One letter of a class; the class is not empty."""

    symbols: frozenset[int]

    def __post_init__(self) -> None:
        count = len(self.symbols)
        self._keep(1 if count == 1 else min(count + 2, LARGEST_CLASS), (), False, self.symbols)

    @property
    def key(self) -> object:
        return self.symbols


@dataclass(frozen=True, eq=False)
class Concatenation(Term):
    """All parts, one after the other; without parts it is ε."""

    parts: tuple[Term, ...]

    def __post_init__(self) -> None:
        size = sum(_run(part, len([*same])) for part, same in groupby(self.parts))
        letters = frozenset().union(*(part.letters for part in self.parts))
        self._keep(size, self.parts, all(part.nullable for part in self.parts), letters)

    @property
    def key(self) -> object:
        return self.parts


@dataclass(frozen=True, eq=False)
class Choice(Term):
    """One of the parts; without parts nothing matches."""

    parts: tuple[Term, ...]

    def __post_init__(self) -> None:
        size = max(0, sum(part.size + 1 for part in self.parts) - 1)
        letters = frozenset().union(*(part.letters for part in self.parts))
        self._keep(size, self.parts, any(part.nullable for part in self.parts), letters)

    @property
    def key(self) -> object:
        return frozenset(self.parts)


@dataclass(frozen=True, eq=False)
class Repeat(Term):
    """A term `least` to `most` times in a row; `most` is None for no bound."""

    term: Term
    least: int
    most: int | None

    def __post_init__(self) -> None:
        inner = self.term.size + 2 * (not isinstance(self.term, Letters))
        counted = inner + len(counts(self.least, self.most))
        self._keep(min(counted, spelt_out(inner, self)), [self.term], self.least == 0, self.term.letters)

    @property
    def key(self) -> object:
        return self.term, self.least, self.most


NOTHING = Choice(())
EMPTY = Concatenation(())


def _run(part: Term, times: int) -> int:
    """Return the length of a part several times in a row: aaa, or a{9}."""
    size = part.size + 2 * isinstance(part, Choice)
    if times == 1:
        return size
    return min(times * size, part.size + 2 * (not isinstance(part, Letters)) + len(counts(times, times)))


def counts(least: int, most: int | None) -> str:
    """Return the quantifier of a number of repetitions."""
    short = {(0, 1): "?", (0, None): "*", (1, None): "+"}
    if (least, most) in short:
        return short[least, most]
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"


def spelt_out(inner: int, term: Repeat) -> int:
    """Return the length of a repetition that is written out, such as aaa?a? or aa*, for a part of length `inner`."""
    if term.most is None:
        return inner * max(term.least, 1) + 1
    return inner * term.most + (term.most - term.least)


def alternatives(term: Term) -> tuple[Term, ...]:
    """Return the parts of a choice, or the term alone."""
    return term.parts if isinstance(term, Choice) else (term,)


def factors(term: Term) -> tuple[Term, ...]:
    """Return the parts of a concatenation, or the term alone."""
    return term.parts if isinstance(term, Concatenation) else (term,)
