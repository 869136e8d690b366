"""What is said of a file that another command reads, or of a folder in place of a file."""

import json

import pytest
import torch
from models.torch_models import made
from refusals import refusal
from safetensors.torch import save_file
from shell import run

from nerode.errors import InputError
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.imports.importing import Wanted


@pytest.fixture
def lone(tmp_path):
    torch.save(made("last valid state").state_dict(), tmp_path / "own.pt")
    return tmp_path / "own.pt"


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("given", [{}, {"alphabet": "abcd"}, {"head": "head.pt"}])
def test_weights_alone_are_imported_whatever_else_is_given(lone, tmp_path, suffix, given):
    save_file(made("last valid state").state_dict(), tmp_path / "own.safetensors")
    with pytest.raises(InputError, match=f"nerode import own{suffix}"):
        load_teacher(tmp_path / f"own{suffix}", **given)


def test_folders_that_are_read_without_an_import(lone, tmp_path, capsys):
    assert "is a folder; give the file of weights in it" in refusal(tmp_path, Wanted("abcd"))
    done = run(capsys, "import", lone, "--alphabet", "abcd", "--out", tmp_path / "own")
    assert done.code == 0, done.err
    assert refusal(tmp_path / "own", Wanted("abcd")).endswith(f"without an import: nerode extract {tmp_path / 'own'}")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    save_file({"transformer.wte.weight": torch.zeros(3, 4)}, folder / "model.safetensors")
    for path in (folder, folder / "model.safetensors"):
        assert refusal(path, Wanted("abcd")).endswith(f"without an import: nerode extract {folder}")


def test_the_place_of_a_checkpoint_is_the_last_fault_that_is_told(lone, tmp_path, capsys):
    for file, said in (("none.pt", "cannot read the weights"), ("own.pt", "it is no directory; choose another name")):
        done = run(capsys, "import", tmp_path / file, "--alphabet", "abcd", "--out", lone)
        assert done.code == 2
        assert said in done.err
