from itertools import pairwise

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to
from recovered import assert_same_function

from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.extraction.hankel.factorisation import factorise
from nerode.extraction.hankel.tables import HankelTable
from nerode.extraction.spectral.blocks import (
    choose,
    ranks_to_try,
)
from nerode.links import NextSymbol, Value
from nerode.stepping import TwoWay
from nerode.words import Alphabet


def block_of(teacher, longest=4):
    words = words_up_to(len(teacher.alphabet), longest)
    return HankelTable(teacher, suffixes=words).block(words)


def learn(teacher, longest=4, ridge=0.0):
    factorisation = factorise(block_of(teacher, longest), 100)
    return factorisation, factorisation.automaton(factorisation.rank, ridge, teacher.alphabet, teacher.link)


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("states", [1, 2, 4, 6])
@pytest.mark.parametrize("letters", [1, 2, 3])
def test_a_weighted_automaton_is_recovered_with_its_rank(letters, states, width):
    """Balle et al. (2014), theorem 1: a block of full rank determines the function."""
    rng = np.random.default_rng([letters, states, width])
    target = random_wfa(rng, states, letters, width)
    factorisation, automaton = learn(target, {1: 8, 2: 4, 3: 3}[letters])
    assert factorisation.rank == automaton.states == states
    assert automaton.width == width
    assert_same_function(automaton, target, rng)


def test_a_two_way_function_has_the_sum_of_both_ranks(rng):
    target = TwoWay(random_wfa(rng, 3, 2), random_wfa(rng, 2, 2))
    factorisation, automaton = learn(target)
    assert factorisation.rank == 5
    assert_same_function(automaton, target, rng)


@pytest.mark.parametrize("number", range(1, 8))
def test_the_margins_of_a_dfa_are_linear(rng, number):
    target = tomita(number)
    factorisation, automaton = learn(target)
    assert factorisation.rank <= target.states
    assert_same_function(automaton, target, rng)
    words = random_words(rng, 2, 300, 40)
    assert (automaton.predict(words) == target.predict(words)).all()


def test_a_dfa_of_many_classes(rng):
    target = random_dfa(rng, 8, 2, classes=4)
    _, automaton = learn(target)
    assert automaton.link == target.link
    words = random_words(rng, 2, 300, 40)
    assert (automaton.predict(words) == target.predict(words)).all()


def test_the_log_probabilities_of_a_pdfa_are_linear(rng):
    target = random_pdfa(rng, 4, 2)
    factorisation, automaton = learn(target)
    assert factorisation.rank == 4
    assert automaton.link == NextSymbol(2)
    assert_same_function(automaton, target, rng)


def test_the_zero_function_has_an_automaton():
    zero = WFA(Alphabet.of_size(2), [0.0], np.zeros((2, 1, 1)), [[0.0]])
    factorisation, automaton = learn(zero)
    assert (factorisation.rank, automaton.states) == (1, 1)
    assert not automaton.scores(words_up_to(2, 3)).any()
    _, automaton = learn(zero, ridge=1e-7)
    assert not automaton.scores(words_up_to(2, 3)).any()


def test_a_function_that_only_knows_one_word():
    """Zero everywhere but at ε."""
    only = WFA(Alphabet.of_size(2), [1.0], np.zeros((2, 1, 1)), [[3.0]])
    _, automaton = learn(only)
    np.testing.assert_allclose(automaton.scores([(), (0,), (1, 0)])[:, 0], [3, 0, 0], atol=1e-12)


def noisy(rng, states=4, scale=1e-3):
    """A block of a weighted automaton with noise, hence of full rank."""

    class Noise(WholeWords):
        def scores(self, words):
            seeds = [hash(word) % 2**32 for word in words]
            noise = np.array([np.random.default_rng(seed).normal(size=self.width) for seed in seeds]).reshape(-1, self.width)
            return super().scores(words) + scale * noise

    return block_of(Noise(random_wfa(rng, states, 2)))


@pytest.mark.parametrize("ridge", [1e-10, 1e-4, 1e-1])
@pytest.mark.parametrize("rank", [1, 4, 9])
def test_the_transitions_are_the_ridge_solution(rng, rank, ridge):
    """Against the normal equations: the least ‖U D · A − H_a V‖² + λ d₁² ‖A‖²."""
    block = noisy(rng)
    p = len(block.prefixes)
    u, d, vt = np.linalg.svd(block.values.reshape(p, -1), full_matrices=False)
    states, v = u[:, :rank] * d[:rank], vt[:rank].T
    automaton = factorise(block, 50).automaton(rank, ridge, Alphabet.of_size(2), Value())
    for letter in range(2):
        after = block.shifted[letter].reshape(p, -1) @ v
        solution = np.linalg.solve(states.T @ states + ridge * d[0] ** 2 * np.eye(rank), states.T @ after)
        # singular vectors are known up to their signs
        np.testing.assert_allclose(np.abs(automaton.transitions[letter]), np.abs(solution), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.abs(automaton.initial), np.abs(states[block.prefixes.index(())]), atol=1e-9)


def test_without_ridge_the_block_itself_is_reproduced(rng):
    """initial · final is the score of ε, and prefix states times suffix weights are the block of that rank."""
    block = noisy(rng)
    flat = block.values[:, :, 0]
    factorisation = factorise(block, 100)
    automaton = factorisation.automaton(factorisation.rank, 0.0, Alphabet.of_size(2), Value())
    assert automaton.initial @ automaton.final[:, 0] == pytest.approx(flat[0, 0], abs=1e-9)


def test_a_smaller_rank_is_the_leading_part(rng):
    block = noisy(rng)
    large, small = factorise(block, 20), factorise(block, 3)
    assert (large.rank, small.rank) == (20, 3)
    words = words_up_to(2, 5)
    a = large.automaton(3, 1e-7, Alphabet.of_size(2), Value()).scores(words)
    b = small.automaton(3, 1e-7, Alphabet.of_size(2), Value()).scores(words)
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_epsilon_may_stand_anywhere_in_the_block(rng):
    target = random_wfa(rng, 3, 2, width=2)
    words = words_up_to(2, 3)[::-1]
    factorisation = factorise(HankelTable(target, suffixes=words).block(words), 50)
    assert_same_function(factorisation.automaton(factorisation.rank, 0.0, target.alphabet, target.link), target, rng)


def test_ranks_that_are_tried():
    assert ranks_to_try(1) == [1]
    assert ranks_to_try(5) == [1, 2, 3, 4, 5]
    assert ranks_to_try(20) == [*range(1, 17), 18, 20]
    for largest in range(1, 200):
        ranks = ranks_to_try(largest)
        assert ranks == sorted(set(ranks))
        assert ranks[0] == 1
        assert ranks[-1] == largest
        assert all(b - a <= max(1, a // 8) for a, b in pairwise(ranks))


class Labelled:
    """Stands for a factorisation: its automata only say which rank and ridge they are of."""

    def __init__(self, ranks):
        self.rank = ranks[-1]
        self.singular_values = np.ones(self.rank)

    def automaton(self, rank, ridge, alphabet, link):
        return WFA(alphabet, [ridge, *[0.0] * (rank - 1)], np.zeros((1, rank, rank)), np.zeros((rank, 1)))


def chosen(means, ranks, ridges=(1.0, 2.0), losses=None, spread=0.0, states=None):
    """What is chosen where 100 words have these mean errors and losses, by rank and ridge, and errors a standard deviation."""
    pattern = np.tile([-1.0, 1.0], 50)
    losses = losses or means

    def weigh(automaton, *, before=None):
        key = automaton.states, automaton.initial[0]
        return means[key] + pattern * spread, losses[key] + 0 * pattern

    automaton, curve = choose(Labelled(ranks), Alphabet.of_size(1), Value(), weigh, ridges, states)
    return automaton.states, automaton.initial[0], curve


def test_the_lowest_error_is_chosen():
    means = {(1, 1.0): 9, (1, 2.0): 8, (2, 1.0): 3, (2, 2.0): 5, (3, 1.0): 7, (3, 2.0): 4}
    *choice, curve = chosen(means, [1, 2, 3])
    assert choice == [2, 1.0]
    assert [(size.states, size.error, size.spread) for size in curve.sizes] == [(1, 8, 0), (2, 3, 0), (3, 4, 0)]


def test_the_first_of_equal_ridges_and_the_smallest_of_equal_ranks():
    means = {(rank, ridge): 1.0 for rank in (1, 2, 3) for ridge in (1.0, 2.0)}
    means[1, 1.0] = means[1, 2.0] = 2.0
    assert chosen(means, [1, 2, 3])[:2] == (2, 1.0)


def test_losses_choose_the_ridge_and_errors_the_rank():
    means = {(1, 1.0): 4, (1, 2.0): 9, (2, 1.0): 6, (2, 2.0): 6}
    losses = {(1, 1.0): 3, (1, 2.0): 2, (2, 1.0): 0.2, (2, 2.0): 0.1}
    assert chosen(means, [1, 2], losses=losses)[:2] == (2, 2.0)


@pytest.mark.parametrize(("spread", "rank"), [(0.9, 3), (1.1, 2), (2.1, 1)])
def test_the_smallest_rank_within_a_standard_error(spread, rank):
    """100 words: a standard error is a tenth of the standard deviation."""
    means = {(1, 1.0): 5.2, (2, 1.0): 5.1, (3, 1.0): 5.0}
    assert chosen(means, [1, 2, 3], (1.0,), spread=spread)[:2] == (rank, 1.0)


def test_a_wide_standard_error_is_no_reason_for_an_error_far_above_the_lowest():
    means = {(1, 1.0): 1.6, (2, 1.0): 1.49, (3, 1.0): 1.0}
    assert chosen(means, [1, 2, 3], (1.0,), spread=100.0)[0] == 2


def test_a_number_of_states_that_is_asked_for_is_taken_and_the_curve_goes_up_to_it():
    means = {(rank, ridge): float(rank) for rank in (1, 2, 3) for ridge in (1.0, 2.0)}
    *choice, curve = chosen(means, [1, 2, 3], states=3)
    assert choice == [3, 1.0]
    assert [size.states for size in curve.sizes] == [1, 2, 3]


def test_an_automaton_that_explodes_is_not_chosen():
    means = {(1, 1.0): np.inf, (1, 2.0): 3.0, (2, 1.0): 2.0, (2, 2.0): np.inf, (3, 1.0): np.inf, (3, 2.0): np.inf}
    assert chosen(means, [1, 2, 3])[:2] == (2, 1.0)
    assert chosen(dict.fromkeys(means, np.inf), [1, 2, 3])[0] == 1
