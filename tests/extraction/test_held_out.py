import math

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.extraction.budget import metered
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.losses import SHARPNESS
from nerode.extraction.meter import Meter
from nerode.extraction.method import constant_dfa
from nerode.extraction.sizes import weighed
from nerode.links import Binary, NextSymbol
from nerode.stepping import TwoWay
from nerode.words import Alphabet

WORDS = [*words_up_to(2, 4), (0, 1) * 10]


def per_symbol(pdfa, word):
    """The definition, a letter at a time."""
    state, total = pdfa.initial, 0.0
    for letter in word:
        total += math.log(pdfa.probabilities[state, letter])
        state = pdfa.transitions[state, letter]
    return (total + math.log(pdfa.probabilities[state, -1])) / (len(word) + 1)


def test_of_classifiers_a_mistake_is_one():
    teacher, hypothesis = tomita(4), tomita(1)
    held_out = HeldOut(teacher, WORDS)
    expected = [float(teacher.predict([word])[0] != hypothesis.predict([word])[0]) for word in WORDS]
    assert held_out.errors(hypothesis).tolist() == expected
    assert 0 < sum(expected) < len(WORDS)
    assert not held_out.errors(teacher).any()
    assert held_out.truth.tolist() == teacher.predict(WORDS).tolist()


def test_a_weighted_automaton_is_weighed_by_its_labels():
    teacher = tomita(5)
    margins = WFA(Alphabet.of_size(2), [1.0], [[[-0.5]], [[-0.5]]], [[3.0]], Binary())
    wrong = HeldOut(teacher, WORDS).errors(margins)
    assert wrong.tolist() == [float((len(word) % 2 == 0) != bool(teacher.predict([word])[0])) for word in WORDS]


def test_of_many_classes(rng):
    teacher, hypothesis = random_dfa(rng, 6, 2, 4), random_dfa(rng, 3, 2, 4)
    wrong = teacher.predict(WORDS) != hypothesis.predict(WORDS)
    np.testing.assert_array_equal(HeldOut(teacher, WORDS).errors(hypothesis), wrong)


@pytest.mark.parametrize("wrap", [lambda pdfa: pdfa, WholeWords], ids=["stepping", "whole words"])
def test_of_language_models_the_log_probability_a_symbol(rng, wrap):
    teacher, hypothesis = random_pdfa(rng, 4, 2), random_pdfa(rng, 3, 2)
    truth = [per_symbol(teacher, word) for word in WORDS]
    np.testing.assert_allclose(HeldOut(wrap(teacher), WORDS).truth, truth, rtol=1e-12)
    errors = HeldOut(wrap(teacher), WORDS).errors(hypothesis)
    expected = [abs(per_symbol(hypothesis, word) - value) for word, value in zip(WORDS, truth, strict=True)]
    np.testing.assert_allclose(errors, expected, rtol=1e-9, atol=1e-12)


def test_the_end_of_the_word_is_a_symbol():
    half = PDFA(Alphabet.of_size(1), [[0]], [[0.25, 0.75]])
    expected = [math.log(0.75), (math.log(0.25) + math.log(0.75)) / 2, (2 * math.log(0.25) + math.log(0.75)) / 3]
    np.testing.assert_allclose(HeldOut(half, [(), (0,), (0, 0)]).truth, expected)


def test_the_end_of_the_word_is_none_where_no_word_ends():
    def model(*weights):
        return WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), np.log([weights]), NextSymbol(2, ends=False))

    held_out = HeldOut(model(2, 1, 1e-22), [(0, 0, 1), (), (1,)])
    np.testing.assert_allclose(held_out.truth, [math.log(4 / 27) / 3, 0, math.log(1 / 3)])
    for end in (1e-15, 1.0, 1e15):
        np.testing.assert_allclose(held_out.errors(model(1, 2, end)), [math.log(2) / 3, 0, math.log(2)])


def test_of_values_the_largest_difference(rng):
    teacher, hypothesis = random_wfa(rng, 3, 2, width=3), random_wfa(rng, 3, 2, width=3)
    expected = [max(abs(a - b)) for a, b in zip(teacher.scores(WORDS), hypothesis.scores(WORDS), strict=True)]
    np.testing.assert_allclose(HeldOut(teacher, WORDS).errors(hypothesis), expected)


def test_numbers_that_overflow_are_infinitely_wrong():
    teacher = WFA(Alphabet.of_size(2), [1.0], [[[0.5]], [[0.5]]], [[1.0]])
    explodes = WFA(Alphabet.of_size(2), [1.0, 1.0], [np.diag([1e300, -1e300])] * 2, [[1.0], [1.0]])
    held_out = HeldOut(teacher, [(), (0,) * 5, (1, 0, 1)])
    assert held_out.errors(explodes).tolist() == [1.0, np.inf, np.inf]


def test_what_is_impossible_for_a_language_model_is_infinitely_far_away():
    alphabet = Alphabet.of_size(2)
    teacher = PDFA(alphabet, [[0, 0]], [[0.25, 0.25, 0.5]])
    hypothesis = PDFA(alphabet, [[0, 0]], [[0.5, 0.0, 0.5]])
    assert np.isinf(HeldOut(teacher, [(), (0,), (1,)]).errors(hypothesis)).tolist() == [False, False, True]


@pytest.mark.parametrize("make", [lambda rng: random_wfa(rng, 3, 2, width=2), lambda rng: random_pdfa(rng, 3, 2)])
def test_the_mean_of_the_scores(rng, make):
    teacher = make(rng)
    mean = HeldOut(teacher, WORDS).mean_scores
    assert mean.shape == (teacher.width,)
    np.testing.assert_allclose(mean, teacher.scores(WORDS).mean(axis=0))


@pytest.mark.parametrize(
    ("make", "queries"),
    [
        (lambda rng: random_dfa(rng, 3, 2), len(WORDS)),
        (lambda rng: random_wfa(rng, 3, 2), len(WORDS)),
        (lambda rng: random_pdfa(rng, 3, 2), sum(len(word) + 1 for word in WORDS)),
    ],
    ids=["classifier", "scores", "language model, all prefixes"],
)
def test_the_teacher_is_asked_once(rng, make, queries):
    meter = Meter()
    HeldOut(metered(make(rng), meter), WORDS)
    assert meter.queries == queries


@pytest.mark.parametrize("kind", ["classifier", "language model", "scores", "two-way"])
def test_more_words_can_be_held_out(rng, kind):
    pick = {
        "classifier": lambda: random_dfa(rng, 5, 2),
        "language model": lambda: random_pdfa(rng, 4, 2),
        "scores": lambda: random_wfa(rng, 3, 2, width=2),
        "two-way": lambda: TwoWay(random_wfa(rng, 3, 2), random_wfa(rng, 2, 2)),
    }[kind]
    teacher, hypothesis = pick(), pick()
    more = random_words(rng, 2, 20, 12)
    held_out = HeldOut(teacher, WORDS)
    held_out.add(teacher, more)
    held_out.add(teacher, [])
    assert list(held_out.words) == WORDS + more
    expected = HeldOut(teacher, WORDS + more).errors(hypothesis)
    np.testing.assert_allclose(held_out.errors(hypothesis), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", [random_dfa, random_pdfa, random_wfa])
def test_weights_multiply_errors_and_losses(rng, make):
    """As if words were held out as often as they weigh."""
    teacher, hypothesis = make(rng, 5, 2), make(rng, 3, 2)
    often = rng.integers(1, 4, size=len(WORDS))
    weights = often / often.mean()
    held_out = HeldOut(teacher, WORDS, weights)
    repeated = HeldOut(teacher, [word for word, times in zip(WORDS, often.tolist(), strict=True) for _ in range(times)])
    for once, each in zip(held_out.weigh(hypothesis), repeated.weigh(hypothesis), strict=True):
        assert once.mean() == pytest.approx(each.mean(), rel=1e-9)
    np.testing.assert_allclose(held_out.mean_scores, repeated.mean_scores, rtol=1e-9)
    before = held_out.errors(hypothesis).sum()
    held_out.add(teacher, WORDS[:5])
    after = HeldOut(teacher, WORDS[:5]).errors(hypothesis)
    assert held_out.errors(hypothesis).sum() == pytest.approx(before + after.sum(), rel=1e-9)
    np.testing.assert_allclose(held_out.errors(hypothesis, since=len(WORDS)), after, rtol=1e-9)


def test_the_constant_is_that_of_the_weights():
    words = [(0,) * 3, (), (0,), (1,)]  # of which tomita 4 accepts but the first
    heavy = HeldOut(tomita(4), words, np.array([2.8, 0.4, 0.4, 0.4]))
    assert constant_dfa(None, HeldOut(tomita(4), words), tomita(4)).predict([()]).tolist() == [1]
    assert constant_dfa(None, heavy, tomita(4)).predict([()]).tolist() == [0]


def test_weighing_asks_the_teacher_nothing(rng):
    teacher = WholeWords(random_dfa(rng, 5, 2))
    held_out = HeldOut(teacher, WORDS)
    asked = len(teacher.asked)
    held_out.errors(tomita(1))
    assert len(teacher.asked) == asked


def test_given_words_are_not_changed(rng):
    words = list(WORDS)
    held_out = HeldOut(tomita(1), words)
    held_out.add(tomita(1), [(1, 1)])
    assert words == WORDS


def test_numbers_that_are_none_decide_for_no_class():
    """A margin of nan is not positive, and yet it is no answer of class 0."""
    words = [(0,) * length for length in (0, 400)]
    teacher = WFA(Alphabet(("a",)), np.ones(1), np.ones((1, 1, 1)), -np.ones((1, 1)), Binary())
    overflowing = WFA(Alphabet(("a",)), np.ones(2), np.full((1, 2, 2), 10.0), np.array([[-1.0], [1.0 - 1e-9]]), Binary())
    assert HeldOut(teacher, words).errors(overflowing).tolist() == [0.0, 1.0]


def test_classifiers_are_also_weighed_by_the_loss_of_their_scores(rng):
    """Decisions that are alike are told apart by margins."""
    teacher = WFA(Alphabet.of_size(2), [1.0, 0.0], rng.normal(size=(2, 2, 2)), [[1.0], [0.5]], Binary())
    nearly, hardly = (
        WFA(teacher.alphabet, teacher.initial, teacher.transitions, size * teacher.final, Binary()) for size in (1.1, 3)
    )
    held_out = HeldOut(teacher, WORDS)
    truth = teacher.scores(WORDS)[:, 0]
    unit = np.abs(truth).mean() / 2 / SHARPNESS
    for hypothesis in (teacher, nearly, hardly):
        errors, losses = held_out.weigh(hypothesis)
        assert not errors.any()
        expected = (np.tanh(hypothesis.scores(WORDS)[:, 0] / unit) - np.tanh(truth / unit)) ** 2
        np.testing.assert_allclose(losses, expected, atol=1e-12)
    assert 0 < held_out.weigh(nearly)[1].mean() < held_out.weigh(hardly)[1].mean()


@pytest.mark.parametrize("make", [random_pdfa, random_wfa])
def test_others_are_weighed_by_their_errors_alone(rng, make):
    held_out, hypothesis = HeldOut(make(rng, 3, 2), WORDS), make(rng, 2, 2)
    errors, losses = held_out.weigh(hypothesis)
    np.testing.assert_array_equal(errors, losses)
    np.testing.assert_array_equal(errors, held_out.errors(hypothesis))


def test_a_part_of_the_words(rng):
    held_out, hypothesis = HeldOut(random_dfa(rng, 5, 2), WORDS), random_dfa(rng, 5, 2)
    whole, part = held_out.weigh(hypothesis), held_out.weigh(hypothesis, since=3, before=9)
    for all_of_them, some in zip(whole, part, strict=True):
        np.testing.assert_allclose(some, all_of_them[3:9], rtol=1e-9)


def test_words_unlike_those_that_matter_decide_and_are_not_told(rng):
    teacher, automaton = tomita(1), tomita(2)
    held_out = HeldOut(teacher, words_up_to(2, 6))
    alone = weighed(automaton, held_out)
    ledger = Ledger(automaton, held_out, Meter(None, None), 0.0)
    ledger.weigh_on(teacher, [(1, 1, 1)] * 50, like=False)
    assert ledger.best_round.error > alone.error
    assert weighed(automaton, held_out) == alone
    ledger.weigh_on(teacher, [(1, 1)] * 50, like=True)
    assert weighed(automaton, held_out).error > alone.error
    some = held_out.part(np.array([0, len(held_out.words) - 60]))
    assert some.like.tolist() == [True, False]


def test_words_around_states_are_such(monkeypatch):
    kinds = []
    add = HeldOut.add
    monkeypatch.setattr(HeldOut, "add", lambda self, teacher, words, like: (kinds.append(like), add(self, teacher, words, like)))
    extract(tomita(4), "lstar", seconds=None)
    assert kinds
    assert not any(kinds)
