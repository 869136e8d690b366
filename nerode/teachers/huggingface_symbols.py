"""Teachers whose symbols are several tokens each. They ask a teacher whose letters are the tokens.

A word is the tokens of its symbols one after another. Classes and values of the word are those of its tokens. The probability of
a symbol of several tokens is the product of the probabilities of its tokens, each after the word and the tokens before it:

    p(t₁ … tₖ | w) = p(t₁ | w) · p(t₂ | w t₁) · … · p(tₖ | w t₁ … tₖ₋₁)

No symbol may begin with all tokens of another, since their events would not exclude each other (Kraft's inequality).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from nerode.errors import InputError
from nerode.links import Link, NextSymbol
from nerode.protocols import Described, States, Teacher, longest_of, parameter_bytes_of
from nerode.rounding import exact
from nerode.stepping import scores_by_stepping
from nerode.teachers.asking import teacher_of
from nerode.teachers.huggingface_states import RecurrentTeacher
from nerode.teachers.model import TrainedModel
from nerode.words import Alphabet, FloatArray, IntArray, RealArray, Word, Words


@dataclass(frozen=True)
class Code:
    """The tokens of symbols, as indices of an alphabet of tokens.

    Parameters
    ----------
    symbols : the tokens of each symbol
    """

    symbols: tuple[Word, ...]

    @cached_property
    def lengths(self) -> IntArray:
        """The number of tokens (symbols,) of each symbol."""
        return np.array([len(tokens) for tokens in self.symbols], np.int64)

    @cached_property
    def table(self) -> IntArray:
        """The tokens (symbols, longest) of each symbol; after its end there are zeros."""
        table = np.zeros((len(self.symbols), self.lengths.max()), np.int64)
        for row, tokens in zip(table, self.symbols, strict=True):
            row[: len(tokens)] = tokens
        return table

    @cached_property
    def beginnings(self) -> tuple[Word, ...]:
        """The proper beginnings of symbols, each once: ε first, and each after those that it begins with."""
        found = {tokens[:k] for tokens in self.symbols for k in range(len(tokens))}
        return tuple(sorted(found, key=lambda tokens: (len(tokens), tokens)))

    def spelled(self, words: Words) -> list[Word]:
        """Return the tokens of words."""
        return [tuple(token for i in word for token in self.symbols[i]) for word in words]

    def room(self, tokens: int | None, following: bool) -> int | None:
        """Return the length of words of which all have at most so many tokens.

        Parameters
        ----------
        following : whether the proper beginnings of symbols are read after a word
        """
        longest = int(self.lengths.max())
        return None if tokens is None else max(0, tokens - (longest - 1) * following) // longest

    def chained(self, logs: RealArray) -> FloatArray:
        """Return the logarithms (n, symbols + 1) of the probabilities of symbols and of the end.

        Parameters
        ----------
        logs : (beginnings, n, tokens + 1), those of tokens and of the end after each of the beginnings
        """
        place = {tokens: i for i, tokens in enumerate(self.beginnings)}
        scores = np.empty((logs.shape[1], len(self.symbols) + 1))
        for i, tokens in enumerate(self.symbols):
            scores[:, i] = sum(logs[place[tokens[:k]], :, token].astype(np.float64) for k, token in enumerate(tokens))
        scores[:, -1] = logs[0, :, -1]
        return scores


@dataclass(frozen=True, eq=False)
class SpelledModel(TrainedModel):
    """A model of a Hugging Face directory, whose network reads tokens.

    Parameters
    ----------
    code : the tokens of each symbol, as tokens of the network
    told : how words are spelled, and what else was assumed
    """

    code: Code
    told: str

    @cached_property
    def teacher(self) -> Teacher:
        """The model as a function from words to scores."""
        if self.code.table.shape[1] == 1:
            asked: Any = teacher_of(self.network, self.alphabet, self.link, self.encoding, self.width)
        else:
            next_token = isinstance(self.link, NextSymbol)
            tokens = 1 + max(max(symbol) for symbol in self.code.symbols)
            link = NextSymbol(tokens) if next_token else self.link
            width = tokens + 1 if next_token else self.width
            inner = teacher_of(self.network, Alphabet.of_size(tokens), link, self.encoding, width)
            kind = SpelledStates if isinstance(inner, RecurrentTeacher) else Spelled
            asked = kind(inner, self.alphabet, self.link, self.width, self.code)
            if asked.longest == 0:
                raise InputError(f"{self.architecture}, has no room for a word of one symbol; give symbols of fewer tokens")
        asked.told = self.told
        return asked  # type: ignore[no-any-return]


class Spelled(Described):
    """A teacher that asks another one about the tokens of words."""

    told: str = ""

    def __init__(self, tokens: Any, alphabet: Alphabet, link: Link, width: int, code: Code) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._tokens = tokens
        self._code = code
        self._following = isinstance(link, NextSymbol)

    @property
    def longest(self) -> int | None:
        """The length of words that fit into the model whatever their symbols are; None if there is no limit."""
        return self._code.room(longest_of(self._tokens), self._following)

    @property
    def parameter_bytes(self) -> int | None:
        """The memory of the model's parameters."""
        return parameter_bytes_of(self._tokens)

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        spelled = self._code.spelled(self.alphabet.words(words))
        if not self._following:
            return self._tokens.scores(spelled)  # type: ignore[no-any-return]
        beginnings = self._code.beginnings
        logs = self._tokens.scores([word + tokens for tokens in beginnings for word in spelled])
        return self._code.chained(logs.reshape(len(beginnings), len(spelled), -1))

    def exact(self) -> Teacher:
        """Raise InputError: the library computes the network, so there is no exact mode."""
        return exact(self._tokens)


class SpelledStates(Spelled):
    """The same for a teacher whose states have one size: the states after a symbol are those after its last token."""

    @property
    def tile(self) -> int:
        """The number of states that are advanced together."""
        return self._tokens.tile  # type: ignore[no-any-return]

    def start(self) -> States:
        """Return the state after ε."""
        return self._tokens.start()  # type: ignore[no-any-return]

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        table, lengths = self._code.table[symbols], self._code.lengths[symbols]
        states = self._tokens.advance(states, parents, table[:, 0])
        for depth in range(1, int(lengths.max(initial=0))):
            rows = np.flatnonzero(lengths > depth)
            after = self._tokens.advance(states, rows, table[rows, depth])
            states = after if len(rows) == len(symbols) else _replaced(states, rows, after)
        return states

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """Yield the states after each of the symbols, in their order; see `BranchingTeacher`."""
        rows = np.arange(len(states[-1]))
        for symbol in symbols:
            yield self.advance(states, rows, np.full(len(rows), symbol))

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width)."""
        if not self._following:
            return self._tokens.read(states)  # type: ignore[no-any-return]
        logs, after = [], dict[Word, States]()
        for tokens in self._code.beginnings:
            rows = np.arange(len(states[-1]))
            last = np.full(len(rows), tokens[-1:] or 0)
            after[tokens] = self._tokens.advance(after[tokens[:-1]], rows, last) if tokens else states
            logs.append(self._tokens.read(after[tokens]))
        return self._code.chained(np.stack(logs))

    def read_later(self, states: States) -> Any:
        """Return the scores of `read`, or an array that a device may still be computing; see `BranchingTeacher`."""
        return self.read(states) if self._following else self._tokens.read_later(states)

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        return scores_by_stepping(self, words)


def _replaced(states: States, rows: IntArray, others: States) -> States:
    """Return a copy of states with others in some rows."""
    with torch.inference_mode():
        where = torch.from_numpy(rows).to(states[-1].device)
        return tuple(part.index_copy(0, where, other) for part, other in zip(states, others, strict=True))


def check_prefix_free(alphabet: Alphabet, tokens: Sequence[tuple[int, ...]], place: Any) -> None:
    """Raise InputError if a symbol begins with all tokens of another: the probabilities of what follows would not add up."""
    names = dict(zip(tokens, alphabet, strict=True))
    for longer, symbol in names.items():
        for k in range(1, len(longer)):
            if (other := names.get(longer[:k])) is not None:
                raise InputError(
                    f"the tokens of the symbol {symbol!r} begin with those of {other!r} in {place}, so that a language "
                    "model does not tell which of them comes next; leave one of them out"
                )
