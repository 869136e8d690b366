"""The shell on bad checkpoints and bad places to write to: a refusal in one sentence, and nothing is lost."""

import json
import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from shell import DEMO, copy_of_demo, needs_full_device, run

from nerode.shell import extract, train

# checkpoints


def test_missing_checkpoints(refused, tmp_path):
    os.symlink("nowhere", tmp_path / "dangling")
    os.symlink("loop", tmp_path / "loop")
    for name in ("nothing", "nothing.json", "dangling", "loop", "x" * 5000, "a\nb"):
        for command in (["inspect", name], ["extract", name, "--out", "a.json"], ["extract", name, "--method", "lstar"]):
            assert refused(*command)
    assert "there is no checkpoint at nothing;" in refused("inspect", "nothing")


def test_what_is_no_checkpoint(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("tomita")
    for name in ("folder", "notes.txt", ".", "/dev/null"):
        assert "is no checkpoint that nerode knows" in refused("inspect", name)
        said = "notes.txt has words without labels; give labels" if name == "notes.txt" else "is no checkpoint that nerode knows"
        assert said in refused("extract", name, "--out", "a.json")


class Hostile:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


def test_a_pickle_that_runs_commands_is_not_run(refused, tmp_path):
    marker = tmp_path / "marker"
    for protocol in (2, 4):
        (tmp_path / f"plain{protocol}.pth").write_bytes(pickle.dumps(Hostile(marker), protocol))
    torch.save(Hostile(marker), tmp_path / "saved.pt")
    data = tmp_path / "9.9.taysir.model" / "data"
    data.mkdir(parents=True)
    shutil.copy(tmp_path / "plain4.pth", data / "model.pth")
    for name in ("plain2.pth", "plain4.pth", "saved.pt", "9.9.taysir.model"):
        assert "code that nerode does not run" in refused("inspect", name)
        assert "code that nerode does not run" in refused("extract", name, "--out", "a.json")
    assert not marker.exists()
    pickle.loads((tmp_path / "plain4.pth").read_bytes())
    assert marker.exists()  # it would have


def test_truncated_pickles(refused, tmp_path):
    torch.save({"weight": torch.zeros(2000)}, tmp_path / "whole.pth")
    whole = (tmp_path / "whole.pth").read_bytes()
    for size in (0, 20, 100, len(whole) // 2, len(whole) - 10):
        (tmp_path / "cut.pth").write_bytes(whole[:size])
        assert "truncated, damaged or no model at all" in refused("inspect", "cut.pth")
    assert "the weights of a network alone" in refused("inspect", "whole.pth")


def test_a_truncated_competition_model(refused, tmp_path, shared):
    whole = (shared / "taysir" / "models" / "1.0.taysir.model" / "data" / "model.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    assert "truncated, damaged or no model at all" in refused("extract", "cut.pth", "--out", "a.json")


def test_weights_that_do_not_fit_their_description(refused, tmp_path):
    weights = load_file(DEMO / "weights.safetensors")
    narrow = {name: np.ascontiguousarray(array[:1]) for name, array in weights.items()}
    save_file(narrow, copy_of_demo(tmp_path / "narrow") / "weights.safetensors")
    assert "does not fit teacher.json beside it" in refused("inspect", "narrow")
    (copy_of_demo(tmp_path / "without") / "weights.safetensors").unlink()
    assert "cannot read the weights without/weights.safetensors" in refused("inspect", "without")
    (copy_of_demo(tmp_path / "cut") / "weights.safetensors").write_bytes((DEMO / "weights.safetensors").read_bytes()[:500])
    assert "truncated, damaged" in refused("inspect", "cut")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(refused, tmp_path, value):
    weights = load_file(DEMO / "weights.safetensors")
    first = min(weights)
    weights[first].flat[0] = value
    save_file(weights, copy_of_demo(tmp_path / "net") / "weights.safetensors")
    for command in (["inspect", "net"], ["extract", "net", "--out", "a.json"]):
        assert f"the weights {first!r} are not all finite numbers" in refused(*command)


def test_a_damaged_description(refused, tmp_path):
    description = copy_of_demo(tmp_path / "net") / "teacher.json"
    for text in ("", "{", "[]", '{"format": "other"}', "\0", "[" * 100_000):
        description.write_text(text)
        assert "net/teacher.json" in refused("inspect", "net")
    description.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in refused("inspect", "net")


# places to write to


def test_places_that_cannot_be_written_to(refused, tmp_path, dfa):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("old")
    for out, said in {
        "nowhere/a.json": f"the folder {tmp_path / 'nowhere'} does not exist",
        "file/a.json": "does not exist",
        "folder.json": "it is a folder",
        "a.txt": "to a .json file, not to a.txt",
        "a": "to a .json file, not to a;",
        "a.svg": "`nerode convert` writes other formats and pictures",
        "/dev/full": "to a .json file",
        "/proc/a.json": "cannot write /proc/a.json",
        "x" * 300 + ".json": "too long",
        "": "must be a path, and not empty",
    }.items():
        assert said in refused("extract", DEMO, "--out", out)
    for out, said in {"nowhere/a.svg": "does not exist", "folder.svg": "it is a folder", "a.json": "ends in .svg"}.items():
        assert said in refused("render", dfa, "--out", out)
    for out in ("a", "a.txt", "a.json.gz", "a."):
        assert "the suffix must be one of .json, .dot" in refused("convert", dfa, "--out", out)


@needs_full_device
def test_a_disk_that_is_full(refused, tmp_path, dfa):
    os.symlink("/dev/full", tmp_path / "full.json")
    os.symlink("/dev/full", tmp_path / "full.svg")
    assert "no space left" in refused("extract", DEMO, "--out", "full.json")
    assert "no space left" in refused("render", dfa, "--out", "full.svg")


def test_a_place_is_refused_before_any_work(refused, monkeypatch, tmp_path):
    def work(*_, **__):
        raise AssertionError("the place should have been refused before")

    monkeypatch.setattr(train, "run_training", work)
    monkeypatch.setattr(extract, "extract", work)
    (tmp_path / "file").write_text("old")
    os.symlink("nowhere", tmp_path / "dangling")
    taken = tmp_path / "taken"
    (taken / "teacher.json").mkdir(parents=True)
    for out, said in {
        "nowhere/net": "does not exist",
        "file": "it is no directory",
        "dangling": "it is no directory",
        "/proc/net": "cannot write /proc/net",
        "taken": "it is a folder",
        "x" * 300: "too long",
        "": "not empty",
    }.items():
        assert said in refused("train", "tomita-1", "--out", out)
    assert "does not exist" in refused("extract", DEMO, "--out", "nowhere/a.json")


# what would be lost


@pytest.mark.parametrize("kept", ["teacher.json", "weights.safetensors"])
def test_a_network_is_not_trained_over_another(refused, capsys, tmp_path, kept):
    net = copy_of_demo(tmp_path / "net")
    for file in set(os.listdir(net)) - {kept}:
        (net / file).unlink()
    training = ("train", "tomita-1", "--out", "net", "--hidden", 16, "--words", 20, "--longest", 4)
    assert "net holds a network already; choose another directory, or overwrite it with --force" in refused(*training)
    assert run(capsys, *training, "--force").code == 0
    assert json.loads((net / "teacher.json").read_text(encoding="utf-8"))["training"]["language"] == "tomita-1"
    assert run(capsys, "inspect", "net").code == 0


def test_a_network_of_another_format_is_not_trained_over(refused, tmp_path):
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text("{}")
    (tmp_path / "9.9.taysir.model" / "data").mkdir(parents=True)
    (tmp_path / "9.9.taysir.model" / "data" / "model.pth").write_bytes(b"a network")
    for out in ("hf", "9.9.taysir.model"):
        assert "holds a network already" in refused("train", "tomita-1", "--out", out)


def test_a_folder_that_holds_something_else_may_hold_a_network_too(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("kept")
    assert run(capsys, "train", "tomita-1", "--out", tmp_path, "--hidden", 16, "--words", 20, "--longest", 4).code == 0
    assert (tmp_path / "notes.txt").read_text() == "kept"


def test_automata_are_not_written_over_a_part_of_a_network(refused, capsys, tmp_path, dfa):
    net = copy_of_demo(tmp_path / "net")
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "config.json").write_text("{}")
    os.symlink(net / "teacher.json", tmp_path / "link.json")
    for out in ("net/teacher.json", "hf/config.json", "link.json"):
        assert f"{out} is a part of the network in " in refused("extract", DEMO, "--out", out)
        assert f"{out} is a part of the network in " in refused("convert", dfa, "--out", out)
    for _ in range(2):  # one that is there already is no part of it
        assert run(capsys, "convert", dfa, "--out", net / "automaton.json").code == 0
    assert run(capsys, "render", dfa, "--out", net / "automaton.dot").code == 0


def test_an_automaton_is_not_written_over_the_one_that_it_is_extracted_from(refused, dfa):
    assert "is what the automaton is to be extracted from" in refused("extract", dfa, "--method", "lstar", "--out", dfa)
