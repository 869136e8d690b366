"""Automata of several sizes where something comes in between: Ctrl-C, limits, teachers that fail."""

import time

import numpy as np
import pytest
from doubles import Stepping
from methods_of import CLASSIFYING, PASSIVE, suited
from sized import MAKES, WANTED, classifier

from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.extraction import loop, sizes
from nerode.extraction.loop import extract
from nerode.extraction.methods import METHODS
from nerode.extraction.passive import samples
from nerode.extraction.passive.samples import OTHER_SIZES
from nerode.extraction.queries import method as queries
from nerode.extraction.spectral import smaller


@pytest.mark.parametrize(("name", "number"), [("lstar", 2), ("spectral", 0), ("spectral", 2), ("pdfa", 1)])
@pytest.mark.sampled(2)
def test_ctrl_c_while_they_are_made_loses_nothing(frugal, name, number):
    method, make, settings = MAKES[name]
    plain = extract(Stepping(make()), method, seconds=None, **settings)
    left = [number]

    def impatient(said):
        if said.startswith("sizes"):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1

    result = extract(Stepping(make()), method, seconds=None, sizes=WANTED, progress=impatient, **settings)
    assert result.automaton.to_json() == plain.automaton.to_json()
    assert (result.stop_reason, result.sizes_stopped) == (plain.stop_reason, "interrupted")
    assert any("other sizes are missing" in said for said in result.left_out)
    assert result.automaton in [each.automaton for each in result.sizes]
    assert result.verdict == plain.verdict


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.sampled(4)
def test_ctrl_c_at_once_leaves_the_automaton_among_its_sizes(frugal, monkeypatch, method):
    honest, left = sizes.weighed, [1]

    def impatient(automaton, held_out):
        left[0] -= 1
        if left[0] >= 0:
            raise KeyboardInterrupt
        return honest(automaton, held_out)

    monkeypatch.setattr(sizes, "weighed", impatient)
    teacher = Stepping(suited(method, classifier(), 8))
    result = extract(teacher, method, seconds=None, sizes=WANTED)
    assert [each.automaton for each in result.sizes] == [result.automaton]
    assert result.sizes_stopped == "interrupted"
    assert (result.verdict is not None) == (method in CLASSIFYING)
    left[0] = 2  # and again
    assert extract(teacher, method, seconds=None, sizes=WANTED).sizes == ()


def test_who_interrupts_learning_does_not_wait_for_sizes(frugal, monkeypatch):
    def impatient(said):
        if said.startswith("round 3"):
            raise KeyboardInterrupt
        assert not said.startswith("sizes")

    result = extract(Stepping(classifier()), "lstar", seconds=None, sizes=(1, 2, 3), progress=impatient)
    assert result.stop_reason == result.sizes_stopped == "interrupted"
    assert result.sizes[-1].automaton is result.automaton
    assert len(result.sizes) > 1  # of the hypotheses that there were


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.sampled(4)
def test_a_part_of_a_limit_is_left_for_them(frugal, monkeypatch, method):
    """Each look at the clock takes a second, and learning would take all of them."""

    class Clock:
        now = time.monotonic()

        def __call__(self):
            self.now += 1.0
            return self.now

    told = []
    monkeypatch.setattr(time, "monotonic", Clock())
    teacher = suited(method, random_dfa(np.random.default_rng(1), 40, 2), 12)
    seconds = 900.0 if method in CLASSIFYING else 3000.0  # a model draws its words letter by letter
    result = extract(teacher, method, seconds=seconds, sizes=(1, 2, 4), progress=told.append)
    assert result.automaton in [each.automaton for each in result.sizes]
    if method in PASSIVE or method in ("vpa", "cfg"):  # which make none of other sizes
        assert result.sizes_stopped in (None, "time")
    else:
        assert any(said.startswith("sizes") for said in told) or result.sizes_stopped == "time"
    assert result.seconds < seconds + 15
    if result.sizes_stopped:
        assert (
            "Automata of other sizes are missing or not fitted to the end, since the limit on time was reached."
            in result.left_out
        )


def test_a_teacher_that_fails_in_learning_leaves_sizes_to_make(frugal, monkeypatch):
    class Breaking(Stepping):
        def advance(self, states, parents, symbols):
            if self.broken:
                raise RuntimeError("out of order")
            return super().advance(states, parents, symbols)

    asked = Breaking(classifier(12))
    asked.broken = False

    def breaking(said):
        asked.broken = True

    result = extract(asked, "spectral", seconds=None, sizes=(1, 2, 4), progress=breaking)
    assert (result.stop_reason, result.sizes_stopped) == (loop.FAILED, None)
    assert len(result.sizes) > 2


def test_states_that_overflow_leave_what_learning_passed(frugal, monkeypatch):
    monkeypatch.setattr(smaller, "balancing", lambda *moments: None)
    result = extract(Stepping(classifier()), "spectral", seconds=None, sizes=(1, 2))
    assert "No smaller automata were made, since the states of this one overflow." in result.left_out
    assert result.sizes[-1].automaton is result.automaton


@pytest.mark.parametrize("method", PASSIVE)
@pytest.mark.sampled(2)
def test_passive_methods_make_no_others_and_say_so(frugal, monkeypatch, method):
    monkeypatch.setattr(samples, "LABELLED_WORDS", (300, 600))
    monkeypatch.setattr(samples, "DRAWN_WORDS", (300, 600))
    teacher = Stepping(suited(method, tomita(5), 8))
    result = extract(teacher, method, seconds=None, sizes=(1, 2, 3))
    assert result.automaton.states > 1
    assert OTHER_SIZES in result.left_out
    passed = {automaton.states for _, automaton in result.front}
    assert all(each.states in passed or each.automaton is result.automaton for each in result.sizes)
    assert result.sizes[0].states == 1
    assert OTHER_SIZES not in extract(teacher, method, seconds=None, sizes=(10**6,)).left_out  # nothing smaller is wanted


def test_a_dfa_too_large_to_merge_says_so(frugal, monkeypatch):
    monkeypatch.setattr(queries, "MERGED", 5)
    result = extract(Stepping(classifier()), "lstar", seconds=None, sizes=(1, 2), searches=("random",))
    assert "Other sizes are those that learning passed, since states are merged where there are at most 5." in result.left_out
    assert result.sizes[-1].automaton is result.automaton
