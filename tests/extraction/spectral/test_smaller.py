"""Weighted automata cut in balanced coordinates, beside moments that are added up word by word."""

import numpy as np
import pytest
from doubles import random_words

from nerode.automata.linear import discount
from nerode.automata.truncation import truncate
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.extraction.spectral.smaller import reduced
from nerode.words import Alphabet, all_words


def distance(a, b, words):
    return float(np.sqrt(np.mean((a.scores(words) - b.scores(words)) ** 2)))


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_all_directions_give_the_same_function(seed, width):
    rng = np.random.default_rng(seed)
    a = random_wfa(rng, 6, 2, width)
    words = random_words(rng, 2, 200, 10)
    same = reduced(a, words, 6, rng)
    assert same.states == 6
    assert np.allclose(same.scores(words), a.scores(words), rtol=1e-6, atol=1e-9 * np.abs(a.scores(words)).max())


def test_states_that_matter_for_nothing_go_first():
    """A state that is large and never read, and one that is read and never reached, are the last to be kept."""
    rng = np.random.default_rng(1)
    inner = random_wfa(rng, 3, 2)
    initial, final = np.zeros(5), np.zeros((5, 1))
    initial[:3], initial[3] = inner.initial, 100.0
    final[:3], final[4] = inner.final, 100.0
    letters = np.zeros((2, 5, 5))
    letters[:, :3, :3] = inner.transitions
    letters[:, 3, 3] = letters[:, 4, 4] = 0.9
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    a = WFA(inner.alphabet, initial @ turn, turn.T @ letters @ turn, turn.T @ final)
    words = random_words(rng, 2, 200, 10)
    small = reduced(a, words, 3, rng)
    assert small.states == 3
    assert distance(small, inner, words) < 1e-5 * np.abs(inner.scores(words)).max()


def test_with_moments_of_all_words_it_is_balanced_truncation():
    """Of words of up to 10 letters there are nearly all that weigh something where letters fade fast."""
    rng = np.random.default_rng(5)
    a = discount(random_wfa(rng, 5, 2), 0.3)
    words = [word for word in all_words(2, 10) if len(word) == 10]
    reference = list(all_words(2, 6))
    for states in (1, 2, 3, 4):
        small, best = reduced(a, words, states, rng), truncate(a, states).automaton
        constant = np.sqrt(np.mean(a.scores(reference) ** 2))
        assert distance(small, a, reference) < max(3 * distance(best, a, reference), 0.05 * constant)


def test_a_cut_follows_more_closely_with_more_states():
    rng = np.random.default_rng(2)
    losses = []
    for _ in range(20):
        a = random_wfa(rng, 8, 2)
        words = random_words(rng, 2, 300, 10)
        size = np.sqrt(np.mean(a.scores(words) ** 2))
        losses.append([distance(reduced(a, words, states, rng), a, words) / size for states in (1, 3, 5, 7)])
    assert np.all(np.diff(np.median(losses, axis=0)) < 0)


def test_what_overflows_or_is_zero_is_not_cut():
    alphabet = Alphabet.of_size(1)
    growing = WFA(alphabet, [1.0, 1.0], [[[1e200, 0], [0, 1]]], [[1.0], [1.0]])
    nothing = WFA(alphabet, [1.0, 1.0], [[[1.0, 0], [0, 1]]], [[0.0], [0.0]])
    rng = np.random.default_rng(0)
    for a in (growing, nothing):
        assert reduced(a, [(0,) * 5], 1, rng) is None
