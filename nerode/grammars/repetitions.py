"""Repetitions of what may be empty, as rules that do not begin with themselves.

X* is A → ε | X A. Where X derives ε, A derives A in front, and programs that read such grammars refuse it. So each round derives
at least one letter: A → ε | X' A, where X' derives the words of X but ε.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nerode.automata.parsing import Rule
from nerode.words import Word


def with_letters(
    rules: list[Rule], repeated: Mapping[int, Word], fresh: Callable[[int], int], check: Callable[[int], None]
) -> list[Rule]:
    """Return rules of the same words in which no repetition has an empty round.

    Parameters
    ----------
    repeated : nonterminals A with the rules A → ε | X A alone, and their X
    fresh : returns a new nonterminal for the words of another but ε
    check : raises if so many symbols are too many
    """
    empty = nullable(rules)
    rounds = {left: item for left, item in repeated.items() if _is_empty(item, empty)}
    if not rounds:
        return rules
    sides: dict[int, list[Word]] = {}
    for left, right in rules:
        sides.setdefault(left, []).append(right)
    without: dict[int, int] = {}  # the nonterminal of the words of another but ε
    size = 0

    def parts(word: Word) -> Iterator[Word]:
        """Yield right sides of the words but ε of a right side, by the first symbol that is not empty."""
        nonlocal size
        for place, symbol in enumerate(word):
            left = -1 - symbol
            if symbol >= 0 or left not in empty:
                yield word[place:]
                return
            if left not in without:
                without[left] = fresh(left)
            size += len(word) - place
            check(size)
            yield (-1 - without[left], *word[place + 1 :])

    for left, item in rounds.items():
        sides[left] = [(), *((*part, -1 - left) for part in parts(item))]
    done: set[int] = set()
    while waiting := without.keys() - done:
        for left in sorted(waiting):
            done.add(left)
            sides[without[left]] = [part for right in sides[left] for part in parts(right)]
    return [(left, right) for left, rights in sides.items() for right in rights]


def nullable(rules: list[Rule]) -> set[int]:
    """Return the nonterminals that derive ε."""
    found: set[int] = set()
    while more := {left for left, right in rules if left not in found and _is_empty(right, found)}:
        found |= more
    return found


def _is_empty(word: Word, empty: set[int]) -> bool:
    return all(symbol < 0 and -1 - symbol in empty for symbol in word)
