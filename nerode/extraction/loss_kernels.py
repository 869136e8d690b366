"""Kernels of the losses: values and derivatives in one pass over the scores, without temporary arrays.

Scores are stored column after column, and the inner loops run over rows. The processor takes several rows at a time, and the sum
over the scores of a row has the same order on every processor.
"""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np

from nerode.compiled import compiled, machine_code
from nerode.words import FloatArray

CHUNK = 64  # rows that are worked on together, so that intermediate numbers stay in the nearest cache
ROUNDED = 0.1  # of log-probabilities: smaller differences cost their squares

SHIFT = 1.5 * 2.0**52  # a number below 2⁵¹ that is added to it becomes whole, in the last bits of the sum
LEAST, LARGEST = -708.0, 709.0  # what the exponential function tells apart
HIGH, LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # ln 2 in two parts; the first has 32 bits


@machine_code
def exp(x: Any) -> Any:
    """The exponential function with a relative error of at most 5e-16; x is taken to be within −708 and 709.

    x is n ln 2 plus a rest of at most ln 2 / 2 (Cody, Waite: Software manual for the elementary functions, 1980). The result is
    2ⁿ times the Taylor polynomial of degree 13 at the rest; what the polynomial leaves out is below 5e-18. The compiler can make
    vectors of all these operations. Terms are added in pairs, then pairs of pairs (Estrin 1960), since a processor can begin
    with all of them at once.
    """
    x = LARGEST if x > LARGEST else x
    x = LEAST if x < LEAST else x
    shifted = x * 1.4426950408889634 + SHIFT
    n = shifted - SHIFT
    x = (x - n * HIGH) - n * LOW
    x2 = x * x
    x4 = x2 * x2
    first = (1 + x) + (1 / 2 + 1 / 6 * x) * x2
    second = (1 / 24 + 1 / 120 * x) + (1 / 720 + 1 / 5040 * x) * x2
    third = (1 / 40320 + 1 / 362880 * x) + (1 / 3628800 + 1 / 39916800 * x) * x2
    series = (first + second * x4) + (third + (1 / 479001600 + 1 / 6227020800 * x) * x4) * (x4 * x4)
    return series * np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)


@machine_code
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(−x)) with a relative error of at most 1e-15 above −708, and below 1e-307 there."""
    return 1 / (1 + exp(-x))


@machine_code
def tanh(x: Any) -> Any:
    """The hyperbolic tangent with an absolute error of at most 1e-15."""
    return 1 - 2 / (exp(2 * x) + 1)


@machine_code
def normalise(scores: Any, count: Any, odds: Any, totals: Any, norms: Any) -> None:
    """The softmax of the first `count` columns of scores (width, CHUNK): odds over totals, and scores − norms its logarithm.

    Parameters
    ----------
    odds : (width, CHUNK), is written, and so are totals and norms (CHUNK,)
    """
    norms[:] = -np.inf
    for j in range(len(scores)):
        for i in range(count):
            norms[i] = max(norms[i], scores[j, i])
    totals[:] = 0
    for j in range(len(scores)):
        for i in range(count):
            odds[j, i] = exp(scores[j, i] - norms[i])
            totals[i] += odds[j, i]
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
    given, odds = np.empty((width, CHUNK)), np.empty((width, CHUNK))
    totals, norms = np.empty(CHUNK), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, squashed, given)
        normalise(given, count, odds, totals, norms)
        for j in range(width):
            for i in range(count):
                result[j, begin + i] = given[j, i] - norms[i]


EVALUATION = "f8, f8[:,::1], f8[:,::1], f8[::1], f8[:,::1]"
"""What scores are multiplied by, these (width, n), and their targets; costs (n,) and derivatives (width, n) are written."""


@compiled(f"void(b1, {EVALUATION})")
def surprise(
    squashed: bool, scale: float, scores: FloatArray, true_logs: FloatArray, values: FloatArray, gradient: FloatArray
) -> None:
    """The expected |Δ log p| of softmax, its differences far below ROUNDED being squared; beside the true log-probabilities."""
    width, total = scores.shape
    given, odds = np.empty((width, CHUNK)), np.empty((width, CHUNK))
    totals, norms, sums, costs = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, squashed, given)
        normalise(given, count, odds, totals, norms)
        sums[:] = 0
        costs[:] = 0
        for j in range(width):
            now, logs, by = given[j], true_logs[j, begin : begin + count], gradient[j, begin : begin + count]
            for i in range(count):
                truth = exp(logs[i])
                wrong = now[i] - norms[i] - logs[i]
                wrong = wrong if logs[i] > LEAST else 0.0  # what never follows costs nothing
                size = sqrt(wrong * wrong + ROUNDED * ROUNDED)
                costs[i] += truth * (size - ROUNDED)
                by[i] = ROUNDED * truth * wrong / size
            for i in range(count):
                sums[i] += by[i]
        for i in range(count):
            values[begin + i] = ROUNDED * costs[i]
            sums[i] /= totals[i]
        for j in range(width):
            now, by = given[j], gradient[j, begin : begin + count]
            for i in range(count):
                slope = now[i] * (1 - now[i]) if squashed else 1.0
                by[i] = (by[i] - odds[j, i] * sums[i]) * (scale * slope)


@compiled(f"void({EVALUATION})")
def divergence(scale: float, scores: FloatArray, wanted: FloatArray, values: FloatArray, gradient: FloatArray) -> None:
    """The Kullback-Leibler divergence of softmax(scale · scores) from softmax(scale · wanted)."""
    width, total = scores.shape
    given, odds = np.empty((width, CHUNK)), np.empty((width, CHUNK))
    ideal, true_odds = np.empty((width, CHUNK)), np.empty((width, CHUNK))
    totals, norms, true_totals, true_norms = np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    for begin in range(0, total, CHUNK):
        count = min(CHUNK, total - begin)
        scaled(scores, begin, count, scale, False, given)
        normalise(given, count, odds, totals, norms)
        scaled(wanted, begin, count, scale, False, ideal)
        normalise(ideal, count, true_odds, true_totals, true_norms)
        values[begin : begin + count] = 0
        for j in range(width):
            for i in range(count):
                truth = true_odds[j, i] / true_totals[i]
                values[begin + i] += truth * ((ideal[j, i] - true_norms[i]) - (given[j, i] - norms[i]))
                gradient[j, begin + i] = scale * (odds[j, i] / totals[i] - truth)


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
