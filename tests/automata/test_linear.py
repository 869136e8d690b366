import numpy as np
import pytest
from linear_truth import in_another_basis, only_epsilon, score, table, zero
from thorough import up_to

from nerode.automata import linear
from nerode.automata.linear import add, discount, hadamard, minimise, rank, reverse, scale, subtract, trim
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet, all_words

SIZES = [(1, 1, 1), (2, 1, 1), (3, 2, 1), (5, 3, 1), (4, 2, 3), (10, 2, 1)]  # states, letters, width


def hankel_rank(a, longest=4):
    """The rank of the Hankel block of all short words, scores side by side."""
    words = list(all_words(len(a.alphabet), longest))
    block = np.array([np.concatenate([score(a, p + s) for s in words]) for p in words])
    return int(np.linalg.matrix_rank(block, tol=1e-9 * max(np.abs(block).max(), 1e-300)))


@pytest.fixture(params=SIZES, ids=str)
def pair(request):
    rng = np.random.default_rng(0)
    states, letters, width = request.param
    return random_wfa(rng, states, letters, width), random_wfa(rng, 3, letters, width)


def test_sums_products_and_reversal_score_as_they_should(pair):
    a, b = pair
    f, g = table(a), table(b)
    np.testing.assert_allclose(table(add(a, b)), f + g, rtol=0, atol=1e-12 * np.abs(f).max() + 1e-12)
    np.testing.assert_allclose(table(subtract(a, b)), f - g, rtol=0, atol=1e-12 * np.abs(f).max() + 1e-12)
    np.testing.assert_allclose(table(hadamard(a, b)), f * g, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table(scale(a, -2.5)), -2.5 * f)
    lengths = np.array([len(word) for word in all_words(len(a.alphabet), 5)])
    np.testing.assert_allclose(table(discount(a, 0.3)), 0.3 ** lengths[:, None] * f, rtol=1e-9, atol=1e-12)
    backwards = [score(a, word[::-1]) for word in all_words(len(a.alphabet), 5)]
    np.testing.assert_allclose(table(reverse(a)), backwards, rtol=1e-9, atol=1e-9)
    assert hadamard(a, b).states == 3 * a.states
    assert reverse(a).states == a.states * a.width


def test_the_link_is_kept():
    a = random_wfa(np.random.default_rng(0), 2, 2, 1)
    binary = WFA(a.alphabet, a.initial, a.transitions, a.final, Binary())
    for made in (add(binary, binary), hadamard(binary, binary), reverse(binary), minimise(binary), scale(binary, 2)):
        assert made.link == Binary()


def test_automata_that_do_not_go_together_are_refused():
    rng = np.random.default_rng(0)
    a = random_wfa(rng, 2, 2)
    for operation in (add, subtract, hadamard):
        with pytest.raises(InputError, match="different alphabets"):
            operation(a, random_wfa(rng, 2, 3))
        with pytest.raises(InputError, match="1 and 2 scores"):
            operation(a, random_wfa(rng, 2, 2, 2))
        with pytest.raises(InputError, match="the same link"):
            operation(a, WFA(a.alphabet, a.initial, a.transitions, a.final, Binary()))


def test_trim_leaves_out_what_nothing_leads_to_or_from():
    start, end = [1.0, 0, 0, 0], [[0.0], [3.0], [1.0], [0]]
    letter = np.zeros((4, 4))
    letter[0, 1] = letter[1, 1] = 0.5
    letter[2, 1] = 7  # state 2 is never reached, and from state 3 no word ends
    letter[1, 3] = letter[3, 3] = 1e200
    a = WFA(Alphabet.of_size(1), start, [letter], end)
    assert trim(a).states == 2
    np.testing.assert_array_equal(table(trim(a), 3), [[0], [1.5], [0.75], [0.375]])
    np.testing.assert_allclose(table(minimise(a), 3), [[0], [1.5], [0.75], [0.375]], atol=1e-14)
    assert trim(zero()).states == 1
    assert not table(trim(zero())).any()


def test_minimal_automata_score_the_same(pair):
    a, b = pair
    both = add(a, add(b, scale(a, 0.5)))
    small = minimise(both)
    expected = table(both)
    assert small.states == rank(both) == min(hankel_rank(both), a.states + 3)
    np.testing.assert_allclose(table(small), expected, rtol=0, atol=1e-10 * np.abs(expected).max())
    assert rank(a) == a.states


def test_nothing_is_left_of_a_difference_of_equals(pair):
    a, _ = pair
    rng = np.random.default_rng(1)
    same = in_another_basis(a, rng.normal(size=(a.states, a.states)))
    assert rank(subtract(a, same)) == 0
    nothing = minimise(subtract(a, same))
    assert nothing.states == 1
    assert not table(nothing).any()


@pytest.mark.parametrize("seed", up_to(30, 1000))
def test_rank_is_that_of_the_hankel_matrix(seed):
    rng = np.random.default_rng(seed)
    states, letters, width = rng.integers(1, 5), rng.integers(1, 4), rng.integers(1, 3)
    # whole weights with many zeros: singular letters, unreachable states and functions of smaller rank are common
    weights = [rng.integers(-1, 2, size=shape) * (rng.random(shape) < 0.6) for shape in [(letters, states, states), states]]
    final = rng.integers(-1, 2, size=(states, width))
    a = WFA(Alphabet.of_size(int(letters)), weights[1], weights[0], final)
    assert rank(a) == hankel_rank(a, longest=4 if letters < 3 else 3)
    np.testing.assert_allclose(table(minimise(a), 4), table(a, 4), rtol=0, atol=1e-9)


def test_scales_of_states_and_letters_do_not_matter():
    rng = np.random.default_rng(2)
    for _ in range(20):
        a = random_wfa(rng, 6, 2)
        scaled = in_another_basis(a, np.diag(10.0 ** rng.uniform(-9, 9, size=6)))
        loud = WFA(a.alphabet, 1e30 * a.initial, a.transitions * np.array([1e-20, 1e12])[:, None, None], 1e-40 * a.final)
        twice = add(scaled, scaled)
        assert rank(scaled) == rank(loud) == rank(twice) == 6


def test_a_long_chain_is_kept():
    """The only word that counts has 60 letters, each worth little: products along it are as small as 1e-120."""
    n = 61
    letters = np.zeros((2, n, n))
    letters[np.arange(n - 1) % 2, np.arange(n - 1), np.arange(1, n)] = 0.01
    a = WFA(Alphabet.of_size(2), np.eye(n)[0], letters, np.eye(n)[-1:].T)
    word = tuple(np.arange(n - 1) % 2)
    assert minimise(a).states == rank(a) == n
    np.testing.assert_allclose(score(minimise(a), word), 1e-2**60, rtol=1e-9)


def test_bases_are_orthonormal_however_close_the_directions_are():
    """Each letter adds a new direction that is hardly outside of those before."""
    rng = np.random.default_rng(3)
    turn = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    letter = turn @ (np.diag(rng.uniform(0.9, 1, size=12)) + 1e-8 * np.eye(12, k=1)) @ turn.T
    basis = linear.span(turn[:, :1].T, letter[None] / np.linalg.norm(letter, 2), 1e-12)
    assert len(basis) == 12
    np.testing.assert_allclose(basis @ basis.T, np.eye(12), atol=1e-14 * 12)


def test_tolerance_is_what_a_direction_must_exceed():
    a = WFA(Alphabet.of_size(1), [1.0, 0], [[[0.5, 1e-4], [0, 0.25]]], [[1.0], [0.5]])
    far = WFA(a.alphabet, a.initial, a.transitions, [[1.0], [1e4]])
    assert rank(a, tolerance=1e-10) == 2
    assert rank(a, tolerance=0.1) == 1
    assert rank(far, tolerance=0.01) == 2  # scaled up again by the balancing: the second state matters as much as the first


def test_edge_cases():
    assert rank(zero()) == 0
    assert rank(zero(3, width=2)) == 0
    assert minimise(zero(3, width=2)).final.shape == (1, 2)
    assert rank(only_epsilon()) == 1
    np.testing.assert_allclose(table(minimise(add(only_epsilon(), only_epsilon())), 1), [[6], [0], [0]])
    constant = WFA(Alphabet.of_size(2), [1.0], [[[1.0]], [[1.0]]], [[1.0]])
    assert rank(add(constant, only_epsilon())) == 2
    three = WFA(Alphabet.of_size(1), [1.0], [[[1.0]]], [[1.0, 0.0, -1.0]], Multiclass())
    assert minimise(three).link == Multiclass()
    np.testing.assert_allclose(table(minimise(three), 2), [[1, 0, -1]] * 3)
    assert zero().link == Value()
    assert linear.TOLERANCE < 1e-6
