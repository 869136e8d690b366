from collections import Counter

import numpy as np
import pytest
from counted import distinct_words, threes

from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa
from nerode.extraction.source import WordSource


@pytest.mark.parametrize(
    ("given", "count", "part", "taken"),
    [(100, 1000, 0.2, 20), (100, 5, 0.2, 5), (100, 50, 0.5, 50), (2, 10, 0.2, 0)],
)
def test_kept_words_are_taken_out_of_the_given_ones(rng, given, count, part, taken):
    words = distinct_words(given)
    source = WordSource(rng, tomita(1), words)
    kept = source.keep(count, part)
    assert len(kept) == max(taken, 1)
    assert len(source.given) == given - taken
    assert set(kept[:taken]) | set(source.given) == set(words)
    assert not set(kept[:taken]) & set(source.given)


@pytest.mark.parametrize(
    ("given", "count", "taken", "share"),
    [
        (400, 1000, 200, 0.5),
        (4000, 1000, 500, 0.5),
        (100, 5000, 50, 0.5),
        (20, 1000, 10, 0.1),
        (20, 30, 10, 0.1),
        (20, 1, 0, 0.0),
        (1, 100, 0, 0.0),
    ],
)
@pytest.mark.sampled(4)
def test_a_classifier_is_weighed_on_given_and_random_words_alike(rng, given, count, taken, share):
    """As many words as are wanted, half of the weight on either kind; fewer than 50 given ones count no more than 50 would."""
    words = threes(given)
    source = WordSource(rng, random_dfa(rng, 3, 3), words)
    weighed, weights = source.weighed(count, 0.5)
    of_given = [word in set(words) for word in weighed]
    assert len(weighed) == len(weights) == count
    assert sum(of_given) == taken
    assert set(weighed) & set(words) | set(source.given) == set(words)
    assert len(source.given) == given - taken
    assert weights.mean() == pytest.approx(1)
    assert weights[of_given].sum() == pytest.approx(share * count)
    for kind in (of_given, np.invert(of_given)):
        assert len(set(weights[kind].tolist())) <= 1
    if taken > 100:  # the first of them are like all
        assert np.mean(of_given[: count // 2]) == pytest.approx(taken / count, abs=0.1)


@pytest.mark.parametrize(("given", "count", "in_all"), [(400, 1000, 200), (20, 1000, 100), (20, 30, 30), (1, 1, 1)])
def test_a_language_model_is_weighed_on_given_words(rng, given, count, in_all):
    """What it hardly ever says would count as much as what it says. 100 words in all at least."""
    words = threes(given)
    weighed, weights = WordSource(rng, random_pdfa(rng, 4, 3), words).weighed(count, 0.5)
    taken = round(0.5 * given)
    assert len(weighed) == in_all
    assert set(weighed[:taken]) < set(words) or not taken
    assert (weights == 1).all()


def test_random_words_are_weighed_alike(rng):
    weighed, weights = WordSource(rng, tomita(1), []).weighed(70, 0.5)
    assert len(weighed) == 70
    assert (weights == 1).all()


def test_what_is_kept_is_never_given_again(rng):
    source = WordSource(rng, tomita(1), distinct_words(1000))
    seen = []
    for count, part in [(100, 0.2), (300, 0.5), (1000, 0.1), (7, 1.0)]:
        left = len(source.given)
        seen += source.keep(count, part)[: min(count, round(part * left))]
    assert len(set(seen)) == len(seen)
    assert not set(seen) & set(source.given)
    assert set(seen) | set(source.given) == set(distinct_words(1000))


def test_equal_words_are_never_on_both_sides(rng):
    """Of 300 words, 200 are ε and the others differ."""
    for _ in range(20):
        source = WordSource(rng, tomita(1), [()] * 200 + distinct_words(100))
        kept = source.keep(100, 0.3) + source.keep(100, 0.5)
        assert not set(kept) & set(source.given)


def test_fresh_words_are_different_ones_each_once(rng):
    """Of 300 words, 200 are ε; it is fresh as often as any other."""
    often = 0
    for _ in range(200):
        source = WordSource(rng, tomita(1), [()] * 200 + distinct_words(100))
        fresh, like = source.fresh(1000, 0.2)
        assert len(fresh) == len(set(fresh)) == 20
        assert set(fresh) | set(source.given) == {(), *distinct_words(100)}
        assert not set(fresh) & set(source.given)
        assert len(source.given) == (81 if () in fresh else 80 + 200)
        assert like == "words like those given, each counted once,"
        often += () in fresh
    assert 20 <= often <= 62  # 40 are expected
    assert len(WordSource(rng, tomita(1), distinct_words(100)).fresh(5, 0.2)[0]) == 5


def test_fresh_words_where_few_or_none_are_given(rng):
    fresh, like = WordSource(rng, tomita(1), [(0, 1, 1)] * 9).fresh(1000, 0.2)
    assert [len(word) for word in fresh] == [3]
    assert like == "random words as long as those given"
    fresh, like = WordSource(rng, tomita(1), [], longest=15).fresh(1000, 0.2)
    assert {len(word) for word in fresh} == set(range(16))
    assert (len(fresh), like) == (1000, "random words of 0 to 15 letters (half with runs)")


def test_given_words_come_in_random_order(rng):
    words = distinct_words(500)
    source = WordSource(rng, tomita(1), words)
    assert source.given != words
    assert sorted(source.given) == words
    assert words == distinct_words(500)


def test_words_like_the_given_ones_have_their_lengths(rng):
    source = WordSource(rng, random_dfa(rng, 3, 3), [(0,), (1, 1, 1), (2, 2, 2)])
    assert not source.invented
    words = source.invent(3000)
    lengths = Counter(map(len, words))
    assert set(lengths) == {1, 3}
    assert lengths[3] == pytest.approx(2000, abs=150)
    assert {letter for word in words for letter in word} == {0, 1, 2}
    assert set(source.lengths.tolist()) == {1, 3}
