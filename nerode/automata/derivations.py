"""Random words of a context-free grammar, by the depth of their derivations.

The depth counts nested parts with something on both sides of them: of a part in the middle of a right side it is one more than
that of the part, of one at its beginning or end it is that of the part. So neither long lists nor right-linear rules are deep.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.reduction import Sides, useful
from nerode.words import Word

Parts = list[tuple[int, int, bool]]
"""Symbols from the last to the first, the depth of each, and whether it must be reached."""

LIVELY = 0.25  # how often a part beside the deepest one is more than the shortest


class Derivations:
    """Draws words of a grammar.

    Parameters
    ----------
    grammar : rules that derive nothing are not used
    """

    def __init__(self, grammar: CFG) -> None:
        self._initial = grammar.initial
        self._rules = useful(grammar)
        self._least: dict[int, int] = {}  # letters of the shortest word of each nonterminal
        self._shallow: dict[int, int] = {}  # the least depth of each
        _fill(self._least, self._rules, self._length)
        _fill(self._shallow, self._rules, self._depth)
        self._deep: list[set[int]] = []  # for each depth the nonterminals with a derivation of exactly that depth
        self._sides: dict[tuple[int, int], tuple[list[Parts], list[Parts]]] = {}  # of at most a depth: all, and the shortest
        self._ways: dict[tuple[int, int], list[Parts]] = {}  # by nonterminal and depth, as they are drawn from

    @property
    def empty(self) -> bool:
        """Whether no word is derived."""
        return self._initial not in self._least

    def possible(self, depth: int) -> bool:
        """Whether some word has a derivation of this depth."""
        while len(self._deep) <= depth:
            self._deep.append(self._of_depth(len(self._deep)))
        return self._initial in self._deep[depth]

    def draw(self, rng: np.random.Generator, number: int, depth: int, longest: int) -> list[Word]:
        """Draw `number` different words of a depth, of at most `longest` letters; fewer where they are rare."""
        if self.empty or not self.possible(depth):
            return []
        words: dict[Word, None] = {}
        for _ in range(4 * number):
            word = self._derive(rng, depth, longest)
            if word is not None:
                words[word] = None
            if len(words) == number:
                break
        return list(words)

    def _derive(self, rng: np.random.Generator, depth: int, longest: int) -> Word | None:
        """Return the word of a random derivation of a depth; None if it becomes too long."""
        word: list[int] = []
        waiting: Parts = [(-1 - self._initial, depth, True)]
        for steps in count():
            if not waiting:
                return tuple(word)
            if len(word) + len(waiting) > longest + 1 or steps > 20 * (longest + 1):
                return None
            symbol, most, reached = waiting.pop()
            if symbol >= 0:
                word.append(symbol)
                continue
            waiting += self._deep_side(rng, -1 - symbol, most) if reached else self._side(rng, -1 - symbol, most)
        raise AssertionError  # the loop has no end of its own

    def _deep_side(self, rng: np.random.Generator, left: int, depth: int) -> Parts:
        """Return a right side that can have exactly a depth, with one part that makes it, or none if none need."""
        ways = self._ways.get((left, depth))
        if ways is None:
            ways = [self._parts(right, depth, place) for right in self._rules[left] for place in self._places(right, depth)]
            self._ways[left, depth] = ways
        return ways[int(rng.integers(len(ways)))]

    def _side(self, rng: np.random.Generator, left: int, most: int) -> Parts:
        """Return a right side of at most a depth: mostly of those with the shortest words."""
        if (left, most) not in self._sides:
            rights = [right for right in self._rules[left] if self._depth(right) <= most]
            least = min(map(self._length, rights))
            parts = {right: self._parts(right, most) for right in rights}
            shortest = [parts[right] for right in rights if self._length(right) == least]
            self._sides[left, most] = [parts[right] for right in rights], shortest
        sides = self._sides[left, most][rng.random() >= LIVELY]
        return sides[int(rng.integers(len(sides)))]

    def _parts(self, right: Word, most: int, place: int | None = None) -> Parts:
        return [(symbol, most - self._step(right, i), i == place) for i, symbol in reversed(list(enumerate(right)))]

    def _places(self, right: Word, depth: int) -> list[int | None]:
        """Return the places of a right side whose part can make its depth exactly this; None if there are no parts."""
        inner = [place for place, symbol in enumerate(right) if symbol < 0]
        if any(self._cost(right, place) > depth for place in inner):
            return []
        if not inner:
            return [None] if depth == 0 else []
        return [p for p in inner if self._has(-1 - right[p], depth - self._step(right, p))]

    def _has(self, left: int, depth: int) -> bool:
        return 0 <= depth < len(self._deep) and left in self._deep[depth]

    def _of_depth(self, depth: int) -> set[int]:
        found: set[int] = set()
        self._deep.append(found)

        def is_new(left: int) -> bool:
            new = left not in found and any(self._places(right, depth) for right in self._rules[left])
            found.update([left] * new)
            return new

        _settle(self._rules, is_new)
        return self._deep.pop()

    def _length(self, right: Word) -> int:
        return sum(1 if symbol >= 0 else self._least[-1 - symbol] for symbol in right)

    def _depth(self, right: Word) -> int:
        return max((self._cost(right, place) for place, symbol in enumerate(right) if symbol < 0), default=0)

    @staticmethod
    def _step(right: Word, place: int) -> int:
        return int(0 < place < len(right) - 1)

    def _cost(self, right: Word, place: int) -> int:
        return self._step(right, place) + self._shallow[-1 - right[place]]


def _fill(values: dict[int, int], rules: Sides, value: Callable[[Word], int]) -> None:
    """Fill in the least value of each nonterminal, where `value` gives that of a right side from those of its nonterminals."""

    def falls(left: int) -> bool:
        known = [value(right) for right in rules[left] if all(s >= 0 or -1 - s in values for s in right)]
        if not known or min(known) >= values.get(left, min(known) + 1):
            return False
        values[left] = min(known)
        return True

    _settle(rules, falls)


def _settle(rules: Sides, changes: Callable[[int], bool]) -> None:
    """Look at each nonterminal, and again whenever one of its right sides has changed, until none changes."""
    above: dict[int, set[int]] = {left: set() for left in rules}
    for left, rights in rules.items():
        for symbol in {symbol for right in rights for symbol in right if symbol < 0}:
            above[-1 - symbol].add(left)
    waiting, known = deque(rules), set(rules)
    while waiting:
        left = waiting.popleft()
        known.remove(left)
        if changes(left):
            waiting += above[left] - known
            known |= above[left]
