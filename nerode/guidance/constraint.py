"""The product of an automaton and the tokens of a language model: the tokens that may come next after each state.

The product is made once. All tokens are read in a trie from many states at the same time, and what is impossible is left at its
first byte. Then tokens after which no accepted text can be completed with these tokens are taken away, so that a language model
never runs into a dead end. Willard and Louf (Efficient guided generation for large language models, 2023) describe the idea.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nerode.arrays import intervals
from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.vpa import VPA
from nerode.errors import InputError
from nerode.grammars.of_stack import grammar_of
from nerode.guidance.base import NOTHING, Constraint, forbidden
from nerode.guidance.grammar import GrammarConstraint
from nerode.guidance.reading import read
from nerode.guidance.spelling import START, Spelled, spelled
from nerode.guidance.vocabularies import bytes_of, end_of
from nerode.tries import Level, trie
from nerode.words import BoolArray, IntArray, frozen_array

ENTRIES = 300_000_000  # transitions of a product, at most
AT_ONCE = 1 << 22  # pairs of a state and a node of the trie


@dataclass(frozen=True, eq=False, repr=False)
class TokenConstraint(Constraint):
    """Which tokens may come next, for all states at once. A state is a number.

    Parameters
    ----------
    starts : (states + 1,), the transitions of state i are starts[i] … starts[i + 1] − 1
    tokens, targets : (transitions,), the token, ascending in each state, and the next state
    accepting : (states,), whether the text may end
    initial : the state of the empty text
    size : the number of tokens
    end : the token that ends the text
    """

    starts: IntArray
    tokens: IntArray
    targets: IntArray
    accepting: BoolArray
    initial: int
    size: int
    end: int

    def __post_init__(self) -> None:
        for name in ("starts", "tokens", "targets"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.int64))
        object.__setattr__(self, "accepting", frozen_array(self.accepting, np.bool_))

    @property
    def states(self) -> int:
        return len(self.accepting)

    def __repr__(self) -> str:
        return f"<TokenConstraint: {self.states:,} states, {len(self.tokens):,} transitions, {self.size:,} tokens>"

    def mask(self, state: int) -> BoolArray:
        self._check_state(state)
        mask = np.zeros(self.size, np.bool_)
        mask[self.tokens[self.starts[state] : self.starts[state + 1]]] = True
        mask[self.end] = self.accepting[state]
        return mask

    def after(self, state: int, token: int) -> int:
        self._check_state(state)
        if not isinstance(token, int | np.integer):
            raise forbidden(token)
        low, high = self.starts[state : state + 2].tolist()
        place = low + int(np.searchsorted(self.tokens[low:high], token))
        if place == high or self.tokens[place] != token:
            raise forbidden(token)
        return int(self.targets[place])

    def _check_state(self, state: int) -> None:
        if not isinstance(state, int | np.integer) or not 0 <= state < self.states:
            raise InputError(f"the constraint has no state {state}; it has the states 0 to {self.states - 1:,}")


def constrain(
    automaton: Automaton,
    vocabulary: Sequence[str | bytes | None] | Any,
    end: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> Constraint:
    """Return the constraint that keeps a language model to the words of an automaton.

    Parameters
    ----------
    automaton : a DFA of two classes; a PDFA, whose impossible symbols are then forbidden; a context-free grammar, or a visibly
        pushdown automaton. Of the first two a `TokenConstraint` is made, of the others a `GrammarConstraint`
    vocabulary : the text of each token, None for one that is no text; or a tokenizer of the transformers or tokenizers library
    end : the token that ends the text; by default that of the tokenizer
    texts : the text of each symbol that is not its own, such as {"␣": " "}; there is nothing between two symbols. A grammar
        needs a token or tokens of its own for each symbol

    Raises
    ------
    InputError : another automaton, an unknown tokenizer, no end, tokens with which no accepted text can be written, or a symbol
        of a grammar that could be written only by tokens that reach into others
    """
    tokens = bytes_of(vocabulary)
    end = end_of(vocabulary) if end is None else end
    if isinstance(end, bool | np.bool_) or not isinstance(end, int | np.integer) or not 0 <= end < len(tokens):
        raise InputError(f"the token that ends the text is given by its number, 0 to {len(tokens) - 1:,}, and not {end!r}")
    if isinstance(automaton, CFG | VPA):
        grammar = grammar_of(automaton) if isinstance(automaton, VPA) else automaton
        return GrammarConstraint(grammar, tokens, int(end), texts or {})
    language = spelled(automaton, texts or {})
    written = [which for which, text in enumerate(tokens) if text and which != end]
    levels = trie([tuple(tokens[which]) for which in written])  # type: ignore[arg-type]  # None is left out
    sources, chosen, targets = _product(language, levels)
    return _trimmed(language, sources, np.array(written, np.int64)[chosen], targets, len(tokens), end)


def _product(language: Spelled, levels: list[Level]) -> tuple[IntArray, IntArray, IntArray]:
    """The transitions (m,) between the states that tokens lead to: the state, the token, the next state."""
    reached = np.zeros(len(language.accepting), np.bool_)
    reached[START] = True
    front, parts, total = np.array([START]), [], 0
    portion = max(1, AT_ONCE // max(map(len, levels)))
    while len(front):
        fresh = []
        for low in range(0, len(front), portion):
            fresh.append(read(levels, front[low : low + portion], lambda at, byte: language.transitions[at, byte]))
            total += len(fresh[-1][0])
            if total > ENTRIES:
                raise InputError(f"the automaton and the tokens have more than {ENTRIES:,} transitions; take a smaller automaton")
        after = np.unique(np.concatenate([part[2] for part in fresh]))
        front = after[~reached[after]]
        reached[front] = True
        parts += fresh
    sources, tokens, targets = (np.concatenate(column) for column in zip(*parts, strict=True))
    return sources, tokens, targets


def _trimmed(language: Spelled, sources: IntArray, tokens: IntArray, targets: IntArray, size: int, end: int) -> TokenConstraint:
    """The constraint without states from which nothing is accepted, and with states renumbered."""
    n = len(language.accepting)
    backwards = csr_array((np.ones(len(sources), np.bool_), (targets, sources)), shape=(n, n))
    alive, front = language.accepting.copy(), np.flatnonzero(language.accepting)
    while len(front):
        counts = backwards.indptr[front + 1] - backwards.indptr[front]
        before = np.unique(backwards.indices[intervals(backwards.indptr[front].astype(np.int64), counts.astype(np.int64))])
        front = before[~alive[before]].astype(np.int64)
        alive[front] = True
    if not alive[START]:
        raise InputError(NOTHING)
    kept = alive[sources] & alive[targets]
    sources, tokens, targets = sources[kept], tokens[kept], targets[kept]
    names = np.unique(np.concatenate([[START], sources, targets]))
    order = np.lexsort((tokens, sources))
    starts = np.searchsorted(sources[order], np.append(names, n))
    targets = np.searchsorted(names, targets[order])
    return TokenConstraint(
        starts, tokens[order], targets, language.accepting[names], int(np.searchsorted(names, START)), size, end
    )
