import math

import numpy as np
import pytest
from linear_truth import only_epsilon, zero
from thorough import up_to

from nerode.automata.logspace import log_scores
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

LONG = 10_000


def whole(array):
    """The entries of an array as whole numbers, and the power of two by which they are divided."""
    ratios = [x.as_integer_ratio() for x in array.ravel().tolist()]
    largest = max(denominator for _, denominator in ratios)
    numbers = np.array([numerator * (largest // denominator) for numerator, denominator in ratios], dtype=object)
    return numbers.reshape(array.shape), largest.bit_length() - 1


def exact_scores(a, word):
    """The scores of a word without any rounding: whole numbers, and the power of two by which they are divided."""
    (state, power), (letters, a_letter), (final, at_the_end) = whole(a.initial), whole(a.transitions), whole(a.final)
    for symbol in word:
        state = state @ letters[symbol]
    return (state @ final).tolist(), power + len(word) * a_letter + at_the_end


def sign_and_log(number, power):
    """Of a whole number, which may have many thousand digits, divided by a power of two."""
    if number == 0:
        return 0.0, -math.inf
    size = abs(number)
    spare = max(0, size.bit_length() - 100)
    return (1.0 if number > 0 else -1.0), math.log(size >> spare) + (spare - power) * math.log(2)


def check(a, words, rtol=1e-9):
    signs, logs = log_scores(a, words)
    assert signs.shape == logs.shape == (len(words), a.width)
    for row, word in enumerate(words):
        numbers, power = exact_scores(a, word)
        for column, number in enumerate(numbers):
            sign, log = sign_and_log(number, power)
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


@pytest.mark.parametrize("seed", up_to(5, 1000))
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
