"""Tests for pairs of errors: of seeds, of words, of teachers, and of many at once."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy.special import bdtr, ndtr, stdtr

from nerode.words import FloatArray

NORMAL = 1.959964  # standard deviations of half of a 95 % interval


def t_test(differences: FloatArray) -> float | None:
    """Return the two-sided p of the mean of differences (n,) being 0; None where they have no spread, or are infinite."""
    n = len(differences)
    if n < 2 or not np.isfinite(differences).all():
        return None
    spread = float(differences.std(ddof=1))
    if spread <= 1e-12 * float(np.abs(differences).max()):
        return None
    return 2 * float(stdtr(n - 1, -abs(float(differences.mean())) * sqrt(n) / spread))


def interval_test(differences: FloatArray, widths: FloatArray) -> float | None:
    """Return the two-sided p of the mean of differences (n,) being 0 by the words alone; None where these say nothing.

    Seeds are often judged on the same words, so more of them are no more evidence: p is that of one seed, with intervals of the
    usual width. Before and now are judged on the same words too, so that p is rather too large than too small.

    Parameters
    ----------
    widths : (n, 2), of the 95 % intervals of both
    """
    if not (np.isfinite(differences).all() and np.isfinite(widths).all() and widths.any() and differences.any()):
        return None
    variances = (widths / (2 * NORMAL)) ** 2
    return 2 * float(ndtr(-abs(float(differences.mean())) / sqrt(float(variances.sum(axis=1).mean()))))


def sign_test(worse: int, better: int) -> float | None:
    """Return the two-sided p of so many signs if both are equally likely; None where there are none."""
    n = worse + better
    return min(1.0, 2 * float(bdtr(min(worse, better), n, 0.5))) if n else None


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number (Holm 1979); those that are None are not counted."""
    known = sorted((value, place) for place, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * value))
        corrected[place] = highest
    return corrected
