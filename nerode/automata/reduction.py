"""Smaller grammars of the same language: without what is useless, twice there, or only a detour; with readable names."""

from __future__ import annotations

from collections import Counter
from string import ascii_uppercase

from nerode.automata.cfg import CFG
from nerode.automata.parsing import Rule
from nerode.words import Word

START = "S"
SHORT = 3  # symbols of a right side that is put in the place of its nonterminal wherever it occurs

Sides = dict[int, list[Word]]
"""The right sides of each nonterminal."""


def reduced(grammar: CFG) -> CFG:
    """Return a smaller grammar of the same language.

    Nonterminals are left out that derive nothing or are not reached, and those that have the rules of another. One with a single
    short rule, or that occurs once, is replaced by its right sides. A symbol with which all words of a nonterminal end is written
    behind it instead. The start is S; the others are A, B, … in the order in which they occur.
    """
    sides = useful(grammar)
    begin = grammar.initial
    while True:
        before = {left: list(rights) for left, rights in sides.items()}
        sides = _merged(sides, begin)
        sides = _inlined(sides, begin)
        sides = _without_ends(sides, begin)
        sides = _gathered(sides)
        if sides == before:
            return _named(grammar, sides, begin)


def useful(grammar: CFG) -> Sides:
    """Return the rules of nonterminals that derive some word and that are reached, but always those of the start."""
    sides: Sides = {}
    for left, right in grammar.rules:
        sides.setdefault(left, []).append(right)
    deriving: set[int] = set()
    uses: dict[int, list[int]] = {}
    missing = [len({symbol for symbol in right if symbol < 0}) for _, right in grammar.rules]
    for number, (_, right) in enumerate(grammar.rules):
        for symbol in {symbol for symbol in right if symbol < 0}:
            uses.setdefault(-1 - symbol, []).append(number)
    waiting = [number for number, count in enumerate(missing) if not count]
    while waiting:
        left = grammar.rules[waiting.pop()][0]
        if left in deriving:
            continue
        deriving.add(left)
        for number in uses.get(left, ()):
            missing[number] -= 1
            if not missing[number]:
                waiting.append(number)
    kept = {
        left: [right for right in rights if all(symbol >= 0 or -1 - symbol in deriving for symbol in right)]
        for left, rights in sides.items()
    }
    kept.setdefault(grammar.initial, [])
    return _reached(kept, grammar.initial)


def _reached(sides: Sides, begin: int) -> Sides:
    reached, waiting = {begin}, [begin]
    for left in waiting:
        for right in sides[left]:
            for symbol in right:
                if symbol < 0 and -1 - symbol not in reached:
                    reached.add(-1 - symbol)
                    waiting.append(-1 - symbol)
    return {left: sides[left] for left in waiting}


def _merged(sides: Sides, begin: int) -> Sides:
    """Make one of nonterminals whose rules differ only in which of each other they name, as states of an automaton are merged."""
    block = dict.fromkeys(sides, 0)
    while True:
        looks = {
            left: (block[left], frozenset(tuple(s if s >= 0 else -1 - block[-1 - s] for s in right) for right in rights))
            for left, rights in sides.items()
        }
        number = {look: i for i, look in enumerate(dict.fromkeys(looks.values()))}
        finer = {left: number[look] for left, look in looks.items()}
        if len(set(finer.values())) == len(set(block.values())):
            break
        block = finer
    first: dict[int, int] = {}
    for left in sides:
        first.setdefault(block[left], left)
    rename = {left: first[block[left]] for left in sides}
    return {
        left: list(dict.fromkeys(tuple(s if s >= 0 else -1 - rename[-1 - s] for s in right) for right in sides[left]))
        for left in dict.fromkeys(rename.values())
    }


def _inlined(sides: Sides, begin: int) -> Sides:
    """Put the right sides of one nonterminal in its place; rules that only name their own left side are left out."""
    sides = {left: [right for right in rights if right != (-1 - left,)] for left, rights in sides.items()}
    uses = Counter(-1 - symbol for rights in sides.values() for right in rights for symbol in right if symbol < 0)
    for left, rights in sides.items():
        recursive = any(-1 - left in right for right in rights)
        if left == begin or recursive:
            continue
        single = len(rights) == 1 and (len(rights[0]) <= SHORT or uses[left] == 1)
        alone = any(right == (-1 - left,) for others in sides.values() for right in others) and uses[left] == 1
        if single or alone:
            return _reached({other: _replaced(given, left, rights) for other, given in sides.items() if other != left}, begin)
    if len(sides[begin]) == 1 and len(sides[begin][0]) == 1 and sides[begin][0][0] < 0:
        only = -1 - sides[begin][0][0]  # S → A: the rules of A are those of S
        others = {left: _replaced(rights, only, [(-1 - begin,)]) for left, rights in sides.items() if left not in (begin, only)}
        return {begin: _replaced(sides[only], only, [(-1 - begin,)])} | others
    return sides


def _without_ends(sides: Sides, begin: int) -> Sides:
    """Take a common last symbol x from the words of one nonterminal A, and write it wherever A occurs.

    Every right side of A must end in x or in A. So A → b | a A b becomes A → ε | a A b, and A before is now A b.
    """
    for left, rights in sides.items():
        ends = {right[-1] if right else None for right in rights} - {-1 - left}
        if left == begin or len(ends) != 1 or None in ends:
            continue
        end = ends.pop()
        assert end is not None

        def written(right: Word, left: int = left, end: int = end) -> Word:
            return tuple(a for symbol in right for a in ((symbol, end) if symbol == -1 - left else (symbol,)))

        return {
            other: list(dict.fromkeys(written(right)[:-1] if other == left else written(right) for right in given))
            for other, given in sides.items()
        }
    return sides


def _gathered(sides: Sides) -> Sides:
    """Write a nonterminal for its right sides, in one place where all of them stand between the same symbols."""
    for left, rights in sides.items():
        if len(rights) < 2 or any(symbol < 0 for right in rights for symbol in right):
            continue
        for other, given in sides.items():
            if other == left:
                continue
            for right in given:
                for place in range(len(right) - len(rights[0]) + 1):
                    end = place + len(rights[0])
                    if right[place:end] != rights[0]:
                        continue
                    alike = {(*right[:place], *each, *right[end:]) for each in rights}
                    if alike <= set(given):
                        gathered = (*right[:place], -1 - left, *right[end:])
                        kept = [each for each in given if each not in alike]
                        return sides | {other: list(dict.fromkeys([*kept, gathered]))}
    return sides


def _replaced(rights: list[Word], left: int, by: list[Word]) -> list[Word]:
    """Return right sides with a nonterminal replaced by each of some; of several only where it stands alone."""
    result: list[Word] = []
    for right in rights:
        if -1 - left not in right:
            result.append(right)
        elif len(by) == 1:
            result.append(tuple(a for symbol in right for a in (by[0] if symbol == -1 - left else (symbol,))))
        else:
            result += by
    return list(dict.fromkeys(result))


def _named(grammar: CFG, sides: Sides, begin: int) -> CFG:
    """Number the nonterminals in the order in which they occur from the start on, and name them."""
    order = list(_reached(sides, begin))
    number = {left: i for i, left in enumerate(order)}
    letters = [letter for letter in ascii_uppercase if letter != START]
    names = [START] + [letters[i % 25] + (str(i // 25) if i >= 25 else "") for i in range(len(order) - 1)]
    rules: list[Rule] = []
    for left in order:
        ways = (tuple(s if s >= 0 else -1 - number[-1 - s] for s in right) for right in sides[left])
        rules += [(number[left], right) for right in sorted(ways, key=len)]
    return CFG(grammar.alphabet, tuple(names), tuple(rules))
