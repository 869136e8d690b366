"""The settings of learning a visibly pushdown automaton."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.vpa import letter_kinds
from nerode.errors import InputError
from nerode.protocols import Teacher
from nerode.words import Alphabet, IntArray


@dataclass(frozen=True)
class VpaSettings:
    """The letters that push and pop; where none are named, they are found.

    Parameters
    ----------
    calls, returns : letters, as text, symbols or indices; both or neither
    """

    calls: str | Iterable[Any] | None = None
    returns: str | Iterable[Any] | None = None

    def check(self, teacher: Teacher) -> None:
        """Check the settings, and that the teacher accepts or rejects.

        Raises
        ------
        InputError : calls without returns, unknown letters, letters in both, or a teacher of more than two classes
        """
        if teacher.width > 2:
            raise InputError(
                f"a VPA accepts or rejects, and this teacher tells {teacher.width} classes apart; learn a DFA (--method lstar)"
            )
        self.kinds(teacher.alphabet)

    def kinds(self, alphabet: Alphabet) -> IntArray | None:
        """Return CALL, RETURN or INTERNAL (Σ,) for each letter; None where they are to be found."""
        if self.calls is None and self.returns is None:
            return None
        if self.calls is None or self.returns is None:
            raise InputError("calls and returns are named together; name both, or neither to have them found")
        calls, returns = (np.unique(np.array(alphabet.word(some), np.int64)) for some in (self.calls, self.returns))
        if not len(calls) or not len(returns):
            raise InputError("there must be at least one call and one return")
        return letter_kinds(len(alphabet), calls, returns)
