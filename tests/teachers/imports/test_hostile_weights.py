"""Damaged, strange and hostile files of weights: a sentence or a right model, and nothing is run."""

import pickle
import random
import re
import zipfile

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, answers, made
from refusals import refusal
from thorough import times

from nerode.errors import InputError
from nerode.teachers.imports.files import read_weights
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

MUTANTS = times(120, 2000)
NAME = "mean pooling"


def attempted(path, wanted, proof=None):
    """What is imported; None where it is refused in one line."""
    said = "\n"
    try:
        return import_weights(path, wanted, proof)
    except InputError as error:
        said = str(error)
    assert "\n" not in said
    return None


class Runs:
    def __reduce__(self):
        return exec, ("raise SystemExit('run')",)


@pytest.mark.parametrize("inside", [False, True])
def test_a_pickle_that_would_run_something_is_not_opened(tmp_path, inside):
    state = made(NAME).state_dict()
    torch.save({"state_dict": state, "extra": Runs()} if inside else Runs(), tmp_path / "own.pt")
    assert "nerode runs no code of a file" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_bare_pickle_that_would_run_something_is_not_opened(tmp_path, protocol):
    (tmp_path / "own.pt").write_bytes(pickle.dumps(Runs(), protocol))
    assert str(tmp_path / "own.pt") in refusal(tmp_path / "own.pt", Wanted(LETTERS))


def test_a_whole_module_is_refused_with_the_line_that_helps(tmp_path):
    torch.save(made(NAME), tmp_path / "own.pt")
    said = refusal(tmp_path / "own.pt", Wanted(LETTERS))
    assert "it names models.torch_models.MeanPooling" in said
    assert "`torch.save(model.state_dict(), 'weights.pt')`" in said


def test_an_archive_that_unfolds_is_not_opened(tmp_path):
    torch.save(made(NAME).state_dict(), tmp_path / "own.pt")
    with zipfile.ZipFile(tmp_path / "own.pt") as whole, zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as bomb:
        for member in whole.infolist():
            bomb.writestr(member.filename, whole.read(member))
        bomb.writestr("own/data/99", bytes(10**7))
    assert "unfolds to" in refusal(tmp_path / "bomb.pt", Wanted(LETTERS))


def test_weights_that_claim_more_than_the_file_has(tmp_path):
    state = made(NAME).state_dict()
    state["out.weight"] = torch.zeros(1).expand(10**6, 20)
    torch.save(state, tmp_path / "own.pt")
    assert "larger than the file" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


def test_a_file_that_holds_itself(tmp_path):
    content = {"model": {}}
    content["model"]["model"] = content
    torch.save(content, tmp_path / "own.pt")
    assert "holds no weights" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.pop("gru.weight_hh_l0"), "lacks weights"),
        (lambda state: state.pop("out.weight"), "biases without weights: out.bias"),
        (lambda state: state.update({"conv.weight": torch.zeros(2, 3, 4)}), "conv.weight are of no layer that is read"),
        (lambda state: state.update({"h0": torch.zeros(2, 3)}), "no recurrent network of nerode has: h0"),
        (lambda state: state.update({"out.weight": torch.zeros(3, 19)}), "do not fit behind the 20 numbers"),
        (lambda state: state.update({"out.weight": torch.full((3, 20), torch.nan)}), "not all finite"),
        (lambda state: state.clear(), "holds no weights"),
        (lambda state: [state.pop(name) for name in list(state) if name.startswith("gru")], "no layers of nn.RNN"),
        (lambda state: state.update({"gru.weight_hh_l0": torch.zeros(31, 10)}), "wrong shapes"),
        (lambda state: state.update({"gru.weight_hh_l0": torch.zeros(30, 15)}), "30 rows for 15 units"),
        (lambda state: state.update({"gru.bias_ih_l0": torch.zeros(29)}), "do not fit together"),
        (lambda state: state.update({"a\x1b[31m": torch.zeros(2)}), "control characters"),
        (
            lambda state: state.update({"lstm.weight_ih_l0": torch.zeros(8, 2), "lstm.weight_hh_l0": torch.zeros(8, 2)}),
            "several kinds",
        ),
    ],
)
def test_weights_that_do_not_fit_together(tmp_path, change, said):
    state = dict(made(NAME).state_dict())
    change(state)
    torch.save(state, tmp_path / "own.pt")
    assert said in refusal(tmp_path / "own.pt", Wanted(LETTERS))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x80\x02.", b"hello\n" * 50, bytes(200), b"\x89HDF\r\n\x1a\n" + bytes(50)]
)
def test_files_of_something_else(tmp_path, content):
    (tmp_path / "own.pt").write_bytes(content)
    assert str(tmp_path / "own.pt") in refusal(tmp_path / "own.pt", Wanted(LETTERS))


def test_a_missing_file(tmp_path):
    assert "cannot read the weights" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


def test_mutated_files_give_a_sentence_or_weights(tmp_path):
    """Bytes are changed, cut out and doubled."""
    torch.save(made(NAME).state_dict(), tmp_path / "whole.pt")
    whole = (tmp_path / "whole.pt").read_bytes()
    draw = random.Random(1)
    refused = 0
    for i in range(MUTANTS):
        content = bytearray(whole)
        begin = draw.randrange(len(content))
        end = begin + draw.randrange(1, 40)
        content[begin:end] = draw.choice((b"", bytes(draw.randrange(256) for _ in range(end - begin)), content[begin:end] * 2))
        file = tmp_path / f"{i}.pt"
        file.write_bytes(content)
        refused += attempted(file, Wanted(LETTERS)) is None
        file.unlink()
    assert refused > MUTANTS / 4


def test_mutated_weights_and_options_give_a_sentence_or_the_right_model(tmp_path):
    """Tensors are dropped, renamed, transposed and cut, and options are drawn. What is imported is proved by the answers."""
    module = made(NAME)
    words, numbers = answers(NAME, module, 30)
    proof = Answers(tuple(tuple(LETTERS[letter] for letter in word) for word in words), np.array(numbers))
    draw = random.Random(2)
    for _ in range(MUTANTS):
        state = dict(module.state_dict())
        for _ in range(draw.randrange(3)):
            name = draw.choice(list(state))
            tensor = state.pop(name)
            change = draw.randrange(4)
            if change == 0:  # the names of the parts before the last dot do not matter
                head, dot, last = name.rpartition(".")
                state |= {f"x{head}{dot}{last}" if other.rpartition(".")[0] == head else other: t for other, t in state.items()}
                state = {(f"x{other}" if other.startswith(f"{head}.") else other): t for other, t in state.items()}
                state[f"x{name}"] = tensor
            elif change == 1:
                state[name] = tensor.T.clone() if tensor.dim() == 2 else tensor[:-1].clone()
            elif change == 2:
                state[name] = tensor + 0.5
        wanted = Wanted(
            draw.choice((LETTERS, "abc", None)),
            start=draw.choice((None, None, "0", "7")),
            pooling=draw.choice((None, "mean", "last", "max")),
            task=draw.choice((None, "classifier", "language-model", "scores")),
            activation=draw.choice((None, ("relu",), ("relu", "tanh"))),
        )
        torch.save(state, tmp_path / "own.pt")
        found = attempted(tmp_path / "own.pt", wanted, proof)
        assert found is None or found.proof.worst <= 1e-5


def test_half_precision_integers_and_counters(tmp_path):
    state = {name: tensor.half() for name, tensor in made(NAME).state_dict().items()}
    state["norm.num_batches_tracked"] = torch.tensor(3)
    torch.save(state, tmp_path / "own.pt")
    tensors = read_weights(tmp_path / "own.pt")[0].tensors
    assert {tensor.dtype for name, tensor in tensors.items() if "num" not in name} == {torch.float32}
    import_weights(tmp_path / "own.pt", Wanted(LETTERS))


def test_the_old_format_of_torch_is_read(tmp_path):
    torch.save(made(NAME).state_dict(), tmp_path / "own.pt", _use_new_zipfile_serialization=False)
    assert import_weights(tmp_path / "own.pt", Wanted(LETTERS)).model.width == 3


def test_scalars_and_states_of_numpy_beside_the_weights_are_read(tmp_path):
    """They are replaced by records without numbers, and nothing of numpy is called."""
    state = made(NAME).state_dict()
    more = {"best": np.float64(0.3), "rng": np.random.RandomState(0).get_state(), "counts": np.ones(3), "kind": np.dtype("f4")}
    torch.save({"model": state, "epoch": 3, **more}, tmp_path / "own.pt")
    (found,) = read_weights(tmp_path / "own.pt")
    assert found.where == ("model",)
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in state.items())


def test_an_array_of_numpy_among_the_weights_is_not_left_out(tmp_path):
    torch.save({**made(NAME).state_dict(), "h0": np.ones(20)}, tmp_path / "own.pt")
    assert "'h0' is an array of numpy among tensors" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


class Settings(dict):
    pass


def test_weights_beside_a_class_of_the_own_program_are_refused_with_the_line_that_helps(tmp_path, monkeypatch):
    state = made(NAME).state_dict()
    torch.save({"state_dict": state, "hyper_parameters": Settings(hidden=10)}, tmp_path / "own.pt")
    said = refusal(tmp_path / "own.pt", Wanted(LETTERS))
    assert "Settings), and nerode runs no code of a file" in said
    monkeypatch.chdir(tmp_path)
    (line,) = re.findall("`(torch.save.*?)`", said)
    exec(line, {"torch": torch})  # as the user is told to
    assert import_weights(tmp_path / "weights.pt", Wanted(LETTERS)).model.width == 3


ARRAYS = {
    "own.npz": lambda arrays, path: np.savez(path, **arrays),
    "own.pkl": lambda arrays, path: path.write_bytes(pickle.dumps(arrays)),
    "own.pt": lambda arrays, path: torch.save(arrays, path),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_numpy_are_refused_with_the_line_that_helps(tmp_path, monkeypatch, name):
    ARRAYS[name]({key: tensor.numpy() for key, tensor in made(NAME).state_dict().items()}, tmp_path / name)
    said = refusal(tmp_path / name, Wanted(LETTERS))
    assert "damaged" not in said
    monkeypatch.chdir(tmp_path)
    (line,) = re.findall("`(torch.save.*?)`", said)
    exec(line, {"torch": torch, "np": np, "pickle": pickle})
    assert import_weights(tmp_path / "weights.pt", Wanted(LETTERS)).model.width == 3


@pytest.mark.filterwarnings("ignore")  # torch moves its quantisation to another package
def test_quantised_weights_are_named(tmp_path):
    layer = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(torch.nn.LSTM(4, 2)), {torch.nn.LSTM})
    torch.save(layer.state_dict(), tmp_path / "own.pt")
    assert "holds quantised weights" in refusal(tmp_path / "own.pt", Wanted(LETTERS))
