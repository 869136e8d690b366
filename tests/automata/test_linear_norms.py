import numpy as np
import pytest
from linear_truth import in_another_basis, only_epsilon, score, table, zero

from nerode.automata.linear import add, discount, minimise, scale, subtract
from nerode.automata.norms import distance, gramians, norm
from nerode.automata.stochastic import from_pdfa
from nerode.automata.truncation import hankel_singular_values, truncate
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words


def radius(a):
    """The spectral radius of Σ A ⊗ A, which decides whether the squares have a sum."""
    return np.abs(np.linalg.eigvals(sum(np.kron(letter, letter) for letter in a.transitions))).max()


def squares(a):
    """The sum of all squared scores, by one dense system over pairs of states."""
    pairs = sum(np.kron(letter, letter) for letter in a.transitions)
    ends = (a.final @ a.final.T).ravel()
    return np.kron(a.initial, a.initial) @ np.linalg.solve(np.eye(len(pairs)) - pairs, ends)


def fading(seed, states=4, letters=2, width=1, to=0.2):
    """A random automaton of which the sums of squares over one length shrink by about this factor with the length."""
    a = random_wfa(np.random.default_rng(seed), states, letters, width)
    return discount(a, np.sqrt(to / radius(a)))


def geometric(rate):
    """One letter; the score of n letters is rateⁿ."""
    return WFA(Alphabet.of_size(1), [1.0], [[[rate]]], [[1.0]])


@pytest.mark.parametrize(("states", "letters", "width"), [(1, 1, 1), (3, 1, 2), (4, 2, 1), (4, 2, 3), (3, 3, 1)])
@pytest.mark.sampled(3)
def test_norms_are_those_over_long_lists_of_words(states, letters, width):
    longest = {1: 40, 2: 11, 3: 8}[letters]
    a, b = (fading(seed, states, letters, width, to=0.1) for seed in (0, 1))
    assert norm(a) == pytest.approx(np.sqrt((table(a, longest) ** 2).sum()), rel=1e-6)
    assert distance(a, b) == pytest.approx(np.sqrt(((table(a, longest) - table(b, longest)) ** 2).sum()), rel=1e-6)


@pytest.mark.parametrize("to", [0.5, 0.99, 0.9999, 1 - 1e-7])
@pytest.mark.parametrize("states", [2, 10, 20])
@pytest.mark.sampled(4)
def test_norms_of_words_that_fade_slowly(states, to):
    a = fading(2, states, 3, to=to)
    assert norm(a) == pytest.approx(np.sqrt(squares(a)), rel=1e-7 if to < 0.99999 else 1e-5)


def test_simple_norms():
    assert norm(zero(2, 3)) == 0
    assert norm(only_epsilon()) == pytest.approx(3)
    assert norm(geometric(0.5)) == pytest.approx(np.sqrt(4 / 3))
    assert norm(scale(geometric(0.5), -1e100)) == pytest.approx(1e100 * np.sqrt(4 / 3))
    assert distance(geometric(0.5), geometric(0.25)) == pytest.approx(np.sqrt(4 / 3 + 16 / 15 - 2 * 8 / 7))


def test_a_distance_is_nothing_between_equals_and_a_metric_otherwise():
    a, b, c = (fading(seed) for seed in range(3))
    assert distance(a, in_another_basis(a, np.random.default_rng(0).normal(size=(4, 4)))) == 0
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, c) <= distance(a, b) + distance(b, c)
    assert distance(a, add(a, scale(b, 1e-5))) == pytest.approx(1e-5 * norm(b), rel=1e-3)


def test_squares_without_a_sum_are_refused():
    for growing in (geometric(1.0), geometric(-1.0), geometric(3.0), fading(0, to=1.001), fading(0, 8, 4, to=1.5)):
        for function in (norm, hankel_singular_values, lambda a: truncate(a, 1), gramians):
            with pytest.raises(InputError, match="infinite sum"):
                function(growing)
    # one letter alone does not grow, all of them together do
    with pytest.raises(InputError, match="infinite sum"):
        norm(WFA(Alphabet.of_size(4), [1.0], np.full((4, 1, 1), 0.5), [[1.0]]))
    assert norm(WFA(Alphabet.of_size(4), [1.0], np.full((4, 1, 1), 0.49), [[1.0]])) == pytest.approx(1 / np.sqrt(1 - 4 * 0.49**2))


def test_what_cancels_may_grow():
    shared = WFA(Alphabet.of_size(2), [1.0], [[[1.5]], [[0.5]]], [[2.0]])
    a, b = fading(0), fading(1)
    assert distance(add(a, shared), add(shared, b)) == pytest.approx(distance(a, b), rel=1e-6)


@pytest.mark.parametrize("width", [1, 2])
def test_gramians_are_sums_over_words(width):
    a = fading(3, 3, 2, width, to=0.1)
    before, after = gramians(a)
    products = [np.linalg.multi_dot([np.eye(3), np.eye(3), *a.transitions[list(word)]]) for word in all_words(2, 10)]
    np.testing.assert_allclose(before, sum(np.outer(a.initial @ p, a.initial @ p) for p in products), atol=1e-7)
    np.testing.assert_allclose(after, sum(p @ a.final @ a.final.T @ p.T for p in products), atol=1e-7)


@pytest.mark.parametrize("width", [1, 2])
def test_singular_values_are_those_of_a_large_hankel_block(width):
    a = fading(4, 3, 2, width, to=0.05)
    words = list(all_words(2, 5))
    block = np.array([np.concatenate([score(a, p + s) for s in words]) for p in words])
    np.testing.assert_allclose(hankel_singular_values(a), np.linalg.svd(block)[1][:3], rtol=1e-3)
    np.testing.assert_allclose(hankel_singular_values(add(a, a)), 2 * hankel_singular_values(a), rtol=1e-8)


@pytest.mark.parametrize(("states", "letters", "width"), [(6, 1, 1), (6, 2, 1), (8, 2, 2), (7, 3, 1)])
@pytest.mark.parametrize("to", [0.3, 0.95])
@pytest.mark.sampled(4)
def test_truncation_keeps_its_promises(states, letters, width, to):
    a = fading(5, states, letters, width, to)
    values = hankel_singular_values(a)
    assert len(values) == states
    for kept in range(1, states + 1):
        small = truncate(a, kept)
        assert small.automaton.states == kept
        assert small.bound == pytest.approx(np.sqrt((values[kept:] ** 2).sum()))
        assert small.distance <= small.bound + 1e-7 * norm(a)
        np.testing.assert_allclose(small.distance, np.sqrt(max(squares(subtract(a, small.automaton)), 0)), atol=1e-6 * norm(a))
        balanced = gramians(small.automaton) if kept == states else None
        for gramian in balanced or ():
            np.testing.assert_allclose(gramian, np.diag(values), atol=1e-8 * values[0])
    np.testing.assert_allclose(table(small.automaton, 4), table(a, 4), atol=1e-8 * np.abs(table(a, 4)).max())


def test_truncation_of_the_distribution_of_a_pdfa_gains_with_the_states():
    p = from_pdfa(random_pdfa(np.random.default_rng(6), 12, 3))
    errors = [truncate(p, states).distance for states in (1, 3, 6, 12)]
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert errors[0] < norm(p)
    assert errors[2] < 0.15 * norm(p)
    assert errors[3] < 1e-7


def test_truncation_beyond_the_rank_and_at_the_edges():
    a = fading(7)
    assert truncate(add(a, a), 100).automaton.states == 4
    growing = WFA(a.alphabet, [0.0], [[[3.0]], [[2.0]]], [[1.0]])
    hidden = in_another_basis(add(a, growing), np.random.default_rng(0).normal(size=(5, 5)))
    np.testing.assert_allclose(hankel_singular_values(hidden), hankel_singular_values(a), rtol=1e-7)
    np.testing.assert_allclose(table(truncate(hidden, 5).automaton, 4), table(a, 4), atol=1e-7)
    # what is smaller than rounding is no state
    nearly = truncate(add(a, scale(fading(8), 1e-9)), 100).automaton
    assert nearly.states == 4
    np.testing.assert_allclose(table(nearly, 4), table(a, 4), atol=1e-6)
    nothing = truncate(zero(), 3)
    assert (nothing.automaton.states, nothing.bound, nothing.distance) == (1, 0, 0)
    one = truncate(only_epsilon(), 1)
    assert one.singular_values.tolist() == pytest.approx([3])
    np.testing.assert_allclose(table(one.automaton, 2), table(only_epsilon(), 2))
    with pytest.raises(InputError, match="at least one state"):
        truncate(a, 0)
    with pytest.raises(ValueError, match="read-only"):
        one.singular_values[0] = 1


def test_truncation_of_what_does_not_fade_by_way_of_a_discount():
    a = random_wfa(np.random.default_rng(8), 6, 3)
    with pytest.raises(InputError, match="discount"):
        truncate(a, 4)
    small = truncate(discount(a, 0.4), 5)
    back = discount(small.automaton, 1 / 0.4)
    words = list(all_words(3, 5))
    wrong = (back.scores(words) - a.scores(words))[:, 0] * 0.4 ** np.array([len(word) for word in words])
    assert 0 < np.linalg.norm(wrong) <= small.distance
    assert minimise(back).states == 5
