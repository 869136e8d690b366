"""Pools of prefixes, automata of their cells, and counterexamples, against slow computation."""

import numpy as np
import pytest
from doubles import Stepping, WholeWords, random_words, words_up_to

from nerode.automata.pdfa import PDFA
from nerode.datasets.random_automata import random_pdfa
from nerode.extraction.probabilistic.counterexamples import Found, counterexamples
from nerode.extraction.probabilistic.fitting import exactly_merged, fitted, merged, split
from nerode.extraction.probabilistic.pool import closed, pool_of
from nerode.words import Alphabet

SUFFIXES = [(), (0,), (1,), (0, 1)]


def some(wrap=Stepping, model=None, seed=0):
    rng = np.random.default_rng(seed)
    model = model or random_pdfa(np.random.default_rng(4), 5, 2)
    words = random_words(rng, 2, 60, 6)
    weights = rng.random(60) + 0.1
    return model, words, weights, pool_of(wrap(model), words, weights, SUFFIXES, rng)


def probability(model, before, after):
    """That `after` follows `before`, letter by letter."""
    product = 1.0
    for k, symbol in enumerate(after):
        product *= float(np.exp(model.scores([before + after[:k]]))[0, symbol])
    return product


@pytest.mark.parametrize("wrap", [Stepping, WholeWords])
def test_rows_are_as_far_apart_as_what_follows(wrap):
    """Of 4 suffixes and 3 symbols there are no more columns than axes, so that no distance is lost."""
    model, _, _, pool = some(wrap)
    prefixes = pool.rows.walk.words()
    slow = np.array([[np.sqrt(probability(model, prefix, (*s, a))) for s in SUFFIXES for a in range(3)] for prefix in prefixes])
    values = pool.rows.values
    distances = ((values[:, None] - values) ** 2).sum(axis=2)
    np.testing.assert_allclose(distances, ((slow[:, None] - slow) ** 2).sum(axis=2), atol=1e-12)
    np.testing.assert_allclose(pool.following, np.exp(model.scores(prefixes)), atol=1e-12)


def test_prefixes_that_are_impossible_weigh_nothing():
    model = PDFA(Alphabet.of_size(2), [[1, 0], [0, 1]], [[0.5, 0.0, 0.5], [0.3, 0.3, 0.4]])
    _, words, weights, pool = some(model=model)
    for prefix, weight in zip(pool.rows.walk.words(), pool.weights, strict=True):
        passed = sum(each for word, each in zip(words, weights, strict=True) if word[: len(prefix)] == prefix)
        assert weight == pytest.approx(passed if probability(model, (), prefix) > 0 else 0.0)
    assert (pool.weights == 0).any()


def test_suffixes_bring_their_prefixes():
    assert closed([(1, 0, 1), (0,)]) == [(), (1,), (0,), (1, 0), (1, 0, 1)]
    assert closed([]) == [()]


def test_a_state_has_the_mean_of_its_prefixes_and_its_loss_is_a_divergence():
    model, _, _, pool = some()
    cells = np.zeros(len(pool.weights), np.int64)
    found = fitted(pool, model.alphabet, cells, 1, lambda: None)
    mean = sum(w * p for w, p in zip(pool.weights, pool.following, strict=True)) / pool.weights.sum()
    np.testing.assert_allclose(found.pdfa.probabilities, [mean])
    slow = [(p * np.log(p / mean)).sum() for p in pool.following]
    assert found.loss == pytest.approx(np.average(slow, weights=pool.weights))


def test_states_are_found_by_splitting_and_had_back_by_merging():
    model, _, _, pool = some()
    counts, tops = zip(*split(pool, model.alphabet, 64, np.random.default_rng(0), lambda: None), strict=True)
    assert counts[:2] == (1, 2)
    assert counts[-1] == model.states
    assert [top.pdfa.states for top in tops[:2]] == [1, 2]
    assert tops[-1].exact(pool, 1e-9)
    words = words_up_to(2, 5)
    for each in merged(pool, model.alphabet, tops[-1], iter((4, 3, 2)), lambda: None):
        assert not each.exact(pool, 1e-3)
        assert each.pdfa.states <= 4
        np.testing.assert_array_equal(each.cells, pool.rows.walk.run(each.pdfa.transitions))
    np.testing.assert_allclose(exactly_merged(pool, tops[-1]).pdfa.scores(words), model.scores(words), atol=1e-9)


def test_states_that_are_alike_are_merged():
    model, _, _, pool = some()
    n = model.states
    twice = PDFA(
        model.alphabet,
        np.concatenate([model.transitions + n, model.transitions]),
        np.concatenate([model.probabilities, model.probabilities]),
    )
    cells = pool.rows.walk.run(twice.transitions)
    start = fitted(pool, model.alphabet, cells, 2 * n, lambda: None)
    assert start.exact(pool, 1e-9)
    least = exactly_merged(pool, start)
    assert least.pdfa.states == n
    words = words_up_to(2, 6)
    np.testing.assert_allclose(least.pdfa.scores(words), model.scores(words), atol=1e-9)


def test_a_counterexample_is_taken_apart_where_the_states_part():
    """A ring of three in which only the last state is another, and an automaton that takes all for one."""
    rows = [[0.4, 0.3, 0.3], [0.4, 0.3, 0.3], [0.1, 0.8, 0.1]]
    model = PDFA(Alphabet.of_size(2), [[1, 1], [2, 2], [0, 0]], rows)
    one = PDFA(Alphabet.of_size(2), [[0, 0]], rows[:1])
    found = counterexamples(WholeWords(model), one, [()], words_up_to(2, 3), 1e-6)
    assert len(found.suffixes) == len(found.prefixes) >= 4
    for prefix, suffix in zip(found.prefixes, found.suffixes, strict=True):
        assert len(prefix) == 1
        after = np.exp(model.scores([suffix, (*prefix, *suffix)]))  # both lead the automaton to its state
        assert np.abs(after[0] - after[1]).max() > 0.1
    assert counterexamples(WholeWords(model), model, [(), (0,), (0, 0)], words_up_to(2, 4), 1e-6) == Found()
