from dataclasses import replace

import numpy as np
import pytest
from doubles import as_weights
from linear_truth import in_another_basis, zero
from thorough import up_to

from nerode.automata.determinise import from_dfa, to_dfa
from nerode.automata.dfa import DFA
from nerode.automata.linear import add, discount, scale
from nerode.automata.operations import equivalent
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.sampling import uniform_words
from nerode.words import Alphabet, all_words


def some_words(seed, letters, count=200, longest=15):
    rng = np.random.default_rng(seed)
    return uniform_words(rng, letters, rng.integers(longest + 1, size=count))


def faithful(a, dfa, words, threshold=0.0):
    """The share of the words with one label."""
    labels = a.scores(words)[:, 0] > threshold if a.width == 1 else a.predict(words)
    return np.mean(dfa.predict(words) == labels)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", up_to(6, 500))
def test_a_dfa_is_found_again_behind_its_weights(seed, classes):
    rng = np.random.default_rng(seed)
    dfa = random_dfa(rng, 8, 2, classes)
    hidden = in_another_basis(as_weights(dfa), rng.normal(size=(8, 8)))
    found = to_dfa(hidden, some_words(seed, 2), 50)
    assert found.states == 8
    assert equivalent(found, dfa)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_dfa_has_the_same_scores_as_weights(classes):
    dfa = random_dfa(np.random.default_rng(1), 7, 3, classes)
    weighted, words = from_dfa(dfa), list(all_words(3, 6))
    assert (weighted.states, weighted.link) == (7, dfa.link)
    assert np.array_equal(weighted.scores(words), dfa.scores(words))


@pytest.mark.parametrize("seed", up_to(4, 500))
def test_the_growth_of_letters_does_not_matter(seed):
    """Scores of 2¹⁰⁰⁰ and more for long words, and of next to nothing for others, with the labels of a DFA."""
    rng = np.random.default_rng(seed)
    dfa = random_dfa(rng, 6, 3)
    plain = as_weights(dfa)
    grown = WFA(plain.alphabet, plain.initial, plain.transitions * np.array([40, 1, 1e-3])[:, None, None], plain.final, Binary())
    words = [*some_words(seed, 3), (0,) * 1000, (2,) * 1000]
    assert equivalent(to_dfa(grown, words, 50), dfa)


def test_thresholds_and_values():
    """The score is the number of letters 1, at most 3; above 1.5 there are two of them or three."""
    counter = DFA(Alphabet.of_size(2), [[0, 1], [1, 2], [2, 3], [3, 3]], [0, 0, 0, 0])
    counting = WFA(counter.alphabet, [1.0, 0, 0, 0], as_weights(counter).transitions, [[0.0], [1.0], [2.0], [3.0]])
    for threshold, states in ((-1.0, 1), (0.0, 2), (0.5, 2), (1.5, 3), (2.5, 4), (3.0, 1)):
        found = to_dfa(counting, some_words(0, 2), 50, threshold=threshold)
        assert found.states == states
        for word in all_words(2, 6):
            assert found.predict([word])[0] == (min(sum(word), 3) > threshold)


def test_more_states_follow_a_classifier_more_closely():
    """More letters 1 than 0, fading with time: no DFA is exact."""
    fading = WFA(Alphabet.of_size(2), [0.0, 1.0], [[[0.7, 0], [-1, 1]], [[0.7, 0], [1, 1]]], [[1.0], [0.05]], Binary())
    words, fresh = some_words(0, 2, 400), some_words(1, 2, 400)
    sizes = (1, 2, 4, 16, 64)
    found = [to_dfa(fading, words, states) for states in sizes]
    assert all(dfa.states <= states for dfa, states in zip(found, sizes, strict=True))
    fidelity = [faithful(fading, dfa, fresh) for dfa in found]
    assert fidelity[0] < 0.7
    assert fidelity[2] > 0.85
    assert fidelity[4] > 0.97
    assert fidelity == sorted(fidelity)
    coarse = to_dfa(fading, words, 1000, tolerance=0.3)
    fine = to_dfa(fading, words, 1000, tolerance=0.1)
    assert coarse.states < fine.states < 1000
    assert faithful(fading, fine, fresh) > 0.9


def test_scales_of_states_do_not_matter():
    rng = np.random.default_rng(3)
    a = replace(discount(random_wfa(rng, 4, 2), 0.9), link=Binary())
    words, fresh = some_words(0, 2, 1000, 20), some_words(1, 2, 1000, 20)
    plain = to_dfa(a, words, 400)
    scaled = to_dfa(in_another_basis(a, np.diag([1e-3, 1e2, 1.0, 1e4])), words, 400)
    assert faithful(a, plain, fresh) > 0.9
    assert faithful(a, scaled, fresh) > faithful(a, plain, fresh) - 0.03


def test_a_letter_leads_to_a_state_of_its_own_label():
    """Of 50 letters most lead closest to the state of ε, which the labels of some do not allow."""
    rng = np.random.default_rng(0)
    a = replace(random_wfa(rng, 3, 50), link=Binary())
    letters = [(letter,) for letter in range(50)]
    found = to_dfa(a, letters, 2)
    assert found.states == 2
    np.testing.assert_array_equal(found.predict(letters), a.predict(letters))


def test_the_given_words_decide_what_is_seen():
    """Nothing but the letter 0 is read: what the letter 1 would do at the end of 20 others is never seen."""
    n = 21
    chain = DFA(
        Alphabet.of_size(2), np.column_stack([np.arange(n), np.minimum(np.arange(1, n + 1), n - 1)]), np.arange(n) == n - 1
    )
    a = as_weights(chain)
    assert to_dfa(a, [(0,) * 5], 50).states == 1
    assert equivalent(to_dfa(a, [(1,) * 25], 50), chain)


def test_edge_cases():
    rng = np.random.default_rng(0)
    assert to_dfa(zero(), some_words(0, 2), 10).states == 1
    always = WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), [[1.0]], Binary())
    assert to_dfa(always, [], 10).labels.tolist() == [1]
    assert to_dfa(scale(always, -1), [], 10).labels.tolist() == [0]
    only_epsilon = WFA(always.alphabet, [1.0], np.zeros((2, 1, 1)), [[1.0]], Binary())
    found = to_dfa(only_epsilon, some_words(0, 2), 10)
    assert found.transitions.tolist() == [[1, 1], [1, 1]]
    assert found.labels.tolist() == [1, 0]
    assert to_dfa(add(always, only_epsilon), [(0,), (1,)], 10, threshold=1.5).states == 2
    with pytest.raises(InputError, match="at least one state"):
        to_dfa(always, [], 0)
    with pytest.raises(InputError, match="made of a classifier"):
        to_dfa(random_wfa(rng, 2, 2, 2), [], 5)
    model = random_wfa(rng, 2, 2, 3)
    with pytest.raises(InputError, match="made of a classifier"):
        to_dfa(replace(model, link=NextSymbol(2)), [], 5)
    with pytest.raises(InputError, match=r"the threshold 0\.5"):
        to_dfa(replace(model, link=Multiclass()), [], 5, threshold=0.5)
