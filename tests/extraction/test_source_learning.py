from collections import Counter
from itertools import chain

import numpy as np
import pytest
from counted import distinct_words, repeats, threes
from doubles import WholeWords, random_words

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck, tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.extraction.source import LONGEST_OF_MODEL, PORTION, SHARE, WordSource
from nerode.words import Alphabet


def test_a_classifier_without_given_words_gets_words_of_many_kinds(rng):
    source = WordSource(rng, random_dfa(rng, 3, 20), [], longest=15)
    assert source.invented
    words = source.invent(20_001)
    assert len(words) == 20_001
    assert {len(word) for word in words} == set(range(16))
    uniform = repeats(random_words(rng, 20, 20_000, 15))
    assert repeats(words) > 1.5 * uniform
    # the kinds are mixed, so that a part of the words is like the whole
    assert repeats(words[:10_000]) == pytest.approx(repeats(words[10_000:]), rel=0.2)
    assert source.keep(10, 0.2) != source.keep(10, 0.2)


def test_prefixes_of_long_words_have_all_lengths_equally_often(rng):
    source = WordSource(rng, random_dfa(rng, 3, 20), [], longest=15)
    first, *others = source.for_prefixes(6000)
    words = [*first, *chain.from_iterable(others)]
    assert len(first) == PORTION
    assert [len(word) for word in words] == [15] * 6000
    assert repeats(words) > 1.5 * repeats([tuple(word) for word in rng.integers(20, size=(6000, 15)).tolist()])


def test_given_words_are_learned_from_first(rng):
    model = random_pdfa(rng, 4, 2)
    given = WordSource(rng, model, distinct_words(40))
    many = WordSource(rng, model, distinct_words(PORTION - 1) * 2)
    assert [len(words) for words in many.for_prefixes(10**4)] == [PORTION, PORTION - 2, 10**4 - 2 * PORTION + 2]
    first, second = given.for_prefixes(100)
    assert first == given.learn(40) == given.given
    assert len(second) == 60
    assert list(given.for_prefixes(7)) == [given.given[:7]]


def test_a_classifier_is_learned_from_given_and_random_words_in_turn(rng):
    """Also where there are more given ones than are learned from."""
    few = WordSource(rng, random_dfa(rng, 3, 3), threes(40))
    first, second = few.for_prefixes(100)
    assert first[::2] == few.given
    assert not set(first[1::2]) & set(few.given)
    assert (len(first), len(second)) == (80, 20)
    assert few.learn(100)[:80:2] == few.given
    assert few.learn(7)[:6:2] == few.given[:3]
    assert len(few.learn(7)) == 7
    many = WordSource(rng, random_dfa(rng, 3, 3), threes(4000))
    assert [len(words) for words in many.for_prefixes(2 * PORTION)] == [PORTION, 8000 - PORTION, 2 * PORTION - 8000]
    learned = many.learn(3000)
    assert learned[::2] == many.given[:1500]
    assert not set(learned[1::2]) & set(many.given)


def test_the_teacher_of_labels_is_not_asked(rng):
    teacher = WholeWords(tomita(1))
    source = WordSource(rng, teacher, [])
    source.invent(100)
    source.keep(100, 0.5)
    source.around(tomita(4), 10)
    assert teacher.asked == []


def test_a_language_model_draws_from_itself(rng):
    teacher = random_pdfa(rng, 4, 3)
    words = WordSource(rng, teacher, []).invent(4000)
    assert len(words) == 4000
    assert np.mean([word == () for word in words]) == pytest.approx(teacher.probabilities[0, -1], abs=0.03)
    first = Counter(word[0] for word in words if word)
    for letter in range(3):
        assert first[letter] / 4000 == pytest.approx(teacher.probabilities[0, letter], abs=0.04)
    assert max(map(len, words)) <= LONGEST_OF_MODEL


def test_a_model_of_the_model_draws_in_its_place(rng):
    asked, model = WholeWords(random_pdfa(rng, 3, 2)), WholeWords(random_pdfa(rng, 3, 2))
    source = WordSource(rng, asked, [], 20, queries=50)
    other = source.drawn_from(model)
    assert len(other.invent(100)) == 100
    assert asked.asked == []
    assert len(model.asked) > 100
    assert source.invent(1)
    assert asked.asked


def test_a_language_model_with_given_words_does_not(rng):
    teacher = WholeWords(random_pdfa(rng, 4, 3))
    assert len(WordSource(rng, teacher, [(0, 1)]).invent(50)) == 50
    assert teacher.asked == []


@pytest.mark.parametrize(("queries", "most"), [(None, 300), (SHARE * 20 * 7, 7), (1, 1), (10**9, 300)])
def test_few_queries_are_not_spent_on_drawing(rng, queries, most):
    teacher = WholeWords(random_pdfa(rng, 4, 3))
    assert len(WordSource(rng, teacher, [], queries=queries, longest=20).invent(300)) == most
    assert len(teacher.asked) <= most * 21


def test_words_around_states_reach_them_all_and_are_no_longer_than_others(rng):
    """Also those that uniform words hardly reach: here the chance of nine 0s in a row is one in 26 ** 9."""
    n = 9
    transitions = np.full((n + 1, 26), n)  # 0s lead from state to state, all else to a trap
    transitions[np.arange(n), 0] = np.minimum(np.arange(n) + 1, n - 1)
    chain = DFA(Alphabet.of_size(26), transitions, np.arange(n + 1) % 2)
    words = WordSource(rng, chain, [], longest=12).around(chain, 2000)
    assert 1000 < len(words) <= 2000
    assert max(map(len, words)) == 12
    zeros = Counter(min(n - 1, next((i for i, letter in enumerate(word) if letter), len(word))) for word in words)
    assert all(zeros[state] > 20 for state in range(n))
    behind = Counter(word[n - 1] for word in words if len(word) >= n and word[: n - 1] == (0,) * (n - 1))
    assert len(behind) > 13  # what follows is not the chain alone


def test_half_of_the_words_around_states_are_of_a_class_or_nearly(rng):
    """Of uniform words over two kinds of brackets hardly any is balanced."""
    brackets = Dyck(2, 3).dfa()
    words = WordSource(rng, brackets, [], longest=30).around(brackets, 2000)
    balanced = [brackets.predict(part).mean() for part in (words[:1000], words[1000:])]
    assert balanced[0] < 0.1
    assert balanced[1] > 0.2
    assert max(map(len, words)) <= 30
    assert len({len(word) for word in words}) > 25


def test_nothing_is_drawn_around_states_where_words_are_given(rng):
    assert WordSource(rng, tomita(1), [(0,)]).around(tomita(4), 10) == []


@pytest.mark.parametrize("given", [[], distinct_words(60)])
def test_a_seed_replays(given):
    def draws(seed):
        source = WordSource(np.random.default_rng(seed), tomita(1), given)
        return source.keep(20, 0.5), source.invent(30), source.around(tomita(4), 10), source.given

    assert draws(1) == draws(1)
    assert draws(1)[1] != draws(2)[1]


def test_given_words_are_left_alone(rng):
    given = random_words(rng, 2, 30, 5)
    copy = list(given)
    WordSource(rng, tomita(1), given).keep(20, 0.5)
    assert given == copy


def test_words_near_the_given_ones_are_made_of_them(rng):
    """Beside given words none of other letters at a place are learned, nor weighed on, where a method wants near ones."""
    words = [tuple(10 * place + int(rng.integers(3)) for place in range(5)) for _ in range(60)]
    source = WordSource(rng, random_dfa(rng, 3, 50), words, near=True)
    kept, _ = source.weighed(100, 0.5)
    learned = source.learn(200)
    assert len(kept) == 100
    assert len(learned) == 200
    seen = [set(letters) for letters in zip(*words, strict=True)]
    for word in [*kept, *learned, *source.invent(50)]:
        assert len(word) == 5
        assert all(letter in letters for letter, letters in zip(word, seen, strict=True))
    assert set(words) & set(kept) | set(words) & set(learned) == set(words)
    assert "made of parts of those given" in source.random_like


@pytest.mark.parametrize("near", [False, True])
def test_copies_of_words_of_language_models(rng, near):
    """What is learned from counts must be distributed like all words; what is learned from answers must not be judged on them."""
    words = [(0,)] * 300 + [(1,)] * 100
    source = WordSource(rng, random_pdfa(rng, 3, 2), words, near=near)
    kept = source.keep(200, 0.5)
    assert len(kept) == 200
    assert bool(set(kept) & set(source.given)) == near
    if near:
        assert Counter(kept) + Counter(source.given) == Counter(words)
        assert 0.65 < Counter(source.given)[(0,)] / 200 < 0.85
