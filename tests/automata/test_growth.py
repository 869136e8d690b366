import numpy as np
import pytest
from linear_truth import in_another_basis
from thorough import up_to

from nerode.automata.growth import TOLERANCE, growth, stabilise
from nerode.automata.linear import add, scale
from nerode.automata.stochastic import from_pdfa
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.sampling import uniform_words, words_with_runs
from nerode.words import Alphabet

TWO = Alphabet.of_size(2)


def words_of(seed, letters, longest, count=400):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(longest + 1, size=count)
    return [*uniform_words(rng, letters, lengths), *words_with_runs(rng, letters, lengths)]


def kronecker(a):
    """The growth of squares by its definition."""
    squares = np.mean([np.kron(letter, letter) for letter in a.transitions], axis=0)
    return np.sqrt(np.abs(np.linalg.eigvals(squares)).max())


def constant(letters=2, value=1.0):
    return WFA(Alphabet.of_size(letters), [1.0], np.ones((letters, 1, 1)), [[value]])


def fading(seed, states, letters=2, width=1, size=0.8):
    """Scores forget all but the last letters, whatever they are."""
    a = random_wfa(np.random.default_rng(seed), states, letters, width)
    norms = np.linalg.norm(a.transitions, 2, axis=(1, 2))
    return WFA(a.alphabet, a.initial, size * a.transitions / norms[:, None, None], a.final)


def learned(seed, size=2e-3):
    """A constant and what fades, in an unknown basis, with an error in each weight; the true automaton beside it."""
    rng = np.random.default_rng(seed)
    truth = add(constant(value=3.0), fading(seed, 6))
    truth = in_another_basis(truth, np.linalg.qr(rng.normal(size=(7, 7)))[0] * rng.uniform(0.5, 2.0, size=7))
    errors = size * rng.normal(size=truth.transitions.shape) * np.abs(truth.transitions).mean()
    return WFA(TWO, truth.initial, truth.transitions + errors, truth.final), truth


def one_hot(dfa):
    letters = np.zeros((len(dfa.alphabet), dfa.states, dfa.states))
    for letter in range(len(dfa.alphabet)):
        letters[letter, np.arange(dfa.states), dfa.transitions[:, letter]] = 1.0
    return WFA(dfa.alphabet, np.arange(dfa.states) == dfa.initial, letters, 2.0 * dfa.labels[:, None] - 1)


@pytest.mark.parametrize("states", [1, 3, 12])
def test_growth_by_its_definition(states):
    a = random_wfa(np.random.default_rng(states), states, 3)
    found = growth(a)
    np.testing.assert_allclose(found.letters, 0.95, rtol=1e-9)
    assert found.mean == pytest.approx(np.abs(np.linalg.eigvals(a.transitions.mean(axis=0))).max())
    assert found.mean_square == pytest.approx(kronecker(a), rel=1e-5)
    assert found.mean <= found.mean_square
    assert found.stable == (kronecker(a) <= 1)


@pytest.mark.parametrize("states", [2, 12])
@pytest.mark.parametrize("size", [0.0, 1e-200, 1e200])
def test_growth_of_extreme_weights(states, size):
    weights = np.random.default_rng(states).normal(size=(2, states, states))
    a = WFA(TWO, np.ones(states), size * weights, np.ones((states, 1)))
    expected = kronecker(WFA(TWO, np.ones(states), weights, np.ones((states, 1))))
    assert growth(a).mean_square == pytest.approx(size * expected, rel=1e-5)


def test_growth_of_squares_is_seen_where_no_letter_grows():
    product = WFA(TWO, [1.0, 0.0], [[[0, 4], [0, 0]], [[0, 0], [4, 0]]], [[1.0], [1.0]])
    found = growth(product)
    assert found.letters.tolist() == [0, 0]
    assert found.mean_square == pytest.approx(np.sqrt(8))
    assert not found.stable


COUNTER = WFA(TWO, [1.0, 0.0], [[[1, 1], [0, 1]], [[1, -1], [0, 1]]], [[0.0], [1.0]])
LEFT_ALONE = {
    "fading": fading(1, 5, width=2),
    "probabilities": from_pdfa(random_pdfa(np.random.default_rng(2), 5, 2)),
    "finite": one_hot(random_dfa(np.random.default_rng(3), 6, 2)),
    "counter": COUNTER,
    "constant": constant(),
    "constant and fading": add(constant(value=5.0), fading(4, 4)),
    "slow": scale(WFA(TWO, [1.0], [[[0.995]], [[0.995]]], [[1.0]]), 3.0),
    "slower than words are long": WFA(TWO, [1.0], [[[0.98]], [[0.98]]], [[1.0]]),
    "zero": scale(fading(5, 3), 0.0),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_stable_automata_are_left_alone(name):
    a = LEFT_ALONE[name]
    assert stabilise(a, words_of(0, 2, 20)) is a


@pytest.mark.parametrize("seed", up_to(6, 100))
def test_long_words_keep_to_the_scores_of_the_true_function(seed):
    a, truth = learned(seed)
    short, long = words_of(seed, 2, 20), words_of(seed + 100, 2, 2000, count=40)
    stable = stabilise(a, short)
    assert growth(stable).stable
    assert (stable.states, stable.link) == (a.states, a.link)
    spread = truth.scores(short).std()
    error = np.abs(a.scores(short) - truth.scores(short)).max() / spread
    assert np.abs(stable.scores(short) - truth.scores(short)).max() / spread < error
    assert np.abs(stable.scores(long) - truth.scores(long)).max() / spread < error
    assert (
        np.abs(a.scores(long) - truth.scores(long)).max() / spread
        > 3 * np.abs(stable.scores(long) - truth.scores(long)).max() / spread
    )


def test_eigenvalues_beyond_one_are_drawn_back_and_nothing_else():
    """A part that is small in words of 20 letters and is all there is in those of 200."""
    kept = fading(6, 5)
    growing = WFA(TWO, [1e-4], [[[1.2]], [[0.5]]], [[1.0]])
    change = np.random.default_rng(6).normal(size=(6, 6))
    short, long = words_of(6, 2, 20), [(0,) * 200, (1,) * 200, (0, 0, 1) * 70]
    a = in_another_basis(add(kept, growing), change)
    stable = stabilise(a, short)
    assert not growth(a).stable
    assert growth(stable).letters.max() <= 1 + TOLERANCE
    expected = add(kept, WFA(TWO, [1e-4], [[[1.0]], [[0.5]]], [[1.0]]))
    np.testing.assert_allclose(stable.scores([*short, *long]), expected.scores([*short, *long]), atol=1e-8)
    assert np.abs(a.scores(long)).max() > 1e10


def test_turning_parts_that_grow():
    """Complex eigenvalues, of several scores a word."""
    angle = 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    kept = fading(7, 3, width=4)
    growing = WFA(TWO, [1e-3, 0.0], [1.05 * turn, 0.3 * turn], np.random.default_rng(7).normal(size=(2, 4)))
    a = WFA(TWO, *(getattr(add(kept, growing), name) for name in ("initial", "transitions", "final")), NextSymbol(2))
    stable = stabilise(a, words_of(7, 2, 20))
    assert stable.link == NextSymbol(2)
    expected = add(kept, WFA(TWO, [1e-3, 0.0], [turn, 0.3 * turn], growing.final))
    words = [(0,) * 500, (0, 1) * 100, *words_of(8, 2, 30)]
    np.testing.assert_allclose(stable.scores(words), expected.scores(words), atol=1e-8)


@pytest.mark.parametrize("angle", [0.7, 1.0, 1.3])
def test_products_of_letters_that_do_not_grow_alone(rng, angle):
    """Each letter turns along an ellipse and shrinks a little, but not along the same one."""
    turn = 0.97 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    long_axis = np.diag([3.0, 1.0])
    letters = [long_axis @ turn @ np.linalg.inv(long_axis), np.linalg.inv(long_axis) @ turn @ long_axis]
    kept = fading(9, 3)
    a = add(kept, WFA(TWO, [1e-3, 1e-3], letters, [[1.0], [-1.0]]))
    assert growth(a).letters.max() == pytest.approx(0.97)
    assert kronecker(a) > 1.2
    short = words_of(9, 2, 6)
    stable = stabilise(in_another_basis(a, rng.normal(size=(5, 5))), short)
    assert kronecker(stable) <= 1 + 2 * TOLERANCE
    assert growth(stable).letters.max() <= 1 + TOLERANCE
    long = uniform_words(rng, 2, np.full(200, 300))
    largest = np.abs(kept.scores(short)).max()
    # all of it scaled by one factor would change the scores by 0.3 to 0.4 of their spread
    assert np.sqrt(np.mean((stable.scores(short) - a.scores(short)) ** 2)) < 0.15 * a.scores(short).std()
    assert np.abs(a.scores(long)).max() > 1e6 * largest
    assert np.sqrt(np.mean(stable.scores(long) ** 2)) < largest


def test_words_are_needed_that_tell_what_the_states_do():
    with pytest.raises(InputError, match="words with 50 prefixes are needed for 5 states, and those given have 7"):
        stabilise(fading(8, 5), ["0101", (0,)])
    with pytest.raises(InputError, match="those given have 0"):
        stabilise(fading(8, 5), [])
