"""Losses that automata are refined by: one for each link, smooth where what is weighed is a decision.

A loss takes scores (m, width) and those they ought to be, and gives what each row costs (m,) and the derivative of that by
the row (m, width).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax

from nerode.links import Binary, Link, Multiclass, NextSymbol, Value
from nerode.words import FloatArray

Loss = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def loss_of(link: Link, targets: FloatArray) -> Loss:
    """The loss for a link; the scores (m, width) that are wanted tell what is large among them."""
    loss: Loss = LOSSES[type(link)](link, targets)
    return loss


SHARPNESS = 8.0  # of losses of classifiers that stand for decisions


def sharpened(loss: Loss, sharpness: float) -> Loss:
    """The same loss of scores that are so many times as large: nearer to that of decisions."""

    def sharp(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, gradient = loss(sharpness * scores, sharpness * wanted)
        return value, sharpness * gradient

    return sharp


def _size(numbers: FloatArray) -> float:
    """The mean size of numbers, 1 where all are 0."""
    return float(np.abs(numbers).mean()) or 1.0


def _binary(link: Binary, targets: FloatArray) -> Loss:
    """The squared difference of tanh(2 margin / mean |margin|): far from 0 a margin need not be met, close to it it must."""
    unit = _size(targets) / 2

    def loss(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        squashed = np.tanh(scores / unit)
        wrong = squashed - np.tanh(wanted / unit)
        return (wrong**2).mean(axis=1), 2 * wrong * (1 - squashed**2) / unit

    return loss


def _multiclass(link: Multiclass, targets: FloatArray) -> Loss:
    """The divergence of class probabilities, at the temperature at which classes are neither sure nor alike."""
    unit = _size(targets - targets.mean(axis=1, keepdims=True))

    def loss(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, gradient = _divergence(scores / unit, wanted / unit)
        return value, gradient / unit

    return loss


def _next_symbol(link: NextSymbol, targets: FloatArray) -> Loss:
    """What is expected of |Δ log p|, through the link's squash; differences far below ROUNDED cost their squares.

    The divergence, which is half the expected square, would have a few large errors made smaller at the cost of all others.
    """
    if link.squash == "none":
        return _surprise

    def loss(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        squashed = expit(scores)
        value, gradient = _surprise(squashed, expit(wanted))
        return value, gradient * squashed * (1 - squashed)

    return loss


ROUNDED = 0.1  # of log-probabilities


def _surprise(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    logs, true_logs = log_softmax(scores, axis=1), log_softmax(wanted, axis=1)
    truth = np.exp(true_logs)
    wrong = np.subtract(logs, true_logs, where=truth > 0, out=np.zeros_like(logs))  # what never follows costs nothing
    size = np.hypot(wrong, ROUNDED)
    by_logs = ROUNDED * truth * wrong / size
    return ROUNDED * (truth * (size - ROUNDED)).sum(axis=1), by_logs - np.exp(logs) * by_logs.sum(axis=1, keepdims=True)


def _value(link: Value, targets: FloatArray) -> Loss:
    """The squared difference, in units of the mean size."""
    unit = _size(targets)

    def loss(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        wrong = (scores - wanted) / unit
        return (wrong**2).mean(axis=1), 2 * wrong / (unit * wrong.shape[1])

    return loss


def _divergence(scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The Kullback-Leibler divergence of softmax(scores) from softmax(wanted), and its derivative by the scores."""
    logs, true_logs = log_softmax(scores, axis=1), log_softmax(wanted, axis=1)
    truth = np.exp(true_logs)
    return (truth * (true_logs - logs)).sum(axis=1), np.exp(logs) - truth


LOSSES: dict[type[Any], Callable[[Any, FloatArray], Loss]] = {
    Binary: _binary,
    Multiclass: _multiclass,
    NextSymbol: _next_symbol,
    Value: _value,
}
