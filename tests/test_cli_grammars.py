"""`nerode convert` with regular expressions and grammars, and the expression that `extract` shows."""

import numpy as np
import pytest
from shell import run

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.formats import document
from nerode.automata.operations import equivalent
from nerode.grammars.regular_expressions import regex_in_a_line
from nerode.words import Alphabet, all_words


def test_an_expression_becomes_an_automaton_and_an_expression_again(capsys, tmp_path):
    made, text, again = tmp_path / "x.json", tmp_path / "x.regex", tmp_path / "y.json"
    shown = run(capsys, "convert", "re:(ab)*", "--alphabet", "ab", "--out", made, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.answer == {"automaton": "re:(ab)*", "out": str(made), "type": "dfa", "states": 3}
    assert run(capsys, "convert", made, "--out", text).code == 0
    assert text.read_text(encoding="utf-8") == "# alphabet: a b\n(ab)*\n"
    assert run(capsys, "convert", text, "--out", again).code == 0
    assert again.read_bytes() == made.read_bytes()
    assert run(capsys, "convert", text, "--out", tmp_path / "x.svg").code == 0


def test_grammars_there_and_back(capsys, tmp_path, dfa):
    grammar, again = tmp_path / "x.grammar", tmp_path / "y.json"
    assert run(capsys, "convert", dfa, "--out", grammar).code == 0
    assert grammar.read_text(encoding="utf-8").startswith('# alphabet: 0 1\nS0 -> "0" S1 | "1" S2 | ε\n')
    assert run(capsys, "convert", grammar, "--out", again).code == 0
    assert equivalent(nerode.load_automaton(again), nerode.load_automaton(dfa))
    nerode.language("random-pdfa-3-letters-2", np.random.default_rng(0)).save(tmp_path / "p.json")
    assert run(capsys, "convert", tmp_path / "p.json", "--out", grammar).code == 0
    assert grammar.read_text(encoding="utf-8").count("[") == 9


def test_an_alphabet_may_be_given_or_stand_in_the_file(capsys, tmp_path):
    (tmp_path / "a.regex").write_text("a+\n", encoding="utf-8")
    assert run(capsys, "convert", tmp_path / "a.regex", "--alphabet", "a b", "--out", tmp_path / "a.json").code == 0
    assert nerode.load_automaton(tmp_path / "a.json").predict(["aa", "ab"]).tolist() == [1, 0]
    (tmp_path / "a.regex").write_text("# alphabet: a b c\r\na+\r\n", encoding="utf-8")
    assert run(capsys, "convert", tmp_path / "a.regex", "--out", tmp_path / "a.json").code == 0
    assert len(nerode.load_automaton(tmp_path / "a.json").alphabet) == 3
    assert run(capsys, "convert", "re:(open close )*", "--alphabet", "open close", "--out", tmp_path / "a.json").code == 0


@pytest.mark.parametrize("suffix", [".regex", ".grammar", ".gbnf", ".ebnf"])
@pytest.mark.sampled(2)
def test_every_command_reads_expressions_and_grammars(capsys, tmp_path, dfa, suffix):
    text = tmp_path / f"x{suffix}"
    assert run(capsys, "convert", dfa, "--out", text).code == 0
    words = list(all_words(2, 6))
    truth = nerode.load_automaton(dfa)
    assert nerode.load_automaton(text).predict(words).tolist() == truth.predict(words).tolist()
    for arguments in (["compare", text, dfa], ["compare", dfa, text], ["eval", text, dfa], ["eval", dfa, text]):
        shown = run(capsys, *arguments, "--json")
        assert (shown.code, shown.err) == (0, ""), arguments
    for arguments in (["trace", text, "010"], ["inspect", text], ["explain", dfa, text]):
        assert run(capsys, *arguments).code == 0, arguments
    drawn = run(capsys, "render", text, "--out", tmp_path / "x.tex")
    finite = suffix in (".regex", ".grammar")
    assert (drawn.code, drawn.err) == ((0, "") if finite else (2, "nerode render: .tex cannot hold a CFG; save it as .json\n"))


def test_a_file_without_an_alphabet_is_refused_in_every_command(capsys, tmp_path, dfa):
    for name, text in (("a.regex", "a*"), ("a.grammar", 'S -> "ab" S | ε'), ("a.gbnf", "root ::= .")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        shown = run(capsys, "compare", tmp_path / name, dfa)
        assert (shown.code, shown.out) == (2, "")
        assert "line such as # alphabet: a b, or give" in shown.err
        assert "`nerode convert --alphabet`" in shown.err


def test_the_alphabet_of_a_grammar_may_stand_below_comments_or_in_its_terminals(capsys, tmp_path):
    path, rules = tmp_path / "a.grammar", 'S -> "b" S | "a"\n'
    path.write_text(f"# words that end in a\n\n# alphabet: a b c\n{rules}", encoding="utf-8")
    read = nerode.load_automaton(path)
    assert (read.alphabet.symbols, read.told) == (("a", "b", "c"), "")
    path.write_text(f"# words\n{rules}", encoding="utf-8")
    read = nerode.load_automaton(path)
    assert (read.alphabet.symbols, read.told) == (("b", "a"), "its alphabet is that of its terminals: b a")
    assert read.predict(["a", "bba", "b", ""]).tolist() == [1, 1, 0, 0]
    shown = run(capsys, "convert", path, "--out", tmp_path / "a.json")
    assert shown.err == f"note: {path}: its alphabet is that of its terminals: b a\n"
    (tmp_path / "a.gbnf").write_text('root ::= "a" x\nx ::= "c" x', encoding="utf-8")
    shown = run(capsys, "convert", tmp_path / "a.gbnf", "--out", tmp_path / "a.json")
    assert "note: " in shown.err
    assert "no word is derived from root" in shown.err


@pytest.mark.parametrize("suffix", [".regex", ".grammar"])
def test_a_file_that_is_too_long_is_not_read(capsys, monkeypatch, tmp_path, suffix):
    monkeypatch.setattr(document, "MOST_BYTES", 20)
    (tmp_path / f"a{suffix}").write_text("# alphabet: a b\nabab\n", encoding="utf-8")
    done = run(capsys, "convert", tmp_path / f"a{suffix}", "--out", tmp_path / "a.json")
    assert (done.code, done.err) == (2, f"nerode convert: cannot read {tmp_path / f'a{suffix}'}: it has more than 20 bytes\n")


def test_what_cannot_be_converted_is_refused_and_nothing_is_written(capsys, tmp_path, dfa, rng):
    files = {
        "bare.regex": "ab\n",
        "two.regex": "# alphabet: a b\nab\nb\n",
        "twice.regex": "# alphabet: a a\na\n",
        "bad.regex": "# alphabet: a b\na**\n",
        "bad.grammar": "# alphabet: a b\nS => a\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    nerode.language("random-dfa-3-letters-2-classes-3", rng).save(tmp_path / "three.json")
    nerode.language("random-wfa-3-letters-2", rng).save(tmp_path / "w.json")
    out = tmp_path / "out.json"
    cases = [
        (["re:ab"], out, "give them with --alphabet"),
        (["re:a**", "--alphabet", "ab"], out, "cannot be read at character 3: a quantifier follows"),
        (["re:(a|b)*a(a|b){20}", "--alphabet", "ab"], out, "DFA of more than 20,000 states"),
        ([dfa, "--alphabet", "ab"], out, "--alphabet is for regular expressions and grammars"),
        ([tmp_path / "bare.regex"], out, "bare.regex does not say which symbols there are"),
        ([tmp_path / "two.regex"], out, "two.regex cannot be loaded: the regular expression is expected in one line"),
        ([tmp_path / "twice.regex"], out, "twice.regex cannot be loaded: the symbols of an alphabet must differ"),
        ([tmp_path / "bad.regex"], out, "bad.regex cannot be loaded: the regular expression cannot be read at character 3"),
        ([tmp_path / "bad.grammar"], out, "bad.grammar cannot be loaded: line 2 of the grammar is no rule"),
        ([tmp_path / "none.regex"], out, "cannot read"),
        ([tmp_path / "three.json"], tmp_path / "out.regex", "a DFA of two classes, and this one has 3"),
        ([tmp_path / "w.json"], tmp_path / "out.regex", "has no regular expression"),
        ([tmp_path / "w.json"], tmp_path / "out.grammar", "has no right-linear grammar"),
        ([dfa], tmp_path / "out.txt", ".pdf, .regex, .grammar"),
        (["re:a", "--alphabet", "a"], tmp_path / "no" / "out.json", "does not exist"),
    ]
    for arguments, target, said in cases:
        shown = run(capsys, "convert", *arguments, "--out", target)
        assert (shown.code, shown.out) == (2, "")
        assert said in shown.err
        assert shown.err.count("\n") == 1
        assert not target.exists()


@pytest.mark.parametrize(("name", "shown"), [("tomita-1", "1*"), ("tomita-7", "0*1*0*1*"), ("counting-9", None)])
@pytest.mark.sampled(2)
def test_extraction_shows_the_expression_of_a_small_dfa(capsys, tmp_path, rng, name, shown):
    nerode.language(name, rng).save(tmp_path / "net.json")
    arguments = ("extract", tmp_path / "net.json", "--method", "lstar", "--out", tmp_path / "a.json")
    assert run(capsys, *arguments, "--json").answer["regex"] == shown
    lines = [line for line in run(capsys, *arguments).out.splitlines() if line.startswith("As a regular expression")]
    assert lines == ([] if shown is None else [f"As a regular expression: {shown}"])


def test_long_expressions_and_other_automata_are_not_shown(rng):
    assert regex_in_a_line(nerode.language("random-dfa-8-letters-3", rng)) is None
    assert regex_in_a_line(nerode.language("random-dfa-3-letters-2-classes-3", rng)) is None
    assert regex_in_a_line(nerode.language("random-wfa-3-letters-2", rng)) is None
    assert regex_in_a_line(nerode.language("counting-8", rng)) == "(1|(01*){7}0)*"
    assert regex_in_a_line(nerode.language("counting-9", rng)) is None
    for letters, shown in ((1000, "[一-凧]*"), (1001, None)):
        characters = Alphabet(tuple(chr(ord("一") + i) for i in range(letters)))
        assert regex_in_a_line(DFA(characters, np.zeros((1, letters), int), [1])) == shown
