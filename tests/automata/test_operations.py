from itertools import product as cartesian

import numpy as np
import pytest
from dfa_truth import dfa, state_after
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import some_of, times

from nerode.automata.operations import access_words, equivalent, minimise, product, reachable, separating_word
from nerode.errors import InputError
from nerode.words import all_words


def label(automaton, word):
    return int(automaton.labels[state_after(automaton, word)])


def small_dfas(states, letters):
    """Every two-class DFA of this size."""
    for flat in cartesian(range(states), repeat=states * letters):
        for labels in cartesian(range(2), repeat=states):
            yield dfa(np.reshape(flat, (states, letters)), labels)


@st.composite
def dfas(draw, letters=None, classes=None, most=8):
    letters = letters or draw(st.integers(1, 3))
    classes = classes or draw(st.integers(2, 4))
    n = draw(st.integers(1, most))
    states = st.integers(0, n - 1)
    flat = draw(st.lists(states, min_size=n * letters, max_size=n * letters))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n))
    return dfa(np.reshape(flat, (n, letters)), labels, draw(states), classes)


def moore_size(automaton):
    """The number of classes of the reachable states, by Moore's naive refinement."""
    states, frontier = {automaton.initial}, [automaton.initial]
    while frontier:
        frontier = list({int(t) for s in frontier for t in automaton.transitions[s]} - states)
        states |= set(frontier)
    block = {s: int(automaton.labels[s]) for s in states}
    while True:
        keys = {s: (block[s], *(block[int(t)] for t in automaton.transitions[s])) for s in states}
        names = {key: i for i, key in enumerate(sorted(set(keys.values())))}
        if len(names) == len(set(block.values())):
            return len(names)
        block = {s: names[keys[s]] for s in states}


def naive_separating_word(a, b):
    """The first word of the shortlex order with different labels; n + m − 2 letters suffice (Moore, 1956)."""
    words = all_words(len(a.alphabet), a.states + b.states - 2)
    return next((word for word in words if label(a, word) != label(b, word)), None)


def same_arrays(a, b):
    return a.initial == b.initial and np.array_equal(a.transitions, b.transitions) and np.array_equal(a.labels, b.labels)


@pytest.mark.parametrize(("states", "letters"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)])
def test_minimal_form_of_every_small_dfa_is_one_per_language(states, letters):
    """The labels of all words up to the length that tells languages of this size apart stand for the language.

    Of the largest some are looked at; there are five times as many as languages, so that many languages come again.
    """
    words = list(all_words(letters, 2 * states - 2))
    forms = {}
    for automaton in some_of(small_dfas(states, letters), 1200):
        small = minimise(automaton)
        language = tuple(label(automaton, word) for word in words)
        assert language == tuple(label(small, word) for word in words)
        assert small.states == moore_size(automaton)
        assert same_arrays(small, forms.setdefault(language, small))


@settings(max_examples=times(150, 6000), deadline=None)
@given(dfas(most=12))
def test_minimise_agrees_with_moore(automaton):
    small = minimise(automaton)
    assert small.states == moore_size(automaton)
    assert small.classes == automaton.classes
    for word in all_words(len(automaton.alphabet), 5):
        assert label(small, word) == label(automaton, word)
    assert same_arrays(minimise(small), small)


@settings(max_examples=times(50, 2000), deadline=None)
@given(dfas(most=12), st.randoms(use_true_random=False))
def test_minimal_form_does_not_depend_on_names_or_on_copies_of_states(automaton, random):
    n = automaton.states
    names = list(range(2 * n))
    random.shuffle(names)
    transitions, labels = np.empty((2 * n, len(automaton.alphabet)), int), np.empty(2 * n, int)
    for state in range(2 * n):  # states come in pairs of equal ones, and transitions choose between the two
        transitions[names[state]] = [names[t + n * random.randrange(2)] for t in automaton.transitions[state % n].tolist()]
        labels[names[state]] = automaton.labels[state % n]
    twin = dfa(transitions, labels, names[automaton.initial], automaton.classes)
    assert same_arrays(minimise(twin), minimise(automaton))


def test_minimise_of_deep_automata():
    """Chains are refined one state a round: the case in which a naive refinement is quadratic."""
    n = 1500
    chain = dfa(np.minimum(np.arange(n)[:, None] + [1, 1, 1], n - 1), np.arange(n) == n - 1)
    assert minimise(chain).states == n
    merging = dfa(np.minimum(np.arange(n)[:, None] + [1, 2], n - 1), np.zeros(n, int))
    assert minimise(merging).states == 1


@settings(max_examples=times(100, 4000), deadline=None)
@given(dfas(most=6))
def test_access_words_are_shortlex_least(automaton):
    least = {}
    for word in all_words(len(automaton.alphabet), automaton.states - 1):
        least.setdefault(state_after(automaton, word), word)
    found = reachable(automaton)
    assert access_words(found) == list(least.values())  # numbered in the order in which words first lead there
    assert [label(found, word) for word in least.values()] == [int(automaton.labels[state]) for state in least]
    if len(least) == automaton.states:
        assert access_words(automaton) == [least[state] for state in range(automaton.states)]
    else:
        with pytest.raises(InputError, match="no access word"):
            access_words(automaton)


def test_separating_word_of_all_pairs_of_small_dfas():
    automata = [*small_dfas(1, 2), *small_dfas(2, 2)]
    for a, b in cartesian(automata, automata):
        assert separating_word(a, b) == naive_separating_word(a, b)


@settings(max_examples=times(150, 6000), deadline=None)
@given(dfas(letters=2, classes=3, most=4), dfas(letters=2, classes=3, most=4))
def test_separating_word_is_shortlex_least(a, b):
    word = separating_word(a, b)
    assert word == naive_separating_word(a, b)
    assert equivalent(a, b) == (word is None) == same_arrays(minimise(a), minimise(b))


def test_separating_word_that_is_long():
    """Two cycles of coprime lengths agree until both are at their last state."""
    a = dfa([[1], [2], [0]], [0, 0, 1])
    b = dfa([[1], [2], [3], [4], [0]], [0, 0, 1, 0, 0])
    assert separating_word(a, b) == (0,) * 5
    assert separating_word(a, a) is None


@settings(max_examples=times(60, 2400), deadline=None)
@given(dfas(letters=2, classes=2), dfas(letters=2, classes=2))
def test_product_combines_labels(a, b):
    both = product(a, b, lambda p, q: p * q)
    pairs = product(a, b, lambda p, q: 2 * p + q, classes=4)
    assert pairs.classes == 4
    assert len(access_words(both)) == both.states
    for word in all_words(2, 5):
        assert label(both, word) == label(a, word) * label(b, word)
        assert label(pairs, word) == 2 * label(a, word) + label(b, word)


def test_automata_over_different_symbols_are_not_compared():
    a, b = dfa([[0]], [0]), dfa([[0, 0]], [0])
    with pytest.raises(InputError, match="different alphabets"):
        separating_word(a, b)
    with pytest.raises(InputError, match="different alphabets"):
        product(a, b, np.minimum)
