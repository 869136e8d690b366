"""The shell where answers must not depend on the batch: the check, and exact mode."""

import json

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.shell import common, inspect
from nerode.shell import eval as evaluate

CHECKED = {
    "words",
    "largest_score",
    "deviation",
    "exact_deviation",
    "labels_differed",
    "labels_at_risk",
    "tolerance",
}


@pytest.fixture
def asked(monkeypatch):
    """The teachers that the commands put into exact mode."""
    made = []

    def exact(teacher):
        made.append(nerode.exact(teacher))
        return made[-1]

    monkeypatch.setattr(common, "exact", exact)
    return made


@pytest.fixture
def dfa(tmp_path):
    path = tmp_path / "dfa.json"
    nerode.language("tomita-5", np.random.default_rng(0)).save(path)
    return path


def test_inspect_checks_how_stable_answers_are(capsys):
    shown = run(capsys, "inspect", DEMO, "--check", 200)
    assert (shown.code, shown.err) == (0, "")
    assert "200 words, asked at once" in shown.out
    assert "in exact mode answers to one word are the same to the last bit" in shown.out
    answer = run(capsys, "inspect", DEMO, "--check", 200, "--json").answer["stability"]
    assert set(answer) == CHECKED
    assert (answer["words"], answer["exact_deviation"], answer["labels_differed"]) == (200, 0, 0)
    assert answer["deviation"] < answer["tolerance"]
    again = run(capsys, "inspect", DEMO, "--check", 200, "--json").answer["stability"]
    assert {**again, "largest_score": 0, "deviation": 0} == {**answer, "largest_score": 0, "deviation": 0}
    assert again["largest_score"] == pytest.approx(answer["largest_score"], rel=answer["tolerance"])
    other = run(capsys, "inspect", DEMO, "--check", 200, "--seed", 1, "--json").answer["stability"]
    assert other["largest_score"] != pytest.approx(answer["largest_score"], rel=answer["tolerance"])


def test_inspect_checks_nothing_unless_told(capsys):
    assert "asked at once" not in run(capsys, "inspect", DEMO).out
    assert run(capsys, "inspect", DEMO, "--json").answer["stability"] is None


def test_the_words_of_a_check_are_those_of_a_comparison(capsys, dfa, monkeypatch):
    seen = []

    def note(command, name, place):
        honest = getattr(command, name)

        def noting(*arguments, **options):
            seen.append(arguments[place])
            return honest(*arguments, **options)

        monkeypatch.setattr(command, name, noting)

    note(inspect, "stability", 1)
    note(evaluate, "compare", 2)
    run(capsys, "inspect", DEMO, "--check", 50, "--seed", 3)
    run(capsys, "eval", dfa, DEMO, "--sample", 50, "--seed", 3)
    assert len(seen) == 2
    assert seen[0] == seen[1]


def test_an_automaton_can_be_checked(capsys, dfa):
    answer = run(capsys, "inspect", dfa, "--check", 50, "--json").answer["stability"]
    assert (answer["deviation"], answer["labels_at_risk"]) == (0, 0)


def test_extract_in_exact_mode(capsys, tmp_path, asked, frugal):
    out = tmp_path / "a.json"
    answer = run(capsys, "extract", DEMO, "--method", "lstar", "--exact", "--out", out, "--json").answer
    assert answer["states"] == 4
    assert len(asked) == 1
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["exact"] is True
    run(capsys, "extract", DEMO, "--method", "lstar", "--out", out)
    assert len(asked) == 1
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["exact"] is False


def test_eval_in_exact_mode(capsys, dfa, asked):
    plain = run(capsys, "eval", dfa, DEMO, "--json").answer
    assert asked == []
    assert run(capsys, "eval", dfa, DEMO, "--exact", "--json").answer == plain  # metrics of labels; no margin is near 0
    assert len(asked) == 1


@pytest.mark.parametrize("command", ["extract", "eval"])
def test_help_says_what_exact_mode_costs(capsys, command):
    shown = " ".join(run(capsys, command, "--help").out.split())
    assert "asking takes up to three times as long" in shown
    assert "not for models whose arithmetic is the transformers library's" in shown


def test_an_automaton_is_not_asked_in_exact_mode(capsys, dfa):
    for arguments in (("extract", dfa), ("eval", dfa, dfa)):
        refused = run(capsys, *arguments, "--exact")
        assert (refused.code, refused.out) == (2, "")
        assert refused.err.count("\n") == 1
        assert "--exact is for networks" in refused.err


def test_there_must_be_words_to_check(capsys):
    refused = run(capsys, "inspect", DEMO, "--check", 0)
    assert (refused.code, refused.out) == (2, "")
    assert "from 1 to" in refused.err
