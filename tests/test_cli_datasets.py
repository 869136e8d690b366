"""`nerode datasets`: the list, a card, files that can be trained on, and what is refused."""

import pytest
from shell import run

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
