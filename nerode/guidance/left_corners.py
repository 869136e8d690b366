"""The rules of a grammar, spelled in bytes, as what may come next at each place of them, from the left corners upwards."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from nerode.automata.cfg import CFG
from nerode.automata.reduction import useful

TOP = 0  # the rule that leads to the start of the grammar


class Place(NamedTuple):
    """What begins with the symbols of a rule before `dot`, on the way up to the nonterminal `goal`."""

    goal: int
    rule: int
    dot: int


class Ways:
    """What may follow a place without reading: bytes, nonterminals, or the end of its goal.

    Parameters
    ----------
    scans : the places after each byte
    calls : nonterminals, and the places after them
    ends : whether the goal may be whole
    """

    __slots__ = ("calls", "ends", "scans")

    def __init__(self) -> None:
        self.scans: dict[int, list[Place]] = {}
        self.calls: list[tuple[int, Place]] = []
        self.ends = False


class LeftCorners:
    """Rules without those that are useless; bytes are numbers from 0 on, and nonterminals negative.

    Parameters
    ----------
    grammar : a context-free grammar
    symbols : the bytes of each of its letters
    tokens : what may be written; a symbol that cannot be written with tokens does not occur

    Attributes
    ----------
    rules : how many there are
    start : the place before all
    """

    def __init__(self, grammar: CFG, symbols: list[bytes], tokens: set[bytes]) -> None:
        endings = [_endings(text, tokens) for text in symbols]
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
        self._empty: set[int] = set()  # the nonterminals that derive ε
        while more := {left for left, right in rules if self._empty.issuperset(right)} - self._empty:
            self._empty |= more
        self._corners: dict[int, list[tuple[int, int]]] = {}  # where symbols may come first: the rule, and how many come before
        for rule, (_, right) in enumerate(rules):
            for dot, symbol in enumerate(right):
                self._corners.setdefault(symbol, []).append((rule, dot))
                if symbol not in self._empty:
                    break
        firsts: dict[int, set[int]] = {left: set() for left in self._lefts}
        for symbol, corners in self._corners.items():
            for rule, _ in corners:
                firsts[self._lefts[rule]].add(symbol)
        self._below = {left: _reached(left, firsts) for left in firsts}
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
                        if self._lefts[other] in self._below[goal]
                    )
                elif right[dot] >= 0:
                    ways.scans.setdefault(right[dot], []).append(after)
                else:
                    ways.calls.append((right[dot], after))
                    more = [after] if right[dot] in self._empty else ()
                new = [other for other in dict.fromkeys(more) if other not in seen]
                seen.update(new)
                todo += new
        return self._ways[place]

    def starts(self, goal: int) -> dict[int, list[Place]]:
        """Return the places after each byte with which a nonterminal may begin."""
        if goal not in self._begun:
            begun = self._begun[goal] = {}
            for byte, corners in self._corners.items():
                places = [Place(goal, rule, dot + 1) for rule, dot in corners if self._lefts[rule] in self._below[goal]]
                if byte >= 0 and places:
                    begun[byte] = places
        return self._begun[goal]

    def may_rest(self, place: Place) -> bool:
        """Return whether a token may end here: what the symbol has left can be written with tokens."""
        return self._rests[place.rule][place.dot]

    def is_last(self, place: Place) -> bool:
        """Return whether the goal is whole and nothing else can be."""
        ways = self.ways(place)
        return ways.ends and not ways.scans and not ways.calls


def _reached(start: int, firsts: dict[int, set[int]]) -> set[int]:
    """The nonterminals with which what derives from one may begin, and this one."""
    found, todo = {start}, [start]
    for each in todo:
        new = {symbol for symbol in firsts.get(each, ()) if symbol < 0} - found
        found |= new
        todo += new
    return found


def _endings(text: bytes, tokens: set[bytes]) -> list[bool]:
    """Whether what a text has from each place on (length + 1,) can be written with tokens."""
    longest, found = max(map(len, tokens), default=0), [False] * len(text) + [True]
    for place in reversed(range(len(text))):
        nexts = range(place + 1, min(place + longest, len(text)) + 1)
        found[place] = any(found[after] and text[place:after] in tokens for after in nexts)
    return found
