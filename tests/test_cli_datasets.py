"""`nerode datasets`: the list, a card, files that can be trained on, and what is refused."""

import json
import shlex

import pytest
from shell import run

from nerode.datasets.collection import dataset
from nerode.datasets.entries import ENTRIES


def test_the_list(capsys):
    done = run(capsys, "datasets", "--json")
    assert [each["name"] for each in done.answer["datasets"]] == list(ENTRIES)
    text = run(capsys, "datasets").out
    assert all(any(line.startswith(f"{name} ") for line in text.splitlines()) for name in ENTRIES)


def test_files_are_trained_on(capsys, tmp_path):
    done = run(capsys, "datasets", "counting-2", "--out", tmp_path / "new" / "counting", "--json")
    assert done.code == 0
    assert done.answer["card"]["classes"] == ["0", "1"]
    training = done.answer["files"][0]
    net = tmp_path / "net"
    assert run(capsys, "train", training, "--validation", 0.2, "--steps", 5, "--hidden", 4, "--out", net).code == 3


def test_a_card_alone(capsys):
    done = run(capsys, "datasets", "dyck-1-depth-2")
    assert "a classifier of 2 classes; 2 letters" in done.out


def test_a_data_set_is_trained_on_by_its_name(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = [f"{'+-'[i % 2]}\t{'ac'[i % 2]}{'acgt'[i % 4]}{'acgt'[i // 4 % 4]}{'acgt'[i // 16]}" for i in range(64)]
    (tmp_path / "promoters.tsv").write_text("\n".join(["label\tword", *words]) + "\n", encoding="utf-8")
    limits = ("--steps", 3, "--hidden", 4, "--out")
    done = run(capsys, "train", "promoters", "--data", ".", *limits, "net", "--json")
    made = dataset("promoters", ".")
    assert done.code == 3
    assert (done.answer["training_words"], done.answer["validation_words"]) == made.card.words[:2]
    command = json.loads((tmp_path / "net" / "teacher.json").read_text(encoding="utf-8"))["training"]["command"]
    assert "--data ." in command
    assert run(capsys, *shlex.split(command)[1:], "--out", "again").code == 3
    weights = [next((tmp_path / name).glob("*.safetensors")).read_bytes() for name in ("net", "again")]
    assert weights[0] == weights[1]
    for arguments in (("promoters", "--data", ".", "--validation", 0.2), ("tomita-1", "--data", ".")):
        refused = run(capsys, "train", *arguments, *limits, "other")
        assert refused.code == 2
        assert "leave" in refused.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--letters", 3], "name a data set"),
        (["names"], "--data FOLDER"),
        (["nonsense"], "there is no data set"),
        (["counting-2", "--out", "file/below"], "cannot make the folder"),
    ],
)
def test_refused(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    done = run(capsys, "datasets", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
