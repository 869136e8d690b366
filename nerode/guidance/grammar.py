"""A context-free grammar and the tokens of a language model: the tokens that may come next, found at each step.

The rules are spelled in bytes, and a text is read from its left corners (Rosenkrantz and Lewis, Deterministic left corner
parsing, 1970) along all derivations at the same time: a state is a set of places in rules, each with what is open above it. What
is open is shared (the graph-structured stacks of Tomita, 1985), and calls at the end of a rule leave nothing open. Equal states
are one object, so that it is found once where a byte leads. Rules are useful ones alone, and so each state can be continued.
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakValueDictionary

import numpy as np

from nerode.automata.cfg import CFG
from nerode.errors import InputError
from nerode.guidance.base import NOTHING, Constraint, forbidden
from nerode.guidance.left_corners import LeftCorners, Place
from nerode.guidance.reading import BYTES, DEAD, read
from nerode.guidance.spelling import written
from nerode.tries import trie
from nerode.words import BoolArray, IntArray

MOST_KEPT = 1_000_000  # places and what is open above them, in all states that are remembered
MASK_BYTES = 50_000_000  # of masks that are remembered


class Open:
    """A nonterminal that is being read. Equal ones are one object.

    Attributes
    ----------
    after : the place after it
    above : what was open before it
    """

    __slots__ = ("__weakref__", "above", "after")

    def __init__(self, after: Place, above: frozenset[Open]) -> None:
        self.after, self.above = after, above


class State:
    """What some bytes have led to. Equal ones of one constraint are one object.

    Attributes
    ----------
    owner : the constraint that it belongs to
    places : where rules are by then, each with what is open above it
    closed : the same with the places to which finished rules lead back; None until it is needed
    accepting : whether the bytes so far are an accepted text, once `closed` is there
    nexts : the states after the bytes that were asked for; None where there is none
    """

    __slots__ = ("__weakref__", "accepting", "closed", "nexts", "owner", "places")

    def __init__(self, owner: GrammarConstraint, places: dict[Place, frozenset[Open]]) -> None:
        self.owner, self.places = owner, places
        self.closed: dict[Place, frozenset[Open]] | None = None
        self.accepting = False
        self.nexts: dict[int, State | None] = {}


class GrammarConstraint(Constraint):
    """Which tokens may come next in texts of a context-free grammar. A state is a `State`.

    Each symbol needs a token or tokens of its own; one of which a byte is in no token does not occur. A token may end inside a
    symbol if the rest of it can be written with tokens. Where a part may end after each letter, as in ambiguous grammars, a step
    takes the longer the longer the text is.

    Parameters
    ----------
    grammar : a context-free grammar
    tokens : the bytes of each token, None for one that is no text
    end : the token that ends the text
    texts : the text of each symbol that is not its own

    Raises
    ------
    InputError : a text of an unknown symbol, an empty text, tokens with which no derived text can be written, or a symbol that
        could be written only by tokens that reach into others
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
        self._states: WeakValueDictionary[frozenset[tuple[Place, frozenset[Open]]], State] = WeakValueDictionary()
        self._open: WeakValueDictionary[tuple[Place, frozenset[Open]], Open] = WeakValueDictionary()
        self._masks: dict[State, BoolArray] = {}
        self._kept = 0
        self._bottom = Open(self._corners.start, frozenset())
        self.initial = self._state({self._corners.start: frozenset([self._bottom])})

    def __repr__(self) -> str:
        return f"<GrammarConstraint: {self._corners.rules:,} rules, {self.size:,} tokens>"

    def mask(self, state: State) -> BoolArray:
        self._check(state)
        if state not in self._masks:
            if (len(self._masks) + 1) * self.size > MASK_BYTES:
                self._masks.clear()
            self._masks[state] = self._mask(state)
        return self._masks[state].copy()

    def after(self, state: State, token: int) -> State:
        self._check(state)
        known = isinstance(token, int | np.integer) and 0 <= token < self.size and token != self.end
        text = self._tokens[token] if known else None
        reached: State | None = state if text else None
        for byte in text or ():
            reached = self._next(reached, byte) if reached else None
        reached = self._rested(reached) if reached else None
        if reached is None:
            raise forbidden(token)
        return reached

    def _check(self, state: object) -> None:
        if not isinstance(state, State) or state.owner is not self:
            raise InputError(f"{state!r} is no state of the constraint; `initial` is one, and `after` gives others")

    def _mask(self, state: State) -> BoolArray:
        """All tokens are read at once; the states that occur are numbered."""
        numbered: list[State | None] = [state]
        numbered.insert(DEAD, None)
        numbers = {each: number for number, each in enumerate(numbered)}

        def step(states: IntArray, symbols: IntArray) -> IntArray:
            pairs, where = np.unique(states * BYTES + symbols, return_inverse=True)
            targets = []
            for at, byte in zip(*(each.tolist() for each in np.divmod(pairs, BYTES)), strict=True):
                before = numbered[at]
                after = None if before is None else self._next(before, byte)
                if after not in numbers:
                    numbers[after] = len(numbered)
                    numbered.append(after)
                targets.append(numbers[after])
            return np.array(targets, np.int64)[where]

        _, tokens, targets = read(self._levels, np.array([numbers[state]]), step)
        rests = np.zeros(len(numbered), np.bool_)
        for which in np.unique(targets).tolist():
            reached = numbered[which]
            rests[which] = reached is not None and any(map(self._corners.may_rest, reached.places))
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
            for place, above in todo:  # grows
                known = found.setdefault(place, set())
                if new := above - known:
                    known |= new
                    if self._corners.ways(place).ends:
                        state.accepting |= self._bottom in new
                        todo += [(each.after, each.above) for each in new if each is not self._bottom]
            self._remember(sum(map(len, found.values())))
            state.closed = {place: frozenset(above) for place, above in found.items()}
        return state.closed

    def _state(self, places: dict[Place, frozenset[Open]]) -> State:
        key = frozenset(places.items())
        if (known := self._states.get(key)) is None:
            known = self._states[key] = State(self, places)
        return known

    def _opened(self, after: Place, above: frozenset[Open]) -> frozenset[Open]:
        """What is open while a nonterminal before `after` is read; if nothing comes after it, what is open above."""
        if self._corners.is_last(after):
            return above
        if (known := self._open.get((after, above))) is None:
            known = self._open[after, above] = Open(after, above)
        return frozenset([known])

    def _remember(self, more: int) -> None:
        """Forget what was found, if that and so many places more are too many; states stay what they are."""
        self._kept += more
        if self._kept > MOST_KEPT:
            self._kept = more
            self._masks.clear()
            for state in list(self._states.values()):
                state.nexts, state.closed = {}, None
