"""Losses and the functions that they are made of, against those of numpy and scipy."""

import numpy as np
import pytest
from refining import LINKS
from scipy.special import expit, log_softmax

from nerode.compiled import machine_code
from nerode.extraction.loss_kernels import CHUNK, ROUNDED, exp, sigmoid, tanh
from nerode.extraction.losses import loss_of, sharpened
from nerode.links import NextSymbol


@machine_code
def each(function, values):
    result = np.empty_like(values)
    for i in range(len(values)):
        result[i] = function(values[i])
    return result


EVERYWHERE = np.concatenate(
    [np.linspace(-708, 709, 300_001), np.linspace(-3, 3, 300_001), *np.geomspace(1e-300, 700, 5000) * [[1], [-1]]]
)


def test_the_exponential_function():
    found, truth = each(exp, EVERYWHERE), np.exp(EVERYWHERE.astype(np.longdouble))
    assert np.abs(found / truth - 1).max() < 6e-16
    far = np.array([-np.inf, -1e308, -709.0, 710.0, 1e308, np.inf])
    assert each(exp, far).tolist() == each(exp, np.array([-708.0] * 3 + [709.0] * 3)).tolist()
    assert np.isnan(each(exp, np.array([np.nan]))).all()


@pytest.mark.parametrize("function", [sigmoid, tanh])
def test_functions_of_the_exponential_function(function):
    values = EVERYWHERE.astype(np.longdouble)
    if function is sigmoid:
        truth = 1 / (1 + np.exp(-values))
        assert np.abs(each(sigmoid, EVERYWHERE) / truth - 1)[EVERYWHERE > -708].max() < 1e-15
    else:
        np.testing.assert_allclose(each(tanh, EVERYWHERE), np.tanh(values).astype(float), rtol=0, atol=1e-15)
    ends = {sigmoid: [0, 1], tanh: [-1, 1]}[function]
    np.testing.assert_allclose(each(function, np.array([-np.inf, np.inf])), ends, rtol=0, atol=1e-300)
    assert np.isnan(each(function, np.array([np.nan]))).all()


# the losses as formulas


def size_of(numbers):
    return np.abs(numbers).mean() or 1.0


def in_numpy(link, scores, wanted):
    """What each row costs (m,)."""
    if isinstance(link, NextSymbol):
        squash = expit if link.squash == "sigmoid" else np.asarray
        logs, true_logs = log_softmax(squash(scores), axis=1), log_softmax(squash(wanted), axis=1)
        truth = np.exp(true_logs)
        wrong = np.where(truth > 0, logs - np.where(truth > 0, true_logs, 0), 0)
        return (ROUNDED * truth * (np.hypot(wrong, ROUNDED) - ROUNDED)).sum(axis=1)
    if type(link).__name__ == "Multiclass":
        unit = size_of(wanted - wanted.mean(axis=1, keepdims=True))
        logs, true_logs = log_softmax(scores / unit, axis=1), log_softmax(wanted / unit, axis=1)
        return (np.exp(true_logs) * (true_logs - logs)).sum(axis=1)
    unit = size_of(wanted)
    if type(link).__name__ == "Binary":
        return (np.tanh(2 * scores / unit) - np.tanh(2 * wanted / unit))[:, 0] ** 2
    return (((scores - wanted) / unit) ** 2).mean(axis=1)


@pytest.mark.parametrize("rows", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
@pytest.mark.parametrize("name", LINKS)
def test_losses_are_their_formulas(rng, name, rows):
    link, width = LINKS[name]
    wanted = 3 * rng.normal(size=(max(rows, 1), width))
    scores = wanted + rng.normal(size=wanted.shape)
    loss = loss_of(link, wanted)
    values, gradient = loss(scores[:rows], wanted[:rows])
    assert gradient.shape == (rows, width)
    np.testing.assert_allclose(values, in_numpy(link, scores, wanted)[:rows], rtol=1e-11, atol=1e-14)
    # the same of targets that are made before, in whatever order numbers lie in memory
    targets = loss.targets(np.asfortranarray(wanted[:rows]))
    again = loss.beside(np.asfortranarray(scores[:rows]), targets)
    np.testing.assert_array_equal(again[0], values)
    np.testing.assert_array_equal(again[1], gradient)


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
def test_a_next_symbol_loss_where_something_never_follows(rng, squash):
    link = NextSymbol(3, squash)
    wanted, scores = rng.normal(size=(2, 70, 4))
    if squash == "none":  # through a sigmoid nothing is impossible
        wanted[:50, 1] = -np.inf
    loss = loss_of(link, rng.normal(size=(6, 4)))
    values, gradient = loss(scores, wanted)
    np.testing.assert_allclose(values, in_numpy(link, scores, wanted), rtol=1e-11, atol=1e-14)
    for place in [(0, 1), (3, 0), (60, 1), (69, 3)]:
        step = np.zeros_like(scores)
        step[place] = 1e-6
        slope = (in_numpy(link, scores + step, wanted) - in_numpy(link, scores - step, wanted))[place[0]] / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("name", LINKS)
def test_scores_that_are_no_numbers_spoil_their_row_alone(rng, name):
    link, width = LINKS[name]
    wanted, scores = rng.normal(size=(2, CHUNK + 3, width))
    scores[[2, CHUNK + 1], -1] = np.nan
    values, gradient = loss_of(link, wanted)(scores, wanted)
    assert np.flatnonzero(np.isnan(values)).tolist() == [2, CHUNK + 1]
    assert np.flatnonzero(np.isnan(gradient).any(axis=1)).tolist() == [2, CHUNK + 1]


@pytest.mark.parametrize("name", LINKS)
def test_scores_may_be_far_apart(rng, name):
    """Nothing overflows that can be told: a thousand times the scores at which decisions are sure."""
    link, width = LINKS[name]
    wanted = rng.normal(size=(20, width))
    scores = 1000 * rng.normal(size=(20, width))
    values, gradient = sharpened(loss_of(link, wanted), 8.0)(scores, wanted)
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()


def test_scores_in_single_precision_and_of_one_row_for_all(rng):
    wanted = rng.normal(size=(9, 4)).astype(np.float32)
    loss = loss_of(NextSymbol(3), wanted)
    mean = np.broadcast_to(wanted.mean(axis=0), wanted.shape)
    np.testing.assert_array_equal(loss(mean, wanted)[0], loss(mean.astype(float), wanted.astype(float))[0])
