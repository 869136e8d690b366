import math

import numpy as np
import pytest
from doubles import Stepping, WholeWords, random_words, words_up_to
from learning import Shaky
from thorough import up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.counterexamples import (
    Evidence,
    count_contradictions,
    distinct,
    evidence,
    growth_limit,
    states_along,
)
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.words import Alphabet, pack


def right_on_access_words(hypothesis, target):
    """The hypothesis with the labels that the target gives its access words, as learners have it."""
    labels = target.predict(access_words(hypothesis))
    return DFA(hypothesis.alphabet, hypothesis.transitions, labels, hypothesis.initial, hypothesis.classes)


def continuations_of(labels, hypothesis):
    """Of the access words of a hypothesis, in the order of its states."""
    made = Continuations(labels)
    access = access_words(hypothesis)
    for state, word in enumerate(access[1:], start=1):
        made.add(np.array([access.index(word[:-1])]), np.array([word[-1]]))
        assert made.access[state] == word
    return made


def explain(teacher, hypothesis, words, band=0.0):
    continuations = continuations_of(Labels(teacher, band), hypothesis)
    return evidence(hypothesis, continuations, continuations.answers(words))


def test_states_along_words(rng):
    dfa = random_dfa(rng, 7, 3)
    words = random_words(rng, 3, 20, 10)
    symbols, _ = pack(words)
    paths = states_along(dfa, symbols, dfa.initial)
    assert paths.shape == (20, symbols.shape[1] + 1)
    for word, path in zip(words, paths.tolist(), strict=True):
        assert path[0] == dfa.initial
        assert all(path[i + 1] == dfa.transitions[path[i], letter] for i, letter in enumerate(word))
    starts = rng.integers(7, size=20)
    assert states_along(dfa, symbols, starts)[:, 0].tolist() == starts.tolist()


@pytest.mark.parametrize("make", [Stepping, WholeWords])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", up_to(4, 500))
def test_the_transition_is_wrong(make, seed, classes):
    """The suffix tells the access word of the state and the letter from that of the target; the word ends with it."""
    rng = np.random.default_rng(seed)
    target = random_dfa(rng, 12, 2, classes)
    hypothesis = right_on_access_words(random_dfa(rng, 4, 2, classes), target)
    access = access_words(hypothesis)
    words = [*words_up_to(2, 6), *random_words(rng, 2, 50, 40)]
    found = explain(make(target), hypothesis, words)
    wrong = (target.predict(words) != hypothesis.predict(words)).tolist()
    assert list(found) == list(dict.fromkeys(word for word, differs in zip(words, wrong, strict=True) if differs))
    assert len(found) > 20
    for word, each in found.items():
        cut = len(word) - len(each.suffix)
        assert word[cut:] == each.suffix
        assert word[cut - 1] == each.letter
        symbols, _ = pack([word])
        path = states_along(hypothesis, symbols, hypothesis.initial)[0].tolist()
        assert (each.state, each.target) == (path[cut - 1], path[cut])
        one, other = (*access[each.state], each.letter, *each.suffix), access[each.target] + each.suffix
        assert target.predict([one])[0] != target.predict([other])[0]


def test_few_questions_are_asked(rng):
    """2 log₂ |word| and one or two; and suffixes that are found from the end are short."""
    target = random_dfa(rng, 12, 2)
    hypothesis = right_on_access_words(random_dfa(rng, 4, 2), target)
    lengths = []
    for word in random_words(rng, 2, 60, 300):
        teacher = WholeWords(target)
        found = explain(teacher, hypothesis, [word])
        assert len(teacher.asked) <= 2 + 2 * math.ceil(math.log2(max(1, len(word))))
        if found:
            lengths.append(len(found[word].suffix))
    assert len(lengths) > 10
    assert np.median(lengths) < 20


def test_few_questions_find_a_place_far_from_the_end():
    """The steps towards the beginning double."""
    teacher, word = WholeWords(EVEN), (0, *(1,) * 1000)
    assert explain(teacher, EVERYTHING, [word]) == {word: Evidence(0, 0, 0, (1,) * 1000)}
    assert len(teacher.asked) <= 22


def test_what_a_word_is_said_to_be_is_not_asked_again():
    teacher, word = WholeWords(EVEN), (0, *(1,) * 1000)
    assert word in evidence(EVERYTHING, Continuations(Labels(teacher)), {word: 0})
    assert teacher.asked
    assert word not in teacher.asked


def test_one_word_and_many_are_explained_alike(rng):
    target = random_dfa(rng, 12, 3)
    hypothesis = right_on_access_words(random_dfa(rng, 5, 3), target)
    words = random_words(rng, 3, 100, 30)
    alone = [explain(target, hypothesis, [word]) for word in words]
    assert explain(target, hypothesis, words) == {word: each for found in alone for word, each in found.items()}
    assert explain(target, hypothesis, []) == {}


EVEN = DFA(Alphabet.of_size(2), [[1, 0], [0, 1]], [1, 0])  # even number of 0s
EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ((0,), {(0,): Evidence(0, 0, 0, ())}),
        ((0, 0), {}),
        ((1, 0, 1), {(1, 0, 1): Evidence(0, 0, 0, (1,))}),
        ((0, 0, 0), {(0, 0, 0): Evidence(0, 0, 0, ())}),
        ((), {}),
    ],
)
def test_by_hand(word, expected):
    """Words with an even number of 0s against everything."""
    assert explain(EVEN, EVERYTHING, [word]) == expected


def test_the_empty_word_can_only_contradict_the_teacher():
    """The hypothesis says of ε what the teacher said; now that says otherwise, and no transition is to blame."""
    nothing = DFA(Alphabet.of_size(2), [[0, 0]], [0])
    assert evidence(nothing, Continuations(Labels(EVEN)), {(): 1}) == {}
    assert count_contradictions(nothing, {(): 1}) == 1


def test_words_that_are_no_counterexamples_any_more_are_counted():
    """Of these the hypothesis says 1: it is right about two, ε contradicts itself, and two are counterexamples still."""
    assert count_contradictions(EVERYTHING, {(0, 0): 1, (1,): 1, (): 0, (0,): 0, (0, 1): 0}) == 3
    assert count_contradictions(EVERYTHING, {(0,): 0}) == 0
    assert count_contradictions(EVERYTHING, {}) == 0


def test_words_of_which_the_teacher_is_unsure_teach_nothing(rng):
    target = random_dfa(rng, 12, 2)
    hypothesis = right_on_access_words(random_dfa(rng, 4, 2), target)
    teacher = Shaky(target, 0.3, 0)
    words = words_up_to(2, 8)
    found = explain(teacher, hypothesis, words, band=0.1)
    sure = Labels(teacher, 0.1).of(words)
    expected = (sure != UNSURE) & (sure != hypothesis.predict(words))
    assert list(found) == [word for word, differs in zip(words, expected.tolist(), strict=True) if differs and word]
    assert 20 < expected.sum() < (target.predict(words) != hypothesis.predict(words)).sum()


def test_of_a_transition_the_shortest_suffix_is_kept():
    found = [Evidence(0, 1, 2, (0, 0)), Evidence(0, 1, 2, (1,)), Evidence(0, 0, 2, (0, 0, 0)), Evidence(0, 1, 2, (0,))]
    assert distinct(found) == [Evidence(0, 1, 2, (1,)), Evidence(0, 0, 2, (0, 0, 0))]
    assert distinct([]) == []


def test_a_learner_has_learned_enough_when_its_states_have_doubled():
    """And no sooner than it has ten more: a hypothesis of one state cannot say much."""
    assert all(growth_limit(states) >= max(2 * states, states + 10) for states in range(1, 100))
    assert growth_limit(1000) < 2500
