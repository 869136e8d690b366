"""`nerode extract` with passive methods: settings, limits, what they say, and what they refuse."""

import json
import os
import sys

import numpy as np
import pytest
from shell import DEMO, run

from nerode.datasets.random_automata import random_pdfa


@pytest.fixture
def model(tmp_path):
    """A language model: a PDFA in a file."""
    random_pdfa(np.random.default_rng(2), 5, 2).save(tmp_path / "model.json")
    return tmp_path / "model.json"


@pytest.mark.parametrize(("method", "kind"), [("rpni", "dfa"), ("edsm", "dfa"), ("alergia", "pdfa"), ("ngram", "pdfa")])
@pytest.mark.sampled(2)
def test_an_automaton_its_sizes_and_the_way_to_it_are_written(capsys, tmp_path, frugal, model, method, kind):
    pytest.importorskip("aalpy")
    out = tmp_path / "a.json"
    asked = DEMO if kind == "dfa" else model
    shown = run(capsys, "extract", asked, "--method", method, "--out", out, "--sizes", "1,2", "--json")
    assert shown.code == 0
    assert shown.answer["type"] == kind
    assert shown.answer["stop_reason"] in ("same automaton", "largest sample")
    assert (shown.answer["verdict"] is not None) == (kind == "dfa")
    kept = json.loads(out.read_text(encoding="utf-8"))["extraction"]
    assert kept["method"] == method
    assert ("order" in kept) == (method == "ngram")
    for command in (["inspect", out], ["eval", out, asked, "--sample", "20"], ["trace", out, "01", "--teacher", asked]):
        assert run(capsys, *command).code == 0
    assert run(capsys, "convert", out, "--out", tmp_path / "a.dot").code == 0
    assert run(capsys, "compare", out, out).code == 0


def test_a_limit_on_states_that_nothing_keeps_is_told(capsys, tmp_path, frugal):
    pytest.importorskip("aalpy")
    shown = run(capsys, "extract", DEMO, "--method", "edsm", "--states", "1", "--out", tmp_path / "a.json", "--seed", "1")
    assert shown.code == 3
    assert "Stopped by the limit on states" in shown.out
    assert "Left out: what was learned with more than 1 state" in shown.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "ngram"], "the method ngram does not fit a teacher whose task is classifier"),
        (["--method", "alergia"], "the method alergia does not fit a teacher whose task is classifier"),
        (["--method", "rpni", "--order", "2"], "the method rpni has no setting 'order'; it has no settings"),
        (["--method", "ngram", "--order", "0"], "must be a whole number of at least 1, not '0'"),
        (["--method", "ngram", "--band", "0"], "the method ngram has no setting 'band'; its settings are order"),
    ],
)
def test_what_is_refused(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    shown = run(capsys, "extract", DEMO, *arguments)
    assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert said in shown.err
    assert os.listdir(tmp_path) == []


def test_without_aalpy_a_sentence_says_how_to_install_it(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "aalpy.learning_algs.general_passive.GeneralizedStateMerging", None)
    shown = run(capsys, "extract", DEMO, "--method", "rpni")
    assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert 'pip install "nerode[aalpy]"' in shown.err
    assert os.listdir(tmp_path) == []
