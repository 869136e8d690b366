"""No file can make us run anything, or take more than it holds."""

import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from contextlib import suppress

import numpy as np
import pytest
import torch
from taysir_files import OLD, WORDS, good, refusal, saved
from torch import nn

from nerode.errors import InputError
from nerode.teachers import taysir
from nerode.teachers.checkpoints import load_teacher


@OLD
def test_the_container_before_the_archives_is_refused(define, torch_seed, tmp_path):
    """There the source code of the classes lies beside them; the competition is younger."""
    path = saved(good(define), tmp_path / "model.pth", _use_new_zipfile_serialization=False)
    assert "was not opened" in refusal(path)


def test_the_classes_of_the_file_need_not_be_there(define, monkeypatch, torch_seed, tmp_path):
    path = saved(good(define), tmp_path / "model.pth")
    monkeypatch.delitem(sys.modules, "tnetwork")
    assert load_teacher(path).scores([()]).shape == (1, 1)
    assert "tnetwork" not in sys.modules


def mark(path):
    """What a hostile file would like us to run."""
    path.touch()


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile(marker):
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    return {
        "os.system": Calls(os.system, f"touch {marker}"),
        "builtins.eval": Calls(eval, code),
        "builtins.exec": Calls(exec, code),
        "builtins.open": Calls(open, str(marker), "w"),
        "subprocess": Calls(subprocess.call, ["touch", str(marker)]),
        "our own function": Calls(mark, marker),
        "getattr": Calls(getattr, "text", "upper"),
        "torch.load": Calls(torch.load, str(marker)),
    }


NAMES = list(hostile("x"))


def assert_inert(path, marker):
    assert refusal(path)
    assert not marker.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_a_call_runs_nothing(tmp_path, name):
    marker = tmp_path / "ran"
    attack = hostile(marker)[name]
    for how in ({}, {"_use_new_zipfile_serialization": False}):
        assert_inert(saved(attack, tmp_path / "model.pth", **how), marker)
    (tmp_path / "model.pth").write_bytes(pickle.dumps(attack))
    assert_inert(tmp_path / "model.pth", marker)


@pytest.mark.parametrize("name", NAMES)
def test_a_call_hidden_in_a_network_runs_nothing(define, torch_seed, tmp_path, name):
    marker = tmp_path / "ran"
    network = good(define)
    network.dense.extra = hostile(marker)[name]
    assert_inert(saved(network, tmp_path / "model.pth"), marker)


def test_these_attacks_would_work_on_a_careless_reader(tmp_path):
    """Else the tests above show nothing."""
    for name in ("os.system", "builtins.eval", "builtins.exec", "subprocess", "our own function"):
        marker = tmp_path / "ran"
        pickle.loads(pickle.dumps(hostile(marker)[name]))
        assert marker.exists()
        marker.unlink()


def test_a_known_class_cannot_be_given_code(define, torch_seed, tmp_path):
    """The file may name a `__setstate__` or a `forward`; what stands in for the class has none and gets none."""
    marker = tmp_path / "ran"

    def setstate(self, state):
        mark(marker)

    network = good(define)
    network.__class__ = define("tnetwork", "TNetwork", __setstate__=setstate, forward=setstate)
    path = saved(network, tmp_path / "model.pth")
    load_teacher(path).scores(WORDS[:3])
    assert not marker.exists()


def test_a_file_of_other_classes_is_refused(define, torch_seed, tmp_path):
    assert "asks for code that nerode does not run" in refusal(saved(define("elsewhere", "Net")(), tmp_path / "model.pth"))


@pytest.mark.parametrize("value", [nn.Linear(2, 2), {"weight": 3}, OrderedDict(), [1, 2], None], ids=repr)
def test_a_file_of_something_else_is_refused(tmp_path, value):
    assert "holds no network of the TAYSIR competition" in refusal(saved(value, tmp_path / "model.pth"))


@OLD
@pytest.mark.parametrize("container", [True, False], ids=["new", "old"])
def test_truncated_files(define, torch_seed, tmp_path, container):
    path = saved(good(define), tmp_path / "model.pth", _use_new_zipfile_serialization=container)
    whole = path.read_bytes()
    for part in np.linspace(0, len(whole) - 1, 25).astype(int).tolist():
        path.write_bytes(whole[:part])
        assert refusal(path)


def test_files_with_a_flipped_byte_fail_cleanly_or_answer(define, torch_seed, tmp_path, rng):
    path = saved(good(define), tmp_path / "model.pth")
    whole = path.read_bytes()
    answered = 0
    for place in rng.integers(len(whole), size=60).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ int(rng.integers(1, 256))]) + whole[place + 1 :])
        with suppress(InputError):
            teacher = load_teacher(path)
            assert teacher.scores(WORDS[:3]).shape == (3, teacher.width)
            answered += 1
    assert 0 < answered < 60


@pytest.mark.parametrize("content", [b"", b"hello, this is a text\n", b"\x80\x02.", b"\x80", b"PK\x03\x04", bytes(100)], ids=repr)
def test_files_of_another_kind(tmp_path, content):
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    assert refusal(path)


def test_an_archive_that_is_no_torch_file(tmp_path):
    path = tmp_path / "model.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    assert refusal(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", "nothing here")
        archive.writestr("model/version", "3\n")
    assert refusal(path)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_scripted_modules_are_refused(tmp_path):
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "model.pth")
    assert refusal(tmp_path / "model.pth")


def test_paths_that_are_no_models(tmp_path):
    assert "there is no checkpoint" in refusal(tmp_path / "missing.pth")
    (tmp_path / "empty.taysir.model" / "data").mkdir(parents=True)
    assert "no checkpoint that nerode knows" in refusal(tmp_path / "empty.taysir.model")
    (tmp_path / "notes.txt").write_text("hello")
    assert "no checkpoint that nerode knows" in refusal(tmp_path / "notes.txt")


def test_records_are_inert():
    for name, record in taysir.RECORDS.items():
        assert record.__name__ == name.rpartition(".")[2]
        assert set(vars(record)) <= {"__module__", "__doc__"}
        assert record.__bases__ == (taysir.Record,)
        assert not issubclass(record, nn.Module)
