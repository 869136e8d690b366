"""95 % intervals: exact ones for counts, resampled ones for everything that is a ratio of sums over words."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from nerode.extraction.verdict import highest_share
from nerode.words import FloatArray

CONFIDENCE = 0.95
RESAMPLES = 1000
CELLS = 2**21  # counts held at once while resampling

Interval = tuple[float, float] | tuple[None, None]
"""Low and high, or neither."""


def clopper_pearson(successes: float, trials: float) -> Interval:
    """The exact 95 % interval of a probability, after Clopper and Pearson (Biometrika 26, 1934).

    It covers the truth in at least 95 % of samples, whatever the probability; it stays honest at 0 of n. Without trials
    there is nothing to estimate and no interval.
    """
    if trials == 0:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low = betaincinv(successes, trials - successes + 1, tail) if successes > 0 else 0.0
    return float(low), highest_share(successes, trials, tail)


def resampled_sums(columns: FloatArray, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
    """Column sums (resamples, k) of the rows of `columns` (n, k), drawn n at a time with replacement.

    All columns share the draws, so that ratios of them can be taken. An entry of +∞ makes the sums that draw it
    infinite and leaves the others alone.
    """
    n, k = columns.shape
    infinite = np.isposinf(columns)
    parts = np.hstack([np.where(infinite, 0.0, columns), infinite])  # 0 · ∞ would be no number
    sums = np.empty((resamples, 2 * k))
    step = max(1, CELLS // n)
    for begin in range(0, resamples, step):
        rows = min(step, resamples - begin)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        sums[begin : begin + rows] = times @ parts
    return np.where(sums[:, k:] > 0, np.inf, sums[:, :k])


def percentile_interval(samples: FloatArray) -> Interval:
    """The middle 95 % of resampled values (resamples,); nothing where all are undefined.

    Undefined values (nan) are left out: the interval is that of the samples in which there is something to measure. The
    percentile bootstrap (Efron 1979) is approximate: it knows nothing of words unlike those in the sample, and it has no
    width where all words agree.
    """
    ordered = np.sort(samples[~np.isnan(samples)])
    if not len(ordered):
        return None, None
    outside = int(len(ordered) * (1 - CONFIDENCE) / 2)
    return float(ordered[outside]), float(ordered[-1 - outside])  # no interpolation: ∞ − ∞ is no number
