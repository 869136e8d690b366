"""DFAs that follow weighted classifiers, in growing sizes."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import as_weights
from linear_truth import in_another_basis, zero
from thorough import up_to

from nerode.automata import quantise
from nerode.automata.cells import walk_of
from nerode.automata.determinise import to_dfa
from nerode.automata.dfa import DFA
from nerode.automata.operations import equivalent
from nerode.automata.quantise import quantised
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import InputError
from nerode.links import Binary, NextSymbol
from nerode.sampling import uniform_words
from nerode.words import Alphabet


def some_words(seed, letters, count=300, longest=15):
    rng = np.random.default_rng(seed)
    return uniform_words(rng, letters, rng.integers(longest + 1, size=count))


def sizes(a, words, most, seed=0):
    return list(quantised(a, words, np.random.default_rng(seed), most))


def fading():
    """More letters 1 than 0, fading with time: no DFA is exact."""
    return WFA(Alphabet.of_size(2), [0.0, 1.0], [[[0.7, 0], [-1, 1]], [[0.7, 0], [1, 1]]], [[1.0], [0.05]], Binary())


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", up_to(6, 200))
@pytest.mark.sampled(4)
def test_a_dfa_is_found_again_behind_its_weights(seed, classes):
    rng = np.random.default_rng(seed)
    dfa = random_dfa(rng, 12, 2, classes)
    hidden = in_another_basis(as_weights(dfa), rng.normal(size=(12, 12)))
    found = sizes(hidden, some_words(seed, 2), 100)
    assert found[-1].states == 12
    assert equivalent(found[-1], dfa)
    assert all(not equivalent(smaller, dfa) for smaller in found[:-1])  # nothing comes after a DFA without error


@pytest.mark.parametrize("most", [1, 2, 3, 7, 20])
def test_sizes_double_up_to_the_largest(most):
    found = [dfa.states for dfa in sizes(fading(), some_words(0, 2), most)]
    limits = [min(2**i, most) for i in range(len(found))]
    assert limits[-1] == most
    assert limits.count(most) == 1
    assert all(states <= limit for states, limit in zip(found, limits, strict=True))


@pytest.mark.parametrize(("growth", "counts"), [(1.25, [1, 2, 3, 4, 5, 6, 7, 8, 10, 11]), (1.5, [1, 2, 3, 4, 6, 9, 11])])
def test_sizes_grow_more_slowly_where_that_is_wished(monkeypatch, growth, counts):
    asked = []
    honest = quantise._refined

    def counted(a, rows, labels, cells, count, check):
        asked.append(count)
        return honest(a, rows, labels, cells, count, check)

    monkeypatch.setattr(quantise, "_refined", counted)
    words = some_words(0, 2)
    found = list(quantised(fading(), words, np.random.default_rng(0), 11, growth=growth))
    assert asked == counts
    assert all(dfa.states <= count for dfa, count in zip(found, counts, strict=True))


def test_more_states_follow_a_classifier_more_closely():
    """And more closely than states that are far apart."""
    a, words, fresh = fading(), some_words(0, 2, 1000), some_words(1, 2, 1000)
    truth = a.predict(fresh)
    errors = [np.mean(dfa.predict(fresh) != truth) for dfa in sizes(a, words, 64)]
    assert errors[0] > 0.3
    assert errors[2] < 0.15
    assert errors[4] < 0.05
    assert errors[6] < 0.02
    apart = [np.mean(to_dfa(a, words, states).predict(fresh) != truth) for states in (8, 16)]
    assert errors[3] < apart[0]
    assert errors[4] < apart[1]


def test_what_lasts_is_kept_though_what_fades_weighs_more():
    """The first letter decides with the last few: it must be known after 15 letters."""
    letters = np.array([[0.5, 0, 0], [0, 1, 0], [0, 0, 0]])
    # coordinates: what fades, what the first letter said, whether nothing was read
    zeros = letters + np.array([[0, 0, 0], [-1.0, 0, 0], [0, -1.0, 0]]) * [[1], [0], [1]]
    ones = letters + np.array([[0, 0, 0], [0, 0, 0], [0, 1.0, 0]])
    a = WFA(Alphabet.of_size(2), [0, 0, 1.0], [zeros, ones], [[1.0], [0.4], [0.1]], Binary())
    words, fresh = some_words(0, 2, 2000), [(first, *rest) for first in (0, 1) for rest in some_words(1, 2, 500, 30)]
    dfa = sizes(a, words, 32)[-1]
    assert np.mean(dfa.predict(fresh) != a.predict(fresh)) < 0.01


def test_a_seed_replays():
    a, words = fading(), some_words(0, 2)
    for one, other in zip(sizes(a, words, 30), sizes(a, words, 30), strict=True):
        np.testing.assert_array_equal(one.transitions, other.transitions)
        np.testing.assert_array_equal(one.labels, other.labels)


@pytest.mark.parametrize("seed", up_to(3, 100))
@pytest.mark.sampled(2)
def test_the_growth_of_letters_does_not_matter(seed):
    """Scores of 2¹⁰⁰⁰ and more for long words, and of next to nothing for others, with the labels of a DFA."""
    dfa = random_dfa(np.random.default_rng(seed), 6, 3)
    plain = as_weights(dfa)
    grown = replace(plain, transitions=plain.transitions * np.array([40, 1, 1e-3])[:, None, None])
    words = [*some_words(seed, 3), (0,) * 1000, (2,) * 1000]
    assert equivalent(sizes(grown, words, 50)[-1], dfa)


def test_a_letter_that_is_never_read_leads_somewhere():
    a = replace(random_wfa(np.random.default_rng(0), 3, 4), link=Binary())
    words = some_words(0, 3)
    for dfa in sizes(a, words, 16):
        assert dfa.transitions.shape == (dfa.states, 4)


def test_rows_are_as_far_apart_as_labels_differ():
    """Nine states differ in eight directions, so that no axis is missing."""
    dfa = random_dfa(np.random.default_rng(3), 9, 2)
    words = some_words(0, 2, 100, 5)
    rng = np.random.default_rng(7)
    rows, labels = quantise._rows(as_weights(dfa), walk_of(words), words, rng, lambda: None)
    states = walk_of(words).run(dfa.transitions)
    np.testing.assert_array_equal(labels, dfa.labels[states])
    # the same suffixes once more
    rng = np.random.default_rng(7)
    ends = ((5 + 2) ** rng.random(quantise.SUFFIXES)).astype(int) - 1
    chosen = rng.integers(len(words), size=quantise.SUFFIXES)
    suffixes = [words[i][max(0, len(words[i]) - length) :] for i, length in zip(chosen, ends, strict=True)]
    followed = np.array([replace(dfa, initial=state).predict(suffixes) for state in range(9)])  # (states, suffixes)
    differ = (followed[:, None] != followed).mean(axis=2)
    values = rows.values
    distances = ((values[:, None].astype(float) - values) ** 2).sum(axis=2)
    np.testing.assert_allclose(distances, differ[states[:, None], states], atol=1e-4)


def test_edge_cases():
    assert [dfa.states for dfa in sizes(replace(zero(), link=Binary()), some_words(0, 2), 10)] == [1]
    always = WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), [[1.0]], Binary())
    assert [dfa.labels.tolist() for dfa in sizes(always, [()], 10)] == [[1]]
    only_epsilon = WFA(always.alphabet, [1.0], np.zeros((2, 1, 1)), [[1.0]], Binary())
    found = sizes(only_epsilon, some_words(0, 2), 10)[-1]
    assert found.transitions.tolist() == [[1, 1], [1, 1]]
    assert found.labels.tolist() == [1, 0]


def test_what_is_refused():
    with pytest.raises(InputError, match="at least one state"):
        sizes(fading(), [()], 0)
    with pytest.raises(InputError, match="list of words is empty"):
        sizes(fading(), [], 5)
    with pytest.raises(InputError, match="made of a classifier"):
        sizes(replace(random_wfa(np.random.default_rng(0), 2, 2, 3), link=NextSymbol(2)), [()], 5)
    with pytest.raises(InputError, match="weighted automata"):
        sizes(DFA(Alphabet.of_size(1), [[0]], [0]), [()], 5)
