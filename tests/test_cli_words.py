"""`nerode trace` and `nerode explain`."""

import io
import json

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.loading import load_automaton
from nerode.teachers.checkpoints import load_teacher
from nerode.words import Alphabet

AB = Alphabet(("0", "1"))


@pytest.fixture
def automaton(tmp_path):
    """Tomita 5 with a state too many: an even number of 0s and of 1s, wrong after 111."""
    even = DFA(AB, [[1, 2], [0, 3], [3, 0], [2, 1]], [1, 0, 0, 0])
    even.save(tmp_path / "even.json")
    return tmp_path / "even.json"


def test_a_trace_shows_states_and_both_answers(capsys, automaton):
    shown = run(capsys, "trace", automaton, "0110", "", "--teacher", DEMO)
    assert shown.code == 0, shown.err
    first, second = shown.out.split("\n\n")
    assert first.splitlines()[0] == "0 1 1 0   (margin of class 1)"
    assert [line.split()[2] for line in first.splitlines()[2:]] == ["0", "1", "3", "1", "0"]
    assert second.startswith("ε")


def test_json_holds_what_python_holds(capsys, automaton):
    found = run(capsys, "trace", automaton, "0110", "--teacher", DEMO, "--json").answer["traces"][0]
    prefixes = ["0110"[:k] for k in range(5)]
    np.testing.assert_allclose(found["teacher"], load_teacher(DEMO).scores(AB.words(prefixes))[:, 0], rtol=0, atol=1e-6)
    assert found["labels"][0] == load_automaton(automaton).predict(prefixes).tolist()


def test_words_come_from_standard_input_or_from_a_file(capsys, automaton, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("01\n\n1\n"))
    piped = run(capsys, "trace", automaton, "--json").answer["traces"]
    assert [trace["word"] for trace in piped] == [["0", "1"], [], ["1"]]
    (tmp_path / "words").write_text("01\n1\n")
    read = run(capsys, "trace", automaton, "--words", tmp_path / "words", "--json").answer["traces"]
    assert [trace["word"] for trace in read] == [["0", "1"], ["1"]]


def test_an_explanation_shows_letters_and_how_far_they_agree(capsys, automaton):
    shown = run(capsys, "explain", automaton, DEMO, "0110", "011")
    assert shown.code == 0, shown.err
    assert "step: student" in shown.out
    assert "Rank correlation" in shown.out
    answer = run(capsys, "explain", automaton, DEMO, "0110", "--json").answer
    effects = answer["explanations"][0]["student"]
    function = load_automaton(automaton)
    whole = function.scores(["0110"])[0, 0]
    expected = [whole - function.scores([other])[0, 0] for other in ("110", "010", "010", "011")]
    np.testing.assert_allclose(effects["left_out"], expected)


def test_without_words_fresh_ones_are_summed_up(capsys, automaton):
    answer = run(capsys, "explain", automaton, DEMO, "--sample", 40, "--json").answer
    assert (answer["words"], answer["explanations"]) == (40, [])
    assert answer == run(capsys, "explain", automaton, DEMO, "--sample", 40, "--json").answer


def test_classes_are_called_by_their_names(capsys, automaton, tmp_path):
    words = [format(k, "05b") for k in range(32)]
    lines = [
        f"{'even' if word.count('1') % 2 == 0 else 'odd'}\t{' '.join(word)}" for word in [*words, *(word[1:] for word in words)]
    ]
    (tmp_path / "words.tsv").write_text("\n".join(lines) + "\n")
    assert run(capsys, "train", tmp_path / "words.tsv", "--out", tmp_path / "net", "--steps", 20).code == 3
    net = tmp_path / "net"
    for asked, kind in (
        (("explain", automaton, net, "0110"), "explanations"),
        (("trace", automaton, "0110", "--teacher", net), "traces"),
    ):
        shown = run(capsys, *asked)
        assert "margin of class odd" in shown.out
        assert "class 1" not in shown.out
        (found,) = run(capsys, *asked, "--json").answer[kind]
        assert (found["means"], found["named"]) == ("margin of class 1", "margin of class odd")
    assert "[odd]" in shown.out
    assert "margin of class 1" in run(capsys, "trace", automaton, "0110").out


def test_an_automaton_of_words_with_labels_keeps_the_names_of_classes(capsys, tmp_path):
    lines = [f"{'even' if word.count('1') % 2 == 0 else 'odd'}\t{word}" for k in range(64) if (word := format(k, "06b"))]
    words, out = tmp_path / "words.tsv", tmp_path / "dfa.json"
    words.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(capsys, "extract", words, "--method", "rpni", "--out", out).code == 0
    shown = run(capsys, "trace", out, "011").out
    assert "margin of class odd" in shown
    assert "[even]" in shown
    content = json.loads(out.read_text(encoding="utf-8"))
    for odd in (["a"], [1, 2], "ab", None):
        content["extraction"]["classes"] = odd
        out.write_text(json.dumps(content), encoding="utf-8")
        assert "margin of class 1" in run(capsys, "trace", out, "011").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "AUTOMATON", "02"), "unknown symbol '2'"),
        (("trace", "AUTOMATON", "0", "--words", "AUTOMATON"), "leave one of them out"),
        (("trace", "AUTOMATON", "0", "--exact"), "name it with --teacher"),
        (("trace", "nowhere.json", "0"), "nowhere.json"),
        (("explain", DEMO, "AUTOMATON", "0"), "the automaton, a .json file, comes first"),
        (("explain", "AUTOMATON", DEMO, "0", "--sample", "9"), "leave one of them out"),
    ],
)
def test_bad_input_gets_a_sentence(capsys, automaton, arguments, said):
    refused = run(capsys, *(automaton if argument == "AUTOMATON" else argument for argument in arguments))
    assert refused.code == 2
    assert said in refused.err
    assert refused.err.count("\n") == 1


def test_no_word_at_all(capsys, automaton, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "there is no word to trace" in run(capsys, "trace", automaton).err


def test_labels_beside_words_are_left_out(capsys, tmp_path):
    """Also where all labels are the same, which would be nothing to train with."""
    dfa, out = tmp_path / "dfa.json", tmp_path / "out.json"
    nerode.from_regex("(10)*", "01").save(dfa)
    words, labelled = tmp_path / "words.txt", tmp_path / "labelled.tsv"
    words.write_text("10\n1010\n11\n", encoding="utf-8")
    labelled.write_text("yes\t10\nyes\t1010\nyes\t11\n", encoding="utf-8")
    for command in (["eval", dfa, dfa], ["trace", dfa], ["extract", dfa, "--method", "lstar", "--out", out]):
        plain = run(capsys, *command, "--words", words, "--json")
        beside = run(capsys, *command, "--words", labelled, "--json")
        assert plain.code == beside.code == 0
        timed = {"seconds": 0, "searches": []}
        assert {**beside.answer, **timed} == {**plain.answer, **timed}
    wrong = tmp_path / "wrong.tsv"
    wrong.write_text("10\n12\n", encoding="utf-8")
    assert "the symbol '2' is not in the alphabet" in run(capsys, "eval", dfa, dfa, "--words", wrong).err
