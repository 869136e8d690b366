"""Files with several networks: answers tell which one it is, and without them it is said or asked for."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, answers, made, text
from refusals import refusal
from shell import run

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

NAME = "last valid state"


def states():
    """The weights of two networks, the second with its module."""
    first, second = made(NAME), made(NAME)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        for weights in second.parameters():
            weights.add_(torch.randn(weights.shape) * 0.5)
        second.embedding.weight[0] = 0
    return first.state_dict(), second.state_dict(), second


def begun(name, state):
    return {f"{name}.{key}": tensor for key, tensor in state.items()}


PLACES = {
    "ema": lambda one, two: {"model": one, "ema": two, "epoch": 3},
    "state_dict_ema": lambda one, two: {"state_dict": one, "state_dict_ema": two, "optimizer": {"state": {0: torch.ones(2)}}},
    "average": lambda one, two: {"model": one, "average": {"n_averaged": torch.tensor(3), **begun("module", two)}},
    "net.critic": lambda one, two: {"net": {"generator": one, "critic": two}},
}
BESIDE = {
    "teacher": lambda one, two: begun("student", one) | begun("teacher", two),
    "module.ema_model": lambda one, two: begun("module.model", one) | begun("module.ema_model", two),
    "state_dict.b": lambda one, two: {"state_dict": begun("a", one) | begun("b", two)},
    "net.b": lambda one, two: {"steps": torch.tensor(7)} | begun("net.a", one) | begun("net.b", two),
}


def agrees(model, module):
    """Whether the model is the module, on words that are not those of the proof."""
    words, numbers = answers(NAME, module, 50, seed=8)
    margins = np.array(numbers)[:, 1:] - np.array(numbers)[:, :1]
    return np.abs(model.teacher.scores(list(map(tuple, words))) - margins).max() < 1e-5


@pytest.mark.parametrize("name", [*PLACES, *BESIDE])
@pytest.mark.sampled(4)
def test_answers_tell_which_network_it_is(tmp_path, name):
    one, two, module = states()
    torch.save({**PLACES, **BESIDE}[name](one, two), tmp_path / "own.pt")
    words, numbers = answers(NAME, module, 30)
    proof = Answers(tuple(map(text, words)), np.array(numbers))
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS), proof)
    assert found.network == name
    assert agrees(found.model, module)
    chosen = import_weights(tmp_path / "own.pt", Wanted(LETTERS, network=name))
    assert agrees(chosen.model, module)
    said = refusal(tmp_path / "own.pt", Wanted(LETTERS, network="nothing"))
    assert "--network is nothing, and the file has " in said
    assert name in said


@pytest.mark.parametrize("name", PLACES)
def test_the_first_network_is_taken_and_told(capsys, tmp_path, name):
    one, two, _ = states()
    torch.save(PLACES[name](one, two), tmp_path / "own.pt")
    done = run(capsys, "import", tmp_path / "own.pt", "--alphabet", LETTERS, "--out", tmp_path / "own")
    assert done.code == 0, done.err
    assert f"; {name} holds a network, too (--network {name})" in done.out
    done = run(capsys, "import", tmp_path / "own.pt", "--alphabet", LETTERS, "--network", name, "--out", tmp_path / "other")
    assert done.code == 0, done.err
    assert "holds a network, too" not in done.out


@pytest.mark.parametrize("name", BESIDE)
def test_networks_in_one_dictionary_are_asked_for(tmp_path, name):
    one, two, _ = states()
    torch.save(BESIDE[name](one, two), tmp_path / "own.pt")
    said = refusal(tmp_path / "own.pt", Wanted(LETTERS))
    assert "holds several networks" in said
    assert name in said


def test_answers_of_none_are_refused_with_all_names(tmp_path):
    one, two, module = states()
    torch.save({"model": one, "ema": two}, tmp_path / "own.pt")
    words, numbers = answers(NAME, module, 30)
    with pytest.raises(InputError, match="holds several networks, model and ema, and none gives the answers"):
        import_weights(tmp_path / "own.pt", Wanted(LETTERS), Answers(tuple(map(text, words)), np.array(numbers) + 0.3))


def test_the_same_weights_twice_are_one_network(tmp_path):
    one, _, _ = states()
    torch.save({"model": one, "best": {name: tensor.clone() for name, tensor in one.items()}}, tmp_path / "own.pt")
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS))
    assert not any("network, too" in said for said in found.assumed)


def test_other_formats_have_no_names_of_networks(tmp_path):
    assert "--network names one of several networks" in refusal(tmp_path / "own.keras", Wanted(LETTERS, network="ema"))
