"""State elimination: from a DFA to regular expressions, in several orders (Brzozowski and McCluskey, 1963).

The order decides how long the expression is; to find the best one is hard (Gruber and Holzer, 2013). Tried are the heuristics of
Delgado and Morais (2004) and of Han and Wood (2007), the number of arrows, random orders, and the order that looks best one
state ahead. For few states all orders are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import NamedTuple

import numpy as np

from nerode.automata.dfa import DFA
from nerode.grammars.identities import choice, repeat, sequence
from nerode.grammars.terms import EMPTY, NOTHING, Letters, Term

RANDOM_ORDERS = 6
ALL_ORDERS = 4  # states; up to so many, all orders are tried
AHEAD = 20  # states; up to so many, the result of each step is tried
MOST_SIZE = 10_000  # characters
MOST_WORK = 300_000  # characters of all expressions on the way
MOST_DEPTH = 100  # nested parts; Python's recursion allows a few more


class Arrows(NamedTuple):
    """An automaton with one initial and one final state, and expressions on its arrows; neither state can be eliminated."""

    leaving: dict[int, dict[int, Term]]
    entering: dict[int, dict[int, Term]]


BEGIN, END = -1, -2
Order = Callable[[Arrows, list[int]], int]
"""Chooses the state to eliminate next, among those that are left."""


def expressions(dfa: DFA, rng: np.random.Generator, most: int = MOST_SIZE) -> list[Term]:
    """Return expressions of the language of a DFA of two classes, each once, the shortest first.

    There is none if all grow beyond `most` characters, or are nested more than MOST_DEPTH deep.
    """
    states = useful_states(dfa)
    if not states:
        return [NOTHING]
    found: dict[Term, None] = {}
    for order in _orders(dfa, states, rng):
        term = _eliminated(_arrows(dfa, states), states, order, most)
        if term is not None:
            found[term] = None
            most = min(most, 2 * term.size + 20)
    return sorted(found, key=lambda term: term.size)


def useful_states(dfa: DFA) -> list[int]:
    """Return the states of a reachable DFA from which a state of class 1 can be reached."""
    useful = dfa.labels == 1
    while True:
        more = useful | useful[dfa.transitions].any(axis=1)
        if (more == useful).all():
            return np.flatnonzero(useful).tolist()
        useful = more


def _orders(dfa: DFA, states: list[int], rng: np.random.Generator) -> Iterator[Order]:
    if len(states) <= ALL_ORDERS:
        yield from (_fixed(each) for each in permutations(states))
        return
    bridges = _bridges(_arrows(dfa, states), states)
    for last in dict.fromkeys([frozenset(), bridges]):
        yield _lightest(last)
        if len(states) <= AHEAD:
            yield _shortest_ahead(last)
    yield _fewest_arrows
    for _ in range(RANDOM_ORDERS if len(states) <= AHEAD else 0):
        yield _fixed(rng.permutation(states).tolist())


def _arrows(dfa: DFA, states: list[int]) -> Arrows:
    """Return the automaton with classes of letters on its arrows."""
    arrows = Arrows({BEGIN: {}, **{state: {} for state in states}}, {END: {}, **{state: {} for state in states}})
    _join(arrows, BEGIN, dfa.initial, EMPTY)
    for state in states:
        row = dfa.transitions[state]
        for target in np.unique(row).tolist():
            if target in arrows.leaving:
                _join(arrows, state, target, Letters(frozenset(np.flatnonzero(row == target).tolist())))
        if dfa.labels[state] == 1:
            _join(arrows, state, END, EMPTY)
    return arrows


def _join(arrows: Arrows, source: int, target: int, term: Term) -> None:
    before = arrows.leaving[source].get(target)
    arrows.leaving[source][target] = arrows.entering[target][source] = term if before is None else choice([before, term])


def _ways(arrows: Arrows, state: int) -> Iterator[tuple[int, int, Term]]:
    """Yield the ways through a state: source, target, expression."""
    loop = arrows.leaving[state].get(state)
    middle = EMPTY if loop is None else repeat(loop, 0, None)
    for source, entering in arrows.entering[state].items():
        for target, leaving in arrows.leaving[state].items():
            if source != state and target != state:
                yield source, target, sequence([entering, middle, leaving])


def _eliminated(arrows: Arrows, states: list[int], order: Order, most: int) -> Term | None:
    """Return the expression after all states are eliminated, None if one grows beyond the limits."""
    left = list(states)
    work = 0
    while left:
        state = order(arrows, left)
        left.remove(state)
        for source, target, term in _ways(arrows, state):
            _join(arrows, source, target, term)
            joined = arrows.leaving[source][target]
            work += joined.size
            if joined.size > most or joined.depth > MOST_DEPTH or work > MOST_WORK:
                return None
        for source in arrows.entering.pop(state):
            arrows.leaving[source].pop(state)
        for target in arrows.leaving.pop(state):
            if target != state:
                arrows.entering[target].pop(state)
    return arrows.leaving[BEGIN][END]


# orders


def _fixed(states: list[int] | tuple[int, ...]) -> Order:
    """Eliminate the states in this order."""
    place = {state: i for i, state in enumerate(states)}
    return lambda arrows, left: min(left, key=place.__getitem__)


def _lightest(last: frozenset[int]) -> Order:
    """Eliminate the state that adds fewest letters (Delgado and Morais, 2004), the states `last` after all others."""

    def weight(arrows: Arrows, state: int) -> int:
        entering = [term.size for source, term in arrows.entering[state].items() if source != state]
        leaving = [term.size for target, term in arrows.leaving[state].items() if target != state]
        loop = arrows.leaving[state].get(state, EMPTY).size
        ins, outs = len(entering), len(leaving)
        return sum(entering) * (outs - 1) + sum(leaving) * (ins - 1) + loop * (ins * outs - 1)

    return lambda arrows, left: min(left, key=lambda state: (state in last, weight(arrows, state)))


def _fewest_arrows(arrows: Arrows, left: list[int]) -> int:
    return min(left, key=lambda state: len(arrows.entering[state]) * len(arrows.leaving[state]))


def _shortest_ahead(last: frozenset[int]) -> Order:
    """Eliminate the state after which all expressions together are shortest, the states `last` after all others."""

    def growth(arrows: Arrows, state: int) -> int:
        added = 0
        for source, target, term in _ways(arrows, state):
            before = arrows.leaving[source].get(target, NOTHING)
            added += choice([before, term]).size - before.size
        gone = [*arrows.entering[state].values(), *(term for target, term in arrows.leaving[state].items() if target != state)]
        return added - sum(term.size for term in gone)

    return lambda arrows, left: min(left, key=lambda state: (state in last, growth(arrows, state)))


def _bridges(arrows: Arrows, states: list[int]) -> frozenset[int]:
    """Return the states that every accepted word visits (Han and Wood, 2007): between them, the expression is a concatenation."""

    def reaches_end(without: int) -> bool:
        seen, waiting = {BEGIN, without}, [BEGIN]
        while waiting:
            for target in arrows.leaving[waiting.pop()]:
                if target == END:
                    return True
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return False

    return frozenset(state for state in states if not reaches_end(state))
