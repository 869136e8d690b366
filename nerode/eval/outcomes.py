"""What a student and its teacher answer together: a table of labels, the calibration of probabilities, and both beside the truth.

Calibration compares probabilities in bins, as in a reliability diagram (DeGroot and Fienberg: The comparison and evaluation of
forecasters, The Statistician 32, 1983). Here the teacher's probability takes the place of the share of events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax, softmax

from nerode.automata.diagram import counted
from nerode.errors import InputError
from nerode.eval.columns import chunks
from nerode.eval.comparable import answers, comparable
from nerode.eval.frames import lines_of
from nerode.eval.intervals import clopper_pearson
from nerode.links import CLASSIFIER, SCORES, Binary, NextSymbol
from nerode.protocols import Teacher, longest_of, only_labels
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Words, frozen_array

BINS = 10  # of probabilities, equally wide, up to the largest
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
        classes = range(len(self.counts))
        some = bool(self.unanswered.any())
        rows = [["network \\ automaton", *map(str, classes), *(["no answer"] if some else [])]]
        for label, row, missing in zip(classes, self.counts.tolist(), self.unanswered.tolist(), strict=True):
            rows.append([str(label), *(f"{count:,}" for count in row), *([f"{missing:,}"] if some else [])])
        return "\n".join(lines_of(rows))


@dataclass(frozen=True)
class CalibrationBin:
    """The probabilities from `low` to `high` that the student gives: how many, their mean, and that of the teacher's."""

    low: float
    high: float
    count: int
    student: float
    teacher: float


@dataclass(frozen=True)
class Calibration:
    """The probabilities of a student beside those of its teacher.

    Parameters
    ----------
    of : what they are probabilities of
    bins : those with any, the least probabilities first
    gap : the mean distance of the two means of a bin, weighed by its count: the expected calibration error (Guo, Pleiss, Sun and
        Weinberger: On calibration of modern neural networks, ICML 2017) against the teacher; None without any probability
    unscored : words on which the student gives no probability
    """

    of: str
    bins: tuple[CalibrationBin, ...]
    gap: float | None
    unscored: int

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return {"of": self.of, "bins": [asdict(part) for part in self.bins], "gap": self.gap, "unscored": self.unscored}

    def __str__(self) -> str:
        rows = [["probability", "count", "automaton", "network"]]
        for part in self.bins:
            between = f"{part.low:.3g} to {part.high:.3g}"
            rows.append([between, f"{part.count:,}", f"{part.student:.4f}", f"{part.teacher:.4f}"])
        gap = "undefined" if self.gap is None else f"{self.gap:.4f}"
        lost = f"; no probability of {counted(self.unscored, 'word')}" if self.unscored else ""
        return "\n".join(lines_of(rows)) + f"\nmean probability of {self.of}; mean distance {gap}{lost}"


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
    classes = answers(teacher)
    answered = ours != NONE
    cells = np.bincount(theirs[answered] * classes + ours[answered], minlength=classes**2)
    return Confusion(cells.reshape(classes, classes), np.bincount(theirs[~answered], minlength=classes))


def calibration(student: Teacher, teacher: Teacher, words: Iterable[Any]) -> Calibration | None:
    """Return the probabilities of a student in bins, beside those of its teacher; None where one of them has none.

    They are those of class 1 of two classes, of each class of several, and of each letter and the end after each prefix for
    language models, renormalised over these. The margin of two classes is a log-odds ratio, and the scores of several are
    logarithms up to a constant. A DFA has no probabilities, nor has a function that answers with labels, nor a value.

    Raises
    ------
    InputError : two functions that are not of one kind, no words, or unknown symbols
    """
    student, teacher = comparable(student, teacher)
    parsed = _some(teacher, words)
    if not (_has_probabilities(student) and _has_probabilities(teacher)):
        return None
    sums = np.zeros((3, BINS))  # counts, and both probabilities summed
    unscored = 0
    parts = list(chunks(parsed, answers(teacher)))
    largest = max(np.nanmax(_probabilities(student, part)[0], initial=0.0) for part in parts)
    for part in parts:
        ours, offsets = _probabilities(student, part)
        theirs, _ = _probabilities(teacher, part)
        known = np.isfinite(ours).all(axis=1)
        unscored += int(np.logical_or.reduceat(~known, offsets).sum())
        known &= np.isfinite(theirs).all(axis=1)  # what follows a word that the teacher takes to be impossible
        place = np.minimum((BINS / (largest or 1.0) * ours[known]).astype(np.int64), BINS - 1).ravel()
        sums += [np.bincount(place, weights, BINS) for weights in (None, ours[known].ravel(), theirs[known].ravel())]
    bins = []
    for i, (count, p, q) in enumerate(sums.T.tolist()):
        if count:
            bins.append(CalibrationBin(i / BINS * largest, (i + 1) / BINS * largest, int(count), p / count, q / count))
    gap = float(np.abs(sums[1] - sums[2]).sum() / sums[0].sum()) if bins else None
    following = "each letter and the end" if getattr(teacher.link, "ends", True) else "each letter"
    of = f"{following} after each prefix" if isinstance(teacher.link, NextSymbol) else "each class"
    of = "class 1" if answers(teacher) == 2 and teacher.link.task == CLASSIFIER else of
    return Calibration(of, tuple(bins), gap, unscored)


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
    classes = answers(teacher)
    if true.shape != (len(parsed),) or true.dtype.kind not in "iu" or true.min() < 0 or true.max() >= classes:
        raise InputError(f"the true labels must be whole numbers from 0 to {classes - 1}, one for each of {len(parsed):,} words")
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


def _some(teacher: Teacher, words: Iterable[Any]) -> Words:
    parsed = teacher.alphabet.words(words)
    if not parsed:
        raise InputError("there is no word to compare on; give at least one")
    return parsed


def _classified(teacher: Teacher, words: Iterable[Any]) -> Words:
    if teacher.link.task != CLASSIFIER:
        raise InputError(f"a table of labels is for classifiers; the task of this network is {teacher.link.task!r}")
    return _some(teacher, words)


def _has_probabilities(function: Teacher) -> bool:
    return function.link.task != SCORES and not only_labels(function)


def _probabilities(function: Teacher, words: Words) -> tuple[FloatArray, IntArray]:
    """Return probabilities (rows, k), and the first row (n,) of each word."""
    with np.errstate(all="ignore"):  # a weighted automaton may overflow; what follows an impossible word has no meaning
        if isinstance(function.link, NextSymbol):
            scores, offsets = prefix_scores(function, words)
            logs = function.link.log_probabilities(scores)[:, : function.link.letters + function.link.ends]
            return np.exp(log_softmax(logs, axis=1)), offsets[:-1]
        scores = function.scores(words)
        chances = expit(scores) if isinstance(function.link, Binary) else softmax(scores, axis=1)
        return chances[:, 1:] if chances.shape[1] == 2 else chances, np.arange(len(words))  # two scores or a margin: class 1


def _accuracy(right: Any) -> Accuracy:
    return Accuracy(float(right.mean()), *clopper_pearson(float(right.sum()), float(len(right))))


def _known(label: int) -> int | None:
    return None if label == NONE else label
