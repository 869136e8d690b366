import numpy as np
import pytest
from doubles import WholeWords, as_weights, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.difference import Difference
from nerode.words import Alphabet, shortlex


def wrong(a, b, letters=2, longest=8):
    return [word for word in words_up_to(letters, longest) if a.predict([word])[0] != b.predict([word])[0]]


def test_only_disagreements_of_the_two_automata_are_asked_shortest_first(rng):
    target, guess, hypothesis = (random_dfa(rng, states, 2) for states in (8, 6, 4))
    teacher = WholeWords(target)
    found = [
        word for batch in Difference(lambda: as_weights(guess), rng, 8).look(hypothesis, Labels(teacher), 300) for word in batch
    ]
    suspects = wrong(guess, hypothesis)
    assert teacher.asked[: len(suspects)] == suspects[:300]
    true = {word for word in teacher.asked if target.predict([word])[0] != hypothesis.predict([word])[0]}
    assert set(found) == true != set()


def test_a_right_automaton_asks_hardly_anything(rng):
    target = random_dfa(rng, 30, 3)
    hypothesis = random_dfa(rng, 5, 3)
    teacher = WholeWords(target)
    search = Difference(lambda: as_weights(target), rng, 9)
    first = next(iter(search.look(hypothesis, Labels(teacher), 20)))
    assert first == teacher.asked == wrong(target, hypothesis, 3, 4)[:20]
    asked = len(teacher.asked)
    assert not any(search.look(target, Labels(teacher), 1000))
    assert len(teacher.asked) == asked


def test_short_words_are_asked_once_and_known_from_then_on(rng):
    """The automaton is wrong wherever the hypothesis is right, which costs a question a word, once."""
    target = tomita(4)
    opposite = DFA(target.alphabet, target.transitions, 1 - target.labels)
    teacher = WholeWords(target)
    search = Difference(lambda: as_weights(opposite), rng, 6)
    assert not any(search.look(target, Labels(teacher), 127))
    assert teacher.asked == words_up_to(2, 6)
    everything = DFA(target.alphabet, [[0, 0]], [1])
    found = next(iter(search.look(everything, Labels(teacher), 500)))
    assert found == wrong(target, everything, longest=6)
    assert len(teacher.asked) == 127


def test_what_lies_beyond_short_words_is_looked_at_too(rng):
    """Twenty letters differ only behind 0¹⁸; the hypothesis knows the way there."""
    n = 21
    chain = np.stack([np.minimum(np.arange(n) + 1, n - 1), np.full(n, n - 1)], axis=1)
    target, hypothesis = (DFA(Alphabet.of_size(2), chain, np.arange(n) == last) for last in (18, 17))
    teacher = WholeWords(target)
    found = [
        word for batch in Difference(lambda: as_weights(target), rng, 5).look(hypothesis, Labels(teacher), 50) for word in batch
    ]
    assert set(found) == {(0,) * 17, (0,) * 18}
    assert set(teacher.asked) == set(found)


def test_the_automaton_is_made_once_and_when_it_is_needed(rng):
    made = []

    def make():
        made.append(1)

    search = Difference(make, rng, 8)
    assert made == []
    for _ in range(3):
        assert list(search.look(tomita(1), Labels(tomita(2)), 100)) == []
    assert made == [1]


@pytest.mark.parametrize("letters", [1, 2, 400, 100_001])
def test_alphabets_of_any_size(rng, letters):
    hypothesis = DFA(Alphabet.of_size(letters), np.zeros((1, letters), int), [0])
    transitions = np.ones((2, letters), int)
    transitions[0, 0] = 0
    target = DFA(Alphabet.of_size(letters), transitions, [0, 1] if letters > 1 else [1, 0])
    teacher = WholeWords(target)
    found = next(batch for batch in Difference(lambda: as_weights(target), rng, 7).look(hypothesis, Labels(teacher), 5) if batch)
    assert len(teacher.asked) <= 5
    assert found == sorted(found, key=shortlex)


def test_scores_that_are_no_numbers_are_no_reason_to_ask(rng):
    """The automaton grows by 10¹⁰⁰ a letter: of words of four letters and more it says inf."""
    growing = WFA(Alphabet.of_size(2), np.ones(1), np.full((2, 1, 1), 1e100), np.full((1, 1), -1.0))
    everything, nothing = (DFA(Alphabet.of_size(2), [[0, 0]], [label]) for label in (1, 0))
    teacher = WholeWords(nothing)
    list(Difference(lambda: growing, rng, 9).look(everything, Labels(teacher), 1000))
    assert teacher.asked == words_up_to(2, 3)
