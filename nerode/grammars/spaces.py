"""Checks that an expression over symbols of several characters has a space after each symbol, as its words are spelled."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import InputError, shown
from nerode.words import Alphabet

MOST_STEPS = 1_000_000  # of the search; beyond, only expressions that match nothing are found
ESCAPED = re.compile(r"\\[^\w\s]")
OPEN = re.compile(r"[.\[\\]")  # what stands for several characters, so that texts that are no words are matched on purpose
HOW = "write a space after each symbol, also after the last one, such as (open close )*"
Node = dict[str, "Node"]


def check_spelled(text: str, matched: DFA, symbols: Alphabet, characters: Sequence[str], read: DFA) -> None:
    """Check that an expression matches words, and where it names all characters, that it matches nothing else.

    Parameters
    ----------
    matched : the DFA over characters of the texts that the expression matches
    read : the DFA over symbols of the words that it matches

    Raises
    ------
    InputError : the expression matches texts, and none of them is a word but ε; or one that is none
    """
    lost = None if OPEN.search(ESCAPED.sub("", text)) else _no_word(matched, symbols, characters)
    if lost is not None:
        raise InputError(f"the regular expression matches {shown(lost)}, which is no sequence of symbols; {HOW}")
    if not _has_letters(read) and _has_letters(matched):
        raise InputError(f"no sequence of symbols matches the regular expression; {HOW}")


def _has_letters(dfa: DFA) -> bool:
    """Return whether a DFA accepts a word other than ε."""
    reached, waiting = set(), set(dfa.transitions[dfa.initial].tolist())
    while waiting:
        reached |= waiting
        waiting = set(dfa.transitions[sorted(waiting)].ravel().tolist()) - reached
    return bool(dfa.labels[sorted(reached)].any())


def _no_word(matched: DFA, symbols: Alphabet, characters: Sequence[str]) -> str | None:
    """Return a short text that is matched, and that is no word whatever spaces it has; None if there is none."""
    spelling: Node = {}
    for symbol in symbols:
        node = spelling
        for character in f"{symbol} ":
            node = node.setdefault(character, {})
    dead = (matched.transitions == np.arange(matched.states)[:, None]).all(axis=1) & (matched.labels == 0)
    rows = [
        [(characters[letter], target) for letter, target in enumerate(row) if not dead[target]]
        for row in matched.transitions.tolist()
    ]
    number = {character: i for i, character in enumerate(characters)}
    queue: deque[tuple[int, Node | None, str]] = deque([(matched.initial, spelling, "")])
    seen: set[tuple[int, int]] = set()
    steps = 0
    while queue:
        state, at, text = queue.popleft()
        if matched.labels[state] and at is not spelling and _is_lost(matched, text, symbols, number):
            return text
        steps += len(rows[state])
        if steps > MOST_STEPS:
            return None
        for character, target in rows[state]:
            after = None if at is None else at.get(character)
            if after == {}:  # the space after a symbol
                after = spelling
            if (target, id(after)) not in seen:
                seen.add((target, id(after)))
                queue.append((target, after, text + character))
    return None


def _is_lost(matched: DFA, text: str, symbols: Alphabet, number: dict[str, int]) -> bool:
    """Return whether no word is matched whose symbols are those of a text, with or without spaces between them."""
    letters = text.replace(" ", "")
    reached: list[set[int]] = [{matched.initial}, *(set() for _ in letters)]
    for place, states in enumerate(reached):
        for symbol in symbols if states else ():
            if letters.startswith(symbol, place) and all(character in number for character in f"{symbol} "):
                ends = np.array(sorted(states))
                for character in f"{symbol} ":
                    ends = matched.transitions[ends, number[character]]
                reached[place + len(symbol)] |= set(ends.tolist())
    return not any(matched.labels[state] for state in reached[-1])
