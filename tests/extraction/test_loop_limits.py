import time

import numpy as np
import pytest
from doubles import Interrupting, Stepping, WholeWords, words_up_to
from methods_of import CLASSIFYING, ENDINGS, KINDS, MODELLING, same_arrays, suited
from thorough import times

from nerode.automata.operations import equivalent
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import BudgetExhausted
from nerode.extraction.loop import ROUNDING, extract
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.reasons import BUDGET_REASONS


def attempt(teacher, method, **limits):
    """The extraction, or the reason why there is none."""
    try:
        return extract(teacher, method, **limits)
    except BudgetExhausted as error:
        return error.reason


@pytest.mark.parametrize("queries", [3, 30, 100, 300, 1000, 3000, 10_000])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [lambda: tomita(5), lambda: random_pdfa(np.random.default_rng(3), 4, 2)], ids=["dfa", "pdfa"])
@pytest.mark.sampled(42)
def test_never_more_queries_than_allowed(frugal, method, make, queries):
    """Counted where they are answered."""
    teacher = Stepping(make())
    if teacher.link.task not in method_named(method).tasks:
        return
    result = attempt(teacher, method, queries=queries, seconds=None)
    if result == "queries":
        assert queries < 50
        assert teacher.answers <= queries
    else:
        assert result.queries == teacher.answers - (result.verdict.words if result.verdict else 0)
        assert isinstance(result.automaton, KINDS[method])
        assert result.stop_reason in ENDINGS | {"queries"}
        assert result.queries <= queries


def test_what_was_learned_by_the_limit_is_handed_back(frugal):
    """Enough queries for a hypothesis, but not for weighing it on more words."""
    target = tomita(4)
    result = extract(WholeWords(target), "lstar", queries=60, seconds=None)
    assert result.stop_reason == "queries"
    assert len(result.rounds) > 1
    assert result.queries <= 60
    larger = random_dfa(np.random.default_rng(1), 30, 2)
    result = extract(WholeWords(larger), "lstar", queries=2000, seconds=None)
    assert result.stop_reason == "queries"
    assert result.automaton.states > 1


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.sampled(4)
def test_few_queries_are_not_spent_on_weighing(number):
    """White-box search needs some hundred; as many words again around the states would leave nothing to learn from."""
    result = extract(Stepping(tomita(number)), "lstar", queries=400, seconds=None)
    assert result.stop_reason == "queries"
    assert equivalent(result.automaton, tomita(number))


@pytest.mark.parametrize("states", [1, 2, 3, 4, 5])
def test_lstar_with_a_limit_on_states(frugal, states):
    result = extract(tomita(7), "lstar", states=states, seconds=None)
    assert all(done.states <= states for done in result.rounds)
    assert result.automaton.states <= states
    assert result.stop_reason == ("equivalent" if states == 5 else "states")
    assert (result.stop_reason in BUDGET_REASONS) == (states < 5)


@pytest.mark.parametrize("states", [1, 3, 6, 40])
@pytest.mark.sampled(2)
def test_spectral_with_a_number_of_states(frugal, states):
    target = random_wfa(np.random.default_rng(1), 6, 2)
    result = extract(target, "spectral", states=states, seconds=None)
    assert {done.states for done in result.rounds[1:]} == {min(states, 6)}


class Clock:
    """Time passes only when somebody looks."""

    def __init__(self, step):
        self.now, self.step = time.monotonic(), step

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("looks", [3, 10, 20, 50, 100, 200, 400])
@pytest.mark.sampled(21)
def test_the_limit_on_time(frugal, monkeypatch, method, looks):
    """Wherever it strikes, there is an automaton, or it struck before anything was learned."""
    monkeypatch.setattr(time, "monotonic", Clock(1.0))
    target = suited(method, random_dfa(np.random.default_rng(1), 40, 2))
    result = attempt(target, method, seconds=float(looks))
    if result == "time":
        assert looks < (100 if method in CLASSIFYING else 400)  # every letter of the held-out words is a look
    else:
        assert result.stop_reason == "time" or result.seconds < looks + 5
        assert isinstance(result.automaton, KINDS[method])


def test_a_slow_teacher_is_stopped_in_time(frugal, monkeypatch):
    """Each answer takes 0.05 s, and nothing else takes any: one that is under way at the limit is the last to learn from."""
    clock = Clock(0.0)
    monkeypatch.setattr(time, "monotonic", clock)

    class Slow(WholeWords):
        def scores(self, words):
            clock.now += 0.05
            return super().scores(words)

    result = extract(Slow(random_dfa(np.random.default_rng(1), 40, 2)), "lstar", seconds=1.0)
    assert result.stop_reason == "time"
    assert 1 - ROUNDING <= result.seconds < 1.5
    assert len(result.rounds) > 1


@pytest.mark.parametrize("method", CLASSIFYING)
@pytest.mark.sampled(3)
def test_ctrl_c_at_any_moment_loses_nothing(frugal, method):
    """From the first hypothesis on, an interruption hands back the best by then. Of many moments every fourth is tried."""
    target = random_dfa(np.random.default_rng(1), 5, 2)
    whole = Interrupting(target, 10**9)
    complete = extract(whole, method, seconds=None)
    with pytest.raises(KeyboardInterrupt):  # there is not even a constant before the held-out words are answered
        extract(Interrupting(target, 1), method, seconds=None)
    calls, rounds = 10**9 - whole.calls, []
    for moment in range(2, calls + 1, times(4, 1) if calls > 20 else 1):
        result = extract(Interrupting(target, moment), method, seconds=None)
        assert result.automaton.predict(words_up_to(2, 3)).shape == (15,)
        if result.stop_reason != "interrupted":  # the last questions are those of the verdict
            assert same_arrays(result.automaton, complete.automaton)
            break
        assert result.stop_reason in BUDGET_REASONS
        assert [done.states for done in result.rounds] == [done.states for done in complete.rounds][: len(result.rounds)]
        rounds.append(len(result.rounds))
    assert rounds == sorted(rounds)
    assert set(rounds) >= set(range(1, len(complete.rounds)))
    beyond = extract(Interrupting(target, calls + 1), method, seconds=None)
    assert beyond.stop_reason == complete.stop_reason
    assert same_arrays(beyond.automaton, complete.automaton)


@pytest.mark.parametrize("method", [name for name in MODELLING if name != "spectral"])
@pytest.mark.sampled(2)
def test_ctrl_c_loses_nothing_of_a_model(frugal, method):
    """From the first hypothesis on, an interruption hands back the best by then; it comes with one of the last answers."""
    target = random_pdfa(np.random.default_rng(1), 6, 2)
    whole = Interrupting(target, 10**9)
    complete = extract(whole, method, seconds=None)
    calls, rounds = 10**9 - whole.calls, []
    for part in (0.3, 0.6, 0.8, 0.9, 1):
        try:
            result = extract(Interrupting(target, int(part * calls)), method, seconds=None)
        except KeyboardInterrupt:
            rounds.append(0)
            continue
        assert result.stop_reason == "interrupted"
        assert [done.states for done in result.rounds] == [done.states for done in complete.rounds][: len(result.rounds)]
        rounds.append(len(result.rounds))
    assert rounds == sorted(rounds)
    assert len(set(rounds)) > 1
    assert 1 < rounds[-1] <= len(complete.rounds)
