from collections import Counter

import numpy as np
import pytest
from linear_truth import in_another_basis, only_epsilon, score, table, zero
from thorough import up_to

from nerode.automata.linear import add, scale
from nerode.automata.stochastic import draw_words, from_pdfa, stochastic_form
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words


def distribution(seed, states=4, letters=2):
    """A probabilistic automaton that is not deterministic."""
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.ones(letters * states + 1), size=states)
    rows = 0.6 * rows + 0.4 * np.eye(letters * states + 1)[-1]  # words end soon
    transitions = rows[:, :-1].reshape(states, letters, states).transpose(1, 0, 2)
    return WFA(Alphabet.of_size(letters), rng.dirichlet(np.ones(states)), transitions, rows[:, -1:])


def mixture():
    """The word of n letters has the probability 0.75 · 2⁻ⁿ − 0.375 · 4⁻ⁿ: never negative, by way of a negative weight."""
    letter = np.diag([0.5, 0.25])[None]
    return WFA(Alphabet.of_size(1), [1.5, -0.5], letter, [[0.5], [0.75]])


def assert_stochastic(a):
    assert min(a.initial.min(), a.transitions.min(), a.final.min()) >= 0
    assert a.initial.sum() == pytest.approx(1)
    np.testing.assert_allclose(a.transitions.sum(axis=(0, 2)) + a.final[:, 0], 1)


def test_probabilities_of_words_of_a_pdfa():
    pdfa = random_pdfa(np.random.default_rng(0), 5, 3)
    p = from_pdfa(pdfa)
    assert_stochastic(p)
    for word in all_words(3, 4):
        state, expected = pdfa.initial, 1.0
        for letter in word:
            expected *= pdfa.probabilities[state, letter]
            state = pdfa.transitions[state, letter]
        assert score(p, word)[0] == pytest.approx(expected * pdfa.probabilities[state, -1])


@pytest.mark.parametrize("seed", up_to(5, 500))
def test_stochastic_form_is_found_behind_any_scales_and_signs(seed):
    rng = np.random.default_rng(seed)
    a = distribution(seed)
    hidden = in_another_basis(a, np.diag(rng.choice([-1, 1], 4) * 10.0 ** rng.uniform(-6, 6, 4)))
    found = stochastic_form(hidden)
    assert_stochastic(found)
    np.testing.assert_allclose(table(found, 5), table(a, 5), rtol=1e-9, atol=1e-14)


def test_stochastic_form_of_nonnegative_weights_that_do_not_sum_to_1():
    rng = np.random.default_rng(1)
    weights = WFA(Alphabet.of_size(2), rng.random(3), rng.random((2, 3, 3)) / 8, rng.random((3, 1)))
    with pytest.raises(InputError, match="scores of all words sum to"):
        stochastic_form(weights)
    whole = sum(score(weights, word)[0] for word in all_words(2, 14))
    tail = WFA(weights.alphabet, weights.initial, weights.transitions, weights.final / whole)
    with pytest.raises(InputError, match="sum to 1"):  # words of 15 letters and more are missing
        stochastic_form(tail)
    step = weights.transitions.sum(axis=0)
    exact = scale(weights, 1 / (weights.initial @ np.linalg.solve(np.eye(3) - step, weights.final))[0])
    assert_stochastic(stochastic_form(exact))


def test_states_that_do_not_matter_are_left_out_of_a_stochastic_form():
    a = distribution(2)
    dead = WFA(a.alphabet, [1.0], [[[2.0]], [[-1.0]]], [[0.0]])
    assert_stochastic(stochastic_form(add(a, dead)))
    assert stochastic_form(add(a, dead)).states == 4
    assert_stochastic(stochastic_form(scale(only_epsilon(), 1 / 3)))


def test_where_no_stochastic_form_is_found_the_reason_is_said():
    with pytest.raises(InputError, match=r"no stochastic form was found.* -0\.5"):
        stochastic_form(mixture())
    with pytest.raises(InputError, match="no stochastic form was found"):
        stochastic_form(in_another_basis(distribution(3), np.random.default_rng(0).normal(size=(4, 4))))
    lost = WFA(Alphabet.of_size(1), [1.0, 1.0], [[[0, 1.0], [0, 0]]], [[-1.0], [1.0]])
    with pytest.raises(InputError, match="scores that sum to 0"):
        stochastic_form(lost)
    with pytest.raises(InputError, match="sum to 0"):
        stochastic_form(zero())
    with pytest.raises(InputError, match="3 scores a word"):
        stochastic_form(zero(2, width=3))
    with pytest.raises(InputError, match="no finite sum"):
        stochastic_form(WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), [[1.0]]))


def chi_square(drawn, probabilities):
    """Σ (observed − expected)² / expected over the words listed and all others."""
    count = len(drawn)
    counts = Counter(drawn)
    observed = np.array([counts[word] for word in probabilities], float)
    expected = count * np.array(list(probabilities.values()))
    rest = count - expected.sum()
    return ((observed - expected) ** 2 / expected).sum() + (count - observed.sum() - rest) ** 2 / rest


@pytest.mark.parametrize(
    "a", [distribution(4), mixture(), scale(distribution(5, letters=3), 7.0)], ids=["dense", "signs", "scaled"]
)
def test_words_are_drawn_by_their_probabilities(a):
    drawn = draw_words(a, np.random.default_rng(0), 20_000, 60)
    assert (len(drawn.words), drawn.cut, drawn.clipped) == (20_000, 0, 0)
    assert drawn.steps == sum(len(word) + 1 for word in drawn.words)
    whole = 7 if len(a.alphabet) == 3 else 1
    words = [word for word in all_words(len(a.alphabet), 3) if score(a, word)[0] / whole > 1e-3]
    assert len(words) >= 4
    statistic = chi_square(drawn.words, {word: score(a, word)[0] / whole for word in words})
    assert statistic < len(words) + 5 * np.sqrt(2 * len(words))  # some five standard deviations above its mean


def test_draws_repeat_with_their_seed_and_stop_at_the_greatest_length():
    a = from_pdfa(random_pdfa(np.random.default_rng(3), 5, 3))
    first, again, other = (draw_words(a, np.random.default_rng(seed), 500, 5) for seed in (0, 0, 1))
    assert first == again != other
    assert max(map(len, first.words)) == 5
    assert 0 < first.cut < 500
    whole = draw_words(a, np.random.default_rng(0), 500, 10_000)
    assert whole.cut == 0
    # a word is cut only where it would have gone on
    free = np.mean([len(word) > 5 for word in draw_words(a, np.random.default_rng(2), 20_000, 10_000).words])
    assert draw_words(a, np.random.default_rng(2), 20_000, 5).cut / 20_000 == pytest.approx(free, abs=0.02)


def test_negative_probabilities_are_taken_as_nothing_and_counted():
    # ε has 0.5, the letter 0 has 0.75 and the letter 1 has −0.25
    letters = np.zeros((2, 2, 2))
    letters[:, 0, 1] = 0.75, -0.25
    a = WFA(Alphabet.of_size(2), [1.0, 0.0], letters, [[0.5], [1.0]])
    drawn = draw_words(a, np.random.default_rng(0), 5000, 10)
    counts = Counter(drawn.words)
    assert set(counts) == {(), (0,)}
    assert counts[()] / 5000 == pytest.approx(0.5 / 1.25, abs=0.03)
    assert drawn.clipped == 5000  # once a word, at ε
    assert drawn.steps == 5000 + counts[(0,)]


def test_long_words_do_not_vanish():
    """A word of 300 letters has a probability of 1e-550."""
    a = WFA(Alphabet.of_size(64), [1.0], np.full((64, 1, 1), 0.995 / 64), [[0.005]])
    lengths = [len(word) for word in draw_words(a, np.random.default_rng(0), 2000, 10_000).words]
    assert np.mean(lengths) == pytest.approx(199, rel=0.1)


def test_states_that_do_not_matter_do_not_hinder_drawing():
    growing = WFA(Alphabet.of_size(2), [0.0], [[[3.0]], [[2.0]]], [[1.0]])
    assert len(draw_words(add(distribution(6), growing), np.random.default_rng(0), 10, 50).words) == 10


def test_edges_of_drawing():
    rng = np.random.default_rng(0)
    assert draw_words(only_epsilon(), rng, 3, 5).words == ((), (), ())
    assert draw_words(only_epsilon(), rng, 3, 0).cut == 0
    assert draw_words(mixture(), rng, 0, 5).words == ()
    none = draw_words(distribution(0), rng, 100, 0)
    assert set(none.words) == {()}
    assert 0 < none.cut < 100
    assert len(draw_words(mixture(), rng, 9000, 5).words) == 9000  # more than one batch
    with pytest.raises(InputError, match="positive sum"):
        draw_words(zero(), rng, 1, 5)
    with pytest.raises(InputError, match="2 scores a word"):
        draw_words(random_wfa(rng, 2, 2, 2), rng, 1, 5)
