"""Losses that automata are refined by: one for each link, smooth where what is weighed is a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from nerode.compiled import Loop
from nerode.extraction.loss_kernels import divergence, log_softmax, squared, squared_tanh, surprise
from nerode.links import Binary, Link, Multiclass, NextSymbol, Value
from nerode.words import FloatArray


@dataclass(frozen=True)
class Loss:
    """What scores cost beside those that they ought to be.

    Parameters
    ----------
    evaluate : of `scale`, scores, targets, costs and derivatives, as loss_kernels.py has them
    prepare : of `scale`, wanted scores and targets, all (width, n), writes the last; None where targets are the wanted scores
    scale : what scores are multiplied by before they are weighed
    """

    evaluate: Loop
    prepare: Loop | None = None
    scale: float = 1.0

    def targets(self, wanted: FloatArray) -> FloatArray:
        """What has to be known of wanted scores (m, width), in the same shape; those of classifiers as they are."""
        if self.prepare is None:
            return wanted
        columns = _columns(wanted)
        result = np.empty(columns.shape)
        self.prepare(self.scale, columns, result)
        return result.T

    def beside(self, scores: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What each row of scores (m, width) costs (m,), and the derivative of that by the row (m, width).

        This is fastest where columns are contiguous.
        """
        if scores.shape != targets.shape:  # compiled code would write behind the end of an array
            raise ValueError(f"scores of shape {scores.shape} beside targets of shape {targets.shape}")
        columns = _columns(scores)
        values, gradient = np.empty(len(scores)), np.empty(columns.shape)
        self.evaluate(self.scale, columns, _columns(targets), values, gradient)
        return values, gradient.T

    def __call__(self, scores: FloatArray, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same beside wanted scores."""
        return self.beside(scores, self.targets(wanted))


def _columns(scores: FloatArray) -> FloatArray:
    return np.ascontiguousarray(scores.T, np.float64)


def loss_of(link: Link, targets: FloatArray) -> Loss:
    """The loss for a link; the scores (m, width) that are wanted tell what is large among them."""
    loss: Loss = LOSSES[type(link)](link, targets)
    return loss


SHARPNESS = 8.0  # of losses of classifiers that stand for decisions


def sharpened(loss: Loss, sharpness: float) -> Loss:
    """The same loss of scores that are so many times as large: nearer to that of decisions."""
    return replace(loss, scale=sharpness * loss.scale)


def _size(numbers: FloatArray) -> float:
    """The mean size of numbers, 1 where all are 0."""
    return float(np.abs(numbers).mean()) or 1.0


def _binary(link: Binary, targets: FloatArray) -> Loss:
    """The squared difference of tanh(2 margin / mean |margin|): far from 0 a margin need not be met, close to it it must."""
    return Loss(squared_tanh, scale=2 / _size(targets))


def _multiclass(link: Multiclass, targets: FloatArray) -> Loss:
    """The divergence of class probabilities, at the temperature at which classes are neither sure nor alike."""
    return Loss(divergence, scale=1 / _size(targets - targets.mean(axis=1, keepdims=True)))


def _next_symbol(link: NextSymbol, targets: FloatArray) -> Loss:
    """What is expected of |Δ log p|, through the link's squash; differences far below ROUNDED cost their squares.

    The divergence, which is half the expected square, would have a few large errors made smaller at the cost of all others.
    """
    squashed = link.squash == "sigmoid"
    return Loss(partial(surprise, squashed), partial(log_softmax, squashed))


def _value(link: Value, targets: FloatArray) -> Loss:
    """The squared difference, in units of the mean size."""
    return Loss(squared, scale=1 / _size(targets))


LOSSES: dict[type[Any], Callable[[Any, FloatArray], Loss]] = {
    Binary: _binary,
    Multiclass: _multiclass,
    NextSymbol: _next_symbol,
    Value: _value,
}
