"""Response distillation: what a student's scores cost beside a teacher's answers and beside labels.

    loss = α · cross entropy of the labels + (1 − α) · T² · KL(teacher at T ‖ student at T)

The first is a mean over the words that have a label, the second over all words.
At temperature T scores are divided by T before they become probabilities. Gradients of the second part shrink by T², so it is
multiplied by that. Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015. Values are compared by squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.links import Binary, Link, NextSymbol, Value
from nerode.words import FloatArray, IntArray

SMALLEST = 1e-3  # the least probability of a class in a leaf of a tree
ROUNDING = 1e-12  # of the largest value: differences that mean nothing


@dataclass(frozen=True)
class Answers:
    """What a teacher says of n words.

    Parameters
    ----------
    scores : (n, width), of the teacher; those of a language model as log-probabilities (n, Σ + 1)
    labels : (n,), the class that the student is to learn beside them, or the symbol that follows; −1 where it is not known;
        unused for values
    known : the share of words with a label, in all of the lesson from which these may be a part
    """

    scores: FloatArray
    labels: IntArray
    known: float = 1.0

    def __getitem__(self, rows: IntArray | slice) -> Answers:
        return Answers(self.scores[rows], self.labels[rows], self.known)

    def label_weights(self, alpha: float) -> FloatArray:
        """Return how much the label of each word counts (n,), so that they have the weight α in all."""
        return np.where(self.labels < 0, 0.0, alpha / self.known)


@dataclass(frozen=True)
class Response:
    """The two knobs.

    Parameters
    ----------
    alpha : the weight of the labels, 0 to 1
    temperature : from 1 to 1e6; the higher, the more the unlikely classes count
    """

    alpha: float = 0.0
    temperature: float = 1.0

    def __call__(self, link: Link, scores: FloatArray, answers: Answers) -> tuple[FloatArray, FloatArray]:
        """Return what each row of scores (n, width) costs (n,), and the derivative of that by the row (n, width)."""
        if isinstance(link, Value):
            difference = scores - answers.scores
            return (difference**2).sum(axis=1) / 2, difference
        wide, wanted = as_logits(link, scores), as_logits(link, answers.scores)
        t = self.temperature
        aims, logs = _log_softmax(wanted / t), _log_softmax(wide / t)
        likely = np.exp(aims)
        with np.errstate(invalid="ignore"):  # 0 · log 0
            surprise = np.where(likely > 0, likely * (aims - logs), 0.0)
        costs = (1 - self.alpha) * t**2 * surprise.sum(axis=1)
        gradient = (1 - self.alpha) * t * (np.exp(logs) - likely)
        if self.alpha > 0:
            alpha = answers.label_weights(self.alpha)
            logs, rows = _log_softmax(wide), np.arange(len(wide))
            costs -= alpha * logs[rows, answers.labels]
            gradient += alpha[:, None] * np.exp(logs)
            gradient[rows, answers.labels] -= alpha
        return costs, gradient[:, 1:] if isinstance(link, Binary) else gradient

    def targets(self, link: Link, answers: Answers) -> tuple[FloatArray, FloatArray]:
        """Return the distribution (n, classes) that has the least such loss for each word, and how much the word counts (n,).

        That holds at T = 1; at others the distribution is made of the teacher's at T. Values are their own targets.
        """
        if isinstance(link, Value):
            return answers.scores, np.ones(len(answers.scores))
        wanted = np.exp(_log_softmax(as_logits(link, answers.scores) / self.temperature))
        alpha = answers.label_weights(self.alpha)
        weights = 1 - self.alpha + alpha
        share = (alpha / np.where(weights > 0, weights, 1.0))[:, None]
        mixed: FloatArray = (1 - share) * wanted + share * (answers.labels[:, None] == np.arange(wanted.shape[1]))
        return mixed, weights


def _log_softmax(scores: FloatArray) -> FloatArray:
    """As that of scipy, without what it costs on small arrays."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def as_logits(link: Link, scores: FloatArray) -> FloatArray:
    """Return scores (n, classes) whose softmax is the distribution; a margin (n, 1) is the score of class 1 beside 0."""
    return np.concatenate([np.zeros_like(scores), scores], axis=1) if isinstance(link, Binary) else scores


def as_scores(link: Link, distributions: FloatArray) -> FloatArray:
    """Return the scores of distributions (n, classes): a margin, or logarithms; nothing is impossible. Values stay."""
    if isinstance(link, Value):
        return distributions
    logs: FloatArray = np.log(np.maximum(distributions, SMALLEST))
    return logs[:, 1:] - logs[:, :1] if isinstance(link, Binary) else logs


def student_link(link: Link) -> Link:
    """Return the link of a student: of a language model's students, one without a squash and without hidden symbols."""
    return NextSymbol(link.letters, ends=link.ends) if isinstance(link, NextSymbol) else link


def scaling(link: Link, answers: Answers) -> tuple[FloatArray, FloatArray]:
    """Return the scale and the shift (width,) of values, 1 and 0 of others.

    (values − shift) / scale have mean 0, and those that spread most have spread 1. There is one scale for all, since their errors
    count alike. Values that differ by rounding alone have the scale 1.
    """
    width = answers.scores.shape[1]
    if not isinstance(link, Value):
        return np.ones(width), np.zeros(width)
    shift = answers.scores.mean(axis=0)
    apart = answers.scores - shift
    largest = np.abs(apart).max(initial=0.0)
    if largest <= ROUNDING * np.abs(answers.scores).max(initial=0.0):
        return np.ones(width), shift
    return np.full(width, largest * (apart / largest).std(axis=0).max()), shift


def scaled(answers: Answers, scale: FloatArray, shift: FloatArray) -> Answers:
    """Return answers whose scores are (scores − shift) / scale."""
    return Answers((answers.scores - shift) / scale, answers.labels, answers.known)


def answers_of(link: Link, scores: FloatArray, labels: IntArray | None = None) -> Answers:
    """Return a teacher's answers to n words.

    Parameters
    ----------
    link : of the teacher
    scores : (n, width), of the teacher
    labels : (n,), the true ones, −1 where it is not known; None for those of the teacher
    """
    if isinstance(link, Value):
        return Answers(scores, np.zeros(len(scores), np.int64))
    found = link.log_probabilities(scores) if isinstance(link, NextSymbol) else scores
    return together(found, link.labels(scores) if labels is None else labels)


def together(scores: FloatArray, labels: IntArray) -> Answers:
    """Return the answers of a whole lesson, from the scores (n, width) and the labels (n,)."""
    known = float((labels >= 0).mean()) if len(labels) else 0.0
    return Answers(scores, labels, known or 1.0)
