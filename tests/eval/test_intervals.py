"""Intervals against exact binomial sums, published numbers and brute force."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from nerode.eval.intervals import clopper_pearson, percentile_interval, resampled_sums


@pytest.mark.parametrize("trials", [1, 2, 7, 50, 10_000])
def test_clopper_pearson_is_the_exact_interval_of_scipy(trials):
    for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
        expected = binomtest(successes, trials).proportion_ci(0.95, method="exact")
        assert clopper_pearson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_clopper_pearson_at_the_edges():
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == (pytest.approx(0.025**0.1), 1.0)
    assert clopper_pearson(0, 0) == (None, None)


@pytest.mark.parametrize("trials", [3, 20, 45])
def test_clopper_pearson_covers_every_probability(trials):
    bounds = [clopper_pearson(successes, trials) for successes in range(trials + 1)]
    for truth in np.linspace(0, 1, 101):
        covering = [successes for successes, (low, high) in enumerate(bounds) if low <= truth <= high]
        assert binom.pmf(covering, trials, truth).sum() >= 0.95 - 1e-12


def test_resampling_draws_whole_rows():
    rows = np.array([[1.0, 10.0], [2.0, 300.0], [5.0, 7000.0]])
    possible = {tuple(rows[list(drawn)].sum(axis=0)) for drawn in product(range(3), repeat=3)}
    assert {tuple(row) for row in resampled_sums(rows, np.random.default_rng(0), 500)} == possible


def test_resampling_is_unbiased_and_of_the_right_width():
    values = np.random.default_rng(1).exponential(size=400)
    sums = resampled_sums(values[:, None], np.random.default_rng(2), 4000)[:, 0]
    assert sums.mean() == pytest.approx(values.sum(), rel=0.01)
    assert sums.std() == pytest.approx(values.std() * np.sqrt(400), rel=0.05)


def test_resampling_does_not_depend_on_its_blocks(monkeypatch):
    columns = np.random.default_rng(3).normal(size=(30, 2))
    whole = resampled_sums(columns, np.random.default_rng(4), 100)
    monkeypatch.setattr("nerode.eval.intervals.CELLS", 70)
    np.testing.assert_allclose(resampled_sums(columns, np.random.default_rng(4), 100), whole, rtol=1e-12)


def test_an_infinite_row_is_infinite_only_where_it_is_drawn():
    columns = np.column_stack([np.array([np.inf, 1.0, 1.0, 1.0]), np.array([100.0, 1.0, 1.0, 1.0])])
    sums = resampled_sums(columns, np.random.default_rng(0))
    drawn = sums[:, 1] >= 100
    assert 0 < drawn.sum() < len(drawn)
    assert (sums[drawn, 0] == np.inf).all()
    assert (sums[~drawn, 0] == 4).all()


def test_percentile_interval_leaves_two_and_a_half_percent_on_either_side():
    samples = np.random.default_rng(0).permutation(1000).astype(float)
    assert percentile_interval(samples) == (25.0, 974.0)
    assert percentile_interval(np.where(samples > 900, np.inf, samples)) == (25.0, np.inf)
    assert percentile_interval(np.append(samples, [np.nan] * 50)) == (25.0, 974.0)
    assert percentile_interval(np.full(10, np.nan)) == (None, None)


def test_percentile_interval_of_a_mean_covers_it_about_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        low, high = percentile_interval(resampled_sums(rng.uniform(size=(60, 1)), rng, 300)[:, 0] / 60)
        covered += low <= 0.5 <= high
    assert 0.90 <= covered / 300 <= 0.98
