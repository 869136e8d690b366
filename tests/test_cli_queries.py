"""`nerode extract --method lstar`: its settings, what it says of its searches, and what it refuses."""

import json
import os

import pytest
from shell import DEMO, run

LSTAR = ("extract", DEMO, "--method", "lstar")


def test_settings_are_taken_and_written_down(capsys, tmp_path, frugal):
    out = tmp_path / "a.json"
    options = ("--learner", "tree", "--search", "access-words, random", "--search", "transitions", "--band", "0.01", "--out", out)
    shown = run(capsys, *LSTAR, *options, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.answer["states"] == 4
    assert [search["search"] for search in shown.answer["searches"]] == ["access-words", "random", "transitions"]
    assert all(set(search) == {"search", "looks", "words", "found", "seconds"} for search in shown.answer["searches"])
    kept = json.loads(out.read_text(encoding="utf-8"))["extraction"]
    assert [kept[name] for name in ("learner", "searches", "band", "letter_classes")] == [
        "tree", ["access-words", "random", "transitions"], 0.01, False,
    ]  # fmt: skip
    assert "target" not in kept
    assert run(capsys, *LSTAR, "--learner", "table", "--search", "random", "--out", out, "--json").answer["states"] == 4
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["learner"] == "table"


def test_people_are_told_what_was_tried_and_how_far_to_trust_it(capsys, tmp_path):
    shown = run(capsys, *LSTAR, "--search", "random", "--out", tmp_path / "a.json")
    assert (shown.code, shown.err) == (0, "")
    assert "Searched for counterexamples:\n    random words (random): 2" in shown.out
    assert "With 95 % confidence at most 0.3 % of random words of 0 to 20 letters (half with runs) get another label" in shown.out


def test_of_an_automaton_equivalence_is_decided(capsys, tmp_path, frugal):
    out = tmp_path / "a.json"
    run(capsys, *LSTAR, "--out", out)
    again = run(capsys, "extract", out, "--method", "lstar", "--out", tmp_path / "b.json")
    assert (again.code, again.err) == (0, "")
    assert again.out.count("equivalent") == 1
    assert "Decided exactly: the automaton and the teacher are equivalent." in again.out
    answer = run(capsys, "extract", out, "--method", "lstar", "--out", tmp_path / "b.json", "--json").answer
    assert (answer["stop_reason"], answer["verdict"]["equivalent"], answer["verdict"]["epsilon"]) == ("equivalent", True, 0.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["extract", DEMO, "--method", "lstar", "--learner", "magic"], "invalid choice: 'magic' (choose from"),
        (["extract", DEMO, "--method", "lstar", "--search", "random,magic"], "unknown search 'magic'; choose some of"),
        (["extract", DEMO, "--method", "lstar", "--search", ""], "unknown search ''; choose some of"),
        (["extract", DEMO, "--method", "lstar", "--band", "-1"], "number of at least 0, not '-1'"),
        (["extract", DEMO, "--method", "lstar", "--band", "x"], "number of at least 0, not 'x'"),
        (["extract", DEMO, "--learner", "tree"], "the method spectral has no setting"),
        (["extract", DEMO, "--band", "0"], "the method spectral has no setting"),
        (["extract", DEMO, "--search", "random"], "the method spectral has no setting"),
        (["extract", DEMO, "--letter-classes"], "the method spectral has no setting"),
        (["extract", DEMO, "--method", "lstar", "--target", "scores"], "the method lstar has no setting"),
        (["extract", DEMO, "--method", "lstar", "--refinement", "none"], "the method lstar has no setting"),
    ],
)
def test_what_is_refused(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    shown = run(capsys, *arguments)
    assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert said in shown.err
    assert os.listdir(tmp_path) == []
