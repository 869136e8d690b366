"""The report page of odd files and odd words: what cannot be is not shown, and nothing is lost."""

import numpy as np
import pytest
from pages import AB, BRIEF, EVEN, VERDICT, data_of, of
from shell import run

from nerode.automata.dfa import DFA
from nerode.eval.page import report_page
from nerode.eval.page.content import Origin, Shown
from nerode.shell.classes import numbered
from nerode.shell.report import command
from nerode.teachers.recognition import class_names
from nerode.words import Alphabet


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    "odd",
    [
        *({"seconds": number} for number in (10**400, float("nan"), -1)),
        *({"queries": number} for number in (10**400, -1)),
        *({"delta": number} for number in (10**400, float("nan"), 0, 1, 5, -0.5)),
        *({"words": number} for number in (10**400, -2)),
        {"errors": 4},
        {"errors": -1},
    ],
    ids=range(15),
)
@pytest.mark.sampled(5)
def test_numbers_of_files_that_cannot_be_are_not_shown(odd):
    known = {"seconds": 1.5, "queries": 7} | {name: odd[name] for name in ("seconds", "queries") if name in odd}
    verdict = VERDICT | {name: odd[name] for name in VERDICT if name in odd}
    card = data_of(report_page([Shown("even", EVEN, known | {"verdict": verdict})], EVEN).html)["automata"][0]["card"]
    facts = dict(card["facts"])
    assert (facts["seconds"], facts["queries"]) == (None if "seconds" in odd else "1.5", None if "queries" in odd else "7")
    assert any("erdict" in said for said in card["sentences"]) == (verdict == VERDICT)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    "history",
    [
        {"queries": "many", "seconds": None, "left_out": None},
        {"searched": [{"search": "x"}], "rounds": [{}], "chosen": 3},
        {"verdict": {"words": "x"}, "verdict_random": 7, "curve": {"singular_values": "x"}},
        {"stop_reason": ["time"], "command": {"a": 1}, "method": None},
        {
            "rounds": [{"states": 1, "error": 0.5, "queries": 1}],
            "chosen": {"states": 1, "error": None, "queries": 1},
            "curve": None,
        },
    ],
    ids=range(5),
)
def test_odd_histories_of_files_are_not_known(history):
    entry = data_of(report_page([Shown("even", EVEN, history)], EVEN).html)["automata"][0]
    assert entry["card"]["headline"].startswith("0 % of words")


def test_words_are_not_overwritten_by_a_report_about_them(capsys, tmp_path):
    EVEN.save(tmp_path / "even.json")
    (tmp_path / "w.html").write_text("ab\n")
    done = run(
        capsys,
        "report",
        tmp_path / "even.json",
        tmp_path / "even.json",
        "--words",
        tmp_path / "w.html",
        "--out",
        tmp_path / "w.html",
    )
    assert done.code == 2
    assert "would be overwritten" in done.err
    assert (tmp_path / "w.html").read_text() == "ab\n"


def test_commands_are_told_without_what_may_be_secret(monkeypatch):
    arguments = [
        "nerode",
        "extract",
        "https://host/score?key=1",
        "--request",
        '{"key": "2"}',
        "--request={3}",
        "--alphabet",
        "ab",
    ]
    monkeypatch.setattr("sys.argv", arguments)
    assert command() == "nerode extract 'https://host/score?…' --request '…' '--request=…' --alphabet ab"


def test_words_that_refuted_other_automata_are_asked_first(capsys, tmp_path, rng):
    """A word that no search of the page would find is known from the file of the automaton."""
    letters = Alphabet(tuple("abcdefgh"))
    rare = (3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 7)
    states = len(rare) + 2
    transitions = np.full((states, 8), states - 1)
    for state, letter in enumerate(rare):
        transitions[state, letter] = state + 1
    network = DFA(letters, transitions, np.arange(states) == len(rare))
    nothing = DFA(letters, np.zeros((1, 8), np.int64), [0])
    told = [list(rare), [99]]
    for history, known in ((None, []), ({"counterexamples": [*told, "x"]}, []), ({"counterexamples": told}, [rare])):
        (entry,) = data_of(report_page([Shown("nothing", nothing, history)], network, amounts=BRIEF).html)["automata"]
        assert [tuple(one["word"]) for one in entry["disagreements"]["lists"][0][1]] == known
        assert any("known to disagree" in text for text in entry["card"]["sentences"]) == bool(known)


@pytest.mark.parametrize(
    ("labels", "names", "classes", "numbers"),
    [
        (("0", "1"), None, 2, [0, 1]),
        (("accepted", "rejected"), None, 2, [1, 0]),
        (("no", "yes"), ("no", "yes"), 2, [0, 1]),
        (("yes", "no"), ("no", "yes"), 2, [1, 0]),
        (("1", "0"), ("1", "0"), 2, [0, 1]),
        (("2", "0"), None, 3, [2, 0]),
        (("accepted", "0"), None, 3, None),
        (("no", "yes"), None, 2, None),
        (("0", "2"), None, 2, None),
    ],
)
def test_labels_of_files_are_numbers_or_names_of_classes(labels, names, classes, numbers):
    assert numbered(labels, names, classes) == numbers


def test_names_of_classes_are_those_that_a_network_was_trained_on(tmp_path):
    (tmp_path / "teacher.json").write_text('{"training": {"classes": ["no", "yes"]}}')
    assert class_names(tmp_path) == ("no", "yes")
    for text in ("{", "[]", '{"training": {"classes": [1]}}', '{"training": {}}'):
        (tmp_path / "teacher.json").write_text(text)
        assert class_names(tmp_path) is None
    assert class_names(tmp_path / "none") is None


def test_classes_have_the_names_that_are_known():
    last = DFA(AB, [[1, 2], [1, 2], [1, 2]], [2, 0, 1], 0, 3)
    made = report_page(
        [Shown("last", last)], last, evidence=of(["a", "ab"]), origin=Origin("net", classes=("ham", "<spam>", "none"))
    )
    data = data_of(made.html)
    assert data["classes"] == ["ham", "<spam>", "none"]
    assert dict(data["about"])["classes"] == "0 is ham, 1 is <spam>, 2 is none"
    assert [node["label"] for node in data["automata"][0]["scenes"]["scenes"][0]["nodes"]] == ["0\nnone", "1\nham", "2\n<spam>"]
    for names in (None, ("ham", "spam")):
        data = data_of(report_page([Shown("last", last)], last, evidence=of(["a"]), origin=Origin("net", classes=names)).html)
        assert data["classes"] is None
        assert data["automata"][0]["scenes"]["scenes"][0]["nodes"][0]["label"] == "0\nclass 2"
