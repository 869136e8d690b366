"""`nerode extract --method cfg`, and what the other commands do with a grammar. The checkpoint is a grammar itself."""

import json

import pytest
from shell import run

import nerode
from nerode.automata.cfg import CFG
from nerode.eval import depths
from nerode.words import Alphabet


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    monkeypatch.setattr(depths, "COUNT", 50)
    monkeypatch.setattr(depths, "MANY", 100)


@pytest.fixture
def grammar(tmp_path):
    path = tmp_path / "pairs.json"
    CFG(Alphabet(("a", "b")), ("S",), ((0, ()), (0, (0, -1, 1)))).save(path)
    return path


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    lines = ["a" * n + "b" * m for n in range(1, 7) for m in range(1, 7)] + ["ba", "aba", "abab", "bb"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_grammar_is_extracted_and_says_how_deep_it_holds(capsys, tmp_path, grammar, words):
    out = tmp_path / "g.json"
    shown = run(capsys, "extract", grammar, "--method", "cfg", "--words", words, "--effort", "1", "--out", out)
    assert shown.code == 0
    assert 'S → ε | "a" S "b"\n' in shown.out
    assert "The network follows the grammar to depth 12 or more, and" in shown.out
    shown = run(capsys, "extract", grammar, "--method", "cfg", "--words", words, "--effort", "1", "--out", out, "--json")
    assert (shown.answer["type"], shown.answer["states"]) == ("cfg", 1)
    assert shown.answer["grammar"] == ['S → ε | "a" S "b"']
    assert shown.answer["depths"]["depth"] == 12
    assert [row["low"] for row in shown.answer["depths"]["by_length"]][:2] == [0, 10]
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["method"] == "cfg"
    assert nerode.load_automaton(out).predict(["aabb", "aab"]).tolist() == [1, 0]


def test_other_commands_take_a_grammar(capsys, tmp_path, grammar):
    again = tmp_path / "again.json"
    for suffix in ("gbnf", "ebnf"):
        assert run(capsys, "convert", grammar, "--out", tmp_path / f"x.{suffix}").code == 0
        assert run(capsys, "convert", tmp_path / f"x.{suffix}", "--out", again, "--json").answer["type"] == "cfg"
        assert run(capsys, "eval", again, grammar, "--json").answer["metrics"]["error_rate"]["value"] == 0
    assert (tmp_path / "x.gbnf").read_text(encoding="utf-8") == '# alphabet: a b\nroot ::= "" | "a" root "b"\n'
    shown = run(capsys, "trace", grammar, "ab", "--teacher", again, "--json")
    assert shown.answer["traces"][0]["states"] is None
    assert [numbers[0] > 0 for numbers in zip(shown.answer["traces"][0]["automaton"], strict=True)] == [True, False, True]
    assert run(capsys, "inspect", grammar, "--json").answer["simplicity"]["transitions"] == 2
    assert run(capsys, "explain", again, grammar, "aabb").code == 0
    assert "no difference found" in run(capsys, "compare", again, grammar).out
    assert run(capsys, "convert", "re:(ab)+", "--alphabet", "ab", "--out", tmp_path / "d.gbnf").code == 0
    assert (tmp_path / "d.gbnf").read_text(encoding="utf-8") == '# alphabet: a b\nroot ::= ("ab")+\n'


def test_what_there_is_not_of_a_grammar_is_refused(capsys, tmp_path, grammar, words):
    (tmp_path / "bad.gbnf").write_text('root ::= "a', encoding="utf-8")
    out = tmp_path / "out.json"
    cases = [
        (["render", grammar, "--out", tmp_path / "x.svg"], "cannot hold a CFG"),
        (["convert", grammar, "--out", tmp_path / "x.dot"], "cannot hold a CFG"),
        (["convert", grammar, "--out", tmp_path / "x.regex"], "no regular expression"),
        (["convert", grammar, "--out", tmp_path / "x.grammar"], "no right-linear grammar"),
        (["compare", grammar, grammar, "--out", tmp_path / "x.svg"], "no drawing"),
        (["convert", tmp_path / "bad.gbnf", "--out", out], "line 1 cannot be read as GBNF"),
        (["extract", grammar, "--method", "cfg", "--plots", tmp_path / "plots", "--out", out], "--plots is for automata"),
        (["extract", grammar, "--method", "cfg", "--sizes", "1", "--out", out], "--sizes is for automata"),
    ]
    before = sorted(tmp_path.iterdir())
    for arguments, said in cases:
        shown = run(capsys, *arguments)
        assert (shown.code, shown.out) == (2, ""), arguments
        assert said in shown.err
    assert sorted(tmp_path.iterdir()) == before
