"""95 % confidence intervals: Clopper–Pearson for proportions, and the percentile bootstrap for ratios of sums over words."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from nerode.extraction.verdict import highest_share
from nerode.words import FloatArray

CONFIDENCE = 0.95
RESAMPLES = 1000
CELLS = 2**21  # counts in memory while resampling

Interval = tuple[float, float] | tuple[None, None]
"""The lower and the upper end, or (None, None) if there is no interval."""


def clopper_pearson(successes: float, trials: float) -> Interval:
    """Return the exact 95 % interval of a probability (Clopper and Pearson, Biometrika 26, 1934).

    It covers the true probability in at least 95 % of samples, for every probability, also with 0 successes. Without trials
    there is no interval.
    """
    if trials == 0:
        return None, None
    tail = (1 - CONFIDENCE) / 2
    low = betaincinv(successes, trials - successes + 1, tail) if successes > 0 else 0.0
    return float(low), highest_share(successes, trials, tail)


def resampled_sums(columns: FloatArray, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
    """Return bootstrap sums (resamples, k): column sums of n rows drawn with replacement from `columns` (n, k).

    All columns use the same draws, so that ratios of their sums are valid. A sum is +∞ if one of its drawn entries is +∞.
    """
    n, k = columns.shape
    infinite = np.isposinf(columns)
    parts = np.hstack([np.where(infinite, 0.0, columns), infinite])  # 0 · ∞ would be NaN
    sums = np.empty((resamples, 2 * k))
    step = max(1, CELLS // n)
    for begin in range(0, resamples, step):
        rows = min(step, resamples - begin)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        sums[begin : begin + rows] = times @ parts
    return np.where(sums[:, k:] > 0, np.inf, sums[:, :k])


def percentile_interval(samples: FloatArray) -> Interval:
    """Return the interval of the middle 95 % of resampled values (resamples,); none if all are undefined.

    Undefined values (NaN) are left out. The percentile bootstrap (Efron: Bootstrap methods, Annals of Statistics 7, 1979) is
    approximate: it does not represent words unlike those in the sample, and its width is 0 if all words have equal values.
    """
    ordered = np.sort(samples[~np.isnan(samples)])
    if not len(ordered):
        return None, None
    outside = int(len(ordered) * (1 - CONFIDENCE) / 2)
    return float(ordered[outside]), float(ordered[-1 - outside])  # no interpolation: ∞ − ∞ would be NaN
