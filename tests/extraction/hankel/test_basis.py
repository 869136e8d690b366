from collections import Counter

import numpy as np
import pytest
from doubles import random_words, words_up_to

from nerode.automata.wfa import WFA
from nerode.extraction.hankel.basis import Basis, fixed, frequent
from nerode.words import Alphabet

ANY = WFA(Alphabet.of_size(1), [1.0], np.ones((1, 1, 1)), [[1.0]])  # stands for an automaton that losses are given of


def basis(words, losses=None, closed=False, seed=0):
    return Basis(np.random.default_rng(seed), words, None if losses is None else lambda automaton: losses, closed)


def test_every_word_is_cut_once(rng):
    words = random_words(rng, 3, 200, 9)
    prefixes, suffixes = basis(words).grow(1000, 1000, None)
    assert prefixes[0] == suffixes[0] == ()
    assert len(set(prefixes)) == len(prefixes)
    assert len(set(suffixes)) == len(suffixes)
    beginnings, ends = set(prefixes), set(suffixes)
    assert all(any(word[:k] in beginnings and word[k:] in ends for k in range(len(word) + 1)) for word in words)
    assert all(any(word[: len(prefix)] == prefix for word in words) for prefix in prefixes)
    assert all(any(word[len(word) - len(suffix) :] == suffix for word in words) for suffix in suffixes)


def test_as_many_as_wanted_in_the_order_of_the_words(rng):
    words = random_words(rng, 3, 300, 9)
    grown = basis(words)
    few = grown.grow(7, 5, None)
    many = grown.grow(40, 30, None)
    assert [len(side) for side in few] == [7, 5]
    assert [len(side) for side in many] == [40, 30]
    assert many[0][:7] == few[0]
    assert many[1][:5] == few[1]
    assert (many[0], many[1]) == basis(words).grow(40, 30, None)


def test_places_are_uniform():
    word = (0, 1, 2, 3)
    lengths = Counter(len(basis([word], seed=seed).grow(9, 9, None)[0][-1]) for seed in range(2000))
    assert set(lengths) == {0, 1, 2, 3, 4}
    assert all(300 < count < 500 for count in lengths.values())


def test_no_words():
    assert basis([]).grow(5, 5, None) == ([()], [()])
    assert basis([(), ()]).grow(5, 5, None) == ([()], [()])


@pytest.mark.parametrize("closed", [False, True])
def test_suffixes_bring_their_prefixes_where_they_may(rng, closed):
    words = random_words(rng, 3, 100, 9)
    grown = basis(words, closed=closed)
    plain = basis(words).grow(20, 15, None)[1]
    few, many = grown.grow(20, 15, None)[1], grown.grow(40, 30, None)[1]
    assert set(few) == ({suffix[:k] for suffix in plain for k in range(len(suffix) + 1)} if closed else set(plain))
    assert len(set(many)) == len(many)
    assert many[: len(few)] == few
    assert few[0] == ()


def test_words_come_in_proportion_to_what_they_lose():
    """Of 400 words of one letter each, the second half loses three times as much."""
    words = [(i,) for i in range(400)]
    losses = np.repeat([1.0, 3.0], 200)
    counts = np.zeros(400)
    for seed in range(300):
        for (i,) in basis(words, losses, seed=seed).grow(12, 1, ANY)[0][1:]:
            counts[i] += 1
    assert counts[200:].sum() / counts[:200].sum() == pytest.approx(3, rel=0.15)


def test_a_few_words_that_are_far_off_do_not_crowd_out_the_rest():
    words = [(i,) for i in range(1000)]
    losses = np.where(np.arange(1000) < 5, 1e9, 1.0)
    found = basis(words, losses).grow(200, 1, ANY)[0]
    assert sum(i < 5 for (i,) in found[1:]) < 5


@pytest.mark.parametrize("losses", [np.zeros(50), np.full(50, np.inf)])
def test_words_that_all_lose_alike_come_all(losses):
    words = [(i,) for i in range(50)]
    assert set(basis(words, losses).grow(60, 1, ANY)[0]) <= {(), *words}
    assert len(basis(words, losses).grow(20, 1, ANY)[0]) == 20


def test_frequent_prefixes_and_factors_against_counting():
    words = [(0, 1, 0), (0, 1), (1,), (0, 1, 0)]
    prefixes, factors = frequent(words)
    assert prefixes == [(), (0,), (0, 1), (0, 1, 0), (1,)]
    assert set(factors) == {word[i:j] for word in words for i in range(4) for j in range(i, 4)}
    times = {factor: sum(word[i : i + len(factor)] == factor for word in words for i in range(len(word))) for factor in factors}
    assert [times[factor] for factor in factors[1:]] == sorted((times[factor] for factor in factors[1:]), reverse=True)


def test_given_prefixes_and_suffixes_are_taken_from_the_front():
    words = words_up_to(2, 3)
    grow = fixed(words, words[::-1])
    assert grow(3, 2, None) == (words[:3], words[::-1][:2])
    assert grow(3, 2, ANY) == grow(3, 2, None)
