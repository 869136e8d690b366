"""Passive methods for language models: n-grams beside their recursive definition, and what ALERGIA makes of samples."""

from collections import Counter

import numpy as np
import pytest
from doubles import Stepping, words_up_to

from nerode.automata.pdfa import PDFA
from nerode.datasets.random_automata import random_pdfa
from nerode.errors import InputError
from nerode.extraction.loop import extract
from nerode.extraction.passive import ngram, samples
from nerode.extraction.passive.ngram import automaton, contexts
from nerode.extraction.passive.samples import Drawn
from nerode.extraction.reasons import LARGEST_SAMPLE
from nerode.sampling import sample_words
from nerode.words import Alphabet


class Recursive:
    """The definition of Witten and Bell, word by word: the last order − 1 symbols of the mark and a word are its context."""

    def __init__(self, sample, letters, order):
        self.width, self.order, self.counts = letters + 1, order, {}
        for word, over in zip(sample.words, sample.ended, strict=True):
            text = ("begin", *word, letters) if over else ("begin", *word)
            for place in range(1, len(text)):
                for length in range(min(place, order - 1) + 1):
                    self.counts.setdefault(text[place - length : place], Counter())[text[place]] += 1

    def context(self, word):
        """The longest ending of at most order − 1 symbols that was seen."""
        text = ("begin", *word)
        endings = [text[len(text) - length :] for length in range(min(len(text), self.order - 1), -1, -1)]
        return next(ending for ending in endings if ending in self.counts)

    def likely(self, context):
        below = np.full(self.width, 1 / self.width) if not context else self.likely(context[1:])
        if context not in self.counts:
            return below
        counts = np.array([self.counts[context][symbol] for symbol in range(self.width)])
        kinds = np.count_nonzero(counts)
        return (counts + kinds * below) / (counts.sum() + kinds)


def drawn(seed, letters, count, cut):
    model = random_pdfa(np.random.default_rng(seed), 5, letters)
    words = sample_words(np.random.default_rng(seed), model, count, cut)
    return Drawn(words, np.array([len(word) < cut for word in words]))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize(("letters", "count", "cut"), [(2, 300, 40), (3, 25, 8), (4, 5, 3), (2, 1, 1), (1, 30, 30)])
@pytest.mark.sampled(9)
def test_an_ngram_is_its_recursive_definition(order, letters, count, cut):
    sample = drawn(order, letters, count, cut)
    levels = [level for level, _ in zip(contexts(sample, letters, 10**6), range(order), strict=False)]
    found = automaton(levels, Alphabet.of_size(letters))
    slow = Recursive(sample, letters, order)
    words = words_up_to(letters, 7 if letters < 4 else 5)
    expected = np.array([slow.likely(slow.context(word)) for word in words])
    np.testing.assert_allclose(np.exp(found.scores(words)), expected, rtol=1e-12)
    assert found.initial == 0
    assert found.states <= len(slow.counts)
    if letters < 4:  # all are reached by such words, and each is needed: its context is the longest that was seen of some word
        assert found.states == len({slow.context(word) for word in words}) or order > 4


def test_of_too_many_contexts_no_table_is_made():
    sample = drawn(1, 3, 500, 40)
    sizes = [len(level.probabilities) for level in contexts(sample, 3, 10**6)]
    assert sizes[:2] == [1, 4]
    *kept, last = contexts(sample, 3, sum(sizes[:3]))
    assert last is None
    assert [len(level.probabilities) for level in kept] == sizes[:3]


@pytest.fixture
def small(monkeypatch, frugal):
    monkeypatch.setattr(samples, "DRAWN_WORDS", (200, 1000))


def test_the_order_is_chosen_by_held_out_words(small):
    """A model of one state needs no context; one that remembers the last letter needs one symbol."""
    order_1 = extract(random_pdfa(np.random.default_rng(1), 1, 3), "ngram", seconds=None)
    assert (order_1.automaton.states, order_1.stop_reason) == (1, LARGEST_SAMPLE)
    last = PDFA(Alphabet.of_size(2), [[0, 1], [0, 1]], [[0.8, 0.1, 0.1], [0.1, 0.7, 0.2]])
    result = extract(last, "ngram", seconds=None)
    assert result.automaton.states == 3
    assert len(result.rounds) == 1 + 2 * ngram.ORDERS
    assert result.chosen.error < 0.05 < result.rounds[1].error


@pytest.mark.parametrize("order", [1, 2, 4])
def test_an_order_may_be_asked_for(small, order):
    result = extract(random_pdfa(np.random.default_rng(2), 6, 2), "ngram", order=order, seconds=None)
    assert len(result.rounds) == 3
    assert result.automaton.states in (1, 2**order - 1)
    assert result.rounds[-1].states == 2**order - 1


@pytest.mark.parametrize("order", [None, 3])
def test_orders_whose_table_is_too_large_are_left_out(small, monkeypatch, order):
    monkeypatch.setattr(ngram, "TABLE", 30)
    result = extract(random_pdfa(np.random.default_rng(2), 6, 3), "ngram", order=order, seconds=None)
    assert "Left out: n-grams of order 3 and more, since there are more than 7 contexts." in result.left_out
    assert {done.states for done in result.rounds} == ({1} if order else {1, 5 - 1})


@pytest.mark.parametrize("order", [0, -1, 2.5, "3", True])
def test_an_order_is_a_whole_number(order):
    with pytest.raises(InputError, match="the order of n-grams must be a whole number of at least 1, not "):
        extract(random_pdfa(np.random.default_rng(2), 6, 2), "ngram", order=order)


def ring(n):
    """One state follows the other, whatever the letter; the letters are likely in turn."""
    rows = [[0.6, 0.3, 0.1], [0.1, 0.8, 0.1], [0.85, 0.05, 0.1]][:n]
    return PDFA(Alphabet.of_size(2), (np.arange(n)[:, None] + 1) % n * np.ones(2, int), rows)


def test_alergia_finds_a_ring(frugal, monkeypatch):
    pytest.importorskip("aalpy")
    monkeypatch.setattr(samples, "DRAWN_WORDS", (300, 3000))
    result = extract(ring(3), "alergia", seconds=None)
    assert result.automaton.states == 3
    words = words_up_to(2, 6)
    np.testing.assert_allclose(np.exp(result.automaton.scores(words)), np.exp(ring(3).scores(words)), atol=0.05)


@pytest.mark.parametrize("by_letter", [False, True])
def test_what_alergia_merges_has_the_shares_of_the_sample(by_letter):
    """One word over and over cannot be told from a chain; a beginning that was cut ends nowhere."""
    alergia = pytest.importorskip("nerode.extraction.passive.alergia")
    pytest.importorskip("aalpy")
    sample = Drawn([(0, 1)] * 300 + [(0,)] * 100, np.array([True] * 300 + [False] * 100))
    found = alergia.compatible(sample, Alphabet.of_size(3), by_letter, lambda: None)
    likely = np.exp(found.scores([(), (0,), (0, 1)]))
    np.testing.assert_allclose(likely, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], atol=1e-5)
    assert found.scores([(2, 2, 2)]).min() > np.log(alergia.FLOOR / 2)
    assert found.states <= 3


@pytest.mark.parametrize("method", ["alergia", "ngram"])
def test_words_are_drawn_by_the_model_whatever_was_given(small, method):
    """What follows is learned with the shares that the model gives it, and not with those of words that somebody chose."""
    model = Stepping(ring(1))
    result = extract(model, method, words=[(1, 1, 1)] * 200, seconds=None)
    assert np.exp(result.automaton.scores([()]))[0] == pytest.approx([0.6, 0.3, 0.1], abs=0.05)


@pytest.mark.parametrize("method", ["alergia", "ngram"])
@pytest.mark.parametrize("queries", [300, 2000, 8000])
def test_a_limit_on_queries_makes_samples_smaller(method, queries):
    model = Stepping(ring(3))
    result = extract(model, method, queries=queries, seconds=None)
    assert model.answers == result.queries <= queries
    assert result.queries > 0.8 * queries - 200
    assert result.stop_reason == "queries"
    assert len(result.rounds) > 1
