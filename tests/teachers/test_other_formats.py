"""Formats that nerode does not read are named, with what to do instead, and nothing in them is run."""

import re
import shlex
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from doubles import words_up_to
from shell import run
from taysir_files import good, saved
from torch import nn

from nerode.errors import InputError
from nerode.teachers import other_formats
from nerode.teachers.checkpoints import load_model, load_teacher

TOKENS = 2


class Net(nn.Module):
    """A network of a user, with the parts that a recurrent network of nerode has."""

    def __init__(self):
        super().__init__()
        self.cells = nn.GRU(TOKENS, 4, batch_first=True)
        self.readout = nn.Sequential(nn.Linear(4, 1))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.readout(self.cells(nn.functional.one_hot(tokens, 2).float())[0][:, -1])


def refusal(path, given=None):
    with pytest.raises(InputError) as refused:
        load_model(given or path)
    said = str(refused.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    assert "truncated" not in said
    return said


def script(net, path):
    torch.jit.save(torch.jit.script(net), path)


def trace(net, path):
    torch.jit.save(torch.jit.trace(net, torch.zeros(1, 3, dtype=torch.int64)), path)


def export(net, path):
    tokens = torch.zeros(2, 3, dtype=torch.int64)
    torch.export.save(torch.export.export(net, (tokens,)), path)


TORCH = {
    "script": (script, ".pt", "is a TorchScript archive"),
    "script in a folder of the competition": (script, "", "is a TorchScript archive"),
    "trace": (trace, ".torchscript", "is a TorchScript archive"),
    "exported program": (export, ".pt2", "is an exported program"),
    "exported program called as others": (export, ".pt", "is an exported program"),
    "state dict": (lambda net, path: torch.save(net.state_dict(), path), ".pth", "the weights of a network alone"),
    "state of a training": (
        lambda net, path: torch.save({"epoch": 3, "net": net.state_dict(), "rate": {"lr": 0.1}}, path),
        ".pt",
        "the weights of a network alone",
    ),
}


@pytest.mark.filterwarnings("ignore")  # torch remarks on its own old formats
@pytest.mark.parametrize("kind", TORCH)
@pytest.mark.sampled(4)
def test_what_torch_saves_is_named_and_the_line_that_is_given_makes_a_checkpoint(torch_seed, tmp_path, monkeypatch, capsys, kind):
    save, suffix, named = TORCH[kind]
    net = Net().eval()
    path = tmp_path / (f"it's mine{suffix}" if suffix else "9.9.taysir.model/data/model.pth")
    path.parent.mkdir(parents=True, exist_ok=True)
    save(net, path)
    said = refusal(path, path if suffix else path.parents[1])
    assert named in said
    monkeypatch.chdir(path.parent)
    for line in re.findall("`(torch.save.*?)`", said):
        exec(line, {"torch": torch})  # as the user is told to
    (command,) = re.findall("nerode (import .*)$", said)
    assert run(capsys, *shlex.split(command), "--alphabet", "ab", "--out", "made").code == 0
    words = words_up_to(2, 4)[1:]
    with torch.inference_mode():
        expected = np.array([net(torch.tensor([word]))[0].tolist() for word in words])
    np.testing.assert_allclose(load_teacher("made").scores(words), expected, rtol=0, atol=1e-6)


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, "{}")


def write(content):
    return lambda path: path.write_bytes(content)


def saved_model(path):
    path.mkdir()
    (path / "saved_model.pb").write_bytes(b"\x08\x01")
    (path / "variables").mkdir()


OTHERS = {
    "net.onnx": (write(b"anything"), "is an ONNX model"),
    "net.model": (write(b"\x08\x0a\x12\x07pytorch\x1a\x052.1.0"), "is an ONNX model"),
    "net.h5": (write(b"\x89HDF\r\n\x1a\n" + bytes(100)), "is an HDF5 file, as Keras writes them"),
    "net.pt": (write(b"\x89HDF\r\n\x1a\n" + bytes(100)), "is an HDF5 file, as Keras writes them"),
    "net.keras": (lambda path: archive(path, "metadata.json", "config.json", "model.weights.h5"), "is a Keras model"),
    "folder": (saved_model, "is a TensorFlow SavedModel"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_models_of_other_libraries_are_named_and_the_way_to_ask_them(tmp_path, name):
    make, named = OTHERS[name]
    make(tmp_path / name)
    said = refusal(tmp_path / name)
    assert named in said
    own = "a class of your own with alphabet, width, link and scores(words)"
    import_as = name if name.endswith(".onnx") or "Keras" in named else f"{name}.onnx"
    assert (own if "TensorFlow" in named else f"nerode import {import_as}") in said


def test_weights_alone_want_their_folder(tmp_path):
    safetensors.torch.save_file(Net().state_dict(), tmp_path / "weights.safetensors")
    assert "give the folder that it is in" in refusal(tmp_path / "weights.safetensors")


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_nothing_is_loaded(tmp_path, monkeypatch):
    script(Net(), tmp_path / "net.pt")
    for library, name in ((torch.jit, "load"), (torch, "load")):
        monkeypatch.setattr(library, name, lambda *_, **__: pytest.fail("it was loaded"))
    assert "TorchScript" in refusal(tmp_path / "net.pt")


def test_what_nerode_reads_is_none_of_them(define, torch_seed, tmp_path):
    path = saved(good(define), tmp_path / "model.pth")
    other_formats.refuse(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    other_formats.refuse(path)
    with pytest.raises(InputError, match="truncated, damaged or no model at all"):
        load_model(path)
