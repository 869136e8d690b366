"""Exact algorithms on DFAs: reachable part, minimisation, products, equivalence and separating words.

Words are always compared in shortlex order. Every automaton that is built has its states numbered in the shortlex order of
their access words, so that isomorphic automata have identical arrays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import InputError
from nerode.words import IntArray, Word


def access_words(dfa: DFA) -> list[Word]:
    """Return the shortlex least word that leads to each state, in the order of the states.

    Raises
    ------
    InputError : a state that no word leads to
    """
    found = _explore(lambda states: dfa.transitions[states], dfa.initial)
    if len(found.codes) < dfa.states:
        unreached = dfa.states - len(found.codes)
        raise InputError(f"{unreached} of the {dfa.states} states have no access word; drop them with `reachable` first")
    words: list[Word] = [()] * dfa.states
    codes = found.codes.tolist()
    for state, parent, letter in zip(codes[1:], found.parents[1:], found.letters[1:], strict=True):
        words[state] = (*words[codes[parent]], letter)
    return words


def reachable(dfa: DFA) -> DFA:
    """Return the reachable part of the DFA, with states in the shortlex order of their access words."""
    found = _explore(lambda states: dfa.transitions[states], dfa.initial)
    return DFA(dfa.alphabet, found.transitions, dfa.labels[found.codes], classes=dfa.classes)


def minimise(dfa: DFA) -> DFA:
    """Return the minimal DFA of the same language, in canonical numbering: equal languages give identical arrays.

    O(k n log n) for n states and k letters, by the rule of Hopcroft (1971): when a block splits, its largest part keeps its name,
    and only the predecessors of renamed states are examined again.
    """
    dfa = reachable(dfa)
    some, names = alike(dfa.transitions, dfa.labels)
    return DFA(dfa.alphabet, names[dfa.transitions[some]], dfa.labels[some], classes=dfa.classes)


def alike(transitions: IntArray, labels: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first state (m,) of each group of states that no word tells apart, and the group (n,) of each state.

    Groups are in the order of their first states. Where states are in the shortlex order of their access words, groups are too.
    """
    _, first, which = np.unique(_refine(transitions, labels), return_index=True, return_inverse=True)
    order = np.argsort(first)
    return first[order], np.argsort(order)[which]


def product(a: DFA, b: DFA, combine: Callable[[IntArray, IntArray], IntArray], classes: int = 2, most: int | None = None) -> DFA:
    """Return the reachable DFA whose label of a word is `combine` of the labels that `a` and `b` give it; it need not be minimal.

    Parameters
    ----------
    combine : maps the labels (n,) in `a` and the labels (n,) in `b` to labels (n,) in 0 … classes − 1
    most : states; None for no limit

    Raises
    ------
    InputError : different alphabets, or more states
    """
    need_one_alphabet(a, b)

    def successors(pairs: IntArray) -> IntArray:
        after: IntArray = a.transitions[pairs // b.states] * b.states + b.transitions[pairs % b.states]
        return after

    found = _explore(successors, a.initial * b.states + b.initial, most)
    labels = combine(a.labels[found.codes // b.states], b.labels[found.codes % b.states])
    return DFA(a.alphabet, found.transitions, labels, classes=classes)


def separating_word(a: DFA, b: DFA) -> Word | None:
    """Return the shortlex least word on which the labels differ, or None if `a` and `b` are equivalent.

    Union-find over the states of both (Hopcroft and Karp, 1971), near-linear in k (n + m). Pairs are visited in the shortlex
    order of the words that lead to them. A pair is skipped if earlier pairs have already merged its two states. A word that
    separated it would then separate one of those earlier pairs, which has a lesser access word. Hence no prefix of the least
    separating word is ever skipped.

    Raises
    ------
    InputError : different alphabets
    """
    need_one_alphabet(a, b)
    rows = np.concatenate([a.transitions, b.transitions + a.states]).tolist()
    labels = np.concatenate([a.labels, b.labels]).tolist()
    leader = list(range(len(labels)))

    def find(state: int) -> int:
        while leader[state] != state:
            leader[state] = state = leader[leader[state]]
        return state

    pairs = [(a.initial, a.states + b.initial)]
    arrivals = [(-1, -1)]  # for each pair: the pair before it, and the letter
    if labels[pairs[0][0]] != labels[pairs[0][1]]:
        return ()
    leader[pairs[0][0]] = pairs[0][1]
    for position, (p, q) in enumerate(pairs):  # the list grows during the loop
        for letter, (p_after, q_after) in enumerate(zip(rows[p], rows[q], strict=True)):
            p_leader, q_leader = find(p_after), find(q_after)
            if p_leader == q_leader:
                continue
            if labels[p_after] != labels[q_after]:
                return _path(arrivals, position, letter)
            leader[p_leader] = q_leader
            pairs.append((p_after, q_after))
            arrivals.append((position, letter))
    return None


def equivalent(a: DFA, b: DFA) -> bool:
    """Return whether the labels of all words agree; exact.

    Raises
    ------
    InputError : different alphabets
    """
    return separating_word(a, b) is None


def need_one_alphabet(a: DFA, b: DFA) -> None:
    """Raise `InputError` unless both have the same symbols in the same order."""
    if a.alphabet != b.alphabet:
        raise InputError("the two automata have different alphabets; only automata over the same symbols can be compared")


def _path(arrivals: list[tuple[int, int]], position: int, letter: int) -> Word:
    """Return the word that leads to a pair, followed by one letter."""
    letters = [letter]
    while position:
        position, letter = arrivals[position]
        letters.append(letter)
    return tuple(reversed(letters))


@dataclass(frozen=True)
class _Found:
    """The result of a breadth-first walk, in the shortlex order of the access words."""

    codes: IntArray  # (n,) the codes of the states in the walk
    transitions: IntArray  # (n, letters) next states, as positions in this order
    parents: list[int]  # (n,) the position from which a state was first reached; meaningless for the start
    letters: list[int]  # (n,) the letter by which it was first reached


def _explore(successors: Callable[[IntArray], IntArray], start: int, most: int | None = None) -> _Found:
    """Walk from `start`, one level at a time; `successors` maps codes (m,) to the codes (m, letters) after each letter.

    Raises
    ------
    InputError : more than `most` codes
    """
    codes, parents, letters = [start], [-1], [-1]
    seen = {start}
    levels = []
    begin = 0
    while begin < len(codes):
        after = successors(np.array(codes[begin:], np.int64))
        levels.append(after)
        # row-major order of (state, letter) is the shortlex order of the words; only the first occurrence of a code counts
        _, first = np.unique(after, return_index=True)
        first.sort()
        base, begin = begin, len(codes)
        for place, code in zip(first.tolist(), after.ravel()[first].tolist(), strict=True):
            if code not in seen:
                seen.add(code)
                codes.append(code)
                parents.append(base + place // after.shape[1])
                letters.append(place % after.shape[1])
        if most is not None and len(codes) > most:
            raise InputError(f"two automata together have more than {most:,} states; make them smaller")
    order = np.array(codes, np.int64)
    by_code = np.argsort(order)
    return _Found(order, by_code[np.searchsorted(order, np.concatenate(levels), sorter=by_code)], parents, letters)


def _refine(transitions: IntArray, labels: IntArray) -> IntArray:
    """Return the block (n,) of each state in the coarsest partition that separates labels and is compatible with the letters."""
    n, letters = transitions.shape
    sources = [_sources(column) for column in transitions.T]  # per letter and state: its predecessors
    block: list[int] = np.unique(labels, return_inverse=True)[1].tolist()
    members: list[set[int]] = [set() for _ in range(max(block) + 1)]
    for state, name in enumerate(block):
        members[name].add(state)
    renamed = list(range(n))
    while renamed:
        # States of one block had successors in equal blocks before the renaming, so renamed successors suffice.
        signatures: dict[int, list[int]] = defaultdict(list)
        for letter in range(letters):
            before = sources[letter]
            for state in renamed:
                entry = letter * n + block[state]
                for source in before[state]:
                    signatures[source].append(entry)
        parts: dict[int, dict[tuple[int, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
        for state, signature in signatures.items():
            parts[block[state]][tuple(signature)].append(state)
        renamed = []
        for name, split in parts.items():
            for part in _all_but_largest(members[name], list(split.values())):
                members[name].difference_update(part)
                for state in part:
                    block[state] = len(members)
                members.append(set(part))
                renamed.extend(part)
    return np.array(block, np.int64)


def _sources(column: IntArray) -> list[list[int]]:
    """Return the predecessors of each state by one letter; `column` (n,) holds its next states."""
    sources: list[list[int]] = [[] for _ in column]
    for state, target in enumerate(column.tolist()):
        sources[target].append(state)
    return sources


def _all_but_largest(block: set[int], parts: list[list[int]]) -> list[list[int]]:
    """Return the parts of a block without the largest; states in none of the parts form one more part.

    The work is bounded by the size of the given parts: the rest is listed only if it is smaller than one of them.
    """
    largest = max(range(len(parts)), key=lambda i: len(parts[i]))
    rest = len(block) - sum(map(len, parts))
    if rest >= len(parts[largest]):
        return parts
    smaller = parts[:largest] + parts[largest + 1 :]
    return [*smaller, list(block.difference(*parts))] if rest else smaller
