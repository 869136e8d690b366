"""Sizes that say nothing about the function: of states, of letters, and how initial and final weights share a factor."""

from dataclasses import replace

import numpy as np
import pytest
from linear_truth import in_another_basis, only_epsilon, score, table, zero

from nerode.automata import equilibration
from nerode.automata.determinise import to_dfa
from nerode.automata.equilibration import equilibrated, unit
from nerode.automata.linear import add, discount, hadamard, minimise, rank, scale, subtract
from nerode.automata.norms import distance, gramians, norm
from nerode.automata.stochastic import draw_words, from_pdfa, stochastic_form
from nerode.automata.sums import factor_function, prefix_function, total, total_of_length
from nerode.automata.truncation import hankel_singular_values, truncate
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

FACTORS = [1.0, 1e6, 1e-6, 1e12, 1e-12, 1e40, 1e-40, 1e150, 1e-150]
SIZES = [1e-300, 1e-200, 1e-155, 1e-150, 1e-80, 1e-40, 1e-14, 1e6, 1e20, 1e40, 1e80, 1e150, 1e155, 1e200, 1e300]


def fading(seed, states=4, width=1):
    """Words of ten letters or more weigh next to nothing."""
    rng = np.random.default_rng(seed)
    letters = rng.normal(size=(2, states, states))
    letters *= 0.5 / np.linalg.norm(letters, 2, axis=(1, 2)).sum()
    return WFA(Alphabet.of_size(2), rng.normal(size=states), letters, rng.normal(size=(states, width)))


def shared(a, factor):
    """The same function, with a factor moved from the final to the initial weights."""
    return replace(a, initial=factor * a.initial, final=a.final / factor)


def stretched(a, rng, decades):
    """The same function, with each state scaled by some power of 10."""
    by = 10.0 ** rng.uniform(-decades, decades, size=a.states)
    return WFA(a.alphabet, a.initial * by, a.transitions * by / by[:, None], a.final / by[:, None], a.link)


def length(values):
    return np.sqrt((values**2).sum())


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("seed", [3, 4])
def test_operands_may_share_factors_between_their_ends_as_they_like(seed, factor):
    a, b = fading(seed), fading(seed + 10, 3, 1)
    difference = subtract(shared(a, factor ** (seed - 3)), shared(b, factor))
    expected = table(a, 8) - table(b, 8)
    small = minimise(difference)
    assert small.states == rank(difference) == 7
    np.testing.assert_allclose(table(small, 8), expected, rtol=0, atol=1e-13 * np.abs(expected).max())
    assert norm(difference) == pytest.approx(length(expected), rel=1e-6)
    assert distance(a, shared(a, factor)) == 0


@pytest.mark.parametrize("decades", [3, 12, 40])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.sampled(3)
def test_states_of_operands_may_have_any_scale(width, decades):
    rng = np.random.default_rng(0)
    for seed in range(10):
        a, b = fading(seed, 4, width), fading(seed + 10, 3, width)
        difference = subtract(stretched(a, rng, decades), stretched(b, rng, decades))
        expected = table(a, 8) - table(b, 8)
        small = minimise(difference)
        assert small.states == rank(difference) == 7
        np.testing.assert_allclose(table(small, 8), expected, rtol=0, atol=1e-12 * np.abs(expected).max())
        assert norm(difference) == pytest.approx(length(expected), rel=1e-6)
        assert rank(add(difference, subtract(b, a))) == 0


@pytest.mark.parametrize("states", [6, 20])
def test_weights_that_are_mere_rounding_do_not_pull(states):
    """Minimal automata have weights of 1e-17 where there are none; they must not decide about scales."""
    rng = np.random.default_rng(1)
    for letters in (1, 2):
        a, b = random_wfa(rng, states, letters), random_wfa(rng, states, letters)
        twice = shared(minimise(add(b, b)), 1e8)
        small = minimise(subtract(stretched(a, rng, 6), twice))
        words = [tuple(rng.integers(letters, size=n)) for n in range(30)]
        expected = a.scores(words) - 2 * b.scores(words)
        assert small.states == 2 * states
        np.testing.assert_allclose(small.scores(words), expected, rtol=0, atol=1e-11 * np.abs(expected).max())


def test_scores_and_letters_may_have_any_scale():
    a, b = fading(0), shared(fading(1, 3), 1e9)
    by = np.array([1e-20, 1e30])[:, None, None]
    assert rank(add(replace(a, transitions=by * a.transitions), replace(b, transitions=by * b.transitions))) == 7
    # a score of its own for each of the two, one of them tiny
    beside = add(replace(a, final=np.hstack([a.final, 0 * a.final])), replace(b, final=np.hstack([0 * b.final, 1e-40 * b.final])))
    small = minimise(beside)
    assert small.states == 7
    np.testing.assert_allclose(table(small) * [1, 1e40], np.hstack([table(a), table(b)]), rtol=0, atol=1e-13 * 5)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.sampled(5)
def test_functions_may_have_any_size(size):
    a = fading(3)
    words = list(all_words(2, 3))
    for loud in (scale(a, size), replace(a, initial=size * a.initial)):
        assert rank(loud) == 4
        np.testing.assert_allclose(minimise(loud).scores(words) / size, a.scores(words), rtol=0, atol=1e-13)
        assert norm(loud) / size == pytest.approx(norm(a), rel=1e-9)
        assert distance(loud, scale(loud, 0.5)) / size == pytest.approx(0.5 * norm(a), rel=1e-9)
        assert total(loud) / size == pytest.approx(total(a))
        np.testing.assert_allclose(hankel_singular_values(loud) / size, hankel_singular_values(a), rtol=1e-8)
        quiet, truth = truncate(loud, 2), truncate(a, 2)
        assert quiet.automaton.states == 2
        assert quiet.bound / size == pytest.approx(truth.bound, rel=1e-6)
        assert quiet.distance / size == pytest.approx(truth.distance, rel=1e-6)
        assert 0 < quiet.distance <= quiet.bound
        np.testing.assert_allclose(quiet.automaton.scores(words) / size, truth.automaton.scores(words), rtol=0, atol=1e-9)
        wrong = quiet.automaton.scores(list(all_words(2, 8))) / size - table(a, 8)
        assert length(wrong) == pytest.approx(truth.distance, rel=1e-4)


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_words_are_drawn_whatever_the_size_of_the_scores(size):
    p = from_pdfa(random_pdfa(np.random.default_rng(0), 4, 2))
    usual = draw_words(p, np.random.default_rng(0), 20, 30)
    assert draw_words(scale(p, size), np.random.default_rng(0), 20, 30) == usual
    assert draw_words(shared(p, size), np.random.default_rng(0), 20, 30) == usual
    assert stochastic_form(shared(p, size)).initial.sum() == pytest.approx(1)
    wild = stretched(add(scale(p, 0.5), scale(shared(p, size), 0.5)), np.random.default_rng(1), 12)
    assert stochastic_form(wild).initial.sum() == pytest.approx(1)
    assert total(wild) == pytest.approx([1])
    assert score(prefix_function(wild), ()) == pytest.approx([1])
    assert score(factor_function(wild), ()) == pytest.approx(score(factor_function(p), ()))


@pytest.mark.parametrize("factor", [1e12, 1e-12, 1e150, 1e-150])
def test_a_dfa_is_found_however_a_factor_is_shared(factor):
    """By scores of 0 and 1 and a threshold, which is another automaton that is added."""
    for seed in range(5):
        dfa = random_dfa(np.random.default_rng(seed), 6, 2)
        letters = (dfa.transitions.T[:, :, None] == np.arange(6)).astype(float)
        a = WFA(dfa.alphabet, np.arange(6) == dfa.initial, letters, (dfa.labels == 1).astype(float)[:, None])
        found = to_dfa(stretched(shared(a, factor), np.random.default_rng(seed), 12), list(all_words(2, 6)), 20, threshold=0.5)
        assert found.states == 6
        np.testing.assert_array_equal(found.predict(list(all_words(2, 9))), dfa.predict(list(all_words(2, 9))))


def test_what_overflows_is_refused_in_one_sentence():
    a = fading(3)
    loud = scale(shared(a, 1e200), 1e200)
    assert rank(loud) == 4
    for huge in (scale(discount(a, 1e300), 1e300), scale(shared(a, 1e290), 1e300)):
        assert rank(huge) == 4
    for function in (norm, total, gramians, hankel_singular_values, lambda a: truncate(a, 2), lambda a: total_of_length(a, 1)):
        with pytest.raises(InputError, match="too large"):
            function(scale(loud, 1e290))
    with pytest.raises(InputError, match="too large"):
        prefix_function(replace(a, final=1e308 * np.ones((4, 1)), transitions=np.full((2, 4, 4), 0.124)))
    for function in (
        lambda a: scale(scale(a, 1e200), 1e200),
        lambda a: hadamard(a, a),
        lambda a: discount(discount(a, 1e200), 1e200),
    ):
        with pytest.raises(InputError, match="finite"):
            function(loud)


def test_equilibrated_automata_are_the_same_whatever_the_scales():
    rng = np.random.default_rng(2)
    for seed in range(10):
        sparse = from_pdfa(random_pdfa(np.random.default_rng(seed), 5, 2))
        a = add(add(fading(seed), fading(seed + 10, 3)), sparse)
        usual = equilibrated(a)
        np.testing.assert_array_equal(table(usual), table(a))
        for other in (stretched(a, rng, 40), shared(a, 1e120), stretched(scale(discount(a, 1e-30), 1e99), rng, 9)):
            found = equilibrated(other)
            for name in ("initial", "transitions", "final"):
                left, right = getattr(usual, name), getattr(found, name)
                shares = np.abs(left / np.abs(left).max()), np.abs(right / np.abs(right).max())
                # scales are powers of 2, and which of two neighbours is taken may differ
                assert (shares[0] <= 8 * shares[1]).all()
                assert (shares[1] <= 8 * shares[0]).all()


def flows(graph):
    """Logarithms of what comes into each node over what goes out, of weights (n, n) between nodes."""
    return np.log(graph.sum(axis=0) / graph.sum(axis=1))


def test_what_comes_into_a_state_is_about_what_goes_out():
    """Roughly, as scales are powers of 2 and kinds are weighed anew here; of what stays in a state nothing is seen."""
    rng = np.random.default_rng(3)
    for seed in range(5):
        a = random_wfa(np.random.default_rng(seed), 5, 1)
        letter = a.transitions[0].copy()
        letter[2], letter[:, 2] = [1e-14, 1e-60, 1, 1e-60, 1e-60], [1e-15, 1e-16, 1, 1e-60, 1e-60]
        weak = replace(
            a, initial=a.initial * [1, 1, 1e-60, 1, 1], transitions=letter[None], final=a.final * [[1], [1], [1e-60], [1], [1]]
        )
        found = equilibrated(stretched(weak, rng, 20))
        parts = [np.abs(part) / np.abs(part).max() for part in (found.initial, found.final[:, 0], found.transitions[0])]
        graph = np.zeros((6, 6))
        graph[0, 1:], graph[1:, 0], graph[1:, 1:] = parts
        np.fill_diagonal(graph, 0)
        assert (np.abs(flows(graph)[1:]) < np.log(10)).all()
        assert 0.25 < np.abs(found.initial).max() / np.abs(found.final).max() < 4


def test_the_least_sum_of_weights_of_all_sizes():
    rng = np.random.default_rng(5)
    for _ in range(10):
        weak = rng.random((8, 8))
        weak[3], weak[:, 3] = 1e-30 * weak[3], 1e-15 * weak[:, 3]
        np.fill_diagonal(weak, 0)
        levels = np.append(0, equilibration._least_sum(weak))
        assert (np.abs(flows(weak * np.exp(levels - levels[:, None]))) < 0.1).all()
    # full steps would leave the range of numbers
    for _ in range(10):
        ring = np.zeros((60, 60))
        ring[np.arange(60), np.arange(60) - 1] = 10.0 ** rng.uniform(-60, 0, size=60)
        levels = np.append(0, equilibration._least_sum(ring))
        assert (ring * np.exp(levels - levels[:, None])).sum() <= ring.sum()


def test_a_unit_automaton_has_ends_of_size_1():
    a = fading(0, width=2)
    small, root = unit(shared(scale(a, 1e200), 1e60))
    assert np.linalg.norm(small.initial) == pytest.approx(1)
    assert np.linalg.norm(small.final) == pytest.approx(1)
    np.testing.assert_allclose(root * table(small) * (root / 1e200), table(a), rtol=1e-12)
    assert unit(zero())[1] == 0
    assert unit(only_epsilon())[1] ** 2 == pytest.approx(3)


def test_another_basis_beside_scales():
    rng = np.random.default_rng(5)
    for seed in range(5):
        a, b = fading(seed), fading(seed + 10, 3)
        turned = in_another_basis(b, np.linalg.qr(rng.normal(size=(3, 3)))[0])
        both = subtract(stretched(a, rng, 12), stretched(turned, rng, 12))
        assert rank(add(both, stretched(b, rng, 12))) == 4
        assert distance(add(both, b), a) <= 1e-7 * norm(a)


def test_a_norm_just_beyond_the_range_is_refused():
    a = WFA(Alphabet.of_size(1), [1.0], [[[0.99]]], [[1.7e308]])
    for function in (norm, hankel_singular_values, total):
        with pytest.raises(InputError, match="too large"):
            function(a)
    assert norm(scale(a, 0.1)) == pytest.approx(1.7e307 / np.sqrt(1 - 0.99**2))
