"""A teacher that remembers its answers: the parts of a page ask about many words more than once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher, Wrapper
from nerode.words import FloatArray, Word

LARGEST = 50_000_000  # scores that are remembered, 400 MB


class Remembering(Wrapper):
    """A teacher of whole words that is asked about each word once. Longer answers than LARGEST in all are not kept."""

    def __init__(self, teacher: Teacher) -> None:
        super().__init__(teacher)
        self._known: dict[Word, FloatArray] = {}

    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Return the scores (n, width) of n words."""
        parsed = self.alphabet.words(words)
        new = [word for word in dict.fromkeys(parsed) if word not in self._known]
        if not new and not parsed:
            return self._asked.scores([])
        answers = dict(zip(new, self._asked.scores(new), strict=True)) if new else {}
        if (len(self._known) + len(new)) * self.width <= LARGEST:
            self._known |= answers
        return np.stack([answers[word] if word in answers else self._known[word] for word in parsed])


def remembering(teacher: Teacher) -> Teacher:
    """Return the teacher with a memory; itself where it keeps states, which make it cheap to ask again."""
    return teacher if isinstance(teacher, SteppingTeacher | TwoWayTeacher) else Remembering(teacher)
