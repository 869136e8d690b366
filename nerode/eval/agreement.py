"""Which of three classifiers are right together, and how sure each is: a teacher, its student, and one of labels alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from nerode.eval.frames import lines_of
from nerode.eval.outcomes import labels_of
from nerode.links import Binary
from nerode.protocols import Teacher, only_labels
from nerode.words import BoolArray, FloatArray, IntArray, Words

SHOWN = 8  # words on which a student is right against its teacher


@dataclass(frozen=True)
class Together:
    """The words on which the classifiers are right or wrong in one way.

    Parameters
    ----------
    right : of each classifier by name, whether it is
    words : how many words; a word counts once for each student of the same kind that was judged on it
    sure : the mean probability that each gives to its own answer; None where it gives none, or where there are no words
    """

    right: Mapping[str, bool]
    words: int
    sure: Mapping[str, float | None]


@dataclass(frozen=True)
class Agreement:
    """All ways to be right or wrong, and words on which the student is right against its teacher.

    Parameters
    ----------
    rows : 2³, all right first
    against : the text of each such word, its true class and the teacher's, those first on which most students are right
    """

    rows: tuple[Together, ...]
    against: tuple[tuple[str, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        names = list(self.rows[0].right)
        total = sum(row.words for row in self.rows)
        lines = [[*names, "words", *(f"sure: {name}" for name in names)]]
        for row in self.rows:
            sure = ["–" if value is None else f"{value:.2f}" for value in row.sure.values()]
            lines.append(
                [*("right" if right else "wrong" for right in row.right.values()), f"{row.words / max(1, total):.2%}", *sure]
            )
        shown = [f"  {word}: {truth}, by the teacher {theirs}" for word, truth, theirs in self.against]
        return "\n".join(
            [*lines_of(lines), *(["Words on which the student is right against its teacher:", *shown] if shown else [])]
        )


@dataclass(frozen=True, eq=False)
class Judged:
    """What a classifier says of n words.

    Parameters
    ----------
    right : (n,), whether its label is the true one
    sure : (n,), the probability that it gives to its label; None where it has labels alone
    labels : (n,)
    """

    right: BoolArray
    sure: FloatArray | None
    labels: IntArray


def judged(classifier: Teacher, words: Words, truth: IntArray) -> Judged:
    """Return what a classifier says of words with these true labels (n,)."""
    labels = labels_of(classifier, words)
    if only_labels(classifier):
        return Judged(labels == truth, None, labels)
    scores = classifier.scores(words)
    sure = expit(np.abs(scores[:, 0])) if isinstance(classifier.link, Binary) else softmax(scores, axis=1).max(axis=1)
    return Judged(labels == truth, sure, labels)


def agreement(
    teacher: Judged,
    control: Sequence[Judged],
    student: Sequence[Judged],
    texts: Sequence[str],
    truth: IntArray,
    classes: Sequence[str],
) -> Agreement:
    """Return how often which of three are right together.

    Parameters
    ----------
    control, student : as many students of labels alone as students of the teacher, in pairs
    texts, truth : (n,), the words, and their true labels
    classes : their names
    """
    trios = [{"teacher": teacher, "control": one, "student": other} for one, other in zip(control, student, strict=True)]
    rows = []
    for case in product((True, False), repeat=3):
        right = dict(zip(("teacher", "control", "student"), case, strict=True))
        chosen = [np.logical_and.reduce([trio[name].right == right[name] for name in right]) for trio in trios]
        rows.append(
            Together(
                right,
                int(sum(each.sum() for each in chosen)),
                {name: _mean([trio[name].sure for trio in trios], chosen) for name in right},
            )
        )
    times = np.sum([~teacher.right & each.right for each in student], axis=0)
    best = [i for i in np.argsort(-times, kind="stable").tolist() if times[i]][:SHOWN]
    return Agreement(tuple(rows), tuple((texts[i], classes[truth[i]], classes[teacher.labels[i]]) for i in best))


def _mean(sure: Sequence[FloatArray | None], chosen: Sequence[BoolArray]) -> float | None:
    parts = [each[rows] for each, rows in zip(sure, chosen, strict=True) if each is not None]
    values = np.concatenate(parts) if parts else np.zeros(0)
    return float(values.mean()) if len(values) else None
