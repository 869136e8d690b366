"""Functions as teachers of an extraction: how they are given, limits on time, and what a failure leaves."""

import time

import pytest
import torch

import nerode
from nerode.datasets.languages import tomita
from nerode.errors import InputError
from nerode.extraction import loop
from nerode.extraction.meter import Meter
from nerode.functions import function_teacher


def test_what_extract_takes():
    with pytest.raises(InputError, match=r'give it, as in nerode.extract\(function, alphabet="ab"\)'):
        nerode.extract(len)
    with pytest.raises(InputError, match="this teacher has its own alphabet"):
        nerode.extract(tomita(1), alphabet="01")
    with pytest.raises(InputError, match=r"make a teacher of it with nerode.teacher\(module, alphabet\)"):
        nerode.extract(torch.nn.Linear(1, 1), alphabet="ab")
    with pytest.raises(InputError, match=r"nerode.teacher\(function, alphabet\) makes one of a function"):
        nerode.compare(tomita(1), len, ["0"])


class Until:
    """Answers well, but for the calls after some."""

    def __init__(self, calls, then):
        self.calls = calls
        self.then = then

    def __call__(self, word):
        self.calls -= 1
        return self.then(word) if self.calls < 0 else word.count("a") % 3 == 0


def stop(word):
    raise KeyboardInterrupt


def crash(word):
    raise OSError("no such device")


@pytest.mark.parametrize(
    ("then", "reason", "failure"),
    [
        (crash, "teacher failed", "no such device"),
        (lambda word: None, "teacher failed", "is None; an answer is a label, a number or a list of numbers"),
        (lambda word: float("nan"), "teacher failed", "is nan, and the classes are False, True"),
        (stop, "interrupted", None),
    ],
)
def test_what_was_learned_is_kept(frugal, then, reason, failure):
    result = nerode.extract(Until(335 + 1600, then), alphabet="ab", seconds=None)
    assert (result.stop_reason, result.automaton.states) == (reason, 3)
    assert failure is None or failure in str(result.failure)
    if then is crash:
        assert result.failure.__notes__[0].startswith("The word was ")


def test_the_clock_is_looked_at_between_words(monkeypatch, frugal):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def slow(word):
        now[0] += 0.02
        return word.count("a") % 3 == 0

    result = nerode.extract(slow, alphabet="ab", seconds=30)
    assert (result.stop_reason, result.automaton.states) == ("time", 3)
    assert result.seconds < 24.1
    assert result.verdict.words >= 25
    assert now[0] < 2.1 + 30.2 + loop.LATE + 0.2  # the look, learning, the verdict


def test_a_slow_function_has_so_many_words_left():
    fast, slow = (function_teacher(lambda w: True, "ab") for _ in range(2))
    fast.pace, slow.pace = 1e-6, 1.0
    assert (loop._pace(fast, 60.0), loop._pace(slow, 60.0), loop._pace(slow, None)) == (None, 1.0, None)
    assert Meter(60.0).queries_left is None
    assert Meter(60.0, 7, pace=1.0).queries_left == 7
    assert 50 < Meter(60.0, pace=1.0).queries_left <= 60


def test_the_accepting_class_is_class_one_whatever_the_alphabet_says():
    teacher = nerode.teacher(lambda word: "accept" if word.count("a") % 2 else "reject", "ab")
    assert teacher.link.labels(teacher.scores(["a", ""])).tolist() == [1, 0]


def test_a_function_that_fails_early_loses_little():
    """Not all held-out words are asked before something is learned."""
    calls = []

    def function(word):
        calls.append(word)
        if len(calls) > 3000:
            raise ValueError("gone")
        return word.count("a") % 3 == 0

    result = nerode.extract(function, alphabet="ab")
    assert result.stop_reason == "teacher failed"
    assert isinstance(result.failure, ValueError)
    assert result.automaton.states > 1
