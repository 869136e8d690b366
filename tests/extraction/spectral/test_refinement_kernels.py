"""Products of a few rows, against those of numpy, one row after the other."""

import numpy as np
import pytest

from nerode.extraction.spectral.kernels import CHUNK, add_outer_products, padded, walk

SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 30]
EPSILON = np.finfo(float).eps


def runs_of(counts, letters):
    """Runs of so many rows, one after the other."""
    ends = np.cumsum(counts)
    return np.stack([letters, ends - counts, ends], axis=1).astype(np.int64)


def walked(before, rows, after, places, runs, matrices):
    after = after.copy()
    for letter, begin, end in runs:
        for i in range(begin, end):
            after[places[i]] += before[rows[i]] @ matrices[letter]
    return after


@pytest.mark.parametrize("size", SIZES)
def test_each_row_is_multiplied_by_the_matrix_of_its_letter(rng, size):
    """Runs of no rows and of all numbers of rows that a tile may have left; rows that are no place keep what they hold."""
    counts = np.array([1, 2, 3, 4, 0, 5, 6, 7, 8, 9])
    total = counts.sum()
    runs = runs_of(counts, rng.integers(3, size=len(counts)))
    before, after = rng.normal(size=(2, 2 * total, size))
    rows, places = rng.integers(2 * total, size=total), rng.permutation(2 * total)[:total]
    matrices = rng.normal(size=(3, size, size))
    wanted = walked(before, rows, after, places, runs, matrices)
    walk(before, rows, after, places, runs, padded(matrices))
    # |x|·|y| of normal numbers is far below 10 times their number; each product and each sum is rounded once
    np.testing.assert_allclose(after, wanted, rtol=0, atol=2 * size * EPSILON * 10 * size)


@pytest.mark.parametrize("size", [1, 5, 16])
def test_runs_may_go_on_from_rows_that_runs_before_have_written(rng, size):
    runs = runs_of(np.full(5, 6), [0, 1, 0, 1, 1])
    start, matrices = rng.normal(size=(6, size)), rng.normal(size=(2, size, size)) / size
    states = np.concatenate([start, np.zeros((30, size))])
    walk(states, np.arange(30), states, np.arange(6, 36), runs, padded(matrices))
    for i, (letter, _, _) in enumerate(runs):
        wanted = states[6 * i : 6 * i + 6] @ matrices[letter]
        np.testing.assert_allclose(states[6 * i + 6 : 6 * i + 12], wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("size", SIZES)
def test_outer_products_are_summed_for_each_letter(rng, size):
    """More rows than are copied together, fewer, and a letter that has none."""
    counts = np.array([CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 2, 1])
    runs = runs_of(counts, [4, 0, 1, 5, 3])
    total = counts.sum()
    before, after = rng.normal(size=(2, total, size))
    rows, result = rng.integers(total, size=total), np.zeros((6, size, size))
    add_outer_products(before, rows, after, runs, result)
    for letter, begin, end in runs:
        wanted = before[rows[begin:end]].T @ after[begin:end]
        np.testing.assert_allclose(result[letter], wanted, rtol=0, atol=EPSILON * 30 * (end - begin))
    assert not result[2].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_stays_in_its_row(rng, bad):
    before = rng.normal(size=(9, 5))
    before[4, 2] = bad
    after = np.zeros((9, 5))
    walk(before, np.arange(9), after, np.arange(9), runs_of(np.array([9]), [0]), padded(rng.normal(size=(1, 5, 5))))
    assert np.flatnonzero(~np.isfinite(after).all(axis=1)).tolist() == [4]
    assert not np.isfinite(after[4]).any()
