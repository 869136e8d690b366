"""What a counterexample teaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nerode.automata.dfa import DFA
from nerode.protocols import Teacher
from nerode.words import IntArray, Word


def distinguishing_suffix(hypothesis: DFA, access: Sequence[Word], teacher: Teacher, word: Word) -> Word | None:
    """The suffix of a counterexample that tells two words apart which the hypothesis takes for one state.

    Rivest and Schapire: replace a growing prefix of the word by the access word of its state; somewhere the teacher's
    answer changes, and binary search finds such a place with log₂ |word| queries.

    Parameters
    ----------
    access : the access word of each state

    Returns
    -------
    None where the word is no counterexample by the teacher's answers of now.
    """
    path = states_along(hypothesis, word)

    def answer(cut: int) -> int:
        return int(teacher.link.labels(teacher.scores([access[path[cut]] + word[cut:]]))[0])

    low, high = 0, len(word)
    first = answer(low)
    if first == hypothesis.labels[path[high]]:
        return None
    # the answer at `low` equals the first one, the answer at `high` (the hypothesis' own) differs
    while high - low > 1:
        middle = (low + high) // 2
        if answer(middle) == first:
            low = middle
        else:
            high = middle
    return word[high:]


def states_along(dfa: DFA, word: Word) -> IntArray:
    """The states (|word| + 1,) that a word passes, the initial one first."""
    path = np.empty(len(word) + 1, np.int64)
    path[0] = state = dfa.initial
    for position, symbol in enumerate(word, start=1):
        path[position] = state = dfa.transitions[state, symbol]
    return path
