"""The order of neurons and the fitting of what reads them, against least squares over all sets."""

from itertools import combinations

import numpy as np
import pytest

from nerode.compression.surgeon import Reader, removal, shares


def moments(given):
    rows = np.column_stack([given, np.ones(len(given))])
    return rows.T @ rows / len(rows)


def best_fit(given, wanted, kept):
    """The least squared error to what a reader gets, from some neurons and a constant."""
    rows = np.column_stack([given[:, kept], np.ones(len(given))])
    fitted = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    return fitted, ((rows @ fitted - wanted) ** 2).sum(axis=1).mean()


def test_errors_and_weights_are_those_of_least_squares(rng):
    given = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) + 1
    readers = [Reader(moments(given), rng.normal(size=(out, 7))) for out in (3, 2)]
    wanted = [np.column_stack([given, np.ones(300)]) @ reader.weights.T for reader in readers]
    for count in range(6):
        found = removal(readers, count)
        kept = np.setdiff1d(np.arange(6), found.order)
        error = 0.0
        for answers, weights in zip(wanted, found.weights, strict=True):
            fitted, left = best_fit(given, answers, kept)
            assert weights[:, [*kept, 6]] == pytest.approx(fitted.T, rel=2e-2, abs=2e-2)  # but for the ridge
            assert not weights[:, found.order].any()
            error += left / answers.var(axis=0).sum() / 2
        if count:
            assert found.errors[-1] == pytest.approx(error, rel=2e-2)
            assert (np.diff(found.errors) >= 0).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_groups_go_together_with_the_error_of_least_squares(rng, count):
    """Against least squares over all sets of groups, one group after the other."""
    given = rng.normal(size=(300, 8)) @ rng.normal(size=(8, 8)) + 1
    reader = Reader(moments(given), rng.normal(size=(3, 9)))
    answers = np.column_stack([given, np.ones(300)]) @ reader.weights.T
    left = list(range(4))
    for _ in range(count):
        errors = {gone: best_fit(given, answers, units_of([g for g in left if g != gone]))[1] for gone in left}
        left.remove(min(errors, key=errors.get))
    found = removal([reader], count, 2)
    assert sorted(found.order) == sorted(set(range(4)) - set(left))
    fitted, error = best_fit(given, answers, units_of(left))
    assert found.errors[-1] == pytest.approx(error / answers.var(axis=0).sum(), rel=2e-2)
    assert found.weights[0][:, [*units_of(left), 8]] == pytest.approx(fitted.T, rel=2e-2, abs=2e-2)
    assert not np.delete(found.weights[0], [*units_of(left), 8], axis=1).any()


def units_of(groups):
    return [2 * group + unit for group in groups for unit in (0, 1)]


def test_the_first_to_go_is_the_one_that_matters_least(rng):
    given = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5))
    reader = Reader(moments(given), rng.normal(size=(4, 6)))
    answers = np.column_stack([given, np.ones(400)]) @ reader.weights.T
    errors = [best_fit(given, answers, list(kept))[1] for kept in combinations(range(5), 4)][::-1]
    assert removal([reader], 1).order[0] == int(np.argmin(errors))


def test_neurons_that_others_can_replace_go_without_error(rng):
    given = rng.normal(size=(200, 3))
    given = np.column_stack([given, given @ rng.normal(size=(3, 4)) + 2])  # 7 neurons of rank 3
    found = removal([Reader(moments(given), rng.normal(size=(5, 8)))], 6)
    assert (found.errors[:4] < 1e-4).all()
    assert found.errors[4] > 1e-2


def test_neurons_that_are_gone_read_nothing(rng):
    """A neuron that only another one reads, which goes first, is worth nothing."""
    given = rng.normal(size=(500, 3))
    inner = np.array([[0.0, 0, 0, 0], [0, 0, 0, 0], [0, 3.0, 0, 0]])  # 2 reads 1, and nothing reads 2
    outer = np.array([[1.0, 0.01, 0.0, 0]])
    readers = [Reader(moments(given), inner, inner=True), Reader(moments(given), outer)]
    found = removal(readers, 2)
    assert found.order.tolist() == [2, 1]
    assert not found.weights[0].any()


def test_layers_spare_at_one_error():
    curves = [np.array([0.1, 0.5, 2.0]), np.array([0.2, 0.3, 0.4])]
    assert shares(curves, [1, 1], 4) == [1, 3]
    assert shares(curves, [1, 1], 0) == [0, 0]
    assert shares(curves, [2, 1], 2) == [1, 0]
    assert shares(curves, [2, 1], 3) == [1, 1]
