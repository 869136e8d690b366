"""Intervals against exact binomial sums, published numbers, brute force, and the truth of simulated words."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from thorough import times

from nerode.eval.intervals import clopper_pearson, percentile_interval, ratio_intervals, resampled_sums, share_interval


@pytest.mark.parametrize("trials", [1, 2, 7, 50, 10_000])
def test_clopper_pearson_is_the_exact_interval_of_scipy(trials):
    for successes in sorted({0, 1, trials // 3, trials - 1, trials}):
        expected = binomtest(successes, trials).proportion_ci(0.95, method="exact")
        assert clopper_pearson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_clopper_pearson_at_the_edges():
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == (pytest.approx(0.025**0.1), 1.0)
    assert clopper_pearson(0, 0) == (None, None)


@pytest.mark.parametrize("trials", [3, 20, 45, 200, 1000])
def test_clopper_pearson_covers_every_probability(trials):
    """All samples are weighed by their probability, so nothing is left to chance."""
    bounds = np.array([clopper_pearson(successes, trials) for successes in range(trials + 1)])
    for truth in [*np.linspace(0, 1, 101), 0.5 / trials, 1 / trials, 3 / trials]:
        covering = np.flatnonzero((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))
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


def mostly_zero(share, draw):
    return lambda rng, size: (rng.random(size) < share) * draw(rng, size)


def exponential(rng, size):
    return rng.exponential(size=size)


ERRORS = {
    "uniform": (lambda rng, size: rng.random(size), 0.5),
    "normal": (lambda rng, size: rng.normal(3, 1, size), 3.0),
    "exponential": (exponential, 1.0),
    "lognormal": (lambda rng, size: rng.lognormal(size=size), np.exp(0.5)),
    "zero to 80 %": (mostly_zero(0.2, exponential), 0.2),
    "zero to 90 %": (mostly_zero(0.1, exponential), 0.1),
    "zero to 95 %": (mostly_zero(0.05, exponential), 0.05),
    "of one size, zero to 90 %": (mostly_zero(0.1, lambda rng, size: np.ones(size)), 0.1),
}
"""Errors of words, and their mean."""


def coverage(rng, draw, truth, words, cases, intervals):
    """The share of cases whose interval holds the truth."""
    above = draw(rng, (words, cases))
    low, high = np.array(intervals(above, np.ones(above.shape), rng), float).T
    return ((low <= truth) & (truth <= high)).mean()


def by_percentiles(above, below, rng):
    return [percentile_interval(column) for column in (resampled_sums(above, rng) / len(above)).T]


@pytest.mark.parametrize("words", [200, pytest.param(500, marks=pytest.mark.thorough), 1000])
@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.sampled(8)
def test_intervals_of_means_cover_as_often_as_they_say(name, words):
    cases = 1000 if words == 200 else times(500, 3000)
    covered = coverage(np.random.default_rng(words), *ERRORS[name], words, cases, ratio_intervals)
    assert 0.93 <= covered <= 0.97 + (words < 500) * 0.01  # errors of one size have few different means


def test_percentiles_of_means_cover_too_rarely_where_errors_are_mostly_zero():
    draw, truth = ERRORS["zero to 95 %"]
    assert coverage(np.random.default_rng(0), draw, truth, 200, 1000, by_percentiles) < 0.91


def test_an_interval_of_a_ratio_covers_as_often_as_it_says():
    """Errors that grow with the length of words, as those of log-probabilities."""
    rng = np.random.default_rng(1)
    lengths = rng.integers(1, 31, (200, 1000)).astype(float)
    intervals = np.array(ratio_intervals(lengths**2 * rng.exponential(size=lengths.shape), lengths, rng))
    truth = np.mean(np.arange(1, 31) ** 2) / np.mean(np.arange(1, 31))
    assert 0.93 <= ((intervals[:, 0] <= truth) & (truth <= intervals[:, 1])).mean() <= 0.97


def test_an_interval_of_a_ratio_is_that_of_the_textbook():
    """Efron and Tibshirani: An introduction to the bootstrap, section 12.5, written down for one mean, with the same draws."""
    values = np.random.default_rng(2).exponential(size=60)
    drawn = np.random.default_rng(3).integers(60, size=(1000, 60))
    means, deviations = values[drawn].mean(axis=1), values[drawn].std(axis=1)
    low, high = percentile_interval((means - values.mean()) / deviations)
    expected = values.mean() - high * values.std(), values.mean() - low * values.std()
    (found,) = ratio_intervals(values[:, None], np.ones((60, 1)), np.random.default_rng(3))
    assert found == pytest.approx(expected, rel=1e-9)


def test_intervals_of_ratios_at_the_edges():
    rng = np.random.default_rng(0)

    def of(above, below=None):
        above = np.array(above, float)[:, None]
        return ratio_intervals(above, np.ones(above.shape) if below is None else np.array(below, float)[:, None], rng)[0]

    assert of([0.5]) == (None, None)  # a word says nothing of others
    assert of([0.1] * 20) == pytest.approx((0.1, 0.1))
    assert of([0.0] * 20) == (0.0, 0.0)
    assert of([0.0] * 20, [0.0] * 20) == (None, None)
    low, high = of([0.0] * 99 + [2.0])  # as many as 5.4 % of such words may differ
    assert (low, high) == pytest.approx(tuple(2 * end for end in clopper_pearson(1, 100)))
    low, high = of([*np.linspace(1, 2, 50), np.inf])
    assert 1 < low < 2
    assert high == np.inf
    low, high = of(np.linspace(-1, 2, 50))
    assert -1 < low < 0.5 < high < 2


def test_a_share_that_all_words_have_leaves_room_for_words_unlike_them():
    assert share_interval(0.0, np.ones(50)) == pytest.approx(clopper_pearson(0, 50))
    assert share_interval(1.0, np.ones(50)) == pytest.approx(clopper_pearson(50, 50))
    low, high = share_interval(0.25, np.ones(50))
    assert (low, high) == pytest.approx((0.25 - 0.25 * clopper_pearson(0, 50)[1], 0.25 + 0.75 * clopper_pearson(0, 50)[1]))
    assert share_interval(0.0, np.zeros(3)) == (None, None)
    assert share_interval(0.0, np.array([0.0, 1.0, 3.0]))[1] == pytest.approx(min(1.0, 1.5 * clopper_pearson(0, 2)[1]))


@pytest.mark.parametrize("share", [0.001, 0.005, 0.02])
@pytest.mark.parametrize("wrong", ["the longest", "any"])
def test_an_interval_of_a_rare_share_covers_as_often_as_it_says(share, wrong):
    """Also where it is the longest words that are wrong, and most samples have none."""
    rng, cases = np.random.default_rng(5), 400
    lengths = rng.integers(1, 31, (200, cases)).astype(float)
    chances = np.arange(1, 31) == 30 if wrong == "the longest" else np.ones(30)
    chances = chances * share * 30 / chances.sum()  # of a word of each length
    above = lengths * (rng.random(lengths.shape) < chances[lengths.astype(int) - 1])
    truth = np.sum(chances * np.arange(1, 31)) / np.sum(np.arange(1, 31))
    none = above.sum(axis=0) == 0
    assert none.sum() > 5 or share > 0.01
    high = np.array([share_interval(0.0, lengths[:, case])[1] for case in np.flatnonzero(none)])
    assert (truth > high).sum() <= 0.03 * cases


def test_a_ratio_near_its_largest_value_has_an_interval_near_it(rng):
    """Such as F1 with a few errors: it is 1 less a ratio that is mostly 0, and so are its bounds."""
    above = np.ones((1000, 1))
    above[:3] = 0.0
    below = np.ones((1000, 1))
    ((low, high),) = ratio_intervals(above, below, rng)
    ((least, most),) = ratio_intervals(below - above, below, np.random.default_rng(1))
    assert low == pytest.approx(1 - most, abs=0.002)
    assert high == pytest.approx(1 - least, abs=0.002)
    assert 0.98 < low < 0.997 < high <= 1
