"""Held-out words of students that learn from labels too: hypotheses are weighed by what they learn from."""

from __future__ import annotations

from typing import Any

import numpy as np

from nerode.errors import InputError
from nerode.extraction.held_out import LOST, HeldOut
from nerode.protocols import Teacher
from nerode.words import FloatArray, Words


class Labelled(HeldOut):
    """Errors by the labels, as far as these count, and by the teacher's answers.

    Where nothing but labels counts, words without a label count nothing.

    Raises
    ------
    InputError : nothing but labels counts, and no word has one
    """

    def __init__(self, teacher: Teacher, words: Words, weights: FloatArray, labels: dict[Any, int], alpha: float) -> None:
        self._labels, self._alpha = labels, alpha
        super().__init__(teacher, words, weights)
        counted = self.weights * np.array([word in labels for word in words])
        if alpha == 1 and not counted.any():
            raise InputError(
                "none of the words to judge with has a label, and nothing but labels counts; give more words with labels"
            )
        self._share = counted.sum() / len(words) or 1.0  # so that labels have the weight α in all

    def weigh(self, hypothesis: Teacher, since: int = 0, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        errors, losses = super().weigh(hypothesis, since, before)
        words = self.words[since:before]
        known = np.array([self._labels.get(word, -1) for word in words], np.int64)
        if not len(words) or (known < 0).all():
            return (1 - self._alpha) * errors, (1 - self._alpha) * losses
        wrong = self.weights[since:before] * (known >= 0) * (hypothesis.link.labels(hypothesis.scores(words)) != known)
        wrong *= self._alpha / self._share
        return (1 - self._alpha) * errors + wrong, (1 - self._alpha) * losses + LOST * wrong


def held_out(settings: Any, teacher: Teacher, words: Words, weights: FloatArray) -> HeldOut:
    """Return the words to weigh hypotheses on, by the labels too where the settings have some that count."""
    if settings.labels and settings.alpha:
        return Labelled(teacher, words, weights, settings.labels, settings.alpha)
    return HeldOut(teacher, words, weights)
