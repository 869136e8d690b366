from itertools import product as cartesian

import numpy as np
import pytest
from dfa_truth import dfa, state_after
from doubles import calls
from thorough import up_to

from nerode.automata import equivalence
from nerode.automata.dfa import DFA
from nerode.automata.equivalence import FEW, disagreements
from nerode.automata.operations import minimise, separating_word
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.words import all_words, shortlex

ALL = 10**9


def naive_disagreements(a, b):
    """The contract, word by word: of all words of the least length that shows a difference, one for each pair of states."""
    least = {}
    for word in all_words(len(a.alphabet), a.states + b.states - 2):
        if least and len(word) > len(next(iter(least.values()))):
            break
        p, q = state_after(a, word), state_after(b, word)
        if a.labels[p] != b.labels[q]:
            least.setdefault((p, q), word)
    return list(least.values())


def renamed(automaton, rng):
    """The same language, with every state twice and all states in another order."""
    n = automaton.states
    names = rng.permutation(2 * n)
    transitions, labels = np.empty((2 * n, len(automaton.alphabet)), int), np.empty(2 * n, int)
    for copy in (0, 1):
        after = automaton.transitions + n * rng.integers(2, size=automaton.transitions.shape)
        transitions[names[copy * n : (copy + 1) * n]] = names[after]
        labels[names[copy * n : (copy + 1) * n]] = automaton.labels
    return DFA(automaton.alphabet, transitions, labels, int(names[automaton.initial]), automaton.classes)


def test_all_pairs_of_small_dfas():
    automata = [
        dfa(np.reshape(flat, (2, 2)), labels)
        for flat in cartesian(range(2), repeat=4)
        for labels in cartesian(range(2), repeat=2)
    ]
    for a, b in cartesian(automata, automata):
        assert disagreements(a, b, ALL) == naive_disagreements(a, b)


@pytest.mark.parametrize(("states", "letters", "classes"), [(5, 2, 2), (4, 3, 4), (6, 1, 2), (3, 6, 2)])
def test_random_pairs(rng, states, letters, classes):
    """Labels are rare, so that differences are found late and on many pairs at once."""
    counts, longest = [], 0
    for _ in up_to(150, 10_000):
        n, m = rng.integers(1, states + 1, 2)
        a, b = (
            dfa(
                rng.integers(0, size, (size, letters)),
                rng.integers(0, classes, size) * (rng.random(size) < 0.3),
                int(rng.integers(size)),
                classes,
            )
            for size in (n, m)
        )
        found = disagreements(a, b, ALL)
        assert found == naive_disagreements(a, b)
        assert found == sorted(found, key=shortlex)
        assert separating_word(a, b) == (found[0] if found else None)
        counts.append(len(found))
        longest = max([longest, *map(len, found)])
    assert min(counts) == 0
    assert max(counts) > (1 if letters > 1 else 0)
    assert longest >= 2


def test_many_pairs_are_found_on_one_level(rng):
    """A word for each pair of the level, none of them for a pair that agrees."""
    a = random_dfa(rng, 400, 20)
    silent = DFA(a.alphabet, a.transitions, a.labels * (np.arange(400) >= 200))
    b = DFA(a.alphabet, a.transitions, np.zeros(400, int))
    found = disagreements(silent, b, ALL)
    assert len(found) > 30 > FEW
    assert found == naive_disagreements(silent, b)
    for most in (1, 2, 30):
        assert disagreements(silent, b, most) == found[:most]


@pytest.mark.parametrize(("states", "letters"), [(1, 1), (30, 1), (60, 2), (200, 20)])
def test_nothing_is_found_between_equivalent_ones(rng, states, letters):
    a = (
        random_dfa(rng, states, letters)
        if letters > 1
        else dfa([[(i + 1) % states] for i in range(states)], [1] + [0] * (states - 1))
    )
    b = renamed(a, rng)
    assert disagreements(a, b, ALL) == disagreements(b, a, ALL) == disagreements(minimise(b), a, ALL) == []


def test_one_changed_label_is_found(rng):
    for _ in range(20):
        a = random_dfa(rng, 150, 3)
        labels = a.labels.copy()
        labels[-1] = 1 - labels[-1]
        b = renamed(DFA(a.alphabet, a.transitions, labels), rng)
        found = disagreements(a, b, ALL)
        assert found[0] == separating_word(a, b)
        assert [a.labels[state_after(a, word)] != b.labels[state_after(b, word)] for word in found] == [True] * len(found)


def test_a_difference_far_away_is_found_without_walking_all_pairs():
    """Two cycles of coprime lengths have a million pairs; states that were taken for one leave some two thousand."""
    n, m = 997, 1000
    a = dfa(((np.arange(n) + 1) % n)[:, None], np.zeros(n, int))
    b = dfa(((np.arange(m) + 1) % m)[:, None], np.zeros(m, int))
    late = dfa(b.transitions, np.arange(m) == m - 1)
    assert disagreements(a, b, ALL) == []
    assert disagreements(a, late, ALL) == [(0,) * (m - 1)]
    assert calls(lambda: disagreements(a, late, ALL)) < 500_000  # some 130,000


def test_large_ones_are_quick(rng):
    """What a learner of 1000 states over 20 letters asks some 40 times: a call for each transition would be 20,000."""
    a = random_dfa(rng, 1000, 20)
    b = DFA(a.alphabet, a.transitions, a.labels)
    assert disagreements(a, b, 1000) == []
    assert calls(lambda: disagreements(a, b, 1000)) < 10_000  # some 2,500


def test_what_is_refused():
    a = dfa([[0, 0]], [0])
    with pytest.raises(InputError, match="different alphabets"):
        disagreements(a, dfa([[0]], [0]), 1)
    with pytest.raises(InputError, match="at least one word"):
        disagreements(a, a, 0)


@pytest.mark.parametrize("pairs", [1, 5, FEW, FEW + 1, 60])
def test_states_are_taken_for_one_as_pairs_chain_them(rng, pairs):
    """The two ways of merging, against merging set by set."""
    for _ in range(30):
        block = rng.permutation(80)[rng.integers(0, 80, 120)]  # names are shared already, and some are nobody's
        p, q = block[rng.integers(0, 120, (2, pairs))]
        sets = [{int(name)} for name in np.unique(block)]
        for one, other in zip(p.tolist(), q.tolist(), strict=True):
            joined = set().union(*(part for part in sets if part & {one, other}))
            sets = [joined, *(part for part in sets if not part & joined)]
        merged = equivalence._merged(block, p, q)
        assert len(np.unique(merged)) == len(sets)
        for part in sets:
            assert len(np.unique(merged[np.isin(block, list(part))])) == 1
