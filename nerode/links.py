"""Links: the meaning of a vector of scores.

Scores are the numbers *before* the output non-linearity of a model. The link is this non-linearity and the decision after it.
A teacher and the automaton extracted from it have the same link.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from scipy.special import expit, log_softmax

from nerode.errors import InputError
from nerode.words import FloatArray, IntArray, RealArray, Words

CLASSIFIER = "classifier"
LANGUAGE_MODEL = "language-model"
SCORES = "scores"


@runtime_checkable
class Link(Protocol):
    """A rule that turns scores (n, width) into labels (n,)."""

    task: ClassVar[str]  # CLASSIFIER, LANGUAGE_MODEL or SCORES

    def labels(self, scores: RealArray) -> IntArray:
        """Return the label (n,) of each row of scores (n, width): the class, or the most likely next symbol."""
        ...


@dataclass(frozen=True)
class Binary:
    """Two classes and one score, the margin of class 1 over class 0; a margin of 0 means class 0."""

    task: ClassVar[str] = CLASSIFIER

    def labels(self, scores: RealArray) -> IntArray:
        """Return class 1 where the margin (n, 1) is positive, else class 0."""
        labels: IntArray = (scores[:, 0] > 0).astype(np.int64)
        return labels


@dataclass(frozen=True)
class Multiclass:
    """One score for each class; the largest score decides, and among equal scores the first."""

    task: ClassVar[str] = CLASSIFIER

    def labels(self, scores: RealArray) -> IntArray:
        """Return the class with the largest score in each row of (n, classes)."""
        labels: IntArray = scores.argmax(axis=1).astype(np.int64)
        return labels


@dataclass(frozen=True)
class NextSymbol:
    """Scores of the next symbol after a word, for language models.

    Columns 0 … letters−1 are the letters, and column `letters` is the end of the word. Further columns are symbols that can
    never follow, such as a start marker, but to which the model gives probability; the normalisation includes them.

    Parameters
    ----------
    letters : the size of the alphabet
    squash : "none", or "sigmoid" for models that apply a sigmoid before the softmax
    ends : whether words end. If not, the score of the end means nothing, its probability is 0, and nothing follows a whole word
    """

    letters: int
    squash: str = "none"
    ends: bool = True
    task: ClassVar[str] = LANGUAGE_MODEL

    def __post_init__(self) -> None:
        if type(self.letters) is not int or self.letters < 1:
            raise InputError(f"a next-symbol link needs its number of letters, a whole number from 1 on, not {self.letters!r}")
        if self.squash not in ("none", "sigmoid"):
            raise InputError(f"unknown squash {self.squash!r} in a next-symbol link; known are none and sigmoid")
        if type(self.ends) is not bool:
            raise InputError(f"whether words end is true or false in a next-symbol link, not {self.ends!r}")

    def log_probabilities(self, scores: RealArray) -> FloatArray:
        """Return the natural logarithms (n, letters + 1) of the probabilities of the letters and of the end."""
        squashed = np.asarray(scores, np.float64)
        if self.squash == "sigmoid":
            squashed = expit(squashed)
        if not self.ends:
            squashed = np.where(np.arange(squashed.shape[1]) == self.letters, -np.inf, squashed)
        logs: FloatArray = log_softmax(squashed, axis=1)[:, : self.letters + 1]
        return logs

    def labels(self, scores: RealArray) -> IntArray:
        """Return the most likely of the letters and the end, as a column index; of the letters alone where words do not end."""
        # the sigmoid and the normalisation are monotone, so that scores suffice
        labels: IntArray = scores[:, : self.letters + self.ends].argmax(axis=1).astype(np.int64)
        return labels

    def followed(self, logs: FloatArray, words: Words) -> FloatArray:
        """Return the log-probability (m,) of what follows each of the m prefixes of words: a letter, or the end of the word.

        Where words do not end, nothing follows a whole word, and its number is 0.

        Parameters
        ----------
        logs : (m, letters + 1), from `log_probabilities`, of all prefixes of each word, one word after the other
        """
        symbols = np.fromiter(chain.from_iterable((*word, self.letters) for word in words), np.int64, len(logs))
        found: FloatArray = logs[np.arange(len(logs)), symbols]
        return found if self.ends else np.where(symbols == self.letters, 0.0, found)


@dataclass(frozen=True)
class Value:
    """Scores that are the values themselves, such as those of weighted languages or probabilities of words."""

    task: ClassVar[str] = SCORES

    def labels(self, scores: RealArray) -> IntArray:
        """Raise InputError, since values have no labels.

        Raises
        ------
        InputError : always
        """
        raise InputError("values have no labels; scores(words) gives the values themselves")


LINKS: dict[str, type[Any]] = {"binary": Binary, "multiclass": Multiclass, "next-symbol": NextSymbol, "value": Value}


def check_fit(link: Link, width: int, letters: int) -> None:
    """Check that a link fits `width` scores a word over an alphabet of `letters` symbols.

    Raises
    ------
    InputError : too few or too many scores, or another size of the alphabet
    """
    fits = {
        Binary: width == 1,
        Multiclass: width >= 2,
        NextSymbol: isinstance(link, NextSymbol) and link.letters == letters < width,
    }
    if width < 1 or not fits.get(type(link), True):
        raise InputError(f"the link {link} does not fit {width} scores a word over {letters} symbols")


def link_to_json(link: Link) -> dict[str, Any]:
    """Return the link as a JSON object; `link_from_json` is the inverse."""
    (name,) = (name for name, kind in LINKS.items() if type(link) is kind)
    return {"name": name, **asdict(link)}  # type: ignore[call-overload]


def link_from_json(document: Any) -> Link:
    """Return the link that a JSON object describes.

    Raises
    ------
    InputError : an unknown name, or fields that the link does not have
    """
    if not isinstance(document, dict) or document.get("name") not in tuple(LINKS):
        raise InputError(f"unknown link {document!r}; known are {', '.join(LINKS)}")
    fields = {key: value for key, value in document.items() if key != "name"}
    try:
        link: Link = LINKS[document["name"]](**fields)
    except TypeError as error:
        raise InputError(f"the link {document!r} has fields that do not belong to it") from error
    return link
