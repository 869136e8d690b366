"""Groups of states: a tree of all of them, told apart by suffixes that are right."""

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.groups import MOST_PARTS, MOST_STATES, groups, separating_suffixes
from nerode.automata.operations import minimise
from nerode.words import Alphabet


def random_dfa(rng, states, letters, classes=2):
    transitions = rng.integers(0, states, (states, letters))
    return DFA(Alphabet(tuple("abcdef"[:letters])), transitions, rng.integers(0, classes, states), classes=classes)


def label_after(dfa, state, suffix):
    for letter in suffix:
        state = int(dfa.transitions[state, letter])
    return int(dfa.labels[state])


def leaves(group):
    return [group.states] if not group.parts else [states for part in group.parts for states in leaves(part)]


def all_groups(group):
    return [group, *(below for part in group.parts for below in all_groups(part))]


@pytest.mark.parametrize(("states", "letters", "classes"), [(1, 1, 2), (5, 2, 2), (60, 2, 2), (300, 3, 2), (400, 2, 5)])
def test_each_state_is_in_one_leaf_and_what_tells_a_group_apart_is_true(rng, states, letters, classes):
    dfa = random_dfa(rng, states, letters, classes)
    whole = groups(dfa, rng.random(states))
    assert sorted(np.concatenate(leaves(whole)).tolist()) == list(range(states))
    assert all(len(leaf) == 1 for leaf in leaves(whole))
    checked = 0
    for group in all_groups(whole):
        assert len(group.parts) <= max(MOST_PARTS, MOST_STATES)
        if group.parts:
            assert sorted(np.concatenate([part.states for part in group.parts]).tolist()) == group.states.tolist()
        for suffix, label in group.told:
            assert {label_after(dfa, state, suffix) for state in group.states.tolist()} == {label}
            checked += 1
    assert checked or states <= MOST_STATES


def test_siblings_differ_in_what_tells_them_apart(rng):
    dfa = minimise(random_dfa(rng, 200, 3))
    for group in all_groups(groups(dfa, np.ones(dfa.states))):
        told = [part.told for part in group.parts if part.parts]
        assert len(set(told)) == len(told)


def test_states_that_words_visit_are_parted_first(rng):
    dfa = minimise(random_dfa(rng, 400, 3))
    visits = np.zeros(dfa.states)
    visits[:4] = 1.0
    parts = [{*part.states.tolist()} for part in groups(dfa, visits).parts]
    assert all(len(part & {0, 1, 2, 3}) <= 1 for part in parts)


def test_suffixes_part_all_states_of_a_minimal_automaton(rng):
    dfa = minimise(random_dfa(rng, 80, 2))
    suffixes, labels = separating_suffixes(dfa)
    slow = np.array([[label_after(dfa, state, suffix) for state in range(dfa.states)] for suffix in suffixes])
    np.testing.assert_array_equal(labels, slow)
    assert len(np.unique(labels, axis=1).T) == dfa.states
    assert suffixes[0] == ()
    assert [len(suffix) for suffix in suffixes] == sorted(map(len, suffixes))


def test_states_that_nothing_tells_apart_stay_findable():
    alike = DFA(Alphabet(("a",)), (np.arange(500)[:, None] + 1) % 500, np.zeros(500, np.int64))
    whole = groups(alike, np.ones(500))
    assert sorted(np.concatenate(leaves(whole)).tolist()) == list(range(500))
    assert len(whole.parts) <= MOST_PARTS
