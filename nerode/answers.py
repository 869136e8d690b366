"""What the answers of a function mean, and the scores that they become.

A function answers a word with a label, a number or a list of numbers. A `Meaning` turns answers into the scores of a teacher.
`recognised` finds the meaning from the answers to a few hundred words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan
from numbers import Real
from typing import Any

import numpy as np

from nerode.errors import InputError, TeacherError, shown
from nerode.links import Binary, Link, Multiclass, NextSymbol, Value
from nerode.words import FloatArray

Answer = bool | int | float | str | tuple[float, ...]
"""The answer to a word: a label, a number, or two and more numbers."""

SUM = 1e-3  # how far probabilities that were rounded may add up to something else than 1
FLOOR = 1e-10  # probabilities below are raised to it, so that scores are finite
MOST_CLASSES = 10  # different whole numbers that are taken for classes; more are taken for values
ACCEPTING = {"1", "+", "yes", "true", "accept", "accepted", "positive", "valid"}  # names of class 1, of two
LISTED = ("scores", "probabilities")  # what answers may give of each class
WIDEST = 10_000  # classes that a DFA can have


def plain(answer: Any) -> Answer:
    """Return an answer without arrays and tensors around it; a list of one number is the number.

    Raises
    ------
    TypeError : neither a label nor a number nor a list of numbers
    """
    if type(answer) in (bool, int, float, str):
        return answer  # type: ignore[no-any-return]
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, list | tuple) and answer:
        if len(answer) == 1:
            return plain(answer[0])
        parts = [plain(part) for part in answer]
        if not any(isinstance(part, str | tuple) for part in parts):
            return tuple(map(float, parts))  # type: ignore[arg-type]
    for kind in (bool, int, float, str):  # and classes derived from them, such as enumerations
        if isinstance(answer, kind):
            return kind(answer)
    if isinstance(answer, Real):
        return float(answer)
    raise TypeError("an answer is a label, a number or a list of numbers")


@dataclass(frozen=True)
class Meaning:
    """What answers mean.

    Parameters
    ----------
    gives : a name in GIVES
    width, link : of the scores
    classes : what the answers call class 0, 1, …; empty where answers are no labels
    columns : the names of the classes whose scores or probabilities the answers are; empty where nobody named them
    """

    gives: str
    width: int
    link: Link
    classes: tuple[Answer, ...] = ()
    columns: tuple[Answer, ...] = ()

    def scores(self, answers: Sequence[Any], name: Callable[[int], str]) -> FloatArray:
        """Return the scores (n, width) of n answers.

        Parameters
        ----------
        name : returns the word of an answer as text, for error messages

        Raises
        ------
        TeacherError : an answer that has another meaning
        """
        plains: list[Answer] = []
        for i, answer in enumerate(answers):
            try:
                plains.append(plain(answer))
            except TypeError as error:
                raise TeacherError(f"the answer to the word {name(i)} is {shown(answer)}; {error}") from error
        if self.classes:
            return self._of_labels(plains, name)
        scores = np.empty((len(plains), self.width))
        for i, row in enumerate(plains):
            numbers = row if isinstance(row, tuple) else (row,)
            wrong = "one number is expected" if self.width == 1 else f"{self.width} numbers are expected"
            if len(numbers) == self.width and not isinstance(numbers[0], str):
                scores[i] = numbers
                wrong = "not a number" if any(map(isnan, numbers)) else GIVES[self.gives].fault(numbers)  # type: ignore[arg-type]
            if wrong:
                raise TeacherError(f"the answer to the word {name(i)} is {shown(row)}; {wrong}")
        return GIVES[self.gives].scored(scores)

    def _of_labels(self, labels: list[Answer], name: Callable[[int], str]) -> FloatArray:
        """Return margins of +1 and −1, or one-hot classes."""
        index = {label: i for i, label in enumerate(self.classes)}
        rows = [-1 if isinstance(label, tuple) else index.get(label, -1) for label in labels]
        if -1 in rows:
            i = rows.index(-1)
            known = ", ".join(map(shown, self.classes[:12])) + (", …" if len(self.classes) > 12 else "")
            raise TeacherError(
                f"the answer to the word {name(i)} is {shown(labels[i])}, and the classes are {known}; name all classes"
            )
        if len(self.classes) == 2:
            return np.where(np.array(rows, np.int64) == 1, 1.0, -1.0)[:, None]
        scores: FloatArray = np.zeros((len(rows), len(self.classes)))
        scores[np.arange(len(rows)), rows] = 1.0
        return scores


@dataclass(frozen=True)
class Kind:
    """A kind of answers that are numbers.

    Parameters
    ----------
    scored : returns the scores of numbers (n, width)
    fault : returns what is wrong with the numbers of an answer, "" for nothing
    """

    scored: Callable[[FloatArray], FloatArray]
    fault: Callable[[tuple[float, ...]], str] = lambda numbers: ""


def _log_odds(numbers: FloatArray) -> FloatArray:
    """Return the margin log p − log (1 − p) of one probability p, or the logarithms of several."""
    if numbers.shape[1] == 1:
        logs: FloatArray = np.log(np.maximum(numbers, FLOOR)) - np.log(np.maximum(1 - numbers, FLOOR))
        return logs
    return _logs(numbers)


def _logs(numbers: FloatArray) -> FloatArray:
    logs: FloatArray = np.log(np.maximum(numbers, FLOOR))
    return logs


def _no_distribution(numbers: tuple[float, ...]) -> str:
    if len(numbers) == 1:
        return "" if 0 <= numbers[0] <= 1 else "a probability is a number from 0 to 1"
    return "" if _distribution(numbers) else "probabilities are not negative and add up to 1"


def _distribution(numbers: tuple[float, ...]) -> bool:
    return min(numbers) >= 0 and abs(sum(numbers) - 1) <= SUM


GIVES: dict[str, Kind] = {
    "labels": Kind(lambda numbers: numbers),  # Meaning has their classes
    "scores": Kind(lambda numbers: numbers),
    "values": Kind(lambda numbers: numbers),
    "probabilities": Kind(_log_odds, _no_distribution),
    "next": Kind(_logs, _no_distribution),
}
"""What a function can give, by name."""


def recognised(answers: Sequence[Answer], letters: int, gives: str | None, classes: Sequence[Answer] | None) -> Meaning:
    """Return the meaning of answers.

    Parameters
    ----------
    letters : size of the alphabet
    gives : a name in GIVES; None where the answers decide
    classes : names of the classes, in order: of labels, or of the numbers of each answer; None where the answers decide

    Raises
    ------
    InputError : answers of different kinds, or classes that cannot be told from these answers
    """
    if gives is not None and gives not in GIVES:
        raise InputError(f"unknown kind of answers {gives!r}; choose one of {', '.join(GIVES)}")
    if classes is not None and gives in (None, *LISTED) and (kind := _listed(answers, letters, gives, classes)):
        return _of_columns(answers, kind, _named(classes))
    if classes is not None and gives not in (None, "labels"):
        raise InputError(
            f"classes are for functions that give labels, or a number for each class, not {gives}; leave the classes out"
        )
    if classes is not None or (gives or _kind(answers, letters)) == "labels":
        return _labels(_named(classes) if classes is not None else _classes(answers))
    gives = gives or _kind(answers, letters)
    width = letters + 1 if gives == "next" else 1 if gives == "values" else _width(answers)
    links: dict[str, Link] = {"next": NextSymbol(letters), "values": Value()}
    return Meaning(gives, width, links.get(gives, Binary() if width == 1 else Multiclass()))


def _kind(answers: Sequence[Answer], letters: int) -> str:
    """Return the kind of answers, by the rules in docs/functions.md."""
    types = set(map(type, answers))
    if types <= {str} or types <= {bool}:
        return "labels"
    if types <= {bool, int}:
        return "labels" if len(set(answers)) <= MOST_CLASSES else "values"
    if types == {tuple}:
        if not _distributions(answers):
            return "scores"
        return "next" if _width(answers) == letters + 1 else "probabilities"
    if types & {str, tuple}:
        raise InputError(f"the answers are of different kinds: {_examples(answers)}; answer all words alike")
    numbers = [float(answer) for answer in answers]  # type: ignore[arg-type]
    if set(numbers) <= {0.0, 1.0}:
        return "labels"
    return "probabilities" if 0 <= min(numbers) <= 0.5 < max(numbers) <= 1 else "values"


def _distributions(answers: Sequence[Answer]) -> bool:
    """Return whether all answers are lists of numbers that are not negative and add up to 1."""
    return all(isinstance(answer, tuple) and _distribution(answer) for answer in answers)


def _listed(answers: Sequence[Answer], letters: int, gives: str | None, classes: Sequence[Answer]) -> str | None:
    """Return which of LISTED the answers give of the named classes; None where they are labels or have no such meaning.

    Lists of numbers are of all classes. A single number is of class 1, of two that have texts for names.
    """
    types = set(map(type, answers))
    if types == {tuple}:
        return gives or ("probabilities" if _distributions(answers) else "scores")
    if types == {float} and set(map(type, classes)) == {str} and (gives or _kind(answers, letters)) in LISTED:
        return gives or _kind(answers, letters)
    return None


def _of_columns(answers: Sequence[Answer], gives: str, names: tuple[Answer, ...]) -> Meaning:
    """Return the meaning of answers that list a number for each of the named classes, or for class 1 of two."""
    width = _width(answers)
    if max(2, width) != len(names):
        many = "number" if width == 1 else "numbers"
        raise InputError(
            f"{len(names)} classes are named, and each answer has {width} {many}; name a class for each number, or two for one"
        )
    return Meaning(gives, width, Binary() if width == 1 else Multiclass(), columns=names)


def _width(answers: Sequence[Answer]) -> int:
    widths = {0 if isinstance(answer, str) else len(answer) if isinstance(answer, tuple) else 1 for answer in answers}
    if len(widths) > 1 or widths == {0}:
        raise InputError(f"numbers are expected, as many for each word, not {_examples(answers)}; answer all words alike")
    return widths.pop()


def _labels(classes: tuple[Answer, ...]) -> Meaning:
    if not 2 <= len(classes) <= WIDEST:
        known = f"all {len(classes):,} of them" if len(classes) > 1 else f"only {', '.join(map(shown, classes))}"
        raise InputError(
            f"2 to {WIDEST:,} classes can be told apart, and the answers were {known}; name them (--classes, classes=)"
        )
    return Meaning("labels", 1 if len(classes) == 2 else len(classes), Binary() if len(classes) == 2 else Multiclass(), classes)


def _named(classes: Sequence[Answer]) -> tuple[Answer, ...]:
    named = tuple(map(plain, classes))
    if len(set(named)) < len(named):
        raise InputError(f"a class is named twice: {', '.join(map(shown, named))}; name each once")
    return named


def _classes(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the classes in order: texts as `in_order` has them, and 0 … the largest where they are whole numbers from 0 on."""
    found = set(answers)
    if any(isinstance(label, tuple) for label in found) or len({isinstance(label, str) for label in found}) > 1:
        raise InputError(f"labels are expected, not {_examples(answers)}; answer all words alike")
    if set(map(type, found)) <= {bool}:
        return False, True
    if any(isinstance(label, str) for label in found):
        return in_order(map(str, found))
    numbers: list[float] = sorted(float(label) for label in found)  # type: ignore[arg-type]
    if any(number != number // 1 or abs(number) == inf for number in numbers):
        raise InputError(f"labels are truth values, whole numbers or texts, not {_examples(answers)}; say what is given instead")
    whole = tuple(map(int, numbers))
    return tuple(range(max(2, whole[-1] + 1))) if whole[0] >= 0 and whole[-1] < WIDEST else whole


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of classes in order: whole numbers by size, others as text; of two, class 1 is the accepting one."""
    some = sorted(names)
    if all(name.removeprefix("-").isdecimal() for name in some):
        return tuple(sorted(some, key=lambda name: (float(name), name)))
    accepting = [name.lower() in ACCEPTING for name in some]
    return tuple(sorted(some, reverse=accepting == [True, False]))


def _examples(answers: Sequence[Answer]) -> str:
    """Return an answer of each kind, as text."""
    kinds = {(type(answer), len(answer) if isinstance(answer, tuple) else 1): answer for answer in answers}
    return " and ".join(shown(answer) for answer in list(kinds.values())[:3])
