"""A weighted automaton that decides as a small DFA does: it is said, and the command that is named gives this DFA."""

import shlex
from types import SimpleNamespace

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.automata.operations import equivalent
from nerode.automata.wfa import WFA
from nerode.links import CLASSIFIER, Binary
from nerode.sampling import uniform_words
from nerode.shell.readable import small_dfa
from nerode.words import Alphabet

pytestmark = pytest.mark.usefixtures("frugal")


def result(automaton, **changes):
    words = uniform_words(np.random.default_rng(0), len(automaton.alphabet), np.arange(300) % 30)
    known = {
        "automaton": automaton,
        "task": CLASSIFIER,
        "fresh": words,
        "stop_reason": "converged",
        "failure": None,
        "seed": 0,
        "interrupted": False,
    }
    return SimpleNamespace(**known | changes)


def counting():
    """More a than b: no DFA decides it."""
    steps = [[[1.0, 1.0], [0.0, 1.0]], [[1.0, -1.0], [0.0, 1.0]]]
    return WFA(Alphabet(("a", "b")), [1.0, 0.0], steps, [[-0.5], [1.0]], Binary())


def parity():
    """An even number of a: two states."""
    return WFA(Alphabet(("a", "b")), [1.0, 0.0], [[[0.0, 1.0], [1.0, 0.0]], np.eye(2)], [[1.0], [-1.0]], Binary())


def test_the_command_that_is_named_gives_the_dfa(tmp_path, capsys):
    out = tmp_path / "wfa.json"
    done = run(capsys, "extract", DEMO, "--effort", "20", "--out", out)
    (line,) = [line for line in done.out.splitlines() if "is easier to read" in line]
    assert "On all of the fresh words a DFA of 4 states gives the same labels" in line
    command = shlex.split(line.partition("nerode ")[2])
    assert run(capsys, *command, "--out", tmp_path / "dfa.json", "--effort", "3").code in (0, 3)
    assert equivalent(nerode.load_automaton(tmp_path / "dfa.json"), nerode.language("tomita-5", np.random.default_rng(0)))
    answer = run(capsys, "extract", DEMO, "--effort", "20", "--out", out, "--json").answer
    assert answer["decides_as_dfa"] == 4


def test_it_is_said_only_where_it_holds():
    assert small_dfa(result(parity()), None).states == 2
    assert small_dfa(result(parity()), 20.0).differs == 0
    assert small_dfa(result(counting()), None) is None


def test_it_is_not_looked_for_where_there_is_no_time_or_no_use():
    assert small_dfa(result(parity()), 5.0) is None
    assert small_dfa(result(parity(), interrupted=True), None) is None
    assert small_dfa(result(parity(), failure=ValueError()), None) is None
    assert small_dfa(result(parity(), fresh=[]), None) is None
    dfa = nerode.language("tomita-1", np.random.default_rng(0))
    assert small_dfa(result(dfa), None) is None
