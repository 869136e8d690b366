"""Words kept apart from learning, with the teacher's answers: the scale on which hypotheses are weighed."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Self

import numpy as np

from nerode.errors import InputError
from nerode.extraction.losses import SHARPNESS, loss_of, sharpened
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, NextSymbol
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import BoolArray, FlatWords, FloatArray, IntArray, Words

LOST = 4.0  # what a word can lose at most: as much as two margins of different signs, both far from 0


class HeldOut:
    """Errors of hypotheses on fixed words; the teacher is asked once.

    Parameters
    ----------
    teacher : asked on all the words when this is made
    words : n words
    weights : (n,), how much each counts, 1 on average; None where all count alike
    """

    def __init__(self, teacher: Teacher, words: Words, weights: FloatArray | None = None) -> None:
        self.words = FlatWords(words)
        self.weights: FloatArray = np.ones(len(words)) if weights is None else weights
        self.task = teacher.link.task
        self._answer, self._difference = MEASURES[self.task]
        self.like = np.ones(len(words), bool)  # which of them are like those that matter
        self.truth, scores = self._answer(teacher, words)  # (n,), or (n, width) for scores
        self._text = teacher.alphabet.text
        self._refuse(np.isnan(self.truth), "is not a number; leave such words out or mend the teacher")
        self._scores = scores
        self._loss = sharpened(loss_of(teacher.link, scores), SHARPNESS) if teacher.link.task == CLASSIFIER else None

    @property
    def mean_scores(self) -> FloatArray:
        """The mean (width,) of the scores.

        Raises
        ------
        InputError : scores that are not finite
        """
        self._refuse(~np.isfinite(self._scores), "has a score that is not finite, and only finite scores can be learned")
        mean: FloatArray = np.average(self._scores, axis=0, weights=self.weights)
        return mean

    def _refuse(self, flags: BoolArray, reason: str) -> None:
        """Raises InputError with the first word, if any, that is flagged in (n,) or (n, width)."""
        flagged = flags.reshape(len(flags), -1).any(axis=1)
        if flagged.any():
            raise InputError(f"the teacher's answer to the word {self._text(self.words[int(flagged.argmax())])} {reason}")

    def add(self, teacher: Teacher, words: Words, like: bool = True) -> None:
        """Hold out more words, of weight 1, that are or are not like those that matter."""
        if words:
            truth, scores = self._answer(teacher, words)
            self.truth, self._scores = np.concatenate([self.truth, truth]), np.concatenate([self._scores, scores])
            self.words = FlatWords([*self.words, *words])
            self.weights = np.concatenate([self.weights, np.ones(len(words))])
            self.like = np.concatenate([self.like, np.full(len(words), like)])

    def errors(self, hypothesis: Teacher, since: int = 0) -> FloatArray:
        """The error (n,) on each word: 0 or 1 for classifiers, |Δ log p| per symbol for language models, |Δ| for scores.

        It is multiplied by the weight of the word, so that the mean is the weighted mean.
        A hypothesis whose numbers overflow is wrong there, by an infinite amount where amounts count.

        Parameters
        ----------
        since : only the words from this one on
        """
        return self.weigh(hypothesis, since)[0]

    def weigh(self, hypothesis: Teacher, since: int = 0, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        """The errors (n,), and beside them what tells hypotheses with few errors apart (n,).

        That is for classifiers the loss of their scores (losses.py), sharpened, which needs fewer words than counts of errors;
        for others the errors themselves.

        Parameters
        ----------
        since, before : only the words from the one on, up to the other
        """
        chosen = slice(since, before)
        with np.errstate(all="ignore"):
            answers, scores = self._answer(hypothesis, self.words.between(since, before))
            errors = self.weights[chosen] * _finite(self._difference(answers, self.truth[chosen]))
            if self._loss is None:
                return errors, errors
            losses = self._loss(as_wide(scores, self._scores.shape[1]), self._scores[chosen])[0]
        losses = np.minimum(np.where(np.isnan(losses), LOST, losses), LOST)  # one word that overflows is one wrong word
        return errors, self.weights[chosen] * losses

    def squares(self, hypothesis: Teacher) -> FloatArray:
        """The mean square (n,) of the differences of scores, times the weight of the word; infinite where numbers overflow."""
        with np.errstate(all="ignore"):
            scores = as_wide(self._answer(hypothesis, self.words)[1], self._scores.shape[1])
            return self.weights * _finite(np.square(scores - self._scores).mean(axis=1))

    def part(self, rows: IntArray) -> Self:
        """Return some of the words with their answers."""
        some = copy(self)
        some.words = FlatWords(self.words[row] for row in rows.tolist())
        some.weights, some.like, some.truth = self.weights[rows], self.like[rows], self.truth[rows]
        some._scores = self._scores[rows]
        return some


def as_wide(scores: FloatArray, width: int) -> FloatArray:
    """Return scores (n, width), where a classifier of two classes may have one score, the margin, or two."""
    return np.concatenate([-scores, scores], axis=1) if scores.shape[1] == 1 < width else scores


def _finite(errors: FloatArray) -> FloatArray:
    return np.where(np.isfinite(errors), errors, np.inf)


Answers = tuple[FloatArray, FloatArray]
"""What is compared, (n,) or (n, width), and the scores (n, width) of the words."""


def decisions(classifier: Teacher, words: Words) -> FloatArray:
    """The class (n,) of each word, which is no number where a score is none."""
    return _labels(classifier, words)[0]


def _labels(function: Teacher, words: Words) -> Answers:
    scores = function.scores(words)
    # no number decides for a class, even though comparisons with it have an outcome
    return np.where(np.isnan(scores).any(axis=1), np.nan, function.link.labels(scores)), scores


def _log_probability_per_symbol(function: Teacher, words: Words) -> Answers:
    """log p(w) per symbol (n,) under a language model; the end of the word is a symbol too, unless no word ends."""
    link = function.link
    assert isinstance(link, NextSymbol)
    scores, offsets = prefix_scores(function, words)
    with np.errstate(invalid="ignore"):  # an infinite score, or −∞ throughout, gives no probabilities
        logs = link.log_probabilities(scores)
    totals: FloatArray = np.add.reduceat(link.followed(logs, words), offsets[:-1])
    return totals / np.maximum(np.diff(offsets) - (not link.ends), 1), scores[offsets[1:] - 1]


def _values(function: Teacher, words: Words) -> Answers:
    scores = function.scores(words)
    return scores, scores


Answer = Callable[[Teacher, Words], Answers]
Difference = Callable[[FloatArray, FloatArray], FloatArray]

MEASURES: dict[str, tuple[Answer, Difference]] = {
    CLASSIFIER: (_labels, lambda answer, truth: (answer != truth).astype(np.float64)),
    LANGUAGE_MODEL: (_log_probability_per_symbol, lambda answer, truth: np.abs(answer - truth)),
    SCORES: (_values, lambda answer, truth: np.abs(answer - truth).max(axis=1)),
}
