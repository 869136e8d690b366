from itertools import pairwise

import numpy as np
import pytest
from doubles import random_words, words_up_to
from refining import LINKS, collect, linked, never, perturbed
from scipy.special import rel_entr, softmax

from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction.losses import SHARPNESS, loss_of, sharpened
from nerode.extraction.spectral import refinement
from nerode.extraction.spectral.batches import make_batch, prepared
from nerode.extraction.spectral.refinement import RefinementSettings, _by_length, refine, value_and_gradient
from nerode.links import Binary, NextSymbol, Value
from nerode.stepping import prefix_scores
from nerode.words import Alphabet

QUICK = RefinementSettings(steps=300, batch=300, rate=0.02, looks=6)


def mean_loss(loss, automaton, words, wanted):
    """Of whole words."""
    return loss(automaton.scores(words), wanted)[0].mean()


# gradients


@pytest.mark.parametrize("name", LINKS)
def test_the_derivative_of_each_loss_by_scores(rng, name):
    link, width = LINKS[name]
    wanted, scores = rng.normal(size=(2, 6, width)) * 2
    loss = loss_of(link, wanted)
    values, gradient = loss(scores, wanted)
    assert values.shape == (6,)
    assert (values > 0).all()
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-6
        slopes = (loss(scores + step, wanted)[0] - loss(scores - step, wanted)[0]) / 2e-6  # (6,), of each row by one number
        assert gradient[place] == pytest.approx(slopes[place[0]], abs=1e-8)
        assert not np.delete(slopes, place[0]).any()


@pytest.mark.parametrize("name", LINKS)
def test_a_loss_is_least_where_nothing_is_wrong(rng, name):
    link, width = LINKS[name]
    wanted = rng.normal(size=(6, width))
    values, gradient = loss_of(link, wanted)(wanted, wanted)
    np.testing.assert_allclose(values, 0, atol=1e-15)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    assert np.isfinite(loss_of(link, np.zeros((6, width)))(wanted, np.zeros((6, width)))[0]).all()


@pytest.mark.parametrize("name", LINKS)
def test_a_sharpened_loss_is_that_of_larger_scores(rng, name):
    link, width = LINKS[name]
    wanted, scores = rng.normal(size=(2, 6, width))
    loss = loss_of(link, wanted)
    values, gradient = sharpened(loss, 3.0)(scores, wanted)
    np.testing.assert_allclose(values, loss(3 * scores, 3 * wanted)[0])
    step = 1e-6 * rng.normal(size=scores.shape)
    slopes = (loss(3 * (scores + step), 3 * wanted)[0] - loss(3 * (scores - step), 3 * wanted)[0]) / 2
    np.testing.assert_allclose((gradient * step).sum(axis=1), slopes, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("squash", ["none", "sigmoid"])
def test_what_never_follows_costs_nothing(rng, squash):
    wanted, scores = rng.normal(size=(2, 6, 4))
    wanted[:, 1] = -np.inf
    values, gradient = loss_of(NextSymbol(3, squash), wanted)(scores, wanted)
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()


def test_small_errors_of_what_follows_cost_their_divergence(rng):
    """And large ones less: what is lost on a few hopeless words must not outweigh all others."""
    wanted, wrong = rng.normal(size=(2, 6, 4))
    loss = loss_of(NextSymbol(3), wanted)
    for size, low, high in ((1e-3, 0.99, 1.01), (3.0, 0.0, 0.3)):
        scores = wanted + size * wrong
        divergence = rel_entr(softmax(wanted, axis=1), softmax(scores, axis=1)).sum(axis=1)
        ratio = loss(scores, wanted)[0] / divergence
        assert (ratio > low).all()
        assert (ratio < high).all()


@pytest.mark.parametrize("name", LINKS)
def test_the_derivative_by_each_parameter(rng, name):
    """Words of all lengths, ε and equal ones among them; one letter is never read."""
    link, width = LINKS[name]
    teacher, automaton = (linked(random_wfa(rng, states, 3, width), link) for states in (4, 3))
    words = [(), (0,), (1,), (0, 1, 1), *random_words(rng, 2, 8, 5), ()]
    targets = prefix_scores(teacher, words)[0]
    loss = loss_of(link, targets)
    batch = prepared(make_batch(words, targets), loss)
    parameters = tuple(np.array(part) for part in (automaton.initial, automaton.transitions, automaton.final))
    value, gradient = value_and_gradient(parameters, batch, loss)
    assert value == pytest.approx(loss(prefix_scores(automaton, words)[0], targets)[0].mean())
    for part, derivative in zip(parameters, gradient, strict=True):
        for place in np.ndindex(part.shape):
            kept = part[place]
            values = []
            for moved in (kept + 1e-6, kept - 1e-6):
                part[place] = moved
                values.append(value_and_gradient(parameters, batch, loss)[0])
            part[place] = kept
            assert derivative[place] == pytest.approx((values[0] - values[1]) / 2e-6, abs=1e-7)
    assert not gradient[1][2].any()


# refinement


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.sampled(3)
def test_an_automaton_that_was_shaken_is_found_again(name):
    rng = np.random.default_rng(1)
    link, width = LINKS[name]
    teacher = linked(random_wfa(rng, 3, 3, width), link)
    shaken = perturbed(rng, teacher)
    words, others = random_words(rng, 3, 2000, 8), random_words(rng, 3, 500, 8)
    wanted = teacher.scores(others)
    loss = loss_of(link, wanted)
    *_, last = refine(shaken, teacher, [words], rng, never, RefinementSettings(steps=1500, batch=300, rate=1.0))
    assert (last.states, last.link) == (3, link)
    assert mean_loss(loss, last, others, wanted) < 1e-3 * mean_loss(loss, shaken, others, wanted)


@pytest.mark.parametrize("name", LINKS)
def test_what_is_nearly_right_is_not_shaken(name):
    """The rate follows the loss: at the largest one, errors would grow a thousandfold first."""
    rng = np.random.default_rng(2)
    link, width = LINKS[name]
    teacher = linked(random_wfa(rng, 3, 3, width), link)
    words, others = random_words(rng, 3, 2000, 8), random_words(rng, 3, 500, 8)
    start, wanted = perturbed(rng, teacher, 1e-5), teacher.scores(others)
    loss = loss_of(link, wanted)
    made = list(refine(start, teacher, [words], rng, never, RefinementSettings(steps=400, batch=300, looks=8)))
    losses = [mean_loss(loss, each, others, wanted) for each in (start, *made)]
    assert max(losses[1:]) < losses[0]


def test_as_many_automata_are_handed_on_as_there_are_looks(rng):
    teacher = random_wfa(rng, 3, 2)
    made = list(refine(perturbed(rng, teacher), teacher, [random_words(rng, 2, 500, 8)], rng, never, QUICK))
    assert len(made) == QUICK.looks
    few = RefinementSettings(steps=300, looks=6, work=1.0)  # steps too expensive: one for each look
    assert len(list(refine(perturbed(rng, teacher), teacher, [random_words(rng, 2, 500, 8)], rng, never, few))) == 6


@pytest.mark.parametrize("before", [0.0, 0.4])
def test_the_schedule_ends_with_the_time_that_it_is_given(rng, before):
    """It has cooled down then: the last steps change next to nothing, however few there were."""
    teacher, steps = random_wfa(rng, 3, 2), []

    def pace(work):
        assert work > 0 or not steps
        steps.append(work)
        return min(1.0, before + (1 - before) * (len(steps) - 1) / 40)

    settings = RefinementSettings(steps=100_000, batch=300, warm_up=1, looks=40)
    words = [random_words(rng, 2, 500, 8)]
    made = list(refine(perturbed(rng, teacher), teacher, words, rng, never, settings, pace=pace))
    assert len(steps) == 41
    assert len(made) >= 39
    moves = [np.abs(later.transitions - former.transitions).max() for former, later in pairwise(made)]
    assert moves[-1] < 0.05 * max(moves)


def test_a_seed_replays():
    def last(seed):
        teacher = random_wfa(np.random.default_rng(5), 3, 2)
        shaken = perturbed(np.random.default_rng(6), teacher)
        words = random_words(np.random.default_rng(7), 2, 500, 8)
        return list(refine(shaken, teacher, [words], np.random.default_rng(seed), never, QUICK))[-1]

    np.testing.assert_array_equal(last(1).transitions, last(1).transitions)
    assert (last(1).transitions != last(2).transitions).any()


@pytest.mark.parametrize("step", [1, 2, 17])
def test_what_was_reached_before_a_limit_is_handed_on(rng, step):
    teacher = random_wfa(rng, 3, 2)
    calls = iter(range(1, 10**6))

    def check():
        if next(calls) == step:
            raise BudgetExhausted("time")

    made = []
    refining = refine(perturbed(rng, teacher), teacher, [random_words(rng, 2, 99, 8)], rng, check, QUICK)
    with pytest.raises(BudgetExhausted):
        collect(made, refining)
    assert len(made) == (step > 1)


def test_batches_are_of_words_that_are_about_equally_long(rng):
    words = random_words(rng, 2, 500, 12)
    lengths = np.array([len(word) for word in words])
    parts = _by_length(lengths, 300)
    assert sorted(np.concatenate(parts)) == list(range(500))
    assert (np.diff(lengths[np.concatenate(parts)]) >= 0).all()
    sizes = [(lengths[part] + 1).sum() for part in parts]
    assert all(abs(size - 300) <= 13 for size in sizes[:-1])
    assert sizes[-1] <= 300


ODD = {
    "no words": (2, 3, []),
    "ε alone": (2, 3, [()] * 20),
    "one state": (2, 1, words_up_to(2, 4)),
    "one letter": (1, 2, [(0,) * n for n in range(9)]),
    "one word": (2, 2, [(0, 1)]),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("link", ["binary", "next symbol"])
def test_odd_words(rng, name, link):
    letters, states, words = ODD[name]
    link, width = (Binary(), 1) if link == "binary" else (NextSymbol(letters), letters + 1)
    teacher = linked(random_wfa(rng, 2, letters, width), link)
    start = linked(random_wfa(rng, states, letters, width), link)
    made = list(refine(start, teacher, [words], rng, never, QUICK))
    assert len(made) == (QUICK.looks if words else 0)
    if made:
        wanted = prefix_scores(teacher, words)[0]
        loss = loss_of(link, wanted)
        before, after = (loss(prefix_scores(each, words)[0], wanted)[0].mean() for each in (start, made[-1]))
        assert after <= before


@pytest.mark.parametrize("score", [0.0, 3.0])
def test_scores_that_are_all_equal(rng, score):
    teacher = WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), [[score]], Binary())
    words = random_words(rng, 2, 300, 8)
    start = linked(random_wfa(rng, 2, 2), Binary())
    *_, last = refine(start, teacher, [words], rng, never, QUICK)
    wrong = [np.abs(np.tanh(automaton.scores(words)) - np.tanh(score)).mean() for automaton in (start, last)]
    assert wrong[1] < 0.5 * wrong[0]


def test_states_that_are_never_used(rng):
    """A state of weight 0 has no size that it could be divided by."""
    target = random_wfa(rng, 2, 2)
    transitions = np.zeros((2, 3, 3))
    transitions[:, :2, :2] = target.transitions
    padded = WFA(target.alphabet, [*target.initial, 0.0], transitions, [*target.final, [0.0]])
    *_, last = refine(perturbed(rng, padded, 0.0), target, [random_words(rng, 2, 300, 8)], rng, never, QUICK)
    assert np.isfinite(last.scores(words_up_to(2, 4))).all()


def test_numbers_that_overflow_end_it_quietly(rng):
    teacher = random_wfa(rng, 2, 2)
    huge = WFA(teacher.alphabet, teacher.initial, teacher.transitions * 1e200, teacher.final)
    assert list(refine(huge, teacher, [random_words(rng, 2, 300, 8)], rng, never, QUICK)) == []


def test_a_classifier_is_refined_on_a_loss_that_becomes_sharp(rng, monkeypatch):
    seen = []
    real = refinement.sharpened
    monkeypatch.setattr(refinement, "sharpened", lambda loss, sharpness: seen.append(sharpness) or real(loss, sharpness))
    for link, last in ((Binary(), SHARPNESS), (Value(), 1.0)):
        seen.clear()
        teacher = linked(random_wfa(rng, 3, 2), link)
        list(refine(perturbed(rng, teacher), teacher, [random_words(rng, 2, 99, 8)], rng, never, QUICK))
        assert seen == sorted(seen)
        assert seen[-1] == pytest.approx(last)
        assert seen[0] < 1.01
