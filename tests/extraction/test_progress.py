"""What is said while an extraction goes on: rounds at once, and how far it is each second, by a clock of the test's own."""

import os
import re
import sys
import termios
import time
from contextlib import suppress

import numpy as np
import pytest
from doubles import Failing, Stepping

from nerode.automata.dfa import DFA
from nerode.datasets.random_automata import random_dfa
from nerode.eval.report import compare
from nerode.extraction.budget import metered
from nerode.extraction.loop import extract
from nerode.extraction.meter import Meter
from nerode.extraction.progress import Progress
from nerode.shell.common import watched
from nerode.shell.console import Status
from nerode.words import Alphabet

PARITY = DFA(Alphabet(("a", "b")), [[1, 0], [0, 1]], [0, 1])


class Clock:
    """Each look at it takes a part of a second."""

    def __init__(self, step):
        self.now, self.step = 100.0, step

    def __call__(self):
        self.now += self.step
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(0.0)
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def test_it_is_said_once_a_second_how_far_the_work_is(clock):
    told = []
    meter = Meter(60.0, 1000, 20.0, watch=Progress(told.append, "asking"))
    for passed, queries in [(0.4, 10), (0.5, 10), (0.2, 30), (0.5, 100), (2.0, 50)]:
        clock.now += passed
        meter.charge(queries)
        meter.effort += 1.0
    assert told == [
        "asking: 20 queries, 18 a second; 1 s, 59 s and 90% of the effort and 980 queries left",
        "asking: 150 queries, 52 a second; 4 s, 56 s and 80% of the effort and 850 queries left",
    ]


def test_without_limits_nothing_is_left(clock):
    told = []
    meter = Meter(watch=Progress(told.append, "refining"))
    clock.now += 7.0
    meter.stage(1.0)(0.5)  # a stage of work asks nothing
    meter.stage(1.0)(0.5)
    assert told == ["refining: 0 queries, 0 a second; 7 s"]


def test_one_long_question_is_watched_in_between(clock):
    """Whole words are asked in parts of so many letters, steps one after the other."""
    told = []
    clock.step = 0.3
    teacher = metered(random_dfa(np.random.default_rng(0), 5, 2), Meter(watch=Progress(told.append, "asking")))
    teacher.scores([(0, 1) * 50])
    assert len(told) > 20


@pytest.mark.parametrize("method", ["lstar", "spectral"])
def test_an_extraction_says_what_it_does(frugal, clock, method):
    clock.step = 0.3
    told = []
    teacher = Stepping(random_dfa(np.random.default_rng(0), 5, 2))  # which is not known to be a DFA
    result = extract(teacher, method, seconds=None, sizes=(1, 2), progress=told.append)
    rounds = [said for said in told if said.startswith("round ")]
    sizes = [f"{done.states} state{'s' * (done.states != 1)}" for done in result.rounds]
    # what they err is weighed on more words later
    assert [said.split(",")[0] for said in rounds] == [f"round {i}: {size}" for i, size in enumerate(sizes)][1:]
    shown = [said for said in told if re.search(r": [\d,]+ quer(y|ies), [\d,]+ a second; \d+ s$", said)]
    doing = {said.split(":")[0] for said in shown}
    assert {"asking about held-out words", "asking about fresh words for the verdict"} <= doing
    after = [re.match(r"after round (\d+) \((.*), held-out error ", said) for said in doing if said.startswith("after")]
    assert after if method == "lstar" else "making automata of other sizes" in doing
    assert all(found[2] == sizes[int(found[1])] for found in after)
    assert len(told) >= len(rounds) + len(shown) > len(rounds) + 3


def test_somebody_may_interrupt_while_something_is_said(frugal, clock):
    clock.step = 0.05

    def impatient(said):
        if said.startswith("after round 1 "):
            raise KeyboardInterrupt

    result = extract(random_dfa(np.random.default_rng(1), 30, 2), "lstar", seconds=None, progress=impatient)
    assert result.stop_reason == "interrupted"
    assert result.automaton.states >= 1


class Lines:
    """A status line that remembers what it showed."""

    def __init__(self):
        self.shown = []

    def show(self, message):
        self.shown.append(message)


def test_a_command_that_asks_much_says_how_far_it_is(clock):
    clock.step = 0.3
    dfa, lines, words = random_dfa(np.random.default_rng(0), 5, 2), Lines(), [(0, 1) * 50, (1,)]
    with watched(dfa, lines, "comparing") as teacher:
        assert compare(dfa, teacher, words).to_json() == compare(dfa, dfa, words).to_json()
    assert lines.shown[0] == "comparing"
    assert len(lines.shown) > 20
    assert all(
        re.fullmatch(r"comparing: [12] quer(y|ies), \d+ a second; \d+ s|comparing: 0 queries.*", s) for s in lines.shown[1:]
    )


def test_what_a_watched_teacher_raises_is_raised():
    with (
        pytest.raises(ConnectionError, match="the service went away"),
        watched(Failing(PARITY, 1), Lines(), "comparing") as teacher,
    ):
        compare(PARITY, teacher, ["a"])


def test_the_line_of_a_terminal_is_written_over_and_never_longer_than_it(monkeypatch):
    terminal, stderr = os.openpty()
    termios.tcsetwinsize(stderr, (24, 40))
    with open(stderr, "w", encoding="utf-8") as shown, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", shown)
        status = Status()
        status.show("x" * 100)
        status.show("short")
    said = b""
    with suppress(OSError):  # the other end is closed, and all is read
        while part := os.read(terminal, 4096):  # it comes in one part or in several
            said += part
    os.close(terminal)
    assert said.decode() == "\r\033[K" + "x" * 39 + "\r\033[Kshort"


def test_nothing_is_shown_where_stderr_is_no_terminal(monkeypatch, tmp_path):
    with open(tmp_path / "log", "w", encoding="utf-8") as shown, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", shown)
        Status().show("after round 3")
    assert (tmp_path / "log").read_text(encoding="utf-8") == ""
