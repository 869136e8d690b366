"""The shell where the network fails: a service that goes away, and time that runs out after learning."""

import os

import numpy as np
import pytest
from doubles import Failing
from shell import DEMO, run

import nerode
from nerode.datasets.languages import tomita
from nerode.errors import BudgetExhausted
from nerode.extraction import loop, verdict
from nerode.extraction.queries import method as queries
from nerode.links import CLASSIFIER
from nerode.shell import extract


@pytest.fixture
def service(monkeypatch):
    """The demo network, on a service; says when it goes away."""
    monkeypatch.setattr(queries, "SEARCH", 300)
    monkeypatch.setattr(loop, "FRESH", 50)
    monkeypatch.setitem(loop.WEIGHED, CLASSIFIER, 200)
    made = Failing(tomita(5), 10**9)
    monkeypatch.setattr(extract, "asked", lambda options: made)
    return made


def test_what_was_learned_is_written(capsys, tmp_path, service):
    out = tmp_path / "a.json"
    asked = ("extract", DEMO, "--method", "lstar", "--out", out)
    service.calls = 12
    shown = run(capsys, *asked)
    assert shown.code == 3
    assert (
        "Stopped because the network failed with ConnectionError: the service went away; this is the best automaton so far.\n"
        in shown.out
    )
    assert "There is no verdict, since it takes answers of the network." in shown.out
    assert "There is no comparison on fresh words, since it takes answers of the network." in shown.out
    assert "Traceback" not in shown.err
    service.calls = 12
    shown = run(capsys, *asked, "--json")
    assert (shown.code, shown.err) == (3, "")
    assert shown.answer["stop_reason"] == "teacher failed"
    assert shown.answer["failure"] == "ConnectionError: the service went away"
    assert (shown.answer["verdict"], shown.answer["held_out"]) == (None, None)
    assert nerode.load_automaton(out).states == shown.answer["states"]


def test_before_anything_is_learned_it_is_bad_input(capsys, tmp_path, service):
    service.calls = 1
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json")
    assert (shown.code, shown.out) == (2, "")
    assert shown.err == (
        "nerode extract: the network failed before anything was learned (ConnectionError: the service went away); "
        "see that it answers, and begin anew\n"
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("left_out", ["verdict", "comparison"])
def test_a_failure_after_learning_is_told(capsys, tmp_path, service, left_out):
    out = tmp_path / "a.json"
    asked = ("extract", DEMO, "--method", "lstar", "--out", out)
    run(capsys, *asked)
    service.calls = 10**9 - service.calls - (left_out == "verdict")  # the last question is for the comparison
    shown = run(capsys, *asked)
    assert shown.code == 3
    assert f"There is no {left_out}" in shown.out
    assert "the network failed with ConnectionError: the service went away" in shown.out
    assert nerode.load_automaton(out).states == 4


def test_a_comparison_that_takes_too_long_is_left_out(capsys, tmp_path, service, monkeypatch):
    def compare(*arguments, **options):
        raise BudgetExhausted("time")

    monkeypatch.setattr(extract, "compare", compare)
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json")
    assert shown.code == 3
    assert "There is no comparison on fresh words, since there was no time left; `nerode eval` makes one." in shown.out


def test_the_comparison_is_on_the_words_of_the_verdict(capsys, tmp_path, service, monkeypatch):
    plain = verdict.judge
    monkeypatch.setattr(verdict, "judge", lambda automaton, teacher, words, *rest: plain(automaton, teacher, words[:20], *rest))
    answer = run(capsys, "extract", DEMO, "--method", "lstar", "--out", tmp_path / "a.json", "--json").answer
    assert (answer["verdict"]["words"], answer["held_out"]["words"]) == (20, 20)
    assert answer["left_out"] == ["The verdict rests on 20 of 50 fresh words, since there was no time for more."]


def test_a_word_of_far_more_letters_is_left_out(capsys, tmp_path, service, rng):
    words = tmp_path / "words"
    given = [tuple(rng.integers(2, size=length).tolist()) for length in (*rng.integers(20, size=200), 20_000)]
    words.write_text("".join(f"{''.join(map(str, word))}\n" for word in given if word))
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--words", words, "--out", tmp_path / "a.json")
    assert shown.code == 0
    assert "Left out: 1 given word of more than 19 letters" in shown.out
    assert "% of words like those given of at most 19 letters, each counted once, get another label" in shown.out
    assert max(map(len, service.asked)) < 100
    assert np.sum([len(word) == 20_000 for word in service.asked]) == 0
