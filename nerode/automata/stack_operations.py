"""Exact algorithms on visibly pushdown automata: access words, the minimal automaton, equivalence.

A location is reached by well-matched words alone, each of which is ε, a word and an internal letter, or a word, a call, a word
and a return. So what can be reached is a least fixed point, and least words come out of Dijkstra's algorithm as Knuth
generalised it to grammars (Information Processing Letters 6, 1977): the shortlex order is kept by concatenation.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nerode.automata.vpa import VPA
from nerode.errors import InputError
from nerode.words import Word, shortlex

Key = tuple[int, int]
Step = Callable[[Key], Iterable[tuple[int, Key]]]
Join = Callable[[Key, Key], Iterable[tuple[int, int, Key]]]


def access_words(vpa: VPA) -> dict[int, Word]:
    """Return the shortlex least well-matched word that leads to each location that one leads to, in shortlex order."""
    return {q: word for (q, _), word in _least(vpa, None)}


def separating_word(a: VPA, b: VPA) -> Word | None:
    """Return the shortlex least word on which two automata differ, or None where they are equivalent; exact.

    Pairs of locations are visited in the shortlex order of the least well-matched words that lead to them. Both reject all other
    words.

    Raises
    ------
    InputError : different alphabets, or letters of different kinds
    """
    if a.alphabet != b.alphabet:
        raise InputError("the two automata have different alphabets; only automata over the same symbols can be compared")
    if not same_kinds(a, b):
        raise InputError("the two automata have different calls or returns; only their answers to single words can be compared")
    return next((word for (p, q), word in _least(a, b) if a.accepting[p] != b.accepting[q]), None)


def equivalent(a: VPA, b: VPA) -> bool:
    """Return whether two automata accept the same words; exact.

    Raises
    ------
    InputError : different alphabets, or letters of different kinds
    """
    return separating_word(a, b) is None


def same_kinds(a: VPA, b: VPA) -> bool:
    """Return whether two automata over one alphabet have the same calls and the same returns."""
    return bool(np.array_equal(a.kinds, b.kinds))


def minimise(vpa: VPA) -> VPA:
    """Return the minimal automaton of the same language and kinds of letters: equal languages give identical arrays.

    Locations are split as in Moore's algorithm until all of a class agree: on acceptance, on where letters lead, and on where
    returns lead after they were pushed. The classes are those of the congruence of well-matched words, numbered in the shortlex
    order of their least words.
    """
    access = np.array(list(access_words(vpa)))
    number = np.full(vpa.states, -1)
    number[access] = np.arange(len(access))
    transitions, pops = number[vpa.transitions[access]], number[vpa.pops[np.ix_(access, np.arange(len(vpa.returns)), access)]]
    accepting = vpa.accepting[access]
    n = len(access)
    classes, count = accepting.astype(np.int64), 0
    while len(np.unique(classes)) > count:
        count = len(np.unique(classes))
        returned = classes[pops]  # (n, R, n, C)
        seen = [classes[:, None], classes[transitions], returned.reshape(n, -1), np.moveaxis(returned, 2, 0).reshape(n, -1)]
        classes = np.unique(np.hstack(seen), axis=0, return_inverse=True)[1].ravel()
    first = np.sort(np.unique(classes, return_index=True)[1])  # the least word of each class, in shortlex order
    name = np.empty(count, np.int64)
    name[classes[first]] = np.arange(count)
    classes = name[classes]
    kept = classes[pops[np.ix_(first, np.arange(len(vpa.returns)), first)]]
    return VPA(vpa.alphabet, vpa.calls, vpa.returns, classes[transitions[first]], kept, accepting[first], 0)


def _least(a: VPA, b: VPA | None) -> Iterator[tuple[Key, Word]]:
    """Yield the pairs of locations that a well-matched word leads to, with the least such word, in shortlex order.

    Without a second automaton all pairs have the second location 0.
    """
    steps, ends = _tables(a), None if b is None else _tables(b)
    done: dict[Key, Word] = {}
    waiting: list[tuple[tuple[int, Word], Key]] = [(shortlex(()), (a.initial, 0 if b is None else b.initial))]
    while waiting:
        (_, word), key = heapq.heappop(waiting)
        if key in done:
            continue
        done[key] = word
        yield key, word
        p, q = key
        found: list[tuple[Word, Key]] = []
        for column, letter in enumerate(a.internals.tolist()):
            after = steps[0][p][column], 0 if ends is None else ends[0][q][column]
            found.append(((*word, letter), after))
        for other in list(done):
            for (before, above), (low, high) in (((word, done[other]), (key, other)), ((done[other], word), (other, key))):
                for c, call in enumerate(a.calls.tolist()):
                    for r, back in enumerate(a.returns.tolist()):
                        after = steps[1][high[0]][r][low[0]][c], 0 if ends is None else ends[1][high[1]][r][low[1]][c]
                        if after not in done:
                            found.append(((*before, call, *above, back), after))
        for longer, after in found:
            if after not in done:
                heapq.heappush(waiting, (shortlex(longer), after))


def _tables(vpa: VPA) -> tuple[list[list[int]], list[list[list[list[int]]]]]:
    return vpa.transitions.tolist(), vpa.pops.tolist()
