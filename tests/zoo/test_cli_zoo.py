"""`nerode zoo`: made, made again, interrupted, listed, drawn, and refused."""

import json
import signal
import time

import pytest
from shell import ended, run, started

from nerode.datasets import collection
from nerode.eval import difficulty
from nerode.shell import zoo as command
from nerode.zoo.recipes import Recipe

TINY = (Recipe("parity", "counting-2", "gru", 4, steps=3), Recipe("odd", "counting-2", "nothing", 4))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(collection, "WORDS", 120)
    monkeypatch.setattr(collection, "SHORT", 20)
    monkeypatch.setattr(difficulty, "BLOCK", 20)
    monkeypatch.setattr(difficulty, "DRAWN", 40)
    monkeypatch.setattr(command, "chosen", lambda names: TINY)


def test_the_way_of_a_network(capsys, tmp_path, small):
    out = tmp_path / "new" / "zoo"
    first = run(capsys, "zoo", "make", "--out", out, "--effort", 0.02, "--json")
    assert first.code == 0
    assert set(first.answer["made"]) == {"parity"}
    assert "unknown architecture" in first.answer["skipped"]["odd"]
    assert "odd: left out" in first.err
    again = run(capsys, "zoo", "make", "--out", out, "--json").answer
    assert (again["made"], again["kept"]) == ({}, ["parity"])
    listed = run(capsys, "zoo", "list", out, "--plot", tmp_path / "zoo.svg", "--json").answer
    (card,) = listed["networks"]
    assert (card["name"], card["data"]["letters"]) == ("parity", 2)
    assert "parity" in (tmp_path / "zoo.svg").read_text(encoding="utf-8")
    assert "parity" in run(capsys, "zoo", "list", out).out
    measured = run(capsys, "zoo", "measure", out, "--effort", 0.02, "--json").answer
    assert measured["networks"][0]["difficulty"] == card["difficulty"]
    assert run(capsys, "inspect", out / "parity").code == 0


def test_the_plot_of_kinds_that_differ(tmp_path, capsys):
    for number, (kind, task, grams) in enumerate([("text", "classifier", 0.2), ("music", "language-model", None)]):
        card = {
            "name": f"net-{number}", "recipe": {"data": "x", "seed": 0}, "data": {"kind": kind, "task": task, "letters": 3},
            "architecture": "GRU", "parameters": 9, "results": {"accuracy": 0.5, "baseline": 0.4, "learned": False},
            "seconds": {"training": 1},
            "difficulty": {
                "rank": 0, "states": None, "tried": 50, "grams": grams, "near": 0.1, "follows": None, "effort": 1 + number
            },
        }  # fmt: skip
        (tmp_path / card["name"]).mkdir()
        (tmp_path / card["name"] / "zoo.json").write_text(json.dumps(card))
    done = run(capsys, "zoo", "list", tmp_path, "--plot", tmp_path / "zoo.png")
    assert done.code == 0
    assert "> 50" in done.out
    assert "by efforts of 1, 2" in done.out
    assert "50.0!" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["make"], "--out DIR"),
        (["list"], "zoo list DIR"),
        (["list", "empty"], "no networks"),
        (["list", "missing"], "cannot read the folder"),
        (["make", "--out", "empty", "--only", "nothing"], "no network 'nothing'"),
        (["make", "--out", "empty", "--only", "names-gru"], "--data FOLDER"),
        (["make", "empty", "--out", "empty"], "the folder is no option of nerode zoo make"),
        (["list", "empty", "--effort", 1], "--effort is no option"),
        (["list", "empty", "--plot", "zoo.txt"], "ends in .svg"),
    ],
)
def test_refused(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    done = run(capsys, "zoo", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_an_interruption_writes_nothing(tmp_path):
    """SIGTERM, which acts like Ctrl-C, while the first network is trained: there is no folder of it."""
    out = tmp_path / "zoo"
    process = started("zoo", "make", "--only", "tomita-5-lstm", "--out", out)
    while not out.is_dir():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    done = ended(process)
    assert done.code == 130
    assert list(out.iterdir()) == []
