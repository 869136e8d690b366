from itertools import islice

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction import searches
from nerode.extraction.searches import GivenWords, InTurn, NearAccessWords, RandomWords, disagreements
from nerode.sampling import uniform_words
from nerode.words import Alphabet, shortlex

BUDGETS = [0, 1, 999, 1000, 1001, 2500]


def uniform(rng, lengths, letters=2):
    return RandomWords(lambda count: uniform_words(rng, letters, rng.choice(lengths, count)))


def test_disagreements_are_all_of_them_once_in_shortlex_order(rng):
    target, hypothesis = random_dfa(rng, 9, 2), random_dfa(rng, 4, 2)
    words = [*random_words(rng, 2, 200, 8), *words_up_to(2, 3)]
    found = disagreements(hypothesis, target, words)
    wrong = {word for word in words if hypothesis.predict([word])[0] != target.predict([word])[0]}
    assert wrong
    assert found == sorted(wrong, key=shortlex)
    assert disagreements(target, target, words) == []
    assert disagreements(target, target, []) == []


def test_disagreements_compare_labels_of_other_widths():
    """One says margins, the other a score a class."""
    two = tomita(4)
    many = DFA(two.alphabet, two.transitions, 2 * np.array(two.labels), classes=3)
    words = words_up_to(2, 4)
    assert disagreements(two, many, words) == [word for word in words if two.predict([word])[0] == 1]


@pytest.mark.parametrize("budget", BUDGETS)
def test_given_words_are_gone_through_in_order(rng, budget):
    words = random_words(rng, 2, 2200, 9)
    batches = list(GivenWords(words).batches(tomita(1), budget))
    assert [word for batch in batches for word in batch] == words[:budget]
    assert all(0 < len(batch) <= 1000 for batch in batches)
    assert list(GivenWords([]).batches(tomita(1), budget)) == []


@pytest.mark.parametrize("budget", BUDGETS)
def test_uniform_words_have_given_lengths(rng, budget):
    batches = list(uniform(rng, np.array([0, 4, 4, 7]), letters=3).batches(random_dfa(rng, 3, 3), budget))
    words = [word for batch in batches for word in batch]
    assert len(words) == budget
    assert all(0 < len(batch) <= 1000 for batch in batches)
    assert {len(word) for word in words} <= {0, 4, 7}
    if budget > 900:
        assert {letter for word in words for letter in word} == {0, 1, 2}
        assert np.mean([len(word) == 4 for word in words]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("budget", BUDGETS)
def test_words_near_the_states_of_the_hypothesis(rng, budget):
    hypothesis = random_dfa(rng, 12, 2)
    access = access_words(hypothesis)
    batches = list(NearAccessWords(rng, longest=3).batches(hypothesis, budget))
    assert sum(map(len, batches)) == budget
    extended = [word for batch in batches for word in batch[: len(batch) // 2]]
    assert all(any(word[: len(start)] == start and len(word) <= len(start) + 3 for start in access) for word in extended)
    longest = max(map(len, access)) + 3
    assert all(len(word) <= longest + 3 for batch in batches for word in batch)
    if budget > 900:
        assert all(any(word[: len(start)] == start for word in extended) for start in access)


def test_a_chain_is_found_by_words_near_its_end(rng):
    """Of words with 20 letters, only those that begin with ten 0s show the difference; uniform ones hardly ever do."""
    chain = [[min(state + 1, 12), 12] for state in range(11)] + [[11, 11], [12, 12]]
    chain[10] = [11, 12]
    labels = [0] * 11 + [1, 0]
    target = DFA(Alphabet.of_size(2), chain, labels)
    rejecting = DFA(Alphabet.of_size(2), chain, [0] * 13)
    assert target.predict([(0,) * 11, (0,) * 10, (0,) * 11 + (1, 0)]).tolist() == [1, 0, 1]
    near = InTurn((NearAccessWords(rng, longest=5),))
    random = InTurn((uniform(rng, np.array([20])),))
    assert near.find(rejecting, target, 1000)
    assert random.find(rejecting, target, 1000) == []


class Script:
    """A search that looks through prepared batches and says when it is asked."""

    def __init__(self, name, batches, log):
        self.name, self.prepared, self.log = name, batches, log

    def batches(self, hypothesis, budget):
        for batch in self.prepared:
            self.log.append(self.name)
            yield batch


EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])
RIGHT, WRONG = [(0, 1)], [(0, 0, 0), (0,) * 4, (0, 1)]  # no 000


def test_searches_take_turns_until_one_finds_something():
    log = []
    first, second, third = (
        Script("first", [RIGHT, RIGHT], log),
        Script("second", [RIGHT], log),
        Script("third", [RIGHT, RIGHT, RIGHT, WRONG, RIGHT], log),
    )
    found = InTurn((first, second, third)).find(EVERYTHING, tomita(4), 10)
    assert found == [(0, 0, 0), (0, 0, 0, 0)]
    assert log == ["first", "second", "third", "first", "third", "third", "third"]


def test_nothing_is_found_where_all_have_looked():
    log = []
    assert InTurn((Script("one", [RIGHT, RIGHT], log), Script("other", [], log))).find(EVERYTHING, tomita(4), 10) == []
    assert log == ["one", "one"]
    assert InTurn(()).find(EVERYTHING, tomita(4), 10) == []


@pytest.mark.parametrize("budget", BUDGETS)
def test_no_search_asks_more_than_its_budget(rng, budget):
    teacher = WholeWords(EVERYTHING)
    search = InTurn((GivenWords(random_words(rng, 2, 5000, 6)), NearAccessWords(rng, 4), uniform(rng, np.array([5]))))
    assert search.find(EVERYTHING, teacher, budget) == []
    assert len(teacher.asked) == 3 * budget


def test_a_given_word_is_found_before_anything_else_is_asked(rng):
    teacher = WholeWords(tomita(4))
    search = InTurn((GivenWords([(0, 0, 0)]), NearAccessWords(rng, 4)))
    assert search.find(EVERYTHING, teacher, 5000) == [(0, 0, 0)]
    assert teacher.asked == [(0, 0, 0)]


def test_words_are_fresh_in_every_round(rng):
    search = uniform(rng, np.array([12]))
    first, second = (next(search.batches(EVERYTHING, 1000)) for _ in range(2))
    assert first != second


def test_a_seed_replays(monkeypatch):
    monkeypatch.setattr(searches, "BATCH", 7)
    hypothesis = tomita(7)

    def words(seed):
        rng = np.random.default_rng(seed)
        kinds = NearAccessWords(rng, 6), uniform(rng, np.arange(9))
        return [batch for kind in kinds for batch in islice(kind.batches(hypothesis, 50), 9)]

    assert words(3) == words(3)
    assert words(3) != words(4)
