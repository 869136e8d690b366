"""Difficulty: each number against a teacher whose number is known."""

import hashlib

import numpy as np
import pytest

import nerode
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.eval import difficulty as module
from nerode.eval.difficulty import difficulty, followed, gram_error, hankel_rank, near_share, smallest_states, wrong
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.sampling import uniform_words
from nerode.words import Alphabet, all_words


class Function:
    """A teacher of a Python function of words over a and b."""

    alphabet = Alphabet(("a", "b"))

    def __init__(self, scores, link=None, width=1):
        self._scores, self.link, self.width = scores, link or Binary(), width

    def scores(self, words):
        return np.array([np.atleast_1d(self._scores(word)) for word in words], np.float64).reshape(len(words), self.width)


def language(name):
    return nerode.language(name, np.random.default_rng(0))


@pytest.fixture
def words(rng):
    return uniform_words(rng, 2, rng.integers(15, size=300))


def noise(word):
    """A margin that says nothing about the word."""
    return int.from_bytes(hashlib.blake2b(bytes(word), digest_size=4).digest()) / 2**31 - 1


@pytest.mark.parametrize("states", [2, 5])
def test_the_rank_is_at_most_that_of_a_weighted_automaton(rng, words, states):
    assert 1 <= hankel_rank(language(f"random-wfa-{states}-letters-2"), words, rng) <= states + 1


def test_ranks_of_extremes(rng, words):
    assert hankel_rank(Function(lambda word: 3.0), words, rng) == 0
    assert hankel_rank(Function(lambda word: len(word)), words, rng) <= 2  # |p| + |s| is of rank 2
    assert hankel_rank(Function(noise), words, rng) > 50


def test_the_rank_is_that_of_the_table_of_all_words(rng, monkeypatch):
    """With all prefixes and suffixes in the block, their order does not matter."""
    monkeypatch.setattr(module, "BLOCK", 10**6)
    teacher, words = language("random-wfa-4-letters-2"), list(all_words(2, 4)) * 4
    short = list(all_words(2, 4))
    table = np.array([[teacher.scores([(*p, *s)])[0, 0] for s in short] for p in short])
    squares = np.linalg.svd(table - table.mean(), compute_uv=False) ** 2
    truth = next(r for r in range(1, len(squares)) if squares[:r].sum() >= 0.99 * squares.sum())
    assert abs(hankel_rank(teacher, words, rng) - truth) <= 1  # some long prefixes may be missing


def test_states_of_a_language_are_found(words):
    states, tried = smallest_states(language("tomita-3"), words, words, 0.5, 0)
    assert (states, tried) == (5, 5)


def test_states_of_noise_are_not_found(words):
    states, tried = smallest_states(Function(noise), words, words, 0.2, 0)
    assert states is None
    assert tried >= 1


def test_states_of_a_language_model_are_those_of_a_pdfa(rng):
    teacher = language("random-pdfa-3-letters-2")
    words = training_words(rng, teacher, 300, 20)
    states, _ = smallest_states(teacher, words, words, 0.5, 0)
    assert states is not None
    assert states <= 6


def test_grams_follow_what_they_can(words):
    found = gram_error(Function(lambda word: 1.0 if "\0\1" in "".join(map(chr, word)) else -1.0), words, words, 0.1, 0)
    assert found < 0.05
    assert gram_error(language("tomita-5"), words, words, 0.1, 0) > 0.15


def test_grams_of_a_language_model(rng):
    teacher = language("random-pdfa-1-letters-3")
    words = training_words(rng, teacher, 200, 15)
    assert gram_error(teacher, words, words, 0.2, 0) == 0


def test_near_decisions_by_hand():
    margins = {(): 0.1, (0,): -0.1, (1,): 1.0, (0, 0): -3.0}  # |2p − 1| is 0.05, 0.05, 0.46, 0.91
    assert near_share(Function(lambda word: margins[word]), list(margins)) == 0.5
    shares = {(): [0.5, 0.45, 0.05], (0,): [0.5, 0.3, 0.2], (1,): [0.34, 0.33, 0.33]}
    classes = Function(lambda word: np.log(shares[word]), Multiclass(), 3)
    assert near_share(classes, list(shares)) == pytest.approx(2 / 3)
    model = Function(lambda word: np.log([0.5, 0.45, 0.05] if word else [0.7, 0.2, 0.1]), NextSymbol(2), 3)
    assert near_share(model, [(0, 1), ()]) == 0.5  # of ε, a, ab, ε


def test_what_is_wrong_by_hand():
    one, other = Function(lambda word: 1.0), Function(lambda word: len(word) - 1.5)
    assert wrong(one, other, [(), (0,), (0, 1), (1, 1)]) == 0.5


@pytest.mark.parametrize(("upto", "reached"), [(10**6, 160), (25, 20), (3, 0)])
def test_how_far_a_network_follows(rng, monkeypatch, upto, reached):
    monkeypatch.setattr(module, "DRAWN", 200)
    truth = language("tomita-5")
    network = Function(lambda word: (1.0 if truth.predict([word])[0] else -1.0) if len(word) <= upto else -1.0)
    assert followed(network, truth, rng) == reached


def test_a_language_without_long_words_is_not_followed_there(rng, monkeypatch):
    truth = language("tomita-1")
    monkeypatch.setattr(module, "training_words", lambda rng, truth, count, longest: [(0,) * 8])
    assert followed(truth, truth, rng) == module.LENGTHS[0]


def test_all_of_them_alike_for_the_same_seed(words):
    truth = language("tomita-2")
    found = difficulty(truth, words, truth, effort=0.1)
    again = difficulty(truth, words, effort=0.1)
    assert {**found.to_json(), "follows": None} == again.to_json()
    assert (found.states, found.near, found.follows) == (3, 0.0, 160)
    with pytest.raises(InputError, match="give some"):
        difficulty(truth, [])
