"""The patterns of a DFA: for each state, the words that lead to the next state that everything must pass.

A state q has an exit: the first other state through which all accepted words go on (its immediate post-dominator). A pattern in
the sense of Yellin and Weiss (TACAS 2021) begins in q and ends in its exit. After a letter, the way to the exit is cut at the
states that must be passed in between. So the words of a pattern are one rule a letter: `q → a r₁ r₂ …`, where the patterns
r₁, r₂, … begin where the ones before end. All rules together derive the language of the DFA.

The accepted words of at most some length use a part of the DFA only; where a network's depth ends, its DFA is wrong beyond it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from nerode.automata.dfa import DFA
from nerode.words import BoolArray, Word, Words

Accepts = Callable[[Words], BoolArray]
"""Which of n words the teacher accepts, (n,)."""
Rules = dict[int, dict[int | None, tuple[int, ...]]]
"""For each state the states whose patterns follow each letter; None is the empty word."""


@dataclass(frozen=True)
class Spans:
    """The patterns of a part of a DFA.

    Parameters
    ----------
    rules : by state
    begin : the states whose patterns together are the whole word
    access : for each state the first of the shortest words that lead to it
    rest : for each state the first of the shortest words from its exit to the end
    words : for each state the first of the shortest words of its pattern
    """

    rules: Rules
    begin: tuple[int, ...]
    access: dict[int, Word]
    rest: dict[int, Word]
    words: dict[int, Word]

    def spelt(self, letter: int | None, states: tuple[int, ...]) -> Word:
        """Return the shortest word of a rule."""
        return (*(() if letter is None else (letter,)), *(a for state in states for a in self.words[state]))

    def examples(self, state: int, most: int) -> list[Word]:
        """Return words of a pattern: the shortest of each rule, then those in which one part takes each of its own rules."""
        own = [self.spelt(letter, states) for letter, states in self.rules[state].items()]
        deeper = []
        for letter, states in self.rules[state].items():
            for place, inner in enumerate(states):
                before, after = self.spelt(letter, states[:place]), self.spelt(None, states[place + 1 :])
                deeper += [(*before, *self.spelt(a, others), *after) for a, others in self.rules[inner].items()]
        return list(dict.fromkeys([*own, *sorted(deeper, key=len)]))[:most]


@dataclass(frozen=True)
class Part:
    """A part of a DFA: transitions that accepted words use.

    Parameters
    ----------
    initial : its first state
    edges : for each state the next state after each letter
    ends : accepting states
    """

    initial: int
    edges: dict[int, dict[int, int]]
    ends: frozenset[int]


def lengths_of(dfa: DFA) -> list[int]:
    """Return the lengths of words at which a new transition is first used by an accepted word, ascending."""
    after, before, accepting = _distances(dfa)
    used = {after[q] + 1 + before[r] for q in after for r in dfa.transitions[q].tolist() if r in before}
    return sorted({after[q] for q in accepting if q in after} | used)


def part_of(dfa: DFA, longest: int) -> Part:
    """Return what accepted words of at most so many letters use: each transition is on one of them."""
    after, before, accepting = _distances(dfa)
    live = {q for q in after if q in before and after[q] + before[q] <= longest}
    table = dfa.transitions.tolist()
    edges = {
        q: {a: r for a, r in enumerate(table[q]) if r in live and after[q] + 1 + before[r] <= longest} for q in after if q in live
    }
    return Part(dfa.initial, edges, frozenset(q for q in live & accepting if after[q] <= longest))


def confirmed(part: Part, accepts: Accepts) -> Part:
    """Return the transitions of a part for which the teacher accepts a word that uses them: the shortest one, as far as known.

    It is no part of the language else, and would spoil the exits of all states before it.
    """
    access = _access(part.initial, part.edges)
    rest = _endings(part)
    words: list[tuple[int, int | None, Word]] = [(q, None, access[q]) for q in part.ends if q in access]
    words += [
        (q, a, (*access[q], a, *rest[r])) for q, row in part.edges.items() if q in access for a, r in row.items() if r in rest
    ]
    answers = accepts([word for _, _, word in words]).tolist() if words else []
    kept = {(q, a) for (q, a, _), accepted in zip(words, answers, strict=True) if accepted}
    edges = {q: {a: r for a, r in row.items() if (q, a) in kept} for q, row in part.edges.items()}
    smaller = _trimmed(Part(part.initial, edges, frozenset(q for q in part.ends if (q, None) in kept)))
    return smaller if len(kept) == len(words) else confirmed(smaller, accepts)


def supported(part: Part, words: Words, share: float) -> Part:
    """Return the transitions of a part that at least a share of words use, of those that it accepts.

    A network accepts some words that are unlike all that it was trained on. Their transitions are not of the language.
    """
    votes: Counter[tuple[int, int]] = Counter()
    voters = 0
    for word in words:
        state, used = part.initial, set()
        for letter in word:
            following = part.edges.get(state, {}).get(letter)
            if following is None:
                break
            used.add((state, letter))
            state = following
        else:
            if state in part.ends:
                votes.update(used)
                voters += 1
    least = share * voters
    edges = {q: {a: r for a, r in row.items() if votes[q, a] >= max(1, least)} for q, row in part.edges.items()}
    return _trimmed(Part(part.initial, edges, part.ends))


def spans(part: Part) -> Spans | None:
    """Return the patterns of a part of a DFA; None if it accepts nothing."""
    part = _trimmed(part)
    if part.initial not in part.edges:
        return None
    exits = _exits(part.edges, part.ends)
    rules: Rules = {}
    access = _access(part.initial, part.edges)
    for q in access:
        rules[q] = {None: ()} if q in part.ends else {}
        rules[q] |= {a: _chain(r, exits[q], exits) for a, r in part.edges[q].items()}
    words = _shortest(rules)
    rest = {q: tuple(a for state in _chain(exits[q], END, exits) for a in words[state]) for q in access}
    return Spans(rules, _chain(part.initial, END, exits), access, rest, words)


END = -1  # the state after the end of an accepted word


def _distances(dfa: DFA) -> tuple[dict[int, int], dict[int, int], set[int]]:
    """Return the steps to each state that is reached, those from each to acceptance, and the accepting states."""
    table = dfa.transitions.tolist()
    accepting = {q for q, label in enumerate(dfa.labels.tolist()) if label == 1}
    sources: dict[int, list[int]] = {}
    for q, row in enumerate(table):
        for r in row:
            sources.setdefault(r, []).append(q)
    after = _levels([dfa.initial], lambda q: table[q])
    return after, _levels(sorted(accepting), lambda q: sources.get(q, [])), accepting


def _levels(begin: list[int], following: Callable[[int], list[int]]) -> dict[int, int]:
    level = dict.fromkeys(begin, 0)
    waiting = list(level)
    for q in waiting:
        for r in following(q):
            if r not in level:
                level[r] = level[q] + 1
                waiting.append(r)
    return level


def _endings(part: Part) -> dict[int, Word]:
    """Return one of the shortest words from each state to acceptance."""
    rest: dict[int, Word] = dict.fromkeys(sorted(part.ends), ())
    sources: dict[int, list[tuple[int, int]]] = {}
    for q, row in part.edges.items():
        for a, r in row.items():
            sources.setdefault(r, []).append((q, a))
    waiting = list(rest)
    for r in waiting:
        for q, a in sources.get(r, ()):
            if q not in rest:
                rest[q] = (a, *rest[r])
                waiting.append(q)
    return rest


def _trimmed(part: Part) -> Part:
    """Return a part without the states that are not reached, or from which nothing is accepted."""
    live = _endings(part).keys() & _access(part.initial, part.edges).keys()
    edges = {q: {a: r for a, r in row.items() if r in live} for q, row in part.edges.items() if q in live}
    return Part(part.initial, edges, part.ends & live)


def _exits(edges: dict[int, dict[int, int]], ends: frozenset[int]) -> dict[int, int]:
    """Return the immediate post-dominator of each state, by intersection of bit sets until nothing changes."""
    number = {END: 0} | {q: 1 + i for i, q in enumerate(edges)}
    states = list(number)
    passed = {q: (1 << len(number)) - 1 for q in edges} | {END: 1}
    following = {q: [*set(edges[q].values()), *([END] if q in ends else [])] for q in edges}
    changed = True
    while changed:
        changed = False
        for q in reversed(list(edges)):
            common = passed[following[q][0]]
            for r in following[q][1:]:
                common &= passed[r]
            common |= 1 << number[q]
            changed = changed or common != passed[q]
            passed[q] = common
    exits = {}
    for q in edges:
        others = passed[q] & ~(1 << number[q])
        exits[q] = max((r for r in states if others >> number[r] & 1), key=lambda r: passed[r].bit_count())
    return exits


def _chain(state: int, stop: int, exits: dict[int, int]) -> tuple[int, ...]:
    """Return the states whose patterns lead from one state to another that must be passed."""
    chain = []
    while state != stop:
        chain.append(state)
        state = exits[state]
    return tuple(chain)


def _shortest(rules: Rules) -> dict[int, Word]:
    """Return the first of the shortest words of each pattern."""
    words: dict[int, Word] = {}
    changed = True
    while changed:
        changed = False
        for q, ways in rules.items():
            for a, states in ways.items():
                if all(state in words for state in states):
                    word = (*(() if a is None else (a,)), *(b for state in states for b in words[state]))
                    if q not in words or (len(word), word) < (len(words[q]), words[q]):
                        words[q] = word
                        changed = True
    return words


def _access(initial: int, edges: dict[int, dict[int, int]]) -> dict[int, Word]:
    """Return the first of the shortest words that lead to each state, by ascending length."""
    access: dict[int, Word] = {initial: ()}
    waiting = [initial]
    for q in waiting:
        for a, r in edges.get(q, {}).items():
            if r not in access:
                access[r] = (*access[q], a)
                waiting.append(r)
    return access
