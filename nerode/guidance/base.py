"""What constraints have in common: which tokens may come next after a state, and which state they lead to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np

from nerode.errors import InputError
from nerode.words import BoolArray, IntArray

NOTHING = "no accepted text can be written with these tokens; the automaton or grammar has none, or its symbols are no tokens"


class Constraint(ABC):
    """Which tokens may come next. A state is what the tokens so far lead to.

    Attributes
    ----------
    initial : the state of the empty text
    size : the number of tokens
    end : the token that ends the text
    """

    initial: Any
    size: int
    end: int

    @abstractmethod
    def mask(self, state: Any) -> BoolArray:
        """Return whether each token (size,) may come next; the one that ends the text may where the text may end.

        Raises
        ------
        InputError : a state that the constraint does not have
        """

    @abstractmethod
    def after(self, state: Any, token: int) -> Any:
        """Return the state after one more token, which is not the one that ends the text.

        Raises
        ------
        InputError : a token that is not allowed, or a state that the constraint does not have
        """

    def allowed(self, state: Any) -> IntArray:
        """Return the tokens that may come next, ascending. See `mask`."""
        return np.flatnonzero(self.mask(state))

    def accepts(self, tokens: Iterable[int]) -> bool:
        """Return whether the text of tokens, without the one that ends it, is accepted."""
        state = self.initial
        try:
            for token in tokens:
                state = self.after(state, token)
        except InputError:
            return False
        return bool(self.mask(state)[self.end])


def forbidden(token: int) -> InputError:
    """Return the error of a token that is not allowed."""
    return InputError(f"the token {token!r} is not allowed here")
