"""Rounding of numbers to as many decimals as matter."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from doubles import words_up_to

from nerode.automata.decimals import decimal, effects, rounded, rounded_distributions
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.words import Alphabet


def test_numbers_are_those_that_decimal_arithmetic_gives(rng):
    values, digits = rng.normal(size=300) * 10.0 ** rng.integers(-3, 4, 300), rng.integers(-2, 12, 300)
    found = decimal(values, 10.0**-digits)
    for value, places, mine in zip(values.tolist(), digits.tolist(), found.tolist(), strict=True):
        assert mine == float(Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


def test_steps_are_powers_of_ten_that_are_not_larger():
    assert decimal(np.full(3, 0.123456), np.array([0.1, 0.05, 0.0099])).tolist() == [0.1, 0.12, 0.123]
    assert str(decimal(np.array([-0.01]), 0.1)[0]) == "0.0"


def test_effects_are_those_of_all_prefixes_and_suffixes(rng):
    a = random_wfa(rng, 3, 2)
    words = words_up_to(2, 5)
    prefixes = [word[:end] for word in words for end in range(len(word) + 1)]
    suffixes = [word[begin:] for word in words for begin in range(len(word) + 1)]

    def product(word):
        matrix = np.eye(3)
        for letter in word:
            matrix = matrix @ a.transitions[letter]
        return matrix

    found = effects(a, words, rng)
    before = np.mean([(a.initial @ product(word)) ** 2 for word in prefixes], axis=0)
    behind = np.mean([(product(word) @ a.final)[:, 0] ** 2 for word in suffixes], axis=0)
    np.testing.assert_allclose(found.before**2, before, rtol=1e-9)
    np.testing.assert_allclose(found.behind**2, behind, rtol=1e-9)
    assert found.scale == pytest.approx(a.scores(words).std())


@pytest.mark.parametrize("width", [1, 3])
def test_scores_change_by_about_the_step_and_not_by_the_coordinates(rng, width):
    a = random_wfa(rng, 4, 3, width)
    words = words_up_to(3, 5)
    scales = 10.0 ** np.array([2.0, 0.0, -1.0, -30.0])  # powers of ten, so that the same digits go
    other = replace(
        a,
        initial=a.initial * scales,
        transitions=a.transitions / scales[:, None] * scales,
        final=a.final / scales[:, None],
    )
    known = effects(a, words, np.random.default_rng(0))
    same = effects(other, words, np.random.default_rng(0))
    for step in (1e-2, 1e-4, 1e-6):
        near = rounded(a, known, step)
        off = np.sqrt(np.mean((near.scores(words) - a.scores(words)) ** 2)) / known.scale
        assert off < step * np.sqrt(a.transitions.size)
        assert off > 1e-2 * step
        np.testing.assert_allclose(rounded(other, same, step).scores(words), near.scores(words), rtol=1e-9, atol=1e-12)


def test_what_has_no_scale_has_no_effects(rng):
    constant = WFA(Alphabet("ab"), np.ones(1), np.ones((2, 1, 1)), np.ones((1, 1)))
    growing = WFA(Alphabet("ab"), np.ones(1), np.full((2, 1, 1), 1e200), np.ones((1, 1)))
    assert effects(constant, words_up_to(2, 3), rng) is None
    assert effects(growing, words_up_to(2, 3), rng) is None


@pytest.mark.parametrize("step", [0.3, 1e-2, 1e-5])
def test_rows_stay_distributions_and_no_probability_becomes_zero(rng, step):
    a = random_pdfa(rng, 20, 6)
    p = np.where(rng.random(a.probabilities.shape) < 0.3, 0.0, a.probabilities)
    p[:, -1] = np.maximum(p[:, -1], 1e-7)  # rare and possible
    a = PDFA(a.alphabet, a.transitions, p / p.sum(axis=1, keepdims=True))
    near = rounded_distributions(a, rng.integers(0, 1000, 20).astype(float), step).probabilities
    np.testing.assert_allclose(near.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert ((near > 0) == (a.probabilities > 0)).all()
    assert len(str(near.tolist())) < len(str(a.probabilities.tolist()))


def test_what_is_visited_often_has_more_digits(rng):
    p = np.tile(rng.dirichlet(np.ones(4)), (2, 1))
    a = PDFA(Alphabet("abc"), np.zeros((2, 3), int), p)
    often, rarely = rounded_distributions(a, np.array([1e6, 0.0]), 1e-2).probabilities
    assert np.abs(often - p[0]).max() < 1e-2
    assert np.abs(often - p[0]).max() < np.abs(rarely - p[1]).max()


@pytest.mark.parametrize("least", [1e-10, 1e-18, 1e-25, 1e-299, 5e-320])
@pytest.mark.parametrize("step", [0.1, 1e-3, 1e-9])
def test_what_is_next_to_impossible_stays_possible(least, step):
    """A letter of such a probability hardly occurs in held-out words, so no other check would notice."""
    p = np.array([[0.6, 0.4 - least, least]])
    model = PDFA(Alphabet("ab"), np.zeros((1, 2), np.int64), p)
    near = rounded_distributions(model, np.array([100.0]), step).probabilities
    assert (near > 0).all()
    assert abs(near.sum() - 1) < 1e-12
    assert 0.5 * least <= near[0, 2] <= 2 * least


def test_large_numbers_are_not_touched_below_their_last_digit():
    values = np.array([1.5e300, 2.0**60 + 2.0**9, -np.inf, np.nan])
    np.testing.assert_array_equal(decimal(values, 1e-9), values)
