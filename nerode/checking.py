"""Checks of teachers that users write: their properties are checked, and their scores are converted.

A wrapper around the teacher checks and converts each answer. nerode's own teachers are covered by tests. They are returned
without a wrapper, and lose no time.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from nerode.errors import InputError, first_line
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Link, check_fit
from nerode.protocols import BranchingTeacher, States, SteppingTeacher, Teacher, TreeTeacher, TwoWayTeacher, Wrapper
from nerode.stepping import TwoWay
from nerode.words import Alphabet, FloatArray, IntArray, RealArray, Words

PARTS = ("alphabet", "width", "link", "scores")


def checked(teacher: Teacher) -> Teacher:
    """Return the teacher, with a wrapper if it is not nerode's own; the wrapper returns float arrays (n, width), or raises.

    A user's teacher may return scores as lists, as arrays of shape (n,) if there is one score a word, and as arrays of any real
    type and layout. NaN raises InputError, except from language models, whose scores after an impossible word have no meaning.
    Infinite scores are allowed; the caller decides about them.

    The result is a SteppingTeacher if the given teacher is one. BranchingTeachers and TreeTeachers are returned unwrapped; their
    answers are not checked.

    Raises
    ------
    InputError : not a teacher, or its alphabet, width or link is missing, has a wrong type, or does not fit the others
    """
    return _wrapped(teacher, numbers=True)


def converted(function: Teacher) -> Teacher:
    """Return the function as `checked` does, but let NaN through, for functions that may be undefined on a word."""
    return _wrapped(function, numbers=False)


def _wrapped(teacher: Teacher, numbers: bool) -> Teacher:
    if type(teacher).__module__.partition(".")[0] == __package__:
        return teacher
    _check_parts(teacher)
    if isinstance(teacher, BranchingTeacher | TreeTeacher):
        return teacher
    if isinstance(teacher, SteppingTeacher):
        return _Stepping(teacher, numbers)
    if isinstance(teacher, TwoWayTeacher):
        return TwoWay(_Stepping(teacher.forward, numbers), _Stepping(teacher.backward, numbers))
    return _WholeWords(teacher, numbers)


def _check_parts(teacher: Any) -> None:
    """Raise InputError if the alphabet, width, link or scores are missing, have a wrong type, or do not fit together."""
    missing = [part for part in PARTS if not hasattr(teacher, part)]
    if "scores" in missing:
        made = (
            "nerode.teacher(function, alphabet) makes one of a function"
            if callable(teacher)
            else "nerode.load_teacher makes one of a checkpoint"
        )
        raise InputError(f"what is asked is a teacher, not {teacher!r}; {made}")
    if missing:
        raise InputError(f"the teacher has no {' and no '.join(missing)}; a teacher has {', '.join(PARTS[:-1])} and {PARTS[-1]}")
    alphabet, width, link = teacher.alphabet, teacher.width, teacher.link
    if not isinstance(alphabet, Alphabet):
        raise InputError(f"the alphabet of a teacher is a nerode.Alphabet, such as Alphabet(('a', 'b')), not {alphabet!r}")
    try:
        width = operator.index(width)
    except TypeError as error:
        raise InputError(f"the width of a teacher is the number of its scores a word, a whole number, not {width!r}") from error
    if isinstance(link, type) or not isinstance(link, Link) or link.task not in (CLASSIFIER, LANGUAGE_MODEL, SCORES):
        raise InputError(f"the link of a teacher says what its scores mean, such as nerode.links.Binary(), not {link!r}")
    check_fit(link, width, len(alphabet))


class _WholeWords(Wrapper):
    """Checks the scores of whole words."""

    def __init__(self, teacher: Teacher, numbers: bool) -> None:
        super().__init__(teacher)
        self._numbers = numbers and teacher.link.task != LANGUAGE_MODEL

    def scores(self, words: Words) -> FloatArray:
        words = self.alphabet.words(words)
        scores = self._array(self._asked.scores(words), len(words)).astype(np.float64, copy=False)
        if self._numbers and (missing := np.isnan(scores).any(axis=1)).any():
            word = self.alphabet.text(words[int(missing.argmax())])
            raise InputError(f"the teacher's answer to the word {word} is not a number; leave such words out or mend the teacher")
        return scores

    def _array(self, answer: Any, rows: int) -> RealArray:
        """Return a copy of the answer as an array (rows, width), in float32 if it is in float32, else in float64.

        Raises
        ------
        InputError : the answer is not an array of real numbers, or has a wrong shape
        """
        try:
            array = np.asarray(answer)
            if array.dtype.kind not in "biufO":
                raise TypeError(f"they are {array.dtype}")
            array = array.astype(np.float32 if array.dtype == np.float32 else np.float64, order="C")
        except (TypeError, ValueError, RuntimeError) as error:  # torch raises RuntimeError
            raise InputError(
                f"the teacher's scores must be real numbers, a row of {self.width} for each word ({first_line(error)})"
            ) from error
        if array.shape == (rows,) and (self.width == 1 or not rows):
            array = array.reshape(rows, self.width)
        if array.shape != (rows, self.width):
            raise InputError(
                f"the teacher's scores of {rows:,} word{'s' * (rows != 1)} must be of shape ({rows}, {self.width}), "
                f"not {array.shape}"
            )
        return array


class _Stepping(_WholeWords):
    """Checks the states and the scores of a stepping teacher."""

    def __init__(self, teacher: SteppingTeacher, numbers: bool) -> None:
        super().__init__(teacher, numbers)
        self._stepping = teacher

    def start(self) -> States:
        states = self._stepping.start()
        if not isinstance(states, tuple):
            raise InputError(f"the states of a teacher are a tuple of arrays with a row a word, not {type(states).__name__}")
        return states

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return self._stepping.advance(states, parents, symbols)

    def read(self, states: States) -> RealArray:
        scores = self._array(self._stepping.read(states), len(states[0]))
        if self._numbers and np.isnan(scores).any():
            raise InputError("what the teacher reads from the state after a word is not a number; mend the teacher")
        return scores
