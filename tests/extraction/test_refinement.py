import numpy as np
import pytest
from doubles import Stepping, random_words, words_up_to

from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction import loop
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import extract
from nerode.extraction.losses import loss_of
from nerode.extraction.refinement import RefinementSettings, make_batch, read, refine, value_and_gradient
from nerode.extraction.source import LONGEST
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.stepping import prefix_scores
from nerode.words import Alphabet

LINKS = {
    "binary": (Binary(), 1),
    "multiclass": (Multiclass(), 4),
    "next symbol": (NextSymbol(3), 5),
    "next symbol, sigmoid": (NextSymbol(3, "sigmoid"), 5),
    "value": (Value(), 2),
}
QUICK = RefinementSettings(steps=300, batch=300, rate=0.02, looks=6)


def never():
    """A limit that is not reached."""


def linked(automaton, link):
    return WFA(automaton.alphabet, automaton.initial, automaton.transitions, automaton.final, link)


def perturbed(rng, automaton, size=0.05):
    parts = automaton.initial, automaton.transitions, automaton.final
    return WFA(automaton.alphabet, *(part + size * rng.normal(size=part.shape) for part in parts), automaton.link)


def squared(scores, wanted):
    """A loss whose derivative needs no thought."""
    return float(((scores - wanted) ** 2).sum()), 2 * (scores - wanted)


# gradients


@pytest.mark.parametrize("name", LINKS)
def test_the_derivative_of_each_loss_by_scores(rng, name):
    link, width = LINKS[name]
    wanted, scores = rng.normal(size=(2, 6, width)) * 2
    loss = loss_of(link, wanted)
    value, gradient = loss(scores, wanted)
    assert value > 0
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-6
        slope = (loss(scores + step, wanted)[0] - loss(scores - step, wanted)[0]) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("name", LINKS)
def test_a_loss_is_least_where_nothing_is_wrong(rng, name):
    link, width = LINKS[name]
    wanted = rng.normal(size=(6, width))
    value, gradient = loss_of(link, wanted)(wanted, wanted)
    assert value == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(gradient, 0, atol=1e-15)
    assert np.isfinite(loss_of(link, np.zeros((6, width)))(wanted, np.zeros((6, width)))[0])


@pytest.mark.parametrize("name", LINKS)
def test_the_derivative_by_each_parameter(rng, name):
    """Words of all lengths, ε and equal ones among them; one letter is never read."""
    link, width = LINKS[name]
    teacher, automaton = (linked(random_wfa(rng, states, 3, width), link) for states in (4, 3))
    words = [(), (0,), (1,), (0, 1, 1), *random_words(rng, 2, 8, 5), ()]
    targets = prefix_scores(teacher, words)[0]
    batch, loss = make_batch(words, targets), loss_of(link, targets)
    parameters = tuple(np.array(part) for part in (automaton.initial, automaton.transitions, automaton.final))
    value, gradient = value_and_gradient(parameters, batch, loss)
    assert value == pytest.approx(loss(prefix_scores(automaton, words)[0], targets)[0])
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


@pytest.mark.parametrize("letters", [1, 2, 5])
def test_a_batch_reads_words_as_the_automaton_does(rng, letters):
    automaton = random_wfa(rng, 3, letters, 2)
    words = random_words(rng, letters, 40, 7)
    parts = automaton.initial, automaton.transitions, automaton.final
    batch = make_batch(words, prefix_scores(automaton, words)[0])
    assert len(batch.parents) == sum(len(word) + 1 for word in words)
    np.testing.assert_allclose(read(parts, batch) @ automaton.final, batch.targets, rtol=1e-10)


# refinement


@pytest.mark.parametrize("name", LINKS)
def test_an_automaton_that_was_shaken_is_found_again(name):
    rng = np.random.default_rng(1)
    link, width = LINKS[name]
    teacher = linked(random_wfa(rng, 3, 3, width), link)
    shaken = perturbed(rng, teacher)
    words, others = random_words(rng, 3, 2000, 8), random_words(rng, 3, 500, 8)
    wanted = teacher.scores(others)
    loss = loss_of(link, wanted)
    before = loss(shaken.scores(others), wanted)[0]
    *_, last = refine(shaken, teacher, words, rng, never, RefinementSettings(steps=1500, batch=300, rate=0.01))
    assert (last.states, last.link) == (3, link)
    assert loss(last.scores(others), wanted)[0] < 1e-3 * before


def test_as_many_automata_are_handed_on_as_there_are_looks(rng):
    teacher = random_wfa(rng, 3, 2)
    made = list(refine(perturbed(rng, teacher), teacher, random_words(rng, 2, 500, 8), rng, never, QUICK))
    assert len(made) == QUICK.looks
    few = RefinementSettings(steps=300, looks=6, work=1.0)  # steps too expensive: one for each look
    assert len(list(refine(perturbed(rng, teacher), teacher, random_words(rng, 2, 500, 8), rng, never, few))) == 6


def test_a_seed_replays():
    def last(seed):
        teacher = random_wfa(np.random.default_rng(5), 3, 2)
        shaken = perturbed(np.random.default_rng(6), teacher)
        words = random_words(np.random.default_rng(7), 2, 500, 8)
        return list(refine(shaken, teacher, words, np.random.default_rng(seed), never, QUICK))[-1]

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
    refining = refine(perturbed(rng, teacher), teacher, random_words(rng, 2, 99, 8), rng, check, QUICK)
    with pytest.raises(BudgetExhausted):
        collect(made, refining)
    assert len(made) == (step > 1)


def collect(made, automata):
    for automaton in automata:
        made.append(automaton)  # what came before an exception stays


def test_all_prefixes_of_as_many_words_as_may_be_are_asked(rng):
    teacher = Stepping(random_pdfa(rng, 4, 3))
    words = [(0, 1, 2)] * 10
    settings = RefinementSettings(steps=8, numbers=4 * teacher.width * 7 + 1)
    list(refine(random_wfa_like(rng, teacher), teacher, words, rng, never, settings))
    assert teacher.answers == 4 * 7
    list(refine(random_wfa_like(rng, teacher), teacher, words, rng, never, RefinementSettings(steps=8, scores=11)))
    assert teacher.answers == 4 * 7 + 4 * 2
    nothing = RefinementSettings(numbers=4 * teacher.width - 1)
    assert list(refine(random_wfa_like(rng, teacher), teacher, words, rng, never, nothing)) == []


def random_wfa_like(rng, teacher, states=3):
    return linked(random_wfa(rng, states, len(teacher.alphabet), teacher.width), teacher.link)


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
    made = list(refine(start, teacher, words, rng, never, QUICK))
    assert len(made) == (QUICK.looks if words else 0)
    if made:
        wanted = prefix_scores(teacher, words)[0]
        loss = loss_of(link, wanted)
        assert loss(prefix_scores(made[-1], words)[0], wanted)[0] <= loss(prefix_scores(start, words)[0], wanted)[0]


@pytest.mark.parametrize("score", [0.0, 3.0])
def test_scores_that_are_all_equal(rng, score):
    teacher = WFA(Alphabet.of_size(2), [1.0], np.ones((2, 1, 1)), [[score]], Binary())
    words = random_words(rng, 2, 300, 8)
    start = linked(random_wfa(rng, 2, 2), Binary())
    *_, last = refine(start, teacher, words, rng, never, QUICK)
    wrong = [np.abs(np.tanh(automaton.scores(words)) - np.tanh(score)).mean() for automaton in (start, last)]
    assert wrong[1] < 0.5 * wrong[0]


def test_states_that_are_never_used(rng):
    """A state of weight 0 has no size that it could be divided by."""
    target = random_wfa(rng, 2, 2)
    transitions = np.zeros((2, 3, 3))
    transitions[:, :2, :2] = target.transitions
    padded = WFA(target.alphabet, [*target.initial, 0.0], transitions, [*target.final, [0.0]])
    *_, last = refine(perturbed(rng, padded, 0.0), target, random_words(rng, 2, 300, 8), rng, never, QUICK)
    assert np.isfinite(last.scores(words_up_to(2, 4))).all()


def test_numbers_that_overflow_end_it_quietly(rng):
    teacher = random_wfa(rng, 2, 2)
    huge = WFA(teacher.alphabet, teacher.initial, teacher.transitions * 1e200, teacher.final)
    assert list(refine(huge, teacher, random_words(rng, 2, 300, 8), rng, never, QUICK)) == []


# as part of an extraction


class Curved(Stepping):
    """Margins of unbounded rank."""

    def read(self, states):
        return np.sin(4 * super().read(states)) - 0.1

    def scores(self, words):
        return np.sin(4 * super().scores(words)) - 0.1


@pytest.fixture
def curved(monkeypatch):
    monkeypatch.setattr(loop, "REFINED_ON", 150)
    monkeypatch.setattr(loop, "BASIS", 300)
    return Curved(linked(random_wfa(np.random.default_rng(3), 6, 2), Binary()))


def test_an_extraction_is_refined_after_the_last_block(curved):
    told = []
    result = extract(curved, "spectral", states=4, seconds=None, progress=told.append)
    errors = [done.error for done in result.rounds]
    blocks = result.queries - 150 * (LONGEST + 1)
    refined = [done.error for done in result.rounds if done.queries > blocks]
    assert refined
    assert errors[1:] == sorted(errors[1:], reverse=True)
    assert refined[-1] < min(done.error for done in result.rounds if done.queries <= blocks)
    assert len(told) == len(result.rounds) - 1
    assert result.automaton.states == 4
    held_out = HeldOut(curved, result.fresh)
    assert held_out.errors(result.automaton).mean() < 1.2 * max(refined)


def test_an_extraction_replays_with_refinement(curved):
    first, second = (extract(curved, "spectral", states=4, seconds=None, seed=2).automaton for _ in range(2))
    np.testing.assert_array_equal(first.transitions, second.transitions)


def test_what_is_exact_is_not_refined():
    """Nothing is asked that cannot help."""
    for teacher in (tomita(5), random_wfa(np.random.default_rng(1), 4, 2), random_pdfa(np.random.default_rng(1), 3, 2)):
        result = extract(teacher, "spectral", seconds=None)
        assert result.stop_reason == "converged"
        assert result.rounds[-1].error <= loop.EXACT * result.rounds[0].error


def test_a_limit_of_time_during_refinement_leaves_the_best(curved, monkeypatch):
    """The clock stands still until refinement begins; then it is late."""
    monkeypatch.setattr(loop, "refine", late)
    result = extract(curved, "spectral", states=4, seconds=1000)
    assert result.stop_reason == "time"
    errors = [done.error for done in result.rounds]
    assert HeldOut(curved, result.fresh).errors(result.automaton).mean() <= 2 * min(errors)


def late(automaton, teacher, words, rng, check, settings):
    checks = iter(range(10**9))

    def stop():
        check()
        if next(checks) == 100:
            raise BudgetExhausted("time")

    return refine(automaton, teacher, words, rng, stop, settings)


def test_a_limit_on_queries_before_refinement_leaves_the_best(curved):
    free = extract(curved, "spectral", states=4, seconds=None)
    result = extract(curved, "spectral", states=4, seconds=None, queries=free.queries - 2000)
    assert result.stop_reason == "queries"
    assert result.automaton.states == 4
    assert result.queries <= free.queries - 2000
