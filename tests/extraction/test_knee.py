"""The knee of errors by sizes: where a corner is, it is found; where there is none, the best stays."""

import numpy as np
import pytest
from thorough import up_to
from weighed import ledger

from nerode.extraction.knee import knee


def slow(sizes, errors):
    """By areas of triangles with the first and the last point; the last of the farthest, and no point above the line."""
    points = [np.array([np.log(size), np.log(error)]) for size, error in zip(sizes, errors, strict=True)]
    first, along = points[0], points[-1] - points[0]
    below = [along[1] * (point - first)[0] - along[0] * (point - first)[1] for point in points]
    return max(range(len(points)), key=lambda i: (round(below[i], 9), i))


@pytest.mark.parametrize("seed", up_to(20, 2000))
def test_it_is_the_farthest_point_below_the_line(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 30))
    sizes = np.sort(rng.choice(np.arange(1, 500), count, replace=False)).tolist()
    errors = np.sort(rng.uniform(1e-3, 1, count))[::-1].tolist()
    assert knee(sizes, errors) == slow(sizes, errors)


def test_a_corner_is_found():
    sizes = [1, 2, 4, 8, 12, 16, 32, 64, 128]
    errors = [0.4, 0.35, 0.25, 0.15, 0.03, 0.027, 0.02, 0.014, 0.01]
    assert sizes[knee(sizes, errors)] == 12


@pytest.mark.parametrize("power", [0.1, 0.5, 2])
def test_where_errors_fall_evenly_the_largest_stays(power):
    sizes = list(range(1, 200))
    assert knee(sizes, [size**-power for size in sizes]) == 198


def test_what_has_no_logarithm():
    assert knee([1], [0.3]) == 0
    assert knee([1], [0.0]) == 0
    assert knee([1, 3, 9], [0.3, 0.2, 0.0]) == 2  # exact: no size before comes near
    assert knee([1, 3, 9], [np.inf, 0.2, 0.1]) == 2
    assert knee([1, 3, 4, 9], [np.inf, 0.2, 0.01, 0.009]) == 2
    assert knee([1, 2], [np.inf, np.inf]) == 1
    assert knee([1, 2], [np.inf, 0.1]) == 1
    assert knee([1, 2, 3], [np.nan, 0.2, 0.1]) == 2


def test_the_ledger_takes_the_knee_where_it_is_smaller():
    made = (8, 0.2), (12, 0.03), (50, 0.019), (100, 0.01)
    assert ledger(0.4, *made).best.states == 100
    assert ledger(0.4, *made, at_knee=True).best.states == 12
    assert ledger(0.4, (50, 0.02), (100, 0.01), frugality=0.3, at_knee=True).best.states == 50  # it may cost that, without a knee
    assert ledger(0.4, *made, (100, 1e-9), at_knee=True).best.states == 100
    cheap = (2, 0.2), (3, 0.19), (30, 0.13), (500, 0.05)  # the knee is at 2, which errs more than a quarter of 0.4 more
    assert knee([1, 2, 3, 30, 500], [0.4, 0.2, 0.19, 0.13, 0.05]) == 1
    assert ledger(0.4, *cheap, at_knee=True).best.states == 500
