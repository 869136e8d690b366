import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.extraction.hankel import streaming
from nerode.extraction.hankel.factorisation import Weights, by_frequency, by_length, factorise
from nerode.extraction.hankel.streaming import factorise_streaming
from nerode.extraction.hankel.tables import HankelTable
from nerode.extraction.spectral.targets import BeginningProbabilities


class Fading(WholeWords):
    """A function of full rank whose singular values fade, as those of networks do."""

    def scores(self, words):
        return np.tanh(super().scores(words))


def weights_of(rng, prefixes, suffixes):
    return Weights(rng.uniform(0.1, 2, len(prefixes)), rng.uniform(0.1, 2, len(suffixes)))


def test_a_function_of_low_rank_is_the_same_whatever_the_weights(rng):
    target = random_wfa(rng, 5, 2, width=2)
    words = words_up_to(2, 4)
    factorisation = factorise(HankelTable(target, suffixes=words[::-1]).block(words), 20, weights_of(rng, words, words))
    assert factorisation.rank == 5
    automaton = factorisation.automaton(5, 0.0, target.alphabet, target.link)
    fresh = random_words(rng, 2, 200, 20)
    expected = target.scores(fresh)
    np.testing.assert_allclose(automaton.scores(fresh), expected, rtol=0, atol=1e-8 * np.abs(expected).max())


def test_a_weighted_block_is_decomposed_and_the_weights_undone(rng):
    target = Fading(random_wfa(rng, 6, 2, width=2))
    prefixes, suffixes = words_up_to(2, 4), words_up_to(2, 3)[::-1]
    weights = weights_of(rng, prefixes, suffixes)
    automaton = factorise(HankelTable(target, suffixes=suffixes).block(prefixes), 4, weights).automaton(
        4, 0.0, target.alphabet, target.link
    )

    def weighted(middle):
        """The block with these letters in the middle, cell by cell."""
        scores = [[target.scores([p + middle + s])[0] for s in suffixes] for p in prefixes]
        return np.array(scores * weights.rows[:, None, None] * weights.columns[None, :, None]).reshape(len(prefixes), -1)

    h = weighted(())
    v = np.linalg.svd(h)[2][:4].T
    states = h @ v  # (P, 4), each with the weight of its row
    start, end = prefixes.index(()), suffixes.index(())
    turn = np.linalg.lstsq(automaton.final.T, v[2 * end : 2 * end + 2] / weights.columns[end], rcond=None)[0]
    np.testing.assert_allclose(np.abs(automaton.initial), np.abs(states[start] / weights.rows[start]), rtol=1e-6)
    np.testing.assert_allclose(automaton.final.T @ turn, v[2 * end : 2 * end + 2] / weights.columns[end], atol=1e-9)
    signs = np.sign(automaton.initial * states[start])
    for letter in range(2):
        solved = np.linalg.lstsq(states, weighted((letter,)) @ v, rcond=None)[0]
        np.testing.assert_allclose(automaton.transitions[letter], signs[:, None] * solved * signs, rtol=1e-6, atol=1e-9)


def test_no_weights_are_equal_weights(rng):
    target = Fading(random_wfa(rng, 6, 2))
    words = words_up_to(2, 3)
    block = HankelTable(target, suffixes=words).block(words)
    plain, equal = factorise(block, 5), factorise(block, 5, Weights(np.ones(15), np.full(15, 3.0)))
    made = [each.automaton(5, 1e-5, target.alphabet, target.link) for each in (plain, equal)]
    fresh = random_words(rng, 2, 50, 8)
    np.testing.assert_allclose(made[0].scores(fresh), made[1].scores(fresh), rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", [1, 2000, 2**28])
def test_streamed_blocks_are_weighted_alike(rng, monkeypatch, size):
    monkeypatch.setattr(streaming, "BYTES", size)
    target = Fading(random_wfa(rng, 6, 2, width=2))
    prefixes, suffixes = words_up_to(2, 4), words_up_to(2, 3)
    weights = weights_of(rng, prefixes, suffixes)
    fast = factorise_streaming(target, prefixes, suffixes, 30, rng, weights)
    slow = factorise(HankelTable(target, suffixes=suffixes).block(prefixes), 30, weights)
    made = [each.automaton(5, 1e-6, target.alphabet, target.link) for each in (fast, slow)]
    fresh = random_words(rng, 2, 100, 8)
    np.testing.assert_allclose(made[0].scores(fresh), made[1].scores(fresh), rtol=0, atol=1e-6)


def test_weights_by_length_and_by_frequency_as_they_are_defined(rng):
    weights = by_length([(), (0, 1, 0)], [(), (1,)])
    np.testing.assert_allclose(weights.rows, [1.0, 0.5])
    np.testing.assert_allclose(weights.columns, [1.0, 0.5])
    prefixes, suffixes = words_up_to(2, 2), words_up_to(2, 3)[::-1]
    begins = BeginningProbabilities(random_pdfa(rng, 3, 2))
    weights = by_frequency(HankelTable(begins, suffixes=suffixes).block(prefixes))

    def p(word):
        return begins.scores([word])[0, 0]

    np.testing.assert_allclose(weights.rows, [p(prefix) ** -0.5 for prefix in prefixes])
    follows = [np.mean([p(prefix + suffix) / p(prefix) for prefix in prefixes]) for suffix in suffixes]
    np.testing.assert_allclose(weights.columns, np.array(follows) ** -0.5)
