from collections import Counter
from itertools import product

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.datasets.samplers import _count, accepted_words, balanced_words, dyck_words
from nerode.errors import InputError
from nerode.words import Alphabet


def assert_uniform(words, members):
    """Every member occurs and no other word; Pearson's statistic stays near its mean."""
    counts = Counter(words)
    assert set(counts) == set(members)
    expected = len(words) / len(members)
    statistic = sum((count - expected) ** 2 / expected for count in counts.values())
    assert statistic < len(members) - 1 + 6 * np.sqrt(2 * len(members))


def exact_counts(dfa, label, longest):
    """Words of each length that lead from each state to the label, in Python's integers."""
    counts = [[int(x == label) for x in dfa.labels]]
    for _ in range(longest):
        counts.append([sum(counts[-1][t] for t in row) for row in dfa.transitions.tolist()])
    return counts


@pytest.mark.parametrize("number", [3, 4, 5, 7])
@pytest.mark.parametrize("label", [0, 1])
def test_accepted_words_are_uniform(rng, number, label):
    dfa = tomita(number)
    words = list(product(range(2), repeat=6))
    members = [word for word, predicted in zip(words, dfa.predict(words), strict=True) if predicted == label]
    assert_uniform(accepted_words(rng, dfa, np.full(60 * len(members), 6), label), members)


def test_accepted_words_of_mixed_lengths(rng):
    dfa = random_dfa(rng, 30, 3, classes=3)
    lengths = rng.integers(3, 40, size=500)
    words = accepted_words(rng, dfa, lengths, label=2)
    assert [len(word) for word in words] == lengths.tolist()
    assert set(dfa.predict(words)) == {2}


def test_counts_are_exact_far_beyond_floats(rng):
    dfa = random_dfa(rng, 25, 20)
    mantissas, exponents = _count(dfa.transitions, np.ones(20), dfa.labels == 1, 400)
    exact = exact_counts(dfa, 1, 400)
    for length in (0, 1, 2, 50, 400):  # 20^400 is 10^520
        for state in range(25):
            count, exponent = exact[length][state], int(exponents[length, state])
            if count == 0:
                assert mantissas[length, state] == 0
                continue
            scaled = count * 2**200 >> exponent if exponent >= 0 else count << (200 - exponent)
            assert scaled / 2**200 == pytest.approx(mantissas[length, state], rel=1e-12)


def test_rare_words_beside_very_many(rng):
    """State 0 has a single word, 0…0, and state 2 has 20^300: floats on one scale would lose the single one."""
    transitions = np.full((3, 20), 1)
    transitions[0, 0] = 0
    transitions[2, :] = 2
    dfa = DFA(Alphabet.of_size(20), transitions, [1, 0, 1])
    assert accepted_words(rng, dfa, np.full(3, 300)) == [(0,) * 300] * 3
    begin_with_0 = sum(word[0] == 0 for word in accepted_words(rng, dfa, np.full(2000, 300), label=0))
    assert 50 < begin_with_0 < 150  # one in 20 of them


def test_lengths_without_words(rng):
    with pytest.raises(InputError, match="length 3 has the label 1"):
        accepted_words(rng, tomita(2), np.array([2, 3, 4]))


def test_balanced_words(rng):
    dfa = Dyck(2, 3).dfa()
    lengths = rng.integers(0, 20, size=1000)
    words, labels = balanced_words(rng, dfa, lengths)
    assert [len(word) for word in words] == lengths.tolist()
    assert dfa.predict(words).tolist() == labels.tolist()
    forced = int((lengths % 2 == 1).sum())  # no word of odd length is balanced, and ε is
    assert labels.sum() == min(500, 1000 - forced)
    assert (labels[lengths == 0] == 1).all()


def test_balanced_words_of_many_classes(rng):
    dfa = random_dfa(rng, 12, 2, classes=4)
    words, labels = balanced_words(rng, dfa, np.full(400, 15))
    assert np.bincount(labels).tolist() == [100] * 4
    assert dfa.predict(words).tolist() == labels.tolist()


def test_balanced_words_of_a_constant_language(rng):
    words, labels = balanced_words(rng, DFA(Alphabet.of_size(2), [[0, 0]], [0]), np.array([3, 0, 1]))
    assert labels.tolist() == [0, 0, 0]
    assert [len(word) for word in words] == [3, 0, 1]


@pytest.mark.parametrize("dyck", [Dyck(2, None, 0), Dyck(2, None, 1), Dyck(1, 2, 2), Dyck(2, 1, 1)])
def test_dyck_words_are_uniform(rng, dyck):
    words = list(product(range(len(dyck.alphabet)), repeat=6))
    members = [word for word, member in zip(words, dyck.contains(words), strict=True) if member]
    assert_uniform(dyck_words(rng, dyck, np.full(20 * len(members), 6)), members)


def test_long_dyck_words(rng):
    dyck = Dyck(3, None, 4)
    lengths = rng.integers(0, 300, size=50)
    words = dyck_words(rng, dyck, lengths)
    assert [len(word) for word in words] == lengths.tolist()
    assert dyck.contains(words).all()
    with pytest.raises(InputError, match="length 5 is balanced"):
        dyck_words(rng, Dyck(1), np.array([4, 5]))


def test_no_words_of_no_lengths(rng):
    assert accepted_words(rng, tomita(1), np.array([], int)) == []
    assert dyck_words(rng, Dyck(1), np.array([], int)) == []
