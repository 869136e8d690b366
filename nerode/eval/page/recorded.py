"""The network's answers that a page brings along: a page cannot ask a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.domains import domain_of
from nerode.eval.worth import along
from nerode.links import SCORES, Multiclass
from nerode.protocols import Teacher
from nerode.words import BoolArray, FloatArray, IntArray, Word, Words

MOST_SCORES = 64  # of each answer that are kept; more classes have labels only


@dataclass(frozen=True, eq=False)
class Recorded:
    """The answers of a network to words and to all their prefixes, as a tree; each node is a word.

    Where words have one length, prefixes have no answers.

    Parameters
    ----------
    parents, letters : (n,), of each node the word before its last letter, and this letter; the first node is ε, with −1 and −1
    numbers : (n, k), the answers, see `along`; NaN where there are too many classes to keep their scores, or no answer
    labels : (n,); None where there are none
    known : (n,), whether there is an answer
    """

    parents: IntArray
    letters: IntArray
    numbers: FloatArray
    labels: IntArray | None
    known: BoolArray

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON; what is not finite is None."""
        numbers = [[value if np.isfinite(value) else None for value in row] for row in self.numbers.tolist()]
        return {
            "parents": self.parents.tolist(),
            "letters": self.letters.tolist(),
            "numbers": numbers,
            "labels": None if self.labels is None else self.labels.tolist(),
            "known": self.known.tolist(),
        }


def recorded(teacher: Teacher, words: Words) -> Recorded:
    """Ask a network about words and all their prefixes, each once."""
    if not words:
        raise ValueError("there are no words to record")
    whole = domain_of(teacher) is not None  # no prefix has an answer
    if whole:
        words = [word for word in words if len(word) == domain_of(teacher).length]  # type: ignore[union-attr]
        scores, logs = teacher.scores(words), None
        offsets = np.arange(len(words))
    else:
        scores, logs, offsets = along(teacher, words)
    place: dict[Word, int] = {(): 0}
    parents, letters, rows = [-1], [-1], [-1 if whole else 0]
    for i, word in enumerate(words):
        for k in range(1, len(word) + 1):
            if word[:k] not in place:
                place[word[:k]] = len(place)
                parents.append(place[word[: k - 1]])
                letters.append(word[k - 1])
                rows.append(-1 if whole else int(offsets[i]) + k)
        if whole:
            rows[place[word]] = i
    known = np.array(rows) >= 0
    labels = None if teacher.link.task == SCORES else teacher.link.labels(scores[rows])
    numbers = scores[rows] if logs is None else logs[rows][:, None]
    if isinstance(teacher.link, Multiclass) and teacher.width > MOST_SCORES:
        numbers = np.full((len(rows), 1), np.nan)  # a lead needs all scores
    numbers = np.where(known[:, None], numbers[:, :MOST_SCORES], np.nan)
    return Recorded(np.array(parents), np.array(letters), numbers, labels, known)
