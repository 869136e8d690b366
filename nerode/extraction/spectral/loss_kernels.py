"""What losses cost and their derivatives, in one pass over the scores, without arrays between.

Scores lie column after column, and loops run over rows: so the processor takes several rows at a time, and a sum over the scores
of a row is made in one order on every processor.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np

from nerode.compiled import compiled, machine_code
from nerode.words import FloatArray

CHUNK = 64  # rows that are worked on together, so that what is between stays in the nearest cache
ROUNDED = 0.1  # of log-probabilities: smaller differences cost their squares

SHIFT = 1.5 * 2.0**52  # a number below 2⁵¹ that is added to it becomes whole, in the last bits of the sum
HIGH, LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # ln 2 in two parts; the first has 32 bits


@machine_code
def exp(x: Any) -> Any:
    """The exponential function with a relative error of at most 4e-16; 0 below −708 and infinite above 709.

    It is 2ⁿ times the Taylor polynomial of degree 13 of the exponential of what is left of x, at most ln 2 / 2 (Cody, Waite:
    Software manual for the elementary functions, 1980); the rest of the series is below 5e-18. All of it is arithmetic that
    compilers make vectors of.
    """
    within = 709.0 if x > 709.0 else x
    within = -708.0 if within < -708.0 else within
    shifted = within * 1.4426950408889634 + SHIFT
    n = shifted - SHIFT
    rest = (within - n * HIGH) - n * LOW
    series = 1 / 6227020800 * rest + 1 / 479001600
    series = series * rest + 1 / 39916800
    series = series * rest + 1 / 3628800
    series = series * rest + 1 / 362880
    series = series * rest + 1 / 40320
    series = series * rest + 1 / 5040
    series = series * rest + 1 / 720
    series = series * rest + 1 / 120
    series = series * rest + 1 / 24
    series = series * rest + 1 / 6
    series = series * rest + 1 / 2
    series = series * rest + 1
    series = series * rest + 1
    power = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    result = series * power
    result = np.inf if x > 709.0 else result
    return 0.0 if x < -708.0 else result


@machine_code
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(−x)) with a relative error of at most 1e-15, 0 below −709."""
    return 1 / (1 + exp(-x))


@machine_code
def tanh(x: Any) -> Any:
    """The hyperbolic tangent with an absolute error of at most 1e-15."""
    return 1 - 2 / (exp(2 * x) + 1)


@machine_code
def normalise(scores: Any, count: Any, chances: Any, norms: Any) -> None:
    """The softmax of the first `count` columns of scores (width, CHUNK), and the logarithms of what it divides by.

    Parameters
    ----------
    chances : (width, CHUNK), is written
    norms : (CHUNK,), are written: log-probabilities are scores minus these
    """
    width = len(scores)
    totals = np.zeros(CHUNK)
    norms[:] = -np.inf
    for j in range(width):
        for i in range(count):
            norms[i] = norms[i] if norms[i] >= scores[j, i] else scores[j, i]  # NaN stays
    for j in range(width):
        for i in range(count):
            chances[j, i] = exp(scores[j, i] - norms[i])
        for i in range(count):
            totals[i] += chances[j, i]
    for j in range(width):
        for i in range(count):
            chances[j, i] /= totals[i]
    for i in range(count):
        norms[i] += log(totals[i])


@machine_code
def scaled(scores: Any, begin: Any, count: Any, scale: Any, squashed: Any, result: Any) -> None:
    """Some columns of scores (width, n) times a factor, through a sigmoid where they are to be squashed."""
    for j in range(len(scores)):
        row, after = scores[j, begin : begin + count], result[j]
        if squashed:
            for i in range(count):
                after[i] = sigmoid(scale * row[i])
        else:
            for i in range(count):
                after[i] = scale * row[i]


@compiled("void(b1, f8, f8[:,::1], f8[:,::1])")
def log_softmax(squashed: bool, scale: float, scores: FloatArray, result: FloatArray) -> None:
    """Writes the log-probabilities, all (width, n), that scores times a factor say, with or without a sigmoid before."""
    width, total = scores.shape
    given, chances, norms = np.empty((width, CHUNK)), np.empty((width, CHUNK)), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, squashed, given)
        normalise(given, count, chances, norms)
        for j in range(width):
            for i in range(count):
                result[j, begin + i] = given[j, i] - norms[i]


EVALUATION = "f8, f8[:,::1], f8[:,::1], f8[::1], f8[:,::1]"
"""What scores are multiplied by; they (width, n), and what they ought to be; costs (n,) and derivatives (width, n) are written."""


@compiled(f"void(b1, {EVALUATION})")
def surprise(
    squashed: bool, scale: float, scores: FloatArray, true_logs: FloatArray, values: FloatArray, gradient: FloatArray
) -> None:
    """The expected |Δ log p| of softmax, its differences far below ROUNDED being squared; beside the true log-probabilities."""
    width, total = scores.shape
    given, chances = np.empty((width, CHUNK)), np.empty((width, CHUNK))
    norms, sums, costs = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, squashed, given)
        normalise(given, count, chances, norms)
        sums[:] = 0
        costs[:] = 0
        for j in range(width):
            now, logs, by = given[j], true_logs[j, begin : begin + count], gradient[j, begin : begin + count]
            for i in range(count):
                truth = exp(logs[i])
                wrong = now[i] - norms[i] - logs[i]
                wrong = wrong if truth > 0 else 0.0  # what never follows costs nothing
                size = sqrt(wrong * wrong + ROUNDED * ROUNDED)
                costs[i] += truth * (size - ROUNDED)
                by[i] = ROUNDED * truth * wrong / size
            for i in range(count):
                sums[i] += by[i]
        for j in range(width):
            now, chance, by = given[j], chances[j], gradient[j, begin : begin + count]
            for i in range(count):
                slope = now[i] * (1 - now[i]) if squashed else 1.0
                by[i] = (by[i] - chance[i] * sums[i]) * scale * slope
        for i in range(count):
            values[begin + i] = ROUNDED * costs[i]


@compiled(f"void({EVALUATION})")
def divergence(scale: float, scores: FloatArray, wanted: FloatArray, values: FloatArray, gradient: FloatArray) -> None:
    """The Kullback-Leibler divergence of softmax(scale · scores) from softmax(scale · wanted)."""
    width, total = scores.shape
    given, chances, norms = np.empty((width, CHUNK)), np.empty((width, CHUNK)), np.empty(CHUNK)
    ideal, truths, true_norms = np.empty((width, CHUNK)), np.empty((width, CHUNK)), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, False, given)
        normalise(given, count, chances, norms)
        scaled(wanted, begin, count, scale, False, ideal)
        normalise(ideal, count, truths, true_norms)
        values[begin : begin + count] = 0
        for j in range(width):
            for i in range(count):
                logs, true_logs = given[j, i] - norms[i], ideal[j, i] - true_norms[i]
                values[begin + i] += truths[j, i] * (true_logs - logs)
                gradient[j, begin + i] = scale * (chances[j, i] - truths[j, i])


@compiled(f"void({EVALUATION})")
def squared_tanh(scale: float, scores: FloatArray, wanted: FloatArray, values: FloatArray, gradient: FloatArray) -> None:
    """The mean squared difference of tanh(scale · scores) and tanh(scale · wanted)."""
    values[:] = 0
    for j in range(len(scores)):
        for i in range(len(values)):
            squashed = tanh(scale * scores[j, i])
            wrong = squashed - tanh(scale * wanted[j, i])
            values[i] += wrong * wrong / len(scores)
            gradient[j, i] = 2 * wrong * (1 - squashed * squashed) * scale / len(scores)


@compiled(f"void({EVALUATION})")
def squared(scale: float, scores: FloatArray, wanted: FloatArray, values: FloatArray, gradient: FloatArray) -> None:
    """The mean squared difference, times the square of the factor."""
    values[:] = 0
    for j in range(len(scores)):
        for i in range(len(values)):
            wrong = scale * (scores[j, i] - wanted[j, i])
            values[i] += wrong * wrong / len(scores)
            gradient[j, i] = 2 * wrong * scale / len(scores)
