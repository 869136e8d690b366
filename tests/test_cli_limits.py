"""The shell where an extraction is cut short: by limits, by interruptions."""

import json
import os
import signal

import numpy as np
import pytest
from shell import DEMO, ended, run, started

import nerode

# limits


@pytest.mark.usefixtures("briefly_refined")
@pytest.mark.parametrize(("method", "queries"), [("lstar", 300), ("spectral", 40), ("spectral", 1)])
@pytest.mark.sampled(2)
def test_few_queries_still_give_an_automaton(capsys, tmp_path, method, queries):
    out = tmp_path / "a.json"
    asked = ("extract", DEMO, "--method", method, "--queries", queries, "--out", out)
    shown = run(capsys, *asked, "--json")
    assert (shown.code, shown.answer["stop_reason"]) == (3, "queries")
    assert 0 < shown.answer["queries"] <= queries
    assert nerode.load_automaton(out).states == shown.answer["states"]
    assert "Stopped by the limit on queries" in run(capsys, *asked).out


@pytest.mark.parametrize("queries", [500, 20_000])
@pytest.mark.usefixtures("briefly_refined")
def test_few_queries_of_a_language_model_are_not_all_spent_on_drawing_words(capsys, tmp_path, queries, rng):
    model, out = tmp_path / "pdfa.json", tmp_path / "a.json"
    nerode.language("random-pdfa-4-letters-3", rng).save(model)
    answer = run(capsys, "extract", model, "--queries", queries, "--out", out, "--json").answer
    assert answer["queries"] <= queries
    assert nerode.load_automaton(out).states == answer["states"]
    if queries == 20_000:
        assert answer["states"] == 4


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """A DFA that takes many seconds to learn."""
    path = tmp_path_factory.mktemp("large") / "dfa.json"
    nerode.language("random-dfa-5000-letters-5", np.random.default_rng(0)).save(path)
    return path


def test_the_limit_on_time_gives_the_best_so_far(capsys, tmp_path, large):
    out = tmp_path / "a.json"
    shown = run(capsys, "extract", large, "--method", "lstar", "--seconds", 1, "--out", out, "--json")
    assert (shown.code, shown.answer["stop_reason"]) == (3, "time")
    assert shown.answer["seconds"] >= 0.95  # the rest is kept for rounding
    assert nerode.load_automaton(out).states == shown.answer["states"]


def test_limits_too_small_for_anything_say_so_and_write_nothing(capsys, tmp_path, rng):
    nerode.language("random-pdfa-4-letters-3", rng).save(tmp_path / "pdfa.json")
    shown = run(capsys, "extract", tmp_path / "pdfa.json", "--queries", 1, "--out", tmp_path / "a.json")
    assert (shown.code, shown.out) == (3, "")
    assert "nothing was written" in shown.err
    assert os.listdir(tmp_path) == ["pdfa.json"]


# interruptions


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_extraction_writes_the_best_so_far(tmp_path, large, number):
    out = tmp_path / "a.json"
    terminal, stderr = os.openpty()  # a terminal is told of every round
    arguments = ("extract", large, "--method", "lstar", "--seconds", 60, "--out", out, "--json")
    process = started(*arguments, stderr=stderr)
    os.close(stderr)
    said = b""
    while b"round 2:" not in said:
        said += os.read(terminal, 4096)
    process.send_signal(number)
    process.send_signal(number)  # as impatient people do
    outcome = ended(process)
    os.close(terminal)
    assert outcome.code == 3
    assert outcome.answer["stop_reason"] == "interrupted"
    assert nerode.load_automaton(out).states == outcome.answer["states"] > 1
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["stop_reason"] == "interrupted"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_before_anything_is_learned_writes_nothing(tmp_path, dfa, number):
    pipe = tmp_path / "words"
    os.mkfifo(pipe)
    process = started("extract", dfa, "--words", pipe, "--out", tmp_path / "a.json")
    with pipe.open("w"):  # opens as soon as the other side reads, which then waits
        process.send_signal(number)
    outcome = ended(process)  # outside, as Python may note a signal just before it begins to wait, and then waits for the pipe
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "nerode extract: interrupted; nothing was written\n"
    assert sorted(os.listdir(tmp_path)) == ["dfa.json", "words"]


def test_a_second_interruption_waits_until_the_file_is_written(capsys, tmp_path, monkeypatch, frugal):
    handled = []

    def save(self, path, extraction):
        handled.append(signal.getsignal(signal.SIGINT))

    monkeypatch.setattr(nerode.WFA, "save", save)
    before = signal.getsignal(signal.SIGINT)
    run(capsys, "extract", DEMO, "--out", tmp_path / "a.json")
    assert handled == [signal.SIG_IGN]
    assert signal.getsignal(signal.SIGINT) is before
