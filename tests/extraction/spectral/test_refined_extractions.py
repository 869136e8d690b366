import time
from itertools import count

import numpy as np
import pytest
from doubles import Stepping
from refining import linked

from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction import loop
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import extract
from nerode.extraction.spectral import method as spectral
from nerode.extraction.spectral import settings
from nerode.extraction.spectral.refinement import refine
from nerode.links import CLASSIFIER, Binary


class Curved(Stepping):
    """Margins of unbounded rank."""

    def read(self, states):
        return np.sin(super().read(states))

    def scores(self, words):
        return np.sin(super().scores(words))


@pytest.fixture
def curved(monkeypatch, briefly_refined):
    monkeypatch.setattr(spectral, "REFINED_ON", 150)
    monkeypatch.setattr(spectral, "BASIS", 300)
    monkeypatch.setitem(loop.WEIGHED, CLASSIFIER, 1000)
    monkeypatch.setattr(spectral, "stabilise", lambda automaton, words: automaton)  # which would ask more
    return Curved(linked(random_wfa(np.random.default_rng(3), 6, 2), Binary()))


def test_an_extraction_is_refined_after_the_last_block(curved):
    told = []
    result = extract(curved, "spectral", states=4, seconds=None, progress=told.append)
    blocks = result.queries - 150 * (spectral.METHOD.longest + 1)  # words are as long as any, and all prefixes are asked
    refined = [done.error for done in result.rounds if done.queries > blocks]
    assert refined
    assert result.chosen.error == refined[-1]
    assert refined[-1] < min(done.error for done in result.rounds if done.queries <= blocks)
    assert sum(said.startswith("round") for said in told) == len(result.rounds) - 1
    assert result.automaton.states == 4
    held_out = HeldOut(curved, result.fresh)
    assert held_out.errors(result.automaton).mean() < 1.2 * max(refined)


@pytest.mark.parametrize("seed", [0, 1])
def test_without_refinement_the_spectral_automaton_is_handed_back(curved, seed):
    """That which is refined otherwise: the best before."""
    plain = extract(curved, "spectral", refinement="none", states=4, seconds=None, seed=seed)
    refined = extract(curved, "spectral", states=4, seconds=None, seed=seed)
    assert plain.queries == refined.queries - 150 * (spectral.METHOD.longest + 1)
    errors = [done.error for done in refined.rounds][: len(plain.rounds)]
    assert [done.error for done in plain.rounds] == pytest.approx(errors, rel=0.05)  # the best is rounded
    assert len(plain.rounds) < len(refined.rounds)
    best = min(plain.rounds, key=lambda done: done.error)
    held_out = HeldOut(curved, plain.fresh)
    assert held_out.errors(plain.automaton).mean() == pytest.approx(best.error, abs=0.05)
    assert held_out.errors(refined.automaton).mean() < held_out.errors(plain.automaton).mean() - 0.05


def test_an_extraction_is_refined_by_least_squares(curved):
    plain, gradient, squares = (
        extract(curved, refinement=name, states=4, seconds=None) for name in ("none", "gradient", "least-squares")
    )
    assert len(plain.rounds) < len(squares.rounds)
    assert squares.rounds[-1].error < plain.rounds[-1].error - 0.05
    assert not np.array_equal(squares.automaton.transitions, gradient.automaton.transitions)


class Scripted:
    """Stands for a refinement: hands on automata one after the other, and remembers what it was given."""

    def __init__(self, *automata, spent=lambda: None):
        self.automata, self.spent, self.afforded = automata, spent, []

    def __call__(self, automaton, teacher, portions, rng, check, *, limits, pace):
        self.afforded.append(limits.affords())
        self.spent()
        self.afforded.append(limits.affords())
        yield from self.automata


def moved(teacher, by):
    """The same classifier with a threshold of its own."""
    return WFA(teacher.alphabet, teacher.initial, teacher.transitions, teacher.final + by, teacher.link)


def test_the_last_that_lowers_the_held_out_loss_is_handed_back(curved, monkeypatch):
    """Unless it errs clearly more than the best before."""
    plain = extract(curved, refinement="none", states=4, seconds=None)
    best = plain.automaton
    worse, slightly = moved(best, 10.0), moved(best, 1e-6)
    real = HeldOut.weigh

    def weigh(self, hypothesis, since=0, before=None):
        errors, losses = real(self, hypothesis, since, before)
        if hypothesis is slightly:
            errors = errors.copy()
            errors[np.flatnonzero(errors == 0)[:3]] = 1  # three more words are wrong, two fewer than before
            errors[np.flatnonzero(errors == 1)[-2:]] = 0
        return errors, losses / 2 if hypothesis in (slightly, worse) else losses

    monkeypatch.setattr(HeldOut, "weigh", weigh)
    for automata, wanted in (((slightly,), slightly), ((worse,), best), ((slightly, worse), slightly)):
        monkeypatch.setitem(settings.REFINEMENTS, "gradient", Scripted(*automata))
        result = extract(curved, states=4, seconds=None)
        np.testing.assert_array_equal(result.automaton.final, wanted.final)
    assert result.chosen.error > plain.chosen.error


@pytest.mark.parametrize(
    ("errors", "than", "hardly"),
    [
        ([1, 1, 1, 0, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0, 0, 0], True),
        ([1, 1, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 1, 0], True),  # one more is wrong, and three differ
        ([1, 1, 1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], False),
        ([0.2, 0.1], [np.inf, 0.1], True),
        ([np.inf, 0.1], [0.2, 0.1], False),
    ],
)
def test_hardly_more_errors(errors, than, hardly):
    assert spectral._hardly_more(np.array(errors, float), np.array(than, float)) == hardly


def test_asking_to_refine_takes_a_share_of_the_limit_on_time(curved, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def spent():
        now[0] += 36

    script = Scripted(spent=spent)
    monkeypatch.setitem(settings.REFINEMENTS, "gradient", script)
    extract(curved, states=4, seconds=100)
    assert script.afforded == [True, False]
    script.afforded.clear()
    extract(curved, states=4, seconds=None)
    assert script.afforded == [True, True]


def test_refinements_that_are_not_known_or_do_not_fit_are_refused(curved):
    with pytest.raises(InputError, match="unknown refinement 'adam'; choose one of gradient, least-squares, none"):
        extract(curved, refinement="adam")
    with pytest.raises(InputError, match="the method lstar has no setting 'refinement'"):
        extract(curved, "lstar", refinement="least-squares")
    with pytest.raises(InputError, match="least-squares does not fit the target probabilities; it fits scores or labels"):
        extract(random_pdfa(np.random.default_rng(1), 3, 2), refinement="least-squares", target="probabilities")


def test_an_extraction_replays_with_refinement(curved):
    first, second = (extract(curved, "spectral", states=4, seconds=None, seed=2).automaton for _ in range(2))
    np.testing.assert_array_equal(first.transitions, second.transitions)


def test_what_is_exact_is_not_refined():
    """Nothing is asked that cannot help."""
    for teacher in (tomita(5), random_wfa(np.random.default_rng(1), 4, 2), random_pdfa(np.random.default_rng(1), 3, 2)):
        result = extract(teacher, "spectral", seconds=None)
        assert result.stop_reason == "converged"
        assert result.rounds[-1].error <= spectral.EXACT * result.rounds[0].error


def test_a_limit_of_time_during_refinement_leaves_the_best(curved, monkeypatch):
    """The clock stands still until refinement begins; then it is late."""
    monkeypatch.setitem(settings.REFINEMENTS, "gradient", late)
    result = extract(curved, "spectral", states=4, seconds=1000)
    assert result.stop_reason == "time"
    errors = [done.error for done in result.rounds]
    assert HeldOut(curved, result.fresh).errors(result.automaton).mean() <= 2 * min(errors)


def late(automaton, teacher, portions, rng, check, *, limits, pace):
    checks = iter(range(10**9))

    def stop():
        check()
        if next(checks) == 50:
            raise BudgetExhausted("time")

    return refine(automaton, teacher, portions, rng, stop, limits=limits, pace=pace)


def test_no_more_is_asked_for_refinement_than_a_limit_leaves(curved, monkeypatch):
    left = []

    def asking_nothing(automaton, teacher, portions, rng, check, *, limits, pace):
        left.append(limits.most_scores)
        yield automaton

    plain = extract(curved, states=4, seconds=None, queries=9000)
    monkeypatch.setitem(settings.REFINEMENTS, "gradient", asking_nothing)
    result = extract(curved, states=4, seconds=None, queries=9000)
    assert left == [9000 - result.queries]
    assert plain.queries > result.queries + 100
    assert plain.queries <= 9000
    assert plain.chosen.error < result.chosen.error


def test_a_limit_on_effort_replays_whatever_the_clock_says(curved, monkeypatch):
    """Another machine is slower, or busier: an extraction under a limit on work is the same there."""
    results = []
    for tick in (1e-6, 50.0):
        clock = count()
        monkeypatch.setattr(time, "monotonic", lambda clock=clock, tick=tick: next(clock) * tick)
        results.append(extract(curved, states=4, effort=0.1))
    first, second = results
    np.testing.assert_array_equal(first.automaton.transitions, second.automaton.transitions)
    assert (first.queries, first.effort, first.stop_reason) == (second.queries, second.effort, second.stop_reason)
    assert len(first.rounds) == len(second.rounds)
    whole = extract(curved, states=4, effort=100.0)
    assert first.effort < 0.12 < whole.effort < 100.0


def test_the_number_of_states_that_is_asked_for_is_reached_though_it_is_late(monkeypatch):
    """No larger block is begun late, unless the last one was too small for them."""
    monkeypatch.setattr(spectral, "EARLY", 0.0)
    target = linked(random_wfa(np.random.default_rng(4), 14, 2), Binary())
    monkeypatch.setattr(spectral, "_stabilised", lambda *_: iter(()))
    assert extract(Stepping(target), states=14, effort=60.0).automaton.states == 14
