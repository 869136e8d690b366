"""What a student and its teacher answer together: a table of labels, and both beside the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.errors import InputError
from nerode.eval.comparable import answers, comparable
from nerode.eval.frames import lines_of
from nerode.eval.intervals import clopper_pearson
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher, longest_of
from nerode.words import IntArray, Words, frozen_array

NONE = -1  # the label of a word to which an answer is no number
MOST_SHOWN = 20  # outcomes in a table for people


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many words get which labels.

    Parameters
    ----------
    counts : (classes, classes), the teacher's label by the student's
    unanswered : (classes,), by the teacher's label, words to which the student's answer is no number
    """

    counts: IntArray
    unanswered: IntArray

    def __post_init__(self) -> None:
        for name in ("counts", "unanswered"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.int64))

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON: rows are the teacher's classes, columns the student's."""
        return {"counts": self.counts.tolist(), "unanswered": self.unanswered.tolist()}

    def __str__(self) -> str:
        return self.text()

    def text(self, corner: str = "network \\ automaton", names: Sequence[str] = ()) -> str:
        """Return a table with names of the classes, or else with their numbers; the corner says whose rows and columns are."""
        classes = names or [str(label) for label in range(len(self.counts))]
        some = bool(self.unanswered.any())
        rows = [[corner, *classes, *(["no answer"] if some else [])]]
        for label, row, missing in zip(classes, self.counts.tolist(), self.unanswered.tolist(), strict=True):
            rows.append([label, *(f"{count:,}" for count in row), *([f"{missing:,}"] if some else [])])
        return "\n".join(lines_of(rows))


@dataclass(frozen=True)
class Accuracy:
    """The share of words with the true label, and its 95 % interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Outcome:
    """How many words have one true label, one of the teacher, and one of the student; None where an answer is no number."""

    truth: int
    teacher: int | None
    student: int | None
    count: int


@dataclass(frozen=True)
class Outcomes:
    """A student and its teacher beside the true labels of words.

    Parameters
    ----------
    outcomes : those that occur, the most frequent first
    words : how many were asked
    left_out : how many were not, since the teacher reads no words of their length
    """

    outcomes: tuple[Outcome, ...]
    words: int
    teacher: Accuracy
    student: Accuracy
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self) | {"outcomes": [asdict(outcome) for outcome in self.outcomes]}

    def __str__(self) -> str:
        return self.text()

    def text(self, classes: Sequence[str] = ()) -> str:
        """Return a table of the outcomes and the accuracies; with the names of all classes, if they are given."""
        rows = [["truth", "network", "student", "words"]]
        for outcome in self.outcomes[:MOST_SHOWN]:
            labels = (outcome.truth, outcome.teacher, outcome.student)
            said = ("no answer" if label is None else classes[label] if classes else str(label) for label in labels)
            rows.append([*said, f"{outcome.count:,}"])
        lines = lines_of(rows)
        if others := self.outcomes[MOST_SHOWN:]:
            lines.append(f"and {sum(outcome.count for outcome in others):,} words of {len(others)} other kinds, see --json")
        for name, accuracy in (("network", self.teacher), ("student", self.student)):
            between = "" if accuracy.low is None else f", 95 % interval {accuracy.low:.2%} to {accuracy.high:.2%}"
            lines.append(f"accuracy of the {name}: {accuracy.value:.2%}{between}")
        return "\n".join(lines + ([f"too long for the network: {counted(self.left_out, 'word')}"] if self.left_out else []))


def confusion(student: Teacher, teacher: Teacher, words: Iterable[Any]) -> Confusion:
    """Return how many of the words (indices, symbols or text) get which labels of two classifiers.

    Raises
    ------
    InputError : two functions that are no classifiers of one kind, no words, unknown symbols, or an answer of the teacher that
        is not a number
    """
    student, teacher = comparable(student, teacher)
    parsed = _classified(teacher, words)
    ours, theirs = labels_of(student, parsed), labels_of(teacher, parsed)
    if (theirs == NONE).any():
        word = teacher.alphabet.text(parsed[int((theirs == NONE).argmax())])
        raise InputError(f"the teacher's answer to the word {word} is not a number; leave such words out")
    return _table(theirs, ours, answers(teacher))


def beside_labels(student: Teacher, words: Iterable[Any], labels: Iterable[int]) -> tuple[Accuracy, Confusion]:
    """Return how often a classifier gives words their true labels, and how many get which; its rows are the true ones.

    Parameters
    ----------
    words : n words, as indices, symbols or text; one that comes several times counts each time
    labels : (n,), from 0 on

    Raises
    ------
    InputError : what is no classifier, labels that do not fit the words or the classes, or no words
    """
    parsed, true = _classified(student, words), np.array(list(labels))
    _check_labels(true, parsed, answers(student))
    ours = labels_of(student, parsed)
    return _accuracy(ours == true), _table(true, ours, answers(student))


def _check_labels(true: IntArray, words: Words, classes: int) -> None:
    if true.shape != (len(words),) or true.dtype.kind not in "iu" or true.min() < 0 or true.max() >= classes:
        raise InputError(f"the true labels must be whole numbers from 0 to {classes - 1}, one for each of {len(words):,} words")


def _table(theirs: IntArray, ours: IntArray, classes: int) -> Confusion:
    answered = ours != NONE
    cells = np.bincount(theirs[answered] * classes + ours[answered], minlength=classes**2)
    return Confusion(cells.reshape(classes, classes), np.bincount(theirs[~answered], minlength=classes))


def outcomes(student: Teacher, teacher: Teacher, words: Iterable[Any], labels: Iterable[int]) -> Outcomes:
    """Return how often which labels come together: the true one, the teacher's and the student's.

    Parameters
    ----------
    words : n words, as indices, symbols or text; those that the teacher does not read are left out
    labels : (n,), their true labels, with the numbers that the classes have for the teacher

    Raises
    ------
    InputError : two functions that are no classifiers of one kind, labels that do not fit the words or the classes, or no words
    """
    student, teacher = comparable(student, teacher)
    parsed, true = _classified(teacher, words), np.array(list(labels))
    _check_labels(true, parsed, answers(teacher))
    longest = longest_of(teacher)
    read = [i for i, word in enumerate(parsed) if longest is None or len(word) <= longest]
    if not read:
        raise InputError(f"the network reads words of at most {longest} letters, and all labelled words are longer")
    asked, true = [parsed[i] for i in read], true[read]
    theirs, ours = labels_of(teacher, asked), labels_of(student, asked)
    found = Counter(zip(true.tolist(), theirs.tolist(), ours.tolist(), strict=True))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return Outcomes(
        tuple(Outcome(t, _known(b), _known(a), count) for (t, b, a), count in ordered),
        len(asked),
        _accuracy(theirs == true),
        _accuracy(ours == true),
        len(parsed) - len(asked),
    )


def labels_of(classifier: Teacher, words: Words) -> IntArray:
    """Return the labels (n,) of words, NONE where an answer is no number."""
    with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word
        scores = classifier.scores(words)
    return np.where(np.isnan(scores).any(axis=1), NONE, classifier.link.labels(scores))


def some_words(teacher: Teacher, words: Iterable[Any]) -> Words:
    parsed = teacher.alphabet.words(words)
    if not parsed:
        raise InputError("there is no word to compare on; give at least one")
    return parsed


def _classified(teacher: Teacher, words: Iterable[Any]) -> Words:
    if teacher.link.task != CLASSIFIER:
        raise InputError(f"a table of labels is for classifiers; the task of this network is {teacher.link.task!r}")
    return some_words(teacher, words)


def _accuracy(right: Any) -> Accuracy:
    return Accuracy(float(right.mean()), *clopper_pearson(float(right.sum()), float(len(right))))


def _known(label: int) -> int | None:
    return None if label == NONE else label
