"""Costs, with a clock that ticks once a word, so that nothing rests on the time that tests take."""

import json

import numpy as np
import pytest
import torch
from doubles import WholeWords
from shell import DEMO

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval import costs as module
from nerode.eval.costs import TURNS, array_bytes, costs
from nerode.rounding import exact
from nerode.teachers.checkpoints import load_model
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


class Timed(WholeWords):
    """Takes so many seconds a word; the first batch takes long, and one in the midst does."""

    def __init__(self, inner, clock, pace, log):
        super().__init__(inner)
        self.clock, self.pace, self.log = clock, pace, log
        self.slow = [0, 3]

    def scores(self, words):
        self.clock.time += self.pace * len(words) + (1000 if len([who for who in self.log if who is self]) in self.slow else 0)
        self.log.append(self)
        return super().scores(words)


def test_both_are_asked_the_same_words_in_turns(monkeypatch):
    clock, log = Clock(), []
    student, teacher = Timed(EVEN, clock, 2.0, log), Timed(EVEN, clock, 5.0, log)
    monkeypatch.setattr(module, "perf_counter", clock)
    monkeypatch.setattr(module, "array_bytes", lambda automaton: 7)
    words = [(0,) * length for length in range(3 * TURNS + 1)]
    found = costs(student, teacher, words)
    assert (found.student_seconds, found.teacher_seconds) == (2.0, 5.0)
    assert student.asked == teacher.asked
    assert sorted(student.asked[len(words[0::TURNS]) :]) == words
    first = log[::2]
    assert len(log) == 2 * (TURNS + 1)
    assert {log.index(student), log.index(teacher)} == {0, 1}
    assert {who is student for who in first} == {True, False}
    assert (found.words, found.student_bytes, found.teacher_bytes) == (len(words), 7, None)
    assert str(found).splitlines() == [
        "time a word: automaton 2e+06 µs, network 5e+06 µs", "memory: automaton 7 bytes, network unknown",
    ]  # fmt: skip
    assert json.loads(json.dumps(found.to_json()))["teacher_seconds"] == 5.0


def test_the_memory_of_automata_is_that_of_their_arrays():
    assert array_bytes(EVEN) == 8 * (4 + 2)
    assert array_bytes(PDFA(AB, [[0, 0]], [[0.5, 0.3, 0.2]])) == 8 * (2 + 3)
    assert array_bytes(WFA(AB, np.zeros(3), np.zeros((2, 3, 3)), np.zeros((3, 1)))) == 8 * (3 + 18 + 3)
    assert costs(EVEN, EVEN, ["a"]).teacher_bytes == 48


def test_the_memory_of_a_network_is_that_of_its_parameters():
    model = load_model(DEMO)
    assert model.teacher.parameter_bytes == 4 * model.parameters
    assert exact(model.teacher).parameter_bytes == 4 * model.parameters
    assert costs(EVEN, WholeWords(EVEN), ["a", ""]).teacher_bytes is None


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("embedding", [None, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_both_directions_count_each_parameter_once(layers, embedding, dtype):
    network = RecurrentNetwork(RecurrentSpec("gru", 2, 5, (1,), layers, True, embedding)).to(dtype)
    link = load_model(DEMO).link
    model = TrainedModel(network, AB, link, Encoding(), 1, "", "")
    assert model.teacher.parameter_bytes == dtype.itemsize * model.parameters


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="no word to measure"):
        costs(EVEN, EVEN, [])
