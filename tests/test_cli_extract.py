"""`nerode extract` where all goes well: what it prints, what it writes, and that it can be replayed."""

import json
import os
from math import inf

import numpy as np
import pytest
from shell import DEMO, ROUGH, run

import nerode
from nerode.automata.operations import separating_word
from nerode.shell import extract as extract_command

EXTRACTED = {
    "automaton",
    "type",
    "states",
    "answers",
    "seconds",
    "queries",
    "stop_reason",
    "held_out",
    "negatives",
    "plots",
    "sizes",
    "report",
    "regex",
    "accepted",
    "decides_as_dfa",
}
EXTRACTED |= {"grammar", "depths", "told", "failure", "left_out", "searches", "contradictions", "verdict", "verdict_random"}


def test_lstar_finds_the_minimal_dfa(capsys, tmp_path):
    out = tmp_path / "dfa.json"
    shown = run(capsys, "extract", DEMO, "--method", "lstar", "--out", out, "--json")
    assert (shown.code, shown.err) == (0, "")
    answer = shown.answer
    assert set(answer) == EXTRACTED
    assert {name: answer[name] for name in ("automaton", "type", "states", "stop_reason")} == {
        "automaton": str(out), "type": "dfa", "states": 4, "stop_reason": "no counterexample",
    }  # fmt: skip
    assert answer["verdict"] == {
        "words": 1000, "errors": 0, "distribution": "random words of 0 to 20 letters (half with runs)", "delta": 0.05,
        "equivalent": False, "epsilon": pytest.approx(1 - 0.05 ** (1 / 1000)),
    }  # fmt: skip
    assert answer["verdict_random"] is None
    assert answer["held_out"]["metrics"]["error_rate"]["value"] == 0
    truth = nerode.language("tomita-5", np.random.default_rng(0))
    assert separating_word(nerode.load_automaton(out), truth) is None
    kept = json.loads(out.read_text(encoding="utf-8"))["extraction"]
    assert kept["checkpoint"] == str(DEMO)
    assert kept["queries"] == answer["queries"] > 0
    assert kept["rounds"][-1]["states"] == 4
    assert kept["verdict"] == answer["verdict"]


def test_spectral_is_the_default_and_speaks_to_people(capsys, tmp_path, monkeypatch, briefly_refined):
    monkeypatch.chdir(tmp_path)
    shown = run(capsys, "extract", DEMO)
    assert (shown.code, shown.err) == (0, "")
    assert "<WFA: 4 states, 2 symbols, 1 score>" in shown.out
    assert "written to tomita-5.spectral.json" in shown.out
    assert "Student and teacher on 1,000 words" in shown.out
    assert nerode.load_automaton("tomita-5.spectral.json").states == 4


def test_the_default_name_keeps_the_dots_of_a_folder(capsys, tmp_path, monkeypatch, dfa, frugal):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gru.v1").symlink_to("gru.v2")
    (tmp_path / "gru.v2").symlink_to("real.v3")
    (tmp_path / "real.v3").mkdir()
    for file in DEMO.iterdir():
        (tmp_path / "real.v3" / file.name).symlink_to(file)
    assert run(capsys, "extract", "gru.v1", *ROUGH).code == 0
    assert (tmp_path / "real.v3.spectral.json").exists()
    assert run(capsys, "extract", dfa, *ROUGH).code == 0
    assert (tmp_path / "dfa.spectral.json").exists()


@pytest.mark.parametrize("method", ["lstar", "spectral"])
def test_a_seed_replays(capsys, tmp_path, frugal, method):
    # the first line says nothing of time, which the rounds do
    files = [tmp_path / name for name in ("a.json", "b.json")]
    answers = [run(capsys, "extract", DEMO, "--method", method, "--seed", 7, "--out", f, "--json").answer for f in files]
    for answer in answers:
        del answer["automaton"], answer["seconds"]
        for search in answer["searches"]:
            del search["seconds"]
    assert answers[0] == answers[1]
    one, other = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    del one["extraction"], other["extraction"]
    assert one == other


def test_words_are_learned_and_judged_with(capsys, tmp_path, briefly_refined):
    words = tmp_path / "words.txt"
    words.write_text("".join(f"{number:08b}\n" * 3 for number in range(100)), encoding="utf-8")
    answer = run(capsys, "extract", DEMO, "--words", words, "--out", tmp_path / "a.json", "--json").answer
    assert answer["held_out"]["words"] == answer["verdict"]["words"] == 20  # a fifth of the different ones that are given
    assert answer["verdict_random"]["words"] == 1000
    assert answer["verdict_random"]["distribution"] == "random words as long as those given"
    shown = run(capsys, "extract", DEMO, "--words", words, "--out", tmp_path / "a.json").out.splitlines()
    assert " queries. Stopped because " in shown[0]
    assert "% of words like those given" in shown[1]
    assert "% of random words as long as those given" in shown[2]


@pytest.mark.parametrize(
    ("given", "heading", "few"),
    [
        (1, "On the fresh words, random ones as long as those given:", "1 word;"),
        (100, "On the fresh words, kept apart from those given:", "20 words;"),
        (300, "On the fresh words, kept apart from those given:", None),
    ],
)
def test_a_verdict_on_few_words_is_said_to_be_one(capsys, tmp_path, given, heading, few):
    words = tmp_path / "words.txt"
    words.write_text("".join(f"{number:09b}\n" for number in range(given)), encoding="utf-8")
    shown = run(capsys, "extract", DEMO, "--words", words, *ROUGH, "--out", tmp_path / "a.json")
    assert shown.code == 0
    assert heading in shown.out
    assert (few is not None) == ("note: all this rests on" in shown.err)
    assert few is None or few in shown.err


def test_states_are_a_number_for_spectral_and_a_limit_for_lstar(capsys, tmp_path, frugal):
    out = tmp_path / "a.json"
    answer = run(capsys, "extract", DEMO, "--states", 3, "--refinement", "none", "--out", out, "--json")
    assert (answer.code, answer.answer["states"]) == (0, 3)
    answer = run(capsys, "extract", DEMO, "--method", "lstar", "--states", 2, "--out", out, "--json")
    assert (answer.code, answer.answer["stop_reason"]) == (3, "states")
    assert answer.answer["states"] <= 2
    assert nerode.load_automaton(out).states == answer.answer["states"]


def test_a_file_is_replaced_in_one_step(capsys, tmp_path, frugal):
    out = tmp_path / "a.json"
    out.write_text("old")
    assert run(capsys, "extract", DEMO, *ROUGH, "--out", out).code == 0
    assert nerode.load_automaton(out).states == 2
    assert os.listdir(tmp_path) == ["a.json"]


def test_rounds_that_overflow_do_not_spoil_the_file(capsys, tmp_path, monkeypatch, frugal):
    honest = extract_command.extract

    def overflowing(*arguments, **options):
        result = honest(*arguments, **options)
        object.__setattr__(result.rounds[0], "error", inf)
        return result

    monkeypatch.setattr(extract_command, "extract", overflowing)
    assert run(capsys, "extract", DEMO, "--out", tmp_path / "a.json").code == 0
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["extraction"]["rounds"][0]["error"] is None
