"""Random words of a context-free grammar, by the depth of their derivations.

The depth counts nested parts with something on both sides of them: of a part in the middle of a right side it is one more than
that of the part, of one at its beginning or end it is that of the part. So neither long lists nor right-linear rules are deep.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.reduction import Sides, useful
from nerode.words import Word

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
        waiting: list[tuple[int, int | None]] = [
            (-1 - self._initial, depth)
        ]  # symbols, and the depth that a nonterminal must have
        for steps in count():
            if not waiting:
                return tuple(word)
            if len(word) + len(waiting) > longest + 1 or steps > 20 * (longest + 1):
                return None
            symbol, wanted = waiting.pop()
            if symbol >= 0:
                word.append(symbol)
                continue
            left = -1 - symbol
            if wanted is None:
                right = self._short(rng, left)
                waiting += [(s, None) for s in reversed(right)]
                continue
            ways = [(right, place) for right in self._rules[left] for place in self._places(right, wanted)]
            right, place = ways[int(rng.integers(len(ways)))]
            parts: list[tuple[int, int | None]] = [(s, None) for s in right]
            if place is not None:
                parts[place] = (right[place], wanted - self._step(right, place))
            waiting += parts[::-1]
        raise AssertionError  # the loop has no end of its own

    def _short(self, rng: np.random.Generator, left: int) -> Word:
        """Return a right side of little depth: mostly of those with the shortest words."""
        rights = self._rules[left]
        if rng.random() < LIVELY:
            shallow = [right for right in rights if all(s >= 0 or self._shallow[-1 - s] == 0 for s in right)]
            if shallow:
                return shallow[int(rng.integers(len(shallow)))]
        sizes = [self._length(right) for right in rights]
        shortest = [right for right, size in zip(rights, sizes, strict=True) if size == min(sizes)]
        return shortest[int(rng.integers(len(shortest)))]

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
        self._deep.append(set())
        changed = True
        while changed:
            found = {left for left, rights in self._rules.items() if any(self._places(right, depth) for right in rights)}
            changed = not found <= self._deep[depth]
            self._deep[depth] |= found
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
    changed = True
    while changed:
        changed = False
        for left, rights in rules.items():
            known = [value(right) for right in rights if all(s >= 0 or -1 - s in values for s in right)]
            if known and min(known) < values.get(left, min(known) + 1):
                values[left] = min(known)
                changed = True
