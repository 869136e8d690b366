from itertools import islice

import numpy as np
import pytest
from doubles import Noisy, WholeWords, random_words

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.extraction.queries.searches import words as searches
from nerode.extraction.queries.searches.base import BATCH, InTurn
from nerode.extraction.queries.searches.drawn import FromHypothesis
from nerode.extraction.queries.searches.words import GivenWords, NearAccessWords, RandomWords
from nerode.sampling import uniform_words
from nerode.words import Alphabet, shortlex

BUDGETS = [0, 1, 999, 1000, 1001, 2500]
EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


def uniform(rng, lengths, letters=2):
    return RandomWords(lambda count: uniform_words(rng, letters, rng.choice(lengths, count)))


def test_given_words_are_asked_once_shortest_first_in_all_rounds(rng):
    words = random_words(rng, 2, 4000, 15)
    distinct = sorted(set(words), key=shortlex)
    teacher = WholeWords(EVERYTHING)
    labels, search = Labels(teacher), GivenWords(words)
    for asked in (700, 1400, 2100, len(distinct), len(distinct)):
        budget = 700 if asked < len(distinct) else len(distinct)
        assert not any(search.look(EVERYTHING, labels, budget))
        assert teacher.asked == distinct[:asked]


def test_what_was_said_of_given_words_refutes_later_hypotheses_for_nothing(rng):
    target, hypothesis = tomita(5), random_dfa(rng, 5, 2)
    words = sorted(set(random_words(rng, 2, 3000, 15)), key=shortlex)
    teacher = WholeWords(target)
    labels, search = Labels(teacher), GivenWords(words)
    assert not any(search.look(target, labels, 1500))
    asked = len(teacher.asked)
    found = next(search.look(hypothesis, labels, 1500))
    wrong = [word for word in words[:1000] if target.predict([word])[0] != hypothesis.predict([word])[0]]
    assert found == wrong
    assert len(teacher.asked) == asked == 1500


def test_words_given_to_a_fickle_teacher_have_the_class_that_was_said_first(rng):
    labels = Labels(Noisy(tomita(4), 0.3, seed=1))
    search = GivenWords(random_words(rng, 2, 500, 9))
    first = [word for batch in search.look(tomita(4), labels, 500) for word in batch]
    again = [word for batch in search.look(tomita(4), labels, 500) for word in batch]
    assert first == again != []


def test_given_words_in_the_band_are_never_counterexamples(rng):
    class Doubtful(Labels):
        def of(self, words):
            return np.where([len(word) % 2 == 0 for word in words], UNSURE, super().of(words))

    search = GivenWords(random_words(rng, 2, 1000, 9))
    for _ in range(2):
        found = [word for batch in search.look(EVERYTHING, Doubtful(tomita(4)), 1000) for word in batch]
        assert found
        assert all(len(word) % 2 for word in found)


@pytest.mark.parametrize("budget", BUDGETS)
def test_uniform_words_have_given_lengths(rng, budget):
    batches = list(uniform(rng, np.array([0, 4, 4, 7]), letters=3).batches(random_dfa(rng, 3, 3), budget))
    words = [word for batch in batches for word in batch]
    assert len(words) == budget
    assert all(0 < len(batch) <= BATCH for batch in batches)
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
    assert near.find(rejecting, Labels(target), 1000)
    assert random.find(rejecting, Labels(target), 1000) == []


def test_words_of_the_hypothesis_are_of_all_classes_and_some_are_mutated(rng):
    """Of uniform words one in a hundred is balanced; half of the words are drawn to be, and some of these lose it again."""
    hypothesis = Dyck(2, 3).dfa()
    assert hypothesis.predict(uniform_words(rng, 4, np.full(4000, 12))).mean() < 0.01
    (words,) = FromHypothesis(rng, np.array([12])).batches(hypothesis, 1000)
    assert len(words) == 1000
    assert 0.25 < hypothesis.predict(words).mean() < 0.45


def test_letters_that_act_alike_do_not_crowd_out_the_others(rng):
    """Brackets are two of 28 letters; in words in which the 26 fillers count together they are a third of three."""
    hypothesis = Dyck(1, 3, 26).dfa()
    words = [word for batch in FromHypothesis(rng, np.array([30])).batches(hypothesis, 2000) for word in batch]
    balanced = [word for word, label in zip(words, hypothesis.predict(words).tolist(), strict=True) if label and len(word) > 20]
    shares = np.array([np.mean(np.array(word) < 2) for word in balanced])
    assert len(balanced) > 200
    assert np.mean(shares > 0.4) > 0.2
    assert np.mean(shares < 0.2) > 0.2


def test_a_sparse_language_is_refuted_by_words_of_the_hypothesis(rng):
    """Brackets one level deeper than the hypothesis knows; uniform words do not find them."""
    target, hypothesis = Dyck(1, 4, 26).dfa(), Dyck(1, 3, 26).dfa()
    assert not any(uniform(rng, np.arange(25), letters=28).look(hypothesis, Labels(target), 10_000))
    assert any(FromHypothesis(rng, np.arange(25)).look(hypothesis, Labels(target), 10_000))


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
