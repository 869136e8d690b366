"""95 % confidence intervals: Clopper–Pearson for proportions, and the bootstrap-t for ratios of sums over words.

The bootstrap-t (Efron: Nonparametric standard errors and confidence intervals, Canadian Journal of Statistics 9, 1981; Hall:
Theoretical comparison of bootstrap confidence intervals, Annals of Statistics 16, 1988) resamples the estimate in units of its
standard error. Errors of words are skewed, and often 0: percentiles of resampled means then end too low, too often.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaincinv

from nerode.extraction.verdict import highest_share
from nerode.words import FloatArray

CONFIDENCE = 0.95
RESAMPLES = 1000
ROUNDING = 1e-9  # standard errors below this part of that of the sample, or of the value itself, are rounding
CELLS = 2**21  # counts in memory while resampling

Interval = tuple[float, float] | tuple[None, None]
"""The lower and the upper end, or (None, None) if there is no interval."""


def clopper_pearson(successes: float, trials: float, confidence: float = CONFIDENCE) -> Interval:
    """Return the exact interval of a probability (Clopper and Pearson, Biometrika 26, 1934), by default with 95 % confidence.

    It covers the true probability in at least that share of samples, for every probability, also with 0 successes. Without trials
    there is no interval.
    """
    if trials == 0:
        return None, None
    tail = (1 - confidence) / 2
    low = betaincinv(successes, trials - successes + 1, tail) if successes > 0 else 0.0
    return float(low), highest_share(successes, trials, tail)


def paired_difference(changes: FloatArray, confidence: float = CONFIDENCE) -> Interval:
    """Return an interval of the mean of changes (n,) from −1 to 1 that pairs of answers to the same words make.

    The shares that are gained and lost have exact intervals, which are put together by the squares of their reaches (Zou and
    Donner: Construction of confidence limits about effect measures, Statistics in Medicine 27, 2008). So there is a width where
    no word changes, too. Without words there is no interval.
    """
    n = len(changes)
    gained, lost = np.maximum(changes, 0).sum(), np.maximum(-changes, 0).sum()
    more, less = (clopper_pearson(float(total), n, confidence) for total in (gained, lost))
    if more[0] is None or less[0] is None:
        return None, None
    below = math.hypot(gained / n - more[0], less[1] - lost / n)
    above = math.hypot(more[1] - gained / n, lost / n - less[0])
    return float((gained - lost) / n - below), float((gained - lost) / n + above)


def resampled_sums(columns: FloatArray, rng: np.random.Generator, resamples: int = RESAMPLES) -> FloatArray:
    """Return bootstrap sums (resamples, k): column sums of n rows drawn with replacement from `columns` (n, k).

    All columns use the same draws, so that ratios of their sums are valid. A sum is +∞ if one of its drawn entries is +∞.
    """
    n, k = columns.shape
    infinite = np.isposinf(columns)
    touched = np.flatnonzero(infinite.any(axis=0))
    parts = np.hstack([np.where(infinite, 0.0, columns), infinite[:, touched]])  # 0 · ∞ would be NaN
    sums = np.empty((resamples, parts.shape[1]))
    step = max(1, CELLS // n)
    for begin in range(0, resamples, step):
        rows = min(step, resamples - begin)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        sums[begin : begin + rows] = times @ parts
    sums[:, touched] = np.where(sums[:, k:] > 0, np.inf, sums[:, touched])
    return sums[:, :k]


def ratio_intervals(above: FloatArray, below: FloatArray, rng: np.random.Generator) -> list[Interval]:
    """Return the intervals of k ratios Σ above / Σ below of columns (n, k), by the bootstrap-t over the n words.

    All ratios share the draws. The standard error is that of the delta method. An interval stays within the ratios of single
    words. Without negative ones, its upper end is at most their largest times the Clopper–Pearson bound of the share of words
    that differ from 0, since draws of few such words have next to no variance. Its lower end is bounded likewise by the share
    of words that differ from the largest ratio, so that an F1 near 1 has an interval near 1. An estimate that is not finite has
    the interval of the percentiles, and a single word has none. Ratios that are equal for all words have an interval of width 0.

    `below` is not negative. With fewer than ten words that differ from 0 the interval covers less often than it says.
    """
    n, k = above.shape
    if n == 1:
        return [(None, None)] * k
    with np.errstate(all="ignore"):
        estimates = above.sum(axis=0) / below.sum(axis=0)  # (k,)
        finite = np.isfinite(estimates)
        residuals = above - np.where(finite, estimates, 0.0) * below  # (n, k)
        products = (residuals, below, residuals**2, residuals * below, below**2)
        first, base, squares, mixed, bases = np.split(resampled_sums(np.hstack(products), rng), 5, axis=1)  # (resamples, k)
        shifts = first / base  # of the resampled ratios against the estimate, or the ratios themselves where it is not finite
        errors = np.sqrt(np.maximum(squares - 2 * shifts * mixed + shifts**2 * bases, 0.0)) / base
        error = np.sqrt((residuals**2).sum(axis=0)) / below.sum(axis=0)  # (k,)
        studentised = np.where(errors > ROUNDING * error, shifts / errors, np.where(shifts == 0, 0.0, np.sign(shifts) * np.inf))
        studentised[np.isnan(shifts)] = np.nan
        ratios = above / below
    intervals: list[Interval] = []
    for i, estimate in enumerate(estimates.tolist()):
        if not finite[i]:
            intervals.append(percentile_interval(shifts[:, i]))
        elif not error[i] > ROUNDING * abs(estimate):
            intervals.append((estimate, estimate))
        else:
            intervals.append(_studentised(estimate, float(error[i]), studentised[:, i], _range(ratios[:, i], below[:, i])))
    return intervals


def share_interval(share: float, weights: FloatArray) -> Interval:
    """Return the interval of a ratio of sums from 0 to 1 that is the same for all words, by their weights (n,).

    The part of words that are unlike all of these has the Clopper–Pearson bound of 0 in n. Each may be as heavy as the heaviest
    that was seen, and its own ratio is 0 or 1 at the worst. Without weight there is no interval.
    """
    some = float((weights > 0).sum())
    if not some:
        return None, None
    unseen = highest_share(0.0, some, (1 - CONFIDENCE) / 2)
    unseen = min(1.0, unseen * float(weights.max() * some / weights.sum()))
    return share * (1 - unseen), share + (1 - share) * unseen


def _studentised(estimate: float, error: float, samples: FloatArray, within: tuple[float, float]) -> Interval:
    """Return the interval from studentised samples (resamples,), within a range."""
    below, above = percentile_interval(samples)
    if below is None or above is None:
        return None, None
    least, most = within
    return max(least, estimate - error * above), max(estimate, min(most, estimate - error * below))


def _range(ratios: FloatArray, below: FloatArray) -> tuple[float, float]:
    """Return the range within which a ratio of sums is looked for, from ratios (n,) of single words and their weights (n,)."""
    some = below > 0
    least, most = float(ratios[some].min()), float(ratios[some].max())
    if least < 0:
        return least, most
    highest = _highest(ratios, below)
    return (max(least, most - _highest(most - ratios, below)) if math.isfinite(most) else least), highest


def _highest(ratios: FloatArray, below: FloatArray) -> float:
    """Return the upper bound that the share of words that differ from 0 sets to a ratio; no word has a negative one."""
    some = below > 0
    differ = some & (ratios > 0)
    if not differ.any():
        return 0.0
    bound = highest_share(float(differ.sum()), float(len(differ)), (1 - CONFIDENCE) / 2) / differ.mean()
    return float(ratios[some].max()) * min(1.0, float(bound * below[differ].sum() / below.sum()))


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
