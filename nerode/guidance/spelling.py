"""Spells an automaton out: a deterministic automaton over the bytes of the texts of its words.

Tokens of language models are bytes, and one token may end inside a character. So the symbols are spelled in UTF-8, and the
automaton reads bytes. A symbol may be the beginning of another, so a state is a set of pairs: a state of the automaton, and how
much of a symbol was read (the subset construction).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import IMPOSSIBLE, PDFA
from nerode.errors import InputError
from nerode.guidance.reading import BYTES, DEAD
from nerode.guidance.vocabularies import encoded
from nerode.words import Alphabet, BoolArray, IntArray, frozen_array

START = 1
MOST_STATES = 100_000  # with a row of BYTES each
MOST_PAIRS = 20_000_000  # that are looked at
Pairs = frozenset[tuple[int, int]]  # states of the automaton, and nodes of the trie of symbols


@dataclass(frozen=True)
class Spelled:
    """A deterministic automaton over bytes; its states are DEAD, START and others.

    Parameters
    ----------
    transitions : (n, 256), the next state
    accepting : (n,), whether the bytes so far are the text of an accepted word
    """

    transitions: IntArray
    accepting: BoolArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "transitions", frozen_array(self.transitions, np.int64))
        object.__setattr__(self, "accepting", frozen_array(self.accepting, np.bool_))


def spelled(automaton: Automaton, texts: Mapping[str, str]) -> Spelled:
    """Return the automaton of the texts of the words that an automaton accepts, or that are possible in a PDFA.

    Parameters
    ----------
    automaton : a DFA of two classes or a PDFA
    texts : the text of each symbol that is not its own

    Raises
    ------
    InputError : another automaton, a text of an unknown symbol, an empty text, or too many states
    """
    steps, accepting = _support(automaton)
    children, symbols = _trie(written(automaton.alphabet, texts))
    assert isinstance(automaton, DFA | PDFA)
    start: Pairs = frozenset({(automaton.initial, 0)})
    found: dict[Pairs, int] = {frozenset(): DEAD, start: START}
    waiting, rows, ends = [start], [np.zeros(BYTES, np.int64)], [False]
    work = 0
    for pairs in waiting:
        row = np.zeros(BYTES, np.int64)
        read = {byte for _, node in pairs for byte in children[node]}
        work += len(pairs) * len(read)
        for byte in sorted(read):
            after = _after(pairs, byte, children, symbols, steps)
            if after not in found:
                if len(found) == MOST_STATES or work > MOST_PAIRS:
                    raise InputError(
                        f"the texts of {automaton!r} need too many states; take a smaller automaton, or symbols none of which "
                        "begins with another"
                    )
                found[after] = len(found)
                waiting.append(after)
            row[byte] = found[after]
        rows.append(row)
        ends.append(any(node == 0 and accepting[state] for state, node in pairs))
    return Spelled(np.array(rows), np.array(ends))


def _after(pairs: Pairs, byte: int, children: list[dict[int, int]], symbols: list[int | None], steps: IntArray) -> Pairs:
    """The pairs after a byte; where it ends a symbol, the automaton takes a step and the next symbol begins."""
    found = set()
    for state, node in pairs:
        below = children[node].get(byte)
        if below is None:
            continue
        if children[below]:
            found.add((state, below))
        symbol = symbols[below]
        if symbol is not None and steps[state, symbol] >= 0:
            found.add((int(steps[state, symbol]), 0))
    return frozenset(found)


def _support(automaton: Automaton) -> tuple[IntArray, BoolArray]:
    """The next states (n, letters), −1 where a letter is impossible, and whether a word may end (n,)."""
    if isinstance(automaton, PDFA):
        possible = automaton.probabilities > IMPOSSIBLE
        return np.where(possible[:, :-1], automaton.transitions, -1), possible[:, -1]
    if not isinstance(automaton, DFA) or automaton.classes != 2:
        raise InputError(
            f"{automaton!r} cannot guide; take a DFA of two classes, a PDFA, a grammar or a visibly pushdown automaton"
        )
    return automaton.transitions, automaton.labels == 1


def written(alphabet: Alphabet, texts: Mapping[str, str]) -> list[bytes]:
    """Return the bytes of each symbol (letters,).

    Raises
    ------
    InputError : a text of an unknown symbol, an empty text, or one that two symbols have
    """
    if not isinstance(texts, Mapping):
        raise InputError(f'texts are given by symbols, such as {{"␣": " "}}, and not as {texts!r}')
    for symbol, text in texts.items():
        if not isinstance(text, str):
            raise InputError(f"the text of the symbol {symbol!r} must be text, and not {text!r}")
        if symbol not in alphabet.symbols:
            raise InputError(f"a text is given for {symbol!r}, which is no symbol of the automaton; leave it out")
        if not text:
            raise InputError(f"the text of the symbol {symbol!r} is empty; give it a character")
    all_texts = [texts.get(symbol, symbol) for symbol in alphabet]
    if len(set(all_texts)) != len(all_texts):
        raise InputError("two symbols have the same text; give each its own")
    return [encoded(text, f"the text {text!r} of a symbol") for text in all_texts]


def _trie(words: list[bytes]) -> tuple[list[dict[int, int]], list[int | None]]:
    """The children of each node by byte, the root first; and the word that ends at each node."""
    children: list[dict[int, int]] = [{}]
    ends: list[int | None] = [None]
    for which, word in enumerate(words):
        node = 0
        for byte in word:
            if byte not in children[node]:
                children[node][byte] = len(children)
                children.append({})
                ends.append(None)
            node = children[node][byte]
        ends[node] = which
    return children, ends
