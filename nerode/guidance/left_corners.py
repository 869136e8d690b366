"""The rules of a grammar, spelled in bytes, as what may come next at each place of them, from the left corners upwards."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from nerode.automata.cfg import CFG
from nerode.automata.reduction import useful
from nerode.errors import InputError

TOP = 0  # the rule that leads to the start of the grammar


class Place(NamedTuple):
    """What begins with the symbols of a rule before `dot`, on the way up to the nonterminal `goal`.

    Parameters
    ----------
    goal : a nonterminal, as `LeftCorners` numbers them
    rule : the number of a rule there
    dot : how many of its symbols there are already
    """

    goal: int
    rule: int
    dot: int


class Ways:
    """What may follow a place without reading: bytes, nonterminals, or the end of its goal.

    Attributes
    ----------
    scans : the places after each byte
    calls : nonterminals of which more than ε derives, and the places after them
    ends : whether the goal may be whole
    """

    __slots__ = ("calls", "ends", "scans")

    def __init__(self) -> None:
        self.scans: dict[int, list[Place]] = {}
        self.calls: list[tuple[int, Place]] = []
        self.ends = False


class LeftCorners:
    """Rules without those that are useless; bytes are numbers from 0 on, and nonterminal i is −1 − i.

    Parameters
    ----------
    grammar : a context-free grammar
    symbols : the bytes of each of its letters
    tokens : what may be written; a symbol of which a byte is in no token does not occur

    Attributes
    ----------
    rules : how many there are
    start : the place before all

    Raises
    ------
    InputError : a symbol that could be written only by tokens that reach into others
    """

    def __init__(self, grammar: CFG, symbols: list[bytes], tokens: set[bytes]) -> None:
        endings = [_endings(text, tokens) for text in symbols]
        written = set(b"".join(tokens))
        for letter, text, ending in zip(grammar.alphabet, symbols, endings, strict=True):
            if not ending[0] and written >= set(text):
                raise InputError(f"a grammar needs a token or tokens of its own for each symbol, and {letter!r} has none")
        kept = tuple(rule for rule in grammar.rules if all(symbol < 0 or endings[symbol][0] for symbol in rule[1]))
        sides = useful(CFG(grammar.alphabet, grammar.nonterminals, kept, grammar.initial))
        self._lefts, self._rests = [-1 - len(grammar.nonterminals)], [[True, True]]
        self._rights: list[tuple[int, ...]] = [(-1 - grammar.initial,)]
        for left, rights in sides.items():
            for right in rights:
                self._lefts.append(-1 - left)
                self._rights.append(tuple(chain(*(symbols[symbol] if symbol >= 0 else (symbol,) for symbol in right))))
                self._rests.append([True, *chain(*(endings[symbol][1:] if symbol >= 0 else (True,) for symbol in right))])
        rules = list(zip(self._lefts, self._rights, strict=True))
        self._empty = _deriving_nothing(rules)
        self._corners: dict[int, list[tuple[int, int]]] = {}  # where symbols may come first: the rule, and how many come before
        self._firsts: dict[int, set[int]] = {left: set() for left in self._lefts}  # the nonterminals that may come first
        for rule, (left, right) in enumerate(rules):
            for dot, symbol in enumerate(right):
                self._corners.setdefault(symbol, []).append((rule, dot))
                if symbol < 0:
                    self._firsts[left].add(symbol)
                if symbol not in self._empty:
                    break
        self._bytes = [symbol for symbol in self._corners if symbol >= 0]
        self._below: dict[int, set[int]] = {}
        self._ways: dict[Place, Ways] = {}
        self._begun: dict[int, dict[int, list[Place]]] = {}
        self.rules = len(rules) - 1
        self.start = Place(self._lefts[TOP], TOP, 0)

    def ways(self, place: Place) -> Ways:
        """Return what may follow a place without reading."""
        if place not in self._ways:
            ways = self._ways[place] = Ways()
            todo, seen = [place], {place}
            for each in todo:  # grows
                goal, rule, dot = each
                right, after = self._rights[rule], Place(goal, rule, dot + 1)
                more: Iterable[Place] = ()
                if dot == len(right):
                    ways.ends |= self._lefts[rule] == goal
                    more = (
                        Place(goal, other, corner + 1)
                        for other, corner in self._corners.get(self._lefts[rule], ())
                        if self._lefts[other] in self._begins(goal)
                    )
                elif right[dot] >= 0:
                    ways.scans.setdefault(right[dot], []).append(after)
                else:
                    if self.starts(right[dot]):
                        ways.calls.append((right[dot], after))
                    more = [after] if right[dot] in self._empty else ()
                new = [other for other in dict.fromkeys(more) if other not in seen]
                seen.update(new)
                todo += new
        return self._ways[place]

    def starts(self, goal: int) -> dict[int, list[Place]]:
        """Return the places after each byte with which a nonterminal may begin."""
        if goal not in self._begun:
            begun, below = {}, self._begins(goal)
            for byte in self._bytes:
                if places := [Place(goal, rule, dot + 1) for rule, dot in self._corners[byte] if self._lefts[rule] in below]:
                    begun[byte] = places
            self._begun[goal] = begun
        return self._begun[goal]

    def may_rest(self, place: Place) -> bool:
        """Return whether a token may end here: what the symbol has left can be written with tokens."""
        return self._rests[place.rule][place.dot]

    def is_last(self, place: Place) -> bool:
        """Return whether the goal is whole and nothing else can be."""
        ways = self.ways(place)
        return ways.ends and not ways.scans and not ways.calls

    def _begins(self, goal: int) -> set[int]:
        """The nonterminals with which what derives from one may begin, and this one."""
        if goal not in self._below:
            found, todo = {goal}, [goal]
            for each in todo:  # grows
                new = self._firsts[each] - found
                found |= new
                todo += new
            self._below[goal] = found
        return self._below[goal]


def _deriving_nothing(rules: list[tuple[int, tuple[int, ...]]]) -> set[int]:
    """The nonterminals that derive ε."""
    missing = [len(right) for _, right in rules]
    occurs: dict[int, list[int]] = {}
    for rule, (_, right) in enumerate(rules):
        for symbol in right:
            occurs.setdefault(symbol, []).append(rule)
    todo = list(dict.fromkeys(left for left, right in rules if not right))
    found = set(todo)
    for each in todo:  # grows
        for rule in occurs.get(each, ()):
            missing[rule] -= 1
            left = rules[rule][0]
            if not missing[rule] and left not in found:
                found.add(left)
                todo.append(left)
    return found


def _endings(text: bytes, tokens: set[bytes]) -> list[bool]:
    """Whether what a text has from each place on (length + 1,) can be written with tokens."""
    longest, found = max(map(len, tokens), default=0), [False] * len(text) + [True]
    for place in reversed(range(len(text))):
        nexts = range(place + 1, min(place + longest, len(text)) + 1)
        found[place] = any(found[after] and text[place:after] in tokens for after in nexts)
    return found
