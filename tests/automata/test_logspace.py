import math
from fractions import Fraction

import numpy as np
import pytest
from linear_truth import only_epsilon, zero

from nerode.automata.logspace import log_scores
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

LONG = 10_000


def exact_scores(a, word):
    """The scores of a word as fractions: no rounding at all."""
    state = [Fraction(x) for x in a.initial.tolist()]
    letters = [[[Fraction(x) for x in row] for row in letter] for letter in a.transitions.tolist()]
    for symbol in word:
        state = [sum(x * row[j] for x, row in zip(state, letters[symbol], strict=True)) for j in range(len(state))]
    return [sum(x * Fraction(row[k]) for x, row in zip(state, a.final.tolist(), strict=True)) for k in range(a.width)]


def sign_and_log(value):
    """Of a fraction that may be far outside of what float64 has."""
    if value == 0:
        return 0.0, -math.inf
    return (1.0 if value > 0 else -1.0), math.log(abs(value.numerator)) - math.log(value.denominator)


def check(a, words, rtol=1e-9):
    signs, logs = log_scores(a, words)
    assert signs.shape == logs.shape == (len(words), a.width)
    for row, word in enumerate(words):
        for column, value in enumerate(exact_scores(a, word)):
            sign, log = sign_and_log(value)
            assert signs[row, column] == sign
            assert logs[row, column] == (log if math.isinf(log) else pytest.approx(log, rel=1e-13, abs=rtol))
    return logs


def dyadic(seed, states, letters, width, unit):
    """Random small whole weights times a unit, so that fractions stay short."""
    rng = np.random.default_rng(seed)
    return WFA(
        Alphabet.of_size(letters),
        rng.integers(-3, 4, size=states),
        unit * rng.integers(-3, 4, size=(letters, states, states)),
        rng.integers(-3, 4, size=(states, width)),
    )


@pytest.mark.parametrize("seed", range(5))
def test_short_words_are_scored_like_fractions(seed):
    logs = check(dyadic(seed, 3, 2, 2, 1.0), list(all_words(2, 5)))
    assert np.isfinite(logs).any()


@pytest.mark.parametrize(("unit", "magnitude"), [(1 / 8, -3000), (1.0, 3000)])
def test_words_of_ten_thousand_letters_neither_overflow_nor_underflow(rng, unit, magnitude):
    a = dyadic(1, 3, 2, 2, unit)
    words = [tuple(rng.integers(2, size=length).tolist()) for length in (LONG, 3, LONG - 1, 0)]
    logs = check(a, words, rtol=1e-7)
    assert (logs[0] / math.log(10) / magnitude > 0.5).all()
    with np.errstate(all="ignore"):
        plain = a.scores(words[:1])
    assert not np.isfinite(plain).all() or (plain == 0).all()


def test_the_length_of_other_words_makes_no_difference(rng):
    a = dyadic(2, 4, 3, 1, 1 / 4)
    words = [tuple(rng.integers(3, size=length).tolist()) for length in rng.integers(0, 40, size=60)]
    together = log_scores(a, words)
    alone = [np.concatenate(parts) for parts in zip(*(log_scores(a, [word]) for word in words), strict=True)]
    np.testing.assert_array_equal(together[0], alone[0])
    np.testing.assert_allclose(together[1], alone[1], rtol=1e-9)


def test_a_score_of_zero_has_no_sign():
    for a in (zero(2, width=3), only_epsilon()):
        signs, logs = log_scores(a, [(0,), (1, 0)])
        assert (signs == 0).all()
        assert (logs == -np.inf).all()
    signs, logs = log_scores(only_epsilon(), ["ε"])
    assert (signs.item(), logs.item()) == (1.0, pytest.approx(math.log(3)))
    assert [array.shape for array in log_scores(zero(2, width=3), [])] == [(0, 3), (0, 3)]


@pytest.mark.parametrize("size", [1e-320, 1e-300, 1e300])
def test_weights_at_the_edges_of_float64(size):
    """One product of two of these weights is beyond them already."""
    letters = [[[size, 0.0], [size, size]], [[0.0, size], [size, 0.0]]]
    a = WFA(Alphabet.of_size(2), [size, size], letters, [[size, -1.0], [size, -2.0]])
    logs = check(a, [*all_words(2, 4), (0, 1) * 200])
    assert np.isfinite(logs).any()


def test_only_weighted_automata(rng):
    with pytest.raises(InputError, match="weighted automata"):
        log_scores(random_dfa(rng, 3, 2), [()])
