"""Reading aids, held to loops over prefixes that follow their definitions."""

from dataclasses import replace

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.errors import InputError
from nerode.eval.reading import reading
from nerode.links import NextSymbol
from nerode.words import Alphabet

LETTERS = 3


def random_wfa(rng, states=5, width=2):
    return WFA(
        Alphabet.of_size(LETTERS),
        rng.normal(size=states),
        rng.normal(size=(LETTERS, states, states)) / states,
        rng.normal(size=(states, width)),
    )


def random_words(rng, count=40, longest=9, letters=LETTERS):
    return [tuple(rng.integers(letters, size=length).tolist()) for length in rng.integers(longest + 1, size=count)]


def slow_dfa(a, words):
    """Counts as the definitions say: one state at a time, one letter at a time."""
    visits = np.zeros(a.states)
    moved = np.zeros((len(a.alphabet), a.states))
    readings = np.zeros(len(a.alphabet), int)
    for word in words:
        state = a.initial
        visits[state] += 1
        for letter in word:
            after = a.transitions[state, letter]
            for i in range(a.states):
                moved[letter, i] += (state == i) != (after == i)
            readings[letter] += 1
            visits[after] += 1
            state = after
    return visits / visits.sum(), moved / readings[:, None], readings


def slow_wfa(a, words):
    """Means of products that are each written out."""
    sizes, masses = [], []
    moves = {letter: [] for letter in range(len(a.alphabet))}
    for word in words:
        for k in range(len(word) + 1):
            back = a.final
            for letter in reversed(word[k:]):
                back = a.transitions[letter] @ back
            sizes.append((back**2).mean(axis=1))
            forward = a.initial
            for letter in word[:k]:
                before, forward = forward, forward @ a.transitions[letter]
            masses.append(np.abs(forward))
            if k:
                moves[word[k - 1]].append(np.abs(forward - before))
    size = np.sqrt(np.mean(sizes, axis=0))
    mass = np.mean(masses, axis=0) * size
    return mass / mass.sum(), np.array([np.mean(rows, axis=0) for rows in moves.values()]) * size / mass.sum()


@pytest.mark.parametrize("make", [random_dfa, random_pdfa])
@pytest.mark.parametrize("states", [1, 2, 7])
def test_deterministic_automata_are_counted(rng, make, states):
    automaton = make(rng, states, LETTERS)
    words = random_words(rng)
    visits, movement, readings = slow_dfa(automaton, words)
    found = reading(automaton, words)
    np.testing.assert_allclose(found.visits, visits, rtol=1e-12)
    np.testing.assert_allclose(found.movement, movement, rtol=1e-12, atol=1e-15)
    assert found.readings.tolist() == readings.tolist()


@pytest.mark.parametrize(("states", "width"), [(1, 1), (5, 1), (5, 3), (3, 6)])
def test_weighted_automata_are_averaged(rng, states, width):
    automaton = random_wfa(rng, states, width)
    words = random_words(rng)
    visits, movement = slow_wfa(automaton, words)
    found = reading(automaton, words)
    np.testing.assert_allclose(found.visits, visits, rtol=1e-10)
    np.testing.assert_allclose(found.movement, movement, rtol=1e-10)


def test_a_dfa_reads_alike_as_a_weighted_automaton(rng):
    """Where every state weighs alike in what follows, one coordinate a state is the same thing."""
    cycle = DFA(Alphabet.of_size(2), np.array([[1, 0], [2, 1], [0, 2]]), np.array([1, 0, 0]))
    weights = np.zeros((2, 3, 3))
    for state in range(3):
        for letter in range(2):
            weights[letter, state, cycle.transitions[state, letter]] = 1
    weighted = WFA(cycle.alphabet, np.eye(3)[0], weights, np.ones((3, 1)))
    words = random_words(rng, letters=2)
    np.testing.assert_allclose(reading(weighted, words).visits, reading(cycle, words).visits)
    np.testing.assert_allclose(reading(weighted, words).movement, reading(cycle, words).movement)


def test_the_scale_of_states_and_scores_makes_no_difference(rng):
    automaton = random_wfa(rng)
    scales = np.array([1e-6, 3.0, -2.0, 1e5, 0.1])
    scaled = replace(
        automaton,
        initial=automaton.initial * scales * 50,
        transitions=automaton.transitions / scales[:, None] * scales,
        final=automaton.final / scales[:, None],
    )
    words = random_words(rng)
    np.testing.assert_allclose(reading(scaled, words).visits, reading(automaton, words).visits, rtol=1e-9)
    np.testing.assert_allclose(reading(scaled, words).movement, reading(automaton, words).movement, rtol=1e-9)


def test_batches_are_put_together(rng, monkeypatch):
    words = random_words(rng)
    for automaton in (random_dfa(rng, 4, LETTERS), random_wfa(rng)):
        whole = reading(automaton, words)
        with monkeypatch.context() as patch:
            patch.setattr("nerode.stepping.BATCH", 7)
            parts = reading(automaton, words)
        np.testing.assert_allclose(parts.visits, whole.visits)
        np.testing.assert_allclose(parts.movement, whole.movement)


def test_letters_that_are_never_read_move_nothing_that_is_known(rng):
    for automaton in (random_dfa(rng, 4, LETTERS), random_wfa(rng)):
        found = reading(automaton, ["0 0", "2 0", ""])
        assert found.readings.tolist() == [3, 0, 1]
        assert np.isnan(found.movement).all(axis=1).tolist() == [False, True, False]
        assert not np.isnan(found.movement[[0, 2]]).any()


def test_a_function_that_is_zero_is_visited_nowhere(rng):
    nothing = replace(random_wfa(rng), final=np.zeros((5, 2)))
    found = reading(nothing, random_words(rng))
    assert not found.visits.any()
    assert not found.movement.any()


def test_the_empty_word_is_a_prefix(rng):
    automaton = random_dfa(rng, 4, LETTERS)
    assert reading(automaton, [""]).visits.tolist() == np.eye(4)[automaton.initial].tolist()


def test_language_models_with_more_scores_than_states(rng):
    automaton = replace(random_wfa(rng, 2, 4), link=NextSymbol(LETTERS))
    words = random_words(rng)
    np.testing.assert_allclose(reading(automaton, words).visits, slow_wfa(automaton, words)[0], rtol=1e-10)


def test_what_cannot_be_read_is_refused(rng):
    with pytest.raises(InputError, match="at least one word"):
        reading(random_wfa(rng), [])
    with pytest.raises(InputError, match="unknown symbol"):
        reading(random_wfa(rng), ["7"])
    growing = WFA(Alphabet.of_size(1), np.ones(1), np.full((1, 1, 1), 1e10), np.ones((1, 1)))
    with pytest.raises(InputError, match="overflow"):
        reading(growing, [(0,) * 100])
