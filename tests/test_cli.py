"""The shell where all goes well: help, every command but `extract`, and what all commands have in common."""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from math import inf, isfinite
from xml.etree import ElementTree

import networkx as nx
import pygraphviz
import pytest
from shell import DEMO, ROUGH, Outcome, code_of, ended, run, started

import nerode
from nerode.cli import parser
from nerode.datasets.random_automata import random_wfa
from nerode.eval.report import finite
from nerode.shell.console import bar

COMMANDS = ("inspect", "train", "stream", "extract", "eval", "render", "convert")
TINY = ("tomita-1", "--hidden", 16, "--words", 20, "--longest", 4)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A tiny checkpoint, and what training it answered."""
    out = tmp_path_factory.mktemp("trained") / "net"
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(io.StringIO()) as complained:
        code = code_of("train", *TINY, "--out", out, "--json")
    outcome = Outcome(code, said.getvalue(), complained.getvalue())
    assert outcome.code == 0, outcome.err
    return out, outcome


@pytest.fixture(scope="session")
def dfa(tmp_path_factory):
    """The file of the DFA of four states that the demo network holds."""
    out = tmp_path_factory.mktemp("dfa") / "dfa.json"
    assert code_of("extract", DEMO, "--method", "lstar", "--search", "white-box", "--out", out) == 0
    return out


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("01\n0011\nε\n10101\n" * 5, encoding="utf-8")
    return path


# help


def test_help_lists_the_commands_and_the_exit_codes(capsys):
    shown = run(capsys, "--help")
    assert shown.code == 0
    assert shown.err == ""
    assert all(f"\n    {command} " in shown.out for command in COMMANDS)
    assert all(f"\n  {code}" in shown.out for code in (0, 2, 3, 130))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_that_its_parser_takes(capsys, command):
    shown = run(capsys, command, "--help")
    assert shown.code == 0
    assert "?." not in shown.out
    (example,) = [line.split() for line in shown.out.splitlines() if line.startswith("  nerode ")]
    assert parser(nerode.__version__).parse_args(example[1:]).command == command


def test_version(capsys):
    assert run(capsys, "--version").out == f"nerode {nerode.__version__}\n"


# train


def test_training_writes_a_checkpoint_that_can_be_read(trained):
    out, outcome = trained
    assert outcome.err == ""
    answer = outcome.answer
    assert answer["checkpoint"] == str(out)
    assert answer["task"] == "classifier"
    assert answer["accuracy"] == 1
    assert sorted(os.listdir(out)) == ["card.md", "teacher.json", "weights.safetensors"]
    made = json.loads((out / "teacher.json").read_text(encoding="utf-8"))["training"]
    assert made["command"] == "nerode train tomita-1 --arch gru --hidden 16 --layers 1 --words 20 --longest 4 --seed 0"
    assert nerode.load_teacher(out).link.task == "classifier"


def test_the_command_in_a_checkpoint_makes_the_same_one_again(capsys, trained, tmp_path):
    command = json.loads((trained[0] / "teacher.json").read_text(encoding="utf-8"))["training"]["command"]
    assert run(capsys, *command.split()[1:], "--out", tmp_path / "again").code == 0
    assert (tmp_path / "again" / "weights.safetensors").read_bytes() == (trained[0] / "weights.safetensors").read_bytes()


def test_a_language_model_is_trained_and_extracted(capsys, tmp_path, frugal):
    net, out = tmp_path / "net", tmp_path / "lm.json"
    language = ("random-pdfa-2-letters-2", "--words", 40, "--longest", 5, "--hidden", 4, "--arch", "rnn")
    assert run(capsys, "train", *language, "--out", net).code == 0
    assert run(capsys, "inspect", net, "--json").answer["task"] == "language-model"
    answer = run(capsys, "extract", net, "--out", out, "--states", 2, "--json").answer
    assert (answer["type"], answer["states"]) == ("wfa", 2)
    assert answer["held_out"]["metrics"]["next_symbol_kl"]["value"] < 0.5


# inspect


def test_inspect_says_what_a_checkpoint_is(capsys):
    shown = run(capsys, "inspect", DEMO)
    assert (shown.code, shown.err) == (0, "")
    for fact in ("GRU, 1 layer of 8", "classifier", "2 symbols: 0 1", "321", "from left to right", "µs"):
        assert fact in shown.out
    answer = run(capsys, "inspect", DEMO, "--json").answer
    assert answer["alphabet"] == ["0", "1"]
    assert answer["parameters"] == 321
    assert answer["keeps_states"] is True
    assert answer["microseconds_per_query"] > 0


def test_inspect_takes_an_automaton_file_too(capsys, dfa):
    assert "DFA: 4 states" in run(capsys, "inspect", dfa).out
    answer = run(capsys, "inspect", dfa, "--json").answer
    assert (answer["format"], answer["parameters"]) == ("automaton file", None)


def test_inspect_says_where_an_automaton_is_from(capsys, tmp_path, frugal):
    """As far as its file can be trusted, which anyone may have written."""
    out = tmp_path / "a.json"
    run(capsys, "extract", DEMO, "--method", "lstar", "--out", out)
    shown = run(capsys, "inspect", out).out
    assert "extracted from       " in shown
    assert "made by              " in shown
    assert "its verdict          With 95 % confidence" in shown
    document = json.loads(out.read_text())
    document["extraction"] |= {"command": 5, "method": "\x1b[31mred", "verdict": {"words": 1, "errors": 9}}
    out.write_text(json.dumps(document))
    done = run(capsys, "inspect", out)
    assert done.code == 0
    assert "made by" not in done.out
    assert "verdict" not in done.out
    assert "\\x1b[31mred" in done.out
    answer = run(capsys, "inspect", out, "--json").answer["extraction"]
    assert set(answer) == {"checkpoint", "method", "verdict_random"}


# eval


def check_report(report, words):
    assert report["words"] == words
    for metric in report["metrics"].values():
        assert set(metric) == {"value", "low", "high", "baselines"}
        numbers = [metric["value"], metric["low"], metric["high"], *metric["baselines"].values()]
        assert all(number is None or isfinite(number) for number in numbers)


def test_eval_on_fresh_words(capsys, dfa):
    answer = run(capsys, "eval", dfa, DEMO, "--json").answer
    assert set(answer) == {"automaton", "teacher", "source", "words", "metrics"}
    assert (answer["automaton"], answer["teacher"], answer["source"]) == (str(dfa), str(DEMO), "fresh")
    check_report(answer, 1000)
    assert answer["metrics"]["error_rate"]["value"] == 0
    assert answer["metrics"]["precision"]["baselines"]["majority"] is None  # 0 of 0
    assert run(capsys, "eval", dfa, DEMO, "--json").answer == answer
    assert run(capsys, "eval", dfa, DEMO, "--seed", 1, "--json").answer != answer


def test_eval_on_given_words_and_on_words_like_them(capsys, dfa, words):
    given = run(capsys, "eval", dfa, DEMO, "--words", words, "--json").answer
    assert given["source"] == "given"
    check_report(given, 20)
    like = run(capsys, "eval", dfa, DEMO, "--sample", 30, "--like", words, "--json").answer
    assert like["source"] == "fresh"
    check_report(like, 30)
    both = run(capsys, "eval", dfa, DEMO, "--words", words, "--sample", 30, "--like", words, "--json").answer
    fresh = both.pop("fresh")
    assert both == given
    assert fresh["metrics"] == like["metrics"]
    shown = run(capsys, "eval", dfa, DEMO, "--words", words, "--sample", 30)
    assert (shown.code, shown.err) == (0, "")
    assert "On given words" in shown.out
    assert "On random words" in shown.out


def test_numbers_that_json_lacks_are_null():
    nested = {"a": inf, "b": [1.5, float("nan"), {"c": -inf}], "d": "text", "e": None, "f": True}
    assert finite(nested) == {"a": None, "b": [1.5, None, {"c": None}], "d": "text", "e": None, "f": True}


# render and convert


@pytest.mark.parametrize(("suffix", "begin"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")])
def test_render(capsys, tmp_path, dfa, suffix, begin):
    out = tmp_path / f"a.{suffix}"
    shown = run(capsys, "render", dfa, "--out", out, "--json")
    assert (shown.code, shown.err) == (0, "")
    assert shown.answer == {"automaton": str(dfa), "out": str(out), "type": "dfa", "states": 4}
    assert out.read_bytes().startswith(begin)


def test_render_tells_of_the_map_of_a_weighted_automaton(capsys, tmp_path, rng):
    random_wfa(rng, 3, 2).save(tmp_path / "a.json")
    assert "Its map says" in run(capsys, "render", tmp_path / "a.json", "--out", tmp_path / "a.svg").out
    nerode.language("tomita-4", rng).save(tmp_path / "a.json")
    assert "Its map" not in run(capsys, "render", tmp_path / "a.json", "--out", tmp_path / "a.svg").out


def test_render_hides_sinks(capsys, tmp_path, rng):
    nerode.language("tomita-4", rng).save(tmp_path / "a.json")
    for options in ([], ["--hide-sinks"]):
        assert run(capsys, "render", tmp_path / "a.json", "--out", tmp_path / "a.svg", *options).code == 0
        shown = (tmp_path / "a.svg").read_text(encoding="utf-8")
        assert ("Hidden: 1 sink" in shown.replace("&#45;", "-")) == bool(options)
        ElementTree.fromstring(shown)


def test_convert(capsys, tmp_path, dfa):
    for suffix in ("json", "dot", "graphml"):
        assert run(capsys, "convert", dfa, "--out", tmp_path / f"a.{suffix}").code == 0
    assert (tmp_path / "a.json").read_bytes() == dfa.read_bytes()  # where it comes from included
    assert len(nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True).edges) == 8
    assert len(pygraphviz.AGraph(str(tmp_path / "a.dot")).edges()) == 8 + 1  # and one into the initial state


# around the commands


def test_paths_may_have_spaces_and_any_letters(capsys, tmp_path, dfa, frugal):
    folder = tmp_path / "ein Ordner ε '\" $x"
    folder.mkdir()
    (folder / "Netz 1").symlink_to(DEMO)
    out = folder / "Ma schine.json"
    assert run(capsys, "extract", folder / "Netz 1", *ROUGH, "--out", out).code == 0
    assert run(capsys, "eval", out, folder / "Netz 1", "--json").answer["automaton"] == str(out)
    assert run(capsys, "render", out, "--out", folder / "Bild.svg").code == 0


def test_a_process_prints_one_json_object_in_any_encoding(tmp_path, monkeypatch, dfa, frugal):
    (tmp_path / "é").mkdir()
    out = tmp_path / "é" / "a.json"
    for encoding in ("utf-8", "ascii"):
        outcome = ended(started("convert", dfa, "--out", out, "--json", env={"PYTHONIOENCODING": encoding}))
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.answer["out"] == str(out)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert code_of("extract", DEMO, *ROUGH, "--out", out) == 0


def test_a_reader_that_has_enough_is_no_error(dfa, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    process = started(
        "extract", dfa, "--method", "lstar", "--states", 2, "--queries", 300, "--out", tmp_path / "a.json", stdout=writing
    )
    os.close(writing)
    outcome = ended(process)
    assert outcome.code == 3
    assert "BrokenPipe" not in outcome.err
    assert (tmp_path / "a.json").exists()


def test_drawing_leaves_stderr_to_others(dfa, tmp_path):
    # without settings of its own fontconfig complains past Python
    missing = {"FONTCONFIG_FILE": str(tmp_path / "none")}
    outcome = ended(started("render", dfa, "--out", tmp_path / "a.svg", env=missing))
    assert (outcome.code, outcome.err) == (0, "")


def test_messages_of_others_pass_while_something_is_drawn(capfd, monkeypatch, dfa):
    honest = pygraphviz.AGraph.draw

    def draw(self, *arguments, **options):
        os.write(2, b"Fontconfig error: no\nGraphviz: hello\n")
        return honest(self, *arguments, **options)

    monkeypatch.setattr(pygraphviz.AGraph, "draw", draw)
    nerode.load_automaton(dfa)._repr_mimebundle_()
    assert capfd.readouterr().err == "Graphviz: hello\n"


def test_a_bar_is_as_full_as_the_work_is_done():
    assert [bar(share, width=4) for share in (0, 0.5, 1)] == ["░░░░", "██░░", "████"]
