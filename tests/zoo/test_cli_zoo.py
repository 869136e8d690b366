"""`nerode zoo`: made, made again, interrupted, listed, drawn, and refused."""

import json
import shutil
import signal
import time

import pytest
from shell import ended, run, started

from nerode.datasets import collection
from nerode.eval import difficulty
from nerode.eval.plots.zoo import zoo_figure
from nerode.shell import zoo as command
from nerode.zoo.recipes import RECIPES, Recipe

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


def test_networks_that_may_be_handed_on_are_packed(capsys, tmp_path, small):
    zoo, unpacked = tmp_path / "zoo", tmp_path / "unpacked"
    assert run(capsys, "zoo", "make", "--out", zoo, "--effort", 0.02).code == 0
    closed = shutil.copytree(zoo / "parity", zoo / "closed") / "zoo.json"
    card = json.loads(closed.read_text())
    closed.write_text(json.dumps(card | {"data": card["data"] | {"ships": False, "licence": "to be read | only"}}))
    (zoo / "parity" / "notes.txt").write_text("mine")
    files = []
    for name in ("one.zip", "two.zip"):
        done = run(capsys, "zoo", "pack", zoo, "--out", tmp_path / name, "--json")
        assert (done.code, done.answer["networks"]) == (0, ["parity"])
        assert done.answer["left_out"] == {"closed": "to be read | only"}
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    shutil.unpack_archive(tmp_path / "one.zip", unpacked)
    assert {path.name for path in (unpacked / "parity").iterdir()} == {path.name for path in (zoo / "closed").iterdir()}
    licences = (unpacked / "LICENCES.md").read_text()
    assert f"| parity | {card['data']['name']} | {card['data']['licence']} | {card['data']['source']} |" in licences
    assert run(capsys, "zoo", "list", unpacked, "--json").answer["networks"] == [card]
    assert run(capsys, "inspect", unpacked / "parity").code == 0
    assert "left out, to be read | only: closed" in run(capsys, "zoo", "pack", zoo, "--out", tmp_path / "one.zip").out
    for arguments, said in (
        (["--only", "closed", "--out", tmp_path / "a.zip"], "may be handed on"),
        (["--only", "other", "--out", tmp_path / "a.zip"], "has no network 'other'"),
        (["--out", tmp_path / "a.tar"], "packed into a .zip file"),
        ([], "nerode zoo pack DIR --out zoo.zip"),
    ):
        done = run(capsys, "zoo", "pack", zoo, *arguments)
        assert (done.code, said in done.err) == (2, True), done.err
    (zoo / "parity" / "train.tsv").unlink()
    assert "has no train.tsv; make the network again" in run(capsys, "zoo", "pack", zoo, "--out", tmp_path / "b.zip").err
    assert not (tmp_path / "b.zip").exists()


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


def test_recipes_are_listed_without_a_folder(capsys):
    listed = run(capsys, "zoo", "list")
    assert listed.code == 0
    assert all(f"\n{recipe.name} " in listed.out for recipe in RECIPES)
    assert [each["name"] for each in run(capsys, "zoo", "list", "--json").answer["recipes"]] == [each.name for each in RECIPES]


@pytest.mark.parametrize(
    ("grams", "top"), [([None] * 3, 100), ([0.01, 0.004, None], 10), ([0.55, 0.1, None], 55), ([0.5] * 3, 50)]
)
def test_what_stands_where_in_the_plot(grams, top):
    """Errors have an axis from 0 on; networks without one stand below it; names are whole."""
    data = {"kind": "text", "task": "classifier"}
    figure = zoo_figure(
        [
            {"name": f"a-network-of-{'long' * 5}-{i}", "data": data, "difficulty": {"rank": 1, "grams": each}}
            for i, each in enumerate(grams)
        ]
    )
    (axes,) = figure.axes
    places = [float(line.get_ydata()[0]) for line in axes.lines if len(line.get_xdata()) == 1]
    named = {label.get_text(): place for place, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)}
    below = named.pop("no 3-grams", None)
    assert places == [below if each is None else 100 * each for each in grams]
    assert (below is None) == (None not in grams)
    assert below is None or -0.1 * top <= below < 0
    assert list(named) == [f"{place:g}" for place in named.values()]
    assert len(named) >= 3
    assert min(named.values()) == 0
    assert top <= axes.get_ylim()[1] <= 1.1 * top
    right = max(text.get_window_extent().x1 for text in axes.texts)
    assert right < 0.985 * figure.bbox.width


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["make"], "--out DIR"),
        (["list", "--plot", "zoo.svg"], "zoo list DIR --plot FILE"),
        (["measure"], "zoo measure DIR"),
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
    assert done.code == 130, done.err
    assert list(out.iterdir()) == []
