import numpy as np
import pytest
from doubles import WholeWords, words_up_to
from learning import minimal_dfas
from thorough import some_of

from nerode.automata.characterising import characterising_set
from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, equivalent
from nerode.datasets.languages import Dyck, counting
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches import conformance
from nerode.extraction.queries.searches.conformance import RandomWMethod, TransitionCoverage, WMethod


def words_of(search, hypothesis, budget):
    return [word for batch in search.batches(hypothesis, budget) for word in batch]


def by_definition(hypothesis, longest):
    """The words of the W-method with middles of up to so many letters."""
    access, middles = access_words(hypothesis), words_up_to(len(hypothesis.alphabet), longest)
    return {start + middle + end for start in access for middle in middles for end in [(), *characterising_set(hypothesis)]}


def end_states(automaton, word):
    """The state that a word leads to from each state."""
    states = np.arange(automaton.states)
    for letter in word:
        states = automaton.transitions[states, letter]
    return states


@pytest.mark.parametrize("letters", [1, 2])
def test_middles_of_k_letters_refute_every_teacher_of_less_than_k_more_states(letters):
    """All hypotheses of up to 2 states, with all of these as teachers and some of 3 states (Chow's theorem)."""
    hypotheses = minimal_dfas(2, letters)
    teachers = hypotheses + some_of([dfa for dfa in minimal_dfas(3, letters) if dfa.states == 3], 150)
    assert len(teachers) > len(hypotheses) >= 6
    for hypothesis in hypotheses:
        expected = by_definition(hypothesis, 4 - hypothesis.states)
        words = words_of(WMethod(), hypothesis, len(expected))
        assert set(words) == expected
        given = hypothesis.predict(words)
        for teacher in teachers:
            alike = teacher.states == hypothesis.states and equivalent(teacher, hypothesis)  # both are minimal
            assert alike == np.array_equal(teacher.predict(words), given)


@pytest.mark.parametrize("states", [2, 5, 11])
@pytest.mark.sampled(2)
def test_middles_of_fewer_letters_come_first(rng, states):
    hypothesis = random_dfa(rng, states, 2)
    expected = [by_definition(hypothesis, longest) for longest in range(4)]
    words = words_of(WMethod(), hypothesis, len(expected[-1]))
    assert len(words) == len(set(words))
    for part in expected:
        assert set(words[: len(part)]) == part


def test_random_words_of_the_w_method_have_middles_of_four_letters_on_average(rng):
    hypothesis = random_dfa(rng, 20, 2)
    words = words_of(RandomWMethod(rng), hypothesis, 5000)
    ends = {(), *characterising_set(hypothesis)}
    average = [np.mean([len(word) for word in each]) for each in (words, access_words(hypothesis), list(ends))]
    assert average[0] == pytest.approx(average[1] + 4 + average[2], abs=0.3)
    assert any(len(word) > 15 + max(map(len, ends)) for word in words)


@pytest.mark.parametrize("hypothesis", [random_dfa(np.random.default_rng(3), 15, 3), Dyck(1, 3, 2).dfa(), counting(4)])
def test_all_transitions_and_then_all_pairs_of_them_are_walked(rng, hypothesis):
    letters = len(hypothesis.alphabet)
    access = access_words(hypothesis)
    transitions = {(*start, letter) for start in access for letter in range(letters)}
    pairs = {(*walk, letter) for walk in transitions for letter in range(letters)}
    words = words_of(TransitionCoverage(rng), hypothesis, 20 * len(pairs))

    def walked(words, walks):
        return {word[:length] for word in words for length in {len(walk) for walk in walks}} >= walks

    assert walked(words[: len(transitions)], transitions)
    assert walked(words[: len(transitions) + len(pairs)], pairs)
    assert not walked(words[: len(transitions) // 2], transitions)
    assert len(words) == len(set(words)) == 20 * len(pairs)


def test_a_wrong_transition_is_found_in_each_state_of_a_large_hypothesis(rng):
    """Words that reach a transition and tell where it led find it within a few words a transition; random ones do not."""
    hypothesis = random_dfa(rng, 150, 2)
    for state in (70, 149):
        transitions = np.array(hypothesis.transitions)
        transitions[state, 1] = (transitions[state, 1] + 1) % 150
        teacher = WholeWords(DFA(hypothesis.alphabet, transitions, hypothesis.labels))
        for search in (WMethod(), TransitionCoverage(rng), RandomWMethod(rng)):
            assert any(search.look(hypothesis, Labels(teacher), 3000)), search.name


@pytest.mark.parametrize("hypothesis", [counting(400), random_dfa(np.random.default_rng(1), 2000, 4)])
def test_of_large_hypotheses_some_states_are_told_apart(hypothesis):
    """The words that tell all states of a large hypothesis apart may be as many as these, and as long."""
    endings = conformance._endings(hypothesis)
    assert len(endings) <= 2 * conformance.MOST_STATES
    signatures = np.stack([hypothesis.labels[end_states(hypothesis, word)] for word in endings], axis=1)
    assert len(np.unique(signatures, axis=0)) >= conformance.MOST_STATES // 2
