from itertools import chain

import numpy as np
import pytest
from linear_truth import in_another_basis, score
from thorough import up_to

from nerode.automata.distribution import FLOOR, Distribution, Negatives, log_probabilities, negatives
from nerode.automata.linear import add, scale
from nerode.automata.stochastic import from_pdfa
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.protocols import SteppingTeacher
from nerode.stepping import prefix_scores
from nerode.words import Alphabet, all_words

ONE = Alphabet.of_size(1)


def sums(a, word, longest=60):
    """f(w·Σ*) by its definition, length by length."""
    vector = a.initial
    for letter in word:
        vector = vector @ a.transitions[letter]
    step = a.transitions.sum(axis=0)
    total = 0.0
    for _ in range(longest):
        total += float((vector @ a.final)[0])
        vector = vector @ step
    return total


def mixture(seed=0):
    """A distribution and another one subtracted from it: some words come out negative."""
    rng = np.random.default_rng(seed)
    first, second = (from_pdfa(random_pdfa(rng, 3, 2)) for _ in range(2))
    return add(scale(first, 1.6), scale(second, -0.6))


def test_a_pdfa_is_had_back(rng):
    pdfa = random_pdfa(rng, 5, 3)
    a = in_another_basis(from_pdfa(pdfa), rng.normal(size=(5, 5)))
    teacher = Distribution(a)
    assert isinstance(teacher, SteppingTeacher)
    words = list(all_words(3, 4))
    expected = [pdfa.link.log_probabilities(pdfa.scores([word]))[0] for word in words]
    np.testing.assert_allclose(teacher.link.log_probabilities(teacher.scores(words)), expected, atol=1e-8)
    assert negatives(a, words) == Negatives(0.0, 0.0)


@pytest.mark.parametrize("seed", up_to(4, 500))
def test_values_below_noise_are_raised_and_negative_ones_counted(seed):
    a = mixture(seed)
    words = list(all_words(2, 4))
    values = np.array([[*(sums(a, (*word, b), 400) for b in range(2)), score(a, word)[0]] for word in words])
    expected = np.array([np.maximum(row, 0.1 * max(0.0, -min(row))) for row in values])
    expected[(values <= 0).all(axis=1)] = [0.0, 0.0, 1.0]
    expected /= expected.sum(axis=1, keepdims=True)
    probabilities = np.exp(Distribution(a).scores(words))
    np.testing.assert_allclose(probabilities, np.maximum(expected, FLOOR), rtol=1e-6)
    np.testing.assert_allclose(np.log(probabilities.sum(axis=1)), 0.0, atol=1e-12)
    prefixes = list(chain.from_iterable([word[:k] for k in range(len(word) + 1)] for word in words))
    below = [np.count_nonzero(values[words.index(prefix)] < 0) for prefix in prefixes]
    assert (values < 0).any()
    assert negatives(a, words) == Negatives(
        np.count_nonzero(values[:, -1] < 0) / len(words), pytest.approx(sum(below) / (3 * len(prefixes)))
    )


def test_where_nothing_is_left_the_word_ends():
    teacher = Distribution(WFA(ONE, [1.0], [[[0.0]]], [[1.0]]))
    np.testing.assert_allclose(np.exp(teacher.scores([(), (0,), (0, 0)])), [[FLOOR, 1.0]] * 3)
    negative = WFA(ONE, [1.0, 0.0], [[[0.0, 1.0], [0.0, 0.0]]], [[3.0], [-1.0]])
    np.testing.assert_allclose(np.exp(Distribution(negative).scores([(0,)])), [[FLOOR, 1.0]])


def test_long_words(rng):
    """The probability of this one is below anything that float64 numbers hold."""
    pdfa = random_pdfa(rng, 4, 3)
    word = tuple(rng.integers(3, size=10_000).tolist())
    scores, _ = prefix_scores(pdfa, [word])
    steps = pdfa.link.log_probabilities(scores)
    expected = steps[np.arange(10_001), [*word, 3]].sum()
    a = from_pdfa(pdfa)
    assert a.scores([word]).item() == 0.0
    assert expected < -2000
    assert log_probabilities(a, [word]).item() == pytest.approx(expected, rel=1e-10)
    clipped, _ = prefix_scores(Distribution(a), [word])
    assert np.isfinite(clipped).all()
    np.testing.assert_allclose(clipped, steps, atol=1e-9)


def test_words_with_negative_values_have_no_probability():
    a = mixture()
    words = list(all_words(2, 6))
    values = a.scores(words)[:, 0]
    logs = log_probabilities(a, words)
    assert (values < 0).any()
    assert (logs[values < 0] == -np.inf).all()
    np.testing.assert_allclose(np.exp(logs), values.clip(0), rtol=1e-9)


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (1.0, 0.0)])
def test_growth_that_does_not_count_is_no_obstacle(rng, start, end):
    a = from_pdfa(random_pdfa(rng, 3, 2))
    hidden = add(a, WFA(a.alphabet, [start], [[[3.0]], [[2.0]]], [[end]]))
    hidden = in_another_basis(hidden, rng.normal(size=(4, 4)))
    words = list(all_words(2, 3))
    np.testing.assert_allclose(Distribution(hidden).scores(words), Distribution(a).scores(words), atol=1e-6)


def test_what_is_no_distribution_is_refused(rng):
    with pytest.raises(InputError, match=r"this is none: the scores of all words have no finite sum: .*`discount`"):
        Distribution(WFA(ONE, [1.0], [[[1.0]]], [[1.0]]))
    with pytest.raises(InputError, match="the values of all words sum to -2"):
        Distribution(WFA(ONE, [1.0], [[[0.5]]], [[-1.0]]))
    for function in (Distribution, lambda a: negatives(a, [()]), lambda a: log_probabilities(a, [()])):
        with pytest.raises(InputError, match="gives 2 scores a word"):
            function(random_wfa(rng, 2, 2, width=2))


def test_no_words():
    a = mixture()
    assert negatives(a, []) == Negatives(0.0, 0.0)
    assert Distribution(a).scores([]).shape == (0, 3)
    assert log_probabilities(a, []).shape == (0,)
