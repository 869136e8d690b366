"""The base class of all students, and what their files have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from nerode.automata.diagram import counted, visible
from nerode.automata.documents import Fields
from nerode.automata.formats import native
from nerode.domains import Domain
from nerode.errors import InputError
from nerode.files import PathLike, write_whole
from nerode.links import CLASSIFIER, Link, NextSymbol, check_fit, link_from_json, link_to_json
from nerode.students.features import Features
from nerode.words import Alphabet, FloatArray, IntArray, Word

SUFFIX = ".json"
LIKELIEST = 5  # next symbols that are shown of a leaf


class Student(ABC):
    """A function from words to scores that is no automaton; it satisfies `Teacher`."""

    kind: ClassVar[str]  # the type's name in files and in output
    unit: ClassVar[str]  # what its size counts
    alphabet: Alphabet
    link: Link
    features: Features

    @property
    def domain(self) -> Domain | None:
        """The words that its teacher was trained on, where they have one length."""
        return self.features.domain

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of scores of each word."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How large it is, in its unit."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many numbers say what it does."""

    @abstractmethod
    def scores(self, words: Iterable[Any]) -> FloatArray:
        """Return the scores (n, width) of n words, given as indices, symbols or text."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """Return all that is not alphabet and link as plain JSON values; `from_fields` restores them exactly."""

    @classmethod
    @abstractmethod
    def from_fields(cls, alphabet: Alphabet, link: Link, fields: Fields) -> Self:
        """Return the student with the fields that `fields` wrote; raise `InputError` for fields that do not fit."""

    @abstractmethod
    def shown(self, lines: int, classes: Sequence[str] = ()) -> list[str]:
        """Return how it decides, in so many lines at most.

        Parameters
        ----------
        classes : their names; none for numbers
        """

    def leaf(self, scores: FloatArray, classes: Sequence[str]) -> str:
        """Return the scores (width,) of a leaf, behind the class that they give; of a language model what is likely to follow."""
        if isinstance(self.link, NextSymbol):
            likely = np.exp(self.link.log_probabilities(scores[None])[0])
            symbols = [*map(visible, self.alphabet), "end"]
            return ", ".join(f"{symbols[i]} {likely[i]:.2g}" for i in np.argsort(-likely, kind="stable")[:LIKELIEST].tolist())
        numbers = ", ".join(f"{value:.3g}" for value in scores)
        if self.link.task != CLASSIFIER:
            return numbers
        label = int(self.link.labels(scores[None])[0])
        return f"{classes[label] if classes else f'class {label}'} ({numbers})"

    def spread(self, words: Sequence[Word]) -> float:
        """Return the scale of the scores of words: the largest of their standard deviations."""
        return float(self.scores(words).std(axis=0).max(initial=0.0))

    @abstractmethod
    def rounded(self, words: Sequence[Word], step: float) -> Self:
        """Return the student with rounded numbers; rounding one changes scores by at most `step`, in units of their scale.

        Parameters
        ----------
        words : by which the scale of the scores is measured, and how much scores change with a number
        """

    def path(self, word: Any, classes: Sequence[str] = ()) -> list[str]:
        """Return the way to the answer to a word, a line for each decision.

        Raises
        ------
        InputError : a student that decides in no such way
        """
        raise InputError(f"a {self.kind} takes no path to its answer; trees do")

    def to_json(self) -> dict[str, Any]:
        """Return all that a file says of the student."""
        return {"alphabet": list(self.alphabet), "link": link_to_json(self.link), **self.fields()}

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        """Return the student that `to_json` described.

        Raises
        ------
        InputError : fields that are missing or do not fit
        """
        student = cls.from_fields(fields.alphabet(), link_from_json(fields["link"]), fields)
        check_fit(student.link, student.width, len(student.alphabet))
        return student

    def save(self, path: PathLike, extraction: dict[str, Any] | None = None) -> None:
        """Save as JSON; the file is written completely or not at all.

        Parameters
        ----------
        extraction : a JSON object stored with the student: its origin

        Raises
        ------
        InputError : another suffix than .json, or a path that cannot be written to
        """
        check_suffix(path)
        write_whole(path, native.write(self, extraction, native.STUDENT))

    @property
    def title(self) -> str:
        """What a summary calls it."""
        return type(self).__name__

    def predict(self, words: Iterable[Any]) -> IntArray:
        """Return the labels (n,) of n words: classes, or the likeliest next symbols.

        Raises
        ------
        InputError : a student of values, which have no labels
        """
        return self.link.labels(self.scores(words))

    def __repr__(self) -> str:
        facts = [counted(self.size, self.unit), counted(len(self.alphabet), "symbol"), counted(self.parameters, "parameter")]
        return f"<{self.title}: {', '.join(facts)}>"


def check_suffix(path: PathLike) -> None:
    """Raise `InputError` unless students are saved with the suffix of the path."""
    if not str(path).lower().endswith(SUFFIX):
        raise InputError(f"a student is written to a {SUFFIX} file, not to {path}")
