"""A context-free grammar and the tokens of a language model: the tokens that may come next, found at each step.

The rules are spelled in bytes, and a text is read from its left corners (Rosenkrantz and Lewis, Deterministic left corner
parsing, 1970) along all derivations at the same time: a state is a set of places in rules, each with what is open above it. What
is open is shared (the graph-structured stacks of Tomita, 1985), and calls at the end of a rule leave nothing open. Equal states
are one object, so that it is found once where a byte leads. Rules are useful ones alone, and so each state can be continued.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nerode.automata.cfg import CFG
from nerode.errors import InputError
from nerode.guidance.base import NOTHING, Constraint, forbidden
from nerode.guidance.left_corners import LeftCorners, Place
from nerode.guidance.reading import BYTES, read
from nerode.guidance.spelling import written
from nerode.tries import trie
from nerode.words import BoolArray, IntArray

ROOT = 0  # the rule that leads to the start of the grammar
MOST_STATES = 10_000  # that are remembered
MOST_MASKS = 1000


class Open:
    """A nonterminal that is being read: the place after it, and what is open above. Equal ones are one object."""

    __slots__ = ("above", "after")

    def __init__(self, after: Place, above: frozenset[Open]) -> None:
        self.after, self.above = after, above


class State:
    """The places after some bytes, each with what is open above it. Equal ones are one object.

    Attributes
    ----------
    closed : the same with the places to which finished rules lead back; None until it is needed
    accepting : whether the bytes so far are an accepted text, once `closed` is there
    nexts : the states after the bytes that were asked for; None where there is none
    """

    __slots__ = ("accepting", "closed", "nexts", "places")

    def __init__(self, places: dict[Place, frozenset[Open]]) -> None:
        self.places = places
        self.closed: dict[Place, frozenset[Open]] | None = None
        self.accepting = False
        self.nexts: dict[int, State | None] = {}


class GrammarConstraint(Constraint):
    """Which tokens may come next in texts of a context-free grammar. A state is a `State`.

    A token may end inside a symbol if the rest of it can be written with tokens. Symbols that cannot be written with tokens by
    themselves do not occur.

    Parameters
    ----------
    grammar : a context-free grammar
    tokens : the bytes of each token, None for one that is no text
    end : the token that ends the text
    texts : the text of each symbol that is not its own

    Raises
    ------
    InputError : a text of an unknown symbol, an empty text, or tokens with which no derived text can be written
    """

    def __init__(self, grammar: CFG, tokens: list[bytes | None], end: int, texts: Mapping[str, str]) -> None:
        self.size, self.end = len(tokens), end
        self._tokens = tokens
        symbols = written(grammar.alphabet, texts)
        possible = set(b"".join(symbols))
        usable = [(which, text) for which, text in enumerate(tokens) if text and which != end and possible >= set(text)]
        self._names = np.array([which for which, _ in usable], np.int64)
        self._levels = trie([tuple(text) for _, text in usable])
        self._corners = LeftCorners(grammar, symbols, {text for _, text in usable})
        if not self._corners.rules:
            raise InputError(NOTHING)
        self._bottom = Open(self._corners.start, frozenset())
        self._forget()
        self.initial = self._state({self._corners.start: frozenset([self._bottom])})

    def __repr__(self) -> str:
        return f"<GrammarConstraint: {self._corners.rules:,} rules, {self.size:,} tokens>"

    def mask(self, state: State) -> BoolArray:
        _check(state)
        if state not in self._masks:
            if len(self._masks) == MOST_MASKS:
                self._masks.clear()
            self._masks[state] = self._mask(state)
        return self._masks[state].copy()

    def after(self, state: State, token: int) -> State:
        _check(state)
        text = self._tokens[token] if 0 <= token < self.size and token != self.end else None
        reached: State | None = state if text else None
        for byte in text or ():
            reached = self._next(reached, byte) if reached else None
        reached = self._rested(reached) if reached else None
        if reached is None:
            raise forbidden(token)
        return reached

    def _mask(self, state: State) -> BoolArray:
        """All tokens are read at once; the states that occur are numbered."""
        if len(self._states) > MOST_STATES:
            self._forget()
            self.initial.nexts.clear()
        numbered: list[State | None] = [None, state]
        numbers: dict[State | None, int] = {each: number for number, each in enumerate(numbered)}

        def step(states: IntArray, symbols: IntArray) -> IntArray:
            pairs, where = np.unique(states * BYTES + symbols, return_inverse=True)
            targets = []
            for at, byte in zip(*(each.tolist() for each in np.divmod(pairs, BYTES)), strict=True):
                after = self._next(numbered[at], byte)
                if after not in numbers:
                    numbers[after] = len(numbered)
                    numbered.append(after)
                targets.append(numbers[after])
            return np.array(targets, np.int64)[where]

        _, tokens, targets = read(self._levels, np.array([1]), step)
        rests = np.array([each is not None and self._rested(each) is not None for each in numbered])
        mask = np.zeros(self.size, np.bool_)
        mask[self._names[tokens[rests[targets]]]] = True
        mask[self.end] = self._ends(state)
        return mask

    def _next(self, state: State, byte: int) -> State | None:
        """The state after one more byte; None where there is none."""
        if byte not in state.nexts:
            places: dict[Place, set[Open]] = {}
            for place, above in self._closed(state).items():
                ways = self._corners.ways(place)
                for after in ways.scans.get(byte, ()):
                    places.setdefault(after, set()).update(above)
                for symbol, after in ways.calls:
                    if begun := self._corners.starts(symbol).get(byte):
                        opened = self._opened(after, above)
                        for each in begun:
                            places.setdefault(each, set()).update(opened)
            state.nexts[byte] = self._state({place: frozenset(above) for place, above in places.items()}) if places else None
        return state.nexts[byte]

    def _rested(self, state: State) -> State | None:
        """The state after a token that ends here: without symbols the rest of which cannot be written; None where that is all."""
        places = {place: above for place, above in state.places.items() if self._corners.may_rest(place)}
        if len(places) == len(state.places):
            return state
        return self._state(places) if places else None

    def _ends(self, state: State) -> bool:
        self._closed(state)
        return state.accepting

    def _closed(self, state: State) -> dict[Place, frozenset[Open]]:
        if state.closed is None:
            found: dict[Place, set[Open]] = {}
            todo = list(state.places.items())
            for place, above in todo:
                known = found.setdefault(place, set())
                if new := above - known:
                    known |= new
                    if self._corners.ways(place).ends:
                        state.accepting |= self._bottom in new
                        todo += [(each.after, each.above) for each in new if each is not self._bottom]
            state.closed = {place: frozenset(above) for place, above in found.items()}
        return state.closed

    def _state(self, places: dict[Place, frozenset[Open]]) -> State:
        return self._states.setdefault(frozenset(places.items()), State(places))

    def _opened(self, after: Place, above: frozenset[Open]) -> frozenset[Open]:
        """What is open while a nonterminal before `after` is read; if nothing comes after it, what is open above."""
        if self._corners.is_last(after):
            return above
        return frozenset([self._open.setdefault((after, above), Open(after, above))])

    def _forget(self) -> None:
        """Forget states, which are then made anew; those that were handed out are good all the same."""
        self._states: dict[frozenset[tuple[Place, frozenset[Open]]], State] = {}
        self._open: dict[tuple[Place, frozenset[Open]], Open] = {}
        self._masks: dict[State, BoolArray] = {}


def _check(state: object) -> None:
    if not isinstance(state, State):
        raise InputError(f"{state!r} is no state of the constraint; `initial` is one, and `after` gives others")
