import numpy as np
import pytest
from linear_truth import in_another_basis, only_epsilon, score, table, zero
from thorough import up_to

from nerode.automata.linear import add, discount, subtract
from nerode.automata.stochastic import from_pdfa
from nerode.automata.sums import (
    factor_function,
    prefix_function,
    string_from_factor,
    string_from_prefix,
    total,
    total_of_length,
)
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words


def fading(seed, states=4, letters=2, width=1, rate=0.3):
    """Words of more than some 12 letters weigh next to nothing."""
    return discount(random_wfa(np.random.default_rng(seed), states, letters, width), rate / letters)


@pytest.mark.parametrize(("letters", "width"), [(1, 1), (2, 1), (2, 3), (3, 1)])
def test_sums_are_those_over_long_lists_of_words(letters, width):
    a = fading(0, letters=letters, width=width, rate=0.1)
    longest = 8
    expected = sum(score(a, word) for word in all_words(letters, longest))
    np.testing.assert_allclose(total(a), expected, rtol=1e-5)
    by_length = [total_of_length(a, n) for n in range(longest + 1)]
    np.testing.assert_allclose(np.sum(by_length, axis=0), expected, rtol=1e-12)
    np.testing.assert_allclose(by_length[2], sum(score(a, w) for w in all_words(letters, 2) if len(w) == 2), rtol=1e-12)


def test_sums_of_simple_automata():
    assert total(zero(2, width=3)).tolist() == [0, 0, 0]
    assert total(only_epsilon()).tolist() == [3]
    assert total_of_length(only_epsilon(), 0).tolist() == [3]
    assert total_of_length(only_epsilon(), 4).tolist() == [0]
    geometric = WFA(Alphabet.of_size(2), [1.0], [[[0.25]], [[0.5]]], [[1.0]])
    assert total(geometric) == pytest.approx([4])


def test_sums_that_diverge_are_refused():
    growing = WFA(Alphabet.of_size(2), [1.0], [[[0.5]], [[0.5]]], [[1.0]])
    for function in (total, prefix_function, factor_function):
        with pytest.raises(InputError, match="no finite sum"):
            function(growing)
    assert total(discount(growing, 0.5)) == pytest.approx([2])


def test_growth_that_does_not_count_is_no_obstacle():
    rng = np.random.default_rng(1)
    small = fading(1)
    growing = WFA(small.alphabet, [1.0], [[[3.0]], [[2.0]]], [[0.0]])
    hidden = in_another_basis(add(small, growing), rng.normal(size=(5, 5)))
    np.testing.assert_allclose(total(hidden), total(small), rtol=1e-8)
    np.testing.assert_allclose(table(prefix_function(hidden), 3), table(prefix_function(small), 3), rtol=1e-7)
    np.testing.assert_allclose(table(factor_function(hidden), 3), table(factor_function(small), 3), rtol=1e-7)
    unreached = WFA(small.alphabet, [0.0], [[[3.0]], [[2.0]]], [[1.0]])
    hidden = in_another_basis(add(small, unreached), rng.normal(size=(5, 5)))
    np.testing.assert_allclose(total(hidden), total(small), rtol=1e-8)
    np.testing.assert_allclose(table(factor_function(hidden), 3), table(factor_function(small), 3), rtol=1e-7)
    # letters that cancel each other: 2 − 2 = 0, hence only ε is left of the sum
    cancelling = WFA(Alphabet.of_size(2), [1.0], [[[2.0]], [[-2.0]]], [[1.0]])
    assert total(cancelling) == pytest.approx([1])
    same = subtract(growing, growing)
    assert total(same).tolist() == [0]


def occurrences(word, inside):
    return sum(inside[i : i + len(word)] == word for i in range(len(inside) - len(word) + 1))


@pytest.mark.parametrize("seed", up_to(3, 500))
def test_prefix_and_factor_functions_are_sums_over_words(seed):
    a = fading(seed, rate=0.15)
    words = list(all_words(2, 9))
    values = [score(a, word)[0] for word in words]
    starts, factors = prefix_function(a), factor_function(a)
    for word in all_words(2, 2):
        begins = sum(value for value, inside in zip(values, words, strict=True) if inside[: len(word)] == word)
        occurs = sum(value * occurrences(word, inside) for value, inside in zip(values, words, strict=True))
        assert score(starts, word)[0] == pytest.approx(begins, rel=1e-4, abs=1e-6)
        assert score(factors, word)[0] == pytest.approx(occurs, rel=1e-4, abs=1e-6)


def test_probabilities_of_a_pdfa():
    p = from_pdfa(random_pdfa(np.random.default_rng(2), 5, 3))
    assert total(p) == pytest.approx([1])
    assert score(prefix_function(p), ()) == pytest.approx([1])
    expected_length = sum(n * total_of_length(p, n)[0] for n in range(200))
    assert score(factor_function(p), ()) == pytest.approx([1 + expected_length])


@pytest.mark.parametrize("width", [1, 2])
def test_the_three_functions_are_had_from_each_other(width):
    rng = np.random.default_rng(3)
    a = fading(3, states=5, width=width)
    starts, factors = prefix_function(a), factor_function(a)
    # also from automata of these functions in a basis of which nothing is known
    for change in (np.eye(5), rng.normal(size=(5, 5))):
        np.testing.assert_allclose(table(string_from_prefix(in_another_basis(starts, change)), 4), table(a, 4), atol=1e-10)
        np.testing.assert_allclose(table(string_from_factor(in_another_basis(factors, change)), 4), table(a, 4), atol=1e-10)


def test_string_functions_by_their_definition():
    """Of any automaton, whether or not it is a prefix or a factor function."""
    a = random_wfa(np.random.default_rng(4), 4, 2)
    for word in all_words(2, 3):
        ahead = sum(score(a, (*word, c)) for c in range(2))
        behind = sum(score(a, (b, *word)) for b in range(2))
        around = sum(score(a, (b, *word, c)) for b in range(2) for c in range(2))
        np.testing.assert_allclose(score(string_from_prefix(a), word), score(a, word) - ahead, atol=1e-12)
        np.testing.assert_allclose(score(string_from_factor(a), word), score(a, word) - ahead - behind + around, atol=1e-12)
