from itertools import combinations
from itertools import product as cartesian

import numpy as np
import pytest
from dfa_truth import dfa
from doubles import calls
from thorough import some_of

from nerode.automata.characterising import characterising_set, separation
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import all_words, shortlex


def labels_after(automaton, word):
    """The label (n,) after reading the word from each state."""
    states = np.arange(automaton.states)
    for letter in word:
        states = automaton.transitions[states, letter]
    return automaton.labels[states]


def naive_words(automaton):
    """For each pair of states the first word of the shortlex order that tells it apart; None where there is none."""
    words = dict.fromkeys(combinations(range(automaton.states), 2))
    for word in all_words(len(automaton.alphabet), automaton.states - 2):  # n − 2 letters suffice (Moore, 1956)
        after = labels_after(automaton, word)
        for p, q in [pair for pair, known in words.items() if known is None and after[pair[0]] != after[pair[1]]]:
            words[p, q] = word
        if None not in words.values():
            break
    return words


def tells_all_apart(automaton, words):
    signatures = zip(*(labels_after(automaton, word).tolist() for word in words), strict=True) if words else [()]
    return len(set(signatures)) == automaton.states


def check(automaton):
    """Both against brute force; whether all states can be told apart."""
    words = naive_words(automaton)
    if None in words.values():
        with pytest.raises(InputError, match="minimal first") as refusal:
            separation(automaton)
        p, q = (int(part) for part in str(refusal.value).split() if part.isdecimal())
        assert words[p, q] is None
        with pytest.raises(InputError, match="minimal first"):
            characterising_set(automaton)
        return False
    told = separation(automaton)
    for (p, q), word in words.items():
        assert told.word(p, q) == told.word(q, p) == word
    chosen = characterising_set(automaton)
    assert chosen == sorted(set(chosen), key=shortlex)
    assert tells_all_apart(automaton, chosen)
    for word in chosen:
        assert not tells_all_apart(automaton, [other for other in chosen if other != word])
    return True


@pytest.mark.parametrize(("states", "letters"), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2)])
def test_every_small_dfa(states, letters):
    """Up to the names of the labels; some of those of three states over two letters."""
    tables, labels = cartesian(range(states), repeat=states * letters), list(cartesian(range(2), repeat=states - 1))
    told = [check(dfa(np.reshape(flat, (states, letters)), [0, *rest])) for flat, rest in some_of(cartesian(tables, labels), 500)]
    assert any(told)


@pytest.mark.parametrize(("states", "letters", "classes"), [(9, 2, 2), (12, 3, 2), (30, 2, 3), (40, 5, 2), (25, 4, 30)])
def test_random_dfas(rng, states, letters, classes):
    for _ in range(10):
        assert check(random_dfa(rng, states, letters, classes))


@pytest.mark.parametrize("states", [6, 17])
def test_words_that_are_long(rng, states):
    """Chains and cycles: states are told apart one by one, and a letter in two thirds of the states does nothing."""
    position = np.arange(states)
    last = position == states - 1
    chain = np.minimum(position + 1, states - 1)
    idle = np.where(position % 3 == 0, chain, position)
    assert check(dfa(np.stack([chain], axis=1), last))
    assert check(dfa(np.stack([(position + 1) % states], axis=1), last))
    assert check(dfa(np.stack([idle[rng.permutation(states)], chain], axis=1), last))
    longest = separation(dfa(chain[:, None], last)).word(0, 1)
    assert longest == (0,) * (states - 2)


def test_states_that_no_word_leads_to_are_told_apart():
    assert separation(dfa([[0], [1], [0]], [0, 1, 1])).word(1, 2) == (0,)


def test_sets_are_small(rng):
    """As many words as bits would be the least; all words of one letter would do too, and are 20."""
    automaton = random_dfa(rng, 200, 20)
    words = characterising_set(automaton)
    assert len(words) <= 13  # 8 at least
    assert max(map(len, words)) <= 2


def test_large_ones_are_quick(rng):
    automaton = random_dfa(rng, 4000, 20)
    n = 1000
    counter = dfa(((np.arange(n) + 1) % n)[:, None], np.arange(n) == 0)
    told = separation(automaton)
    assert len(characterising_set(automaton)) < 30
    assert calls(lambda: separation(automaton)) < 4000  # some 850; a call for each state is more
    assert calls(lambda: characterising_set(automaton)) < 150_000  # some 44,000
    for p, q in rng.integers(0, 4000, (200, 2)).tolist():
        if p != q:
            after = labels_after(automaton, told.word(p, q))
            assert after[p] != after[q]
    assert len(separation(counter).word(1, 2)) == n - 2
    assert calls(lambda: separation(counter)) < 400_000  # some 250,000; there are 500,000 pairs of states


def test_what_is_refused():
    with pytest.raises(InputError, match="no word tells state 1 apart from itself"):
        separation(dfa([[1], [0]], [0, 1])).word(1, 1)
    with pytest.raises(InputError, match="the states 1 and 2"):
        separation(dfa([[1], [2], [1]], [0, 1, 1]))
