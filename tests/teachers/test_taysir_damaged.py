"""No file is answered from weights that do not fit, or from a network that does not hold together."""

import pytest
import torch
from taysir_files import distilbert_file, good, refusal, saved
from torch import nn


def change_weights(network):
    network.dense[0].weight = nn.Parameter(torch.zeros(2, 7))


def drop_weights(network):
    del network._modules["mach[0]"]._parameters["weight_hh_l0"]


def no_machine(network):
    del network._modules["mach[0]"]


def no_dense(network):
    del network._modules["dense"]


def no_affine_layer(network):
    network.dense = nn.Sequential(nn.Softmax(dim=-1))


def no_task(network):
    del network.task


def relu_cells(network):
    network._modules["mach[0]"].nonlinearity = "relu"


def not_a_number(network):
    with torch.no_grad():
        network.dense[0].bias[1] = float("nan")


def infinite(network):
    with torch.no_grad():
        network._modules["mach[0]"].weight_hh_l0[2, 3] = float("inf")


def text_for_weights(network):
    network.dense[0]._parameters["weight"] = "large"


def wrong_hidden(network):
    network._modules["mach[0]"]._parameters["weight_hh_l0"] = nn.Parameter(torch.zeros(6, 5))


def flat(network):
    network._modules["mach[0]"]._parameters["weight_ih_l0"] = nn.Parameter(torch.zeros(6))


def no_bias(network):
    network.dense[0]._parameters["bias"] = None


def too_few_tokens(network):
    network._modules["mach[0]"]._parameters["weight_ih_l0"] = nn.Parameter(torch.zeros(6, 2))


def language_model_of_two_columns(network):
    network.task = "lm"


def layers_in_words(network):
    network._modules["mach[0]"].num_layers = "two"


def layers_without_end(network):
    network._modules["mach[0]"].num_layers = 10**9


def large(tensor):
    """The same tensor, for a file that claims another size for it than it has numbers for."""
    return nn.Parameter(tensor.as_strided((40_000, 40_000), (0, 0)))


def repeated_numbers(network):
    cells = network._modules["mach[0]"]
    cells._parameters["weight_hh_l0"] = large(cells.weight_hh_l0.detach())


def many_views_of_one_tensor(network):
    view = nn.Parameter(torch.zeros(500))
    for i in range(100):
        network.dense[0]._parameters[f"view{i}"] = view


def modules_that_unfold(network):
    for _ in range(60):
        outer = nn.Sequential()
        outer._modules = {"a": network.dense, "b": network.dense}
        network.dense = outer


def one_class(network):
    network.dense = nn.Sequential(nn.Linear(6, 1))


DAMAGES = [
    (one_class, "does not fit 1 scores"),
    (change_weights, "do not fit"),
    (drop_weights, "do not fit"),
    (no_machine, "do not fit"),
    (no_dense, "do not fit"),
    (no_affine_layer, "do not fit"),
    (no_task, "do not fit"),
    (relu_cells, "only tanh cells are known"),
    (not_a_number, "not all finite"),
    (infinite, "not all finite"),
    (text_for_weights, "do not fit"),
    (wrong_hidden, "do not fit"),
    (flat, "do not fit"),
    (no_bias, "do not fit"),
    (too_few_tokens, "at least"),
    (language_model_of_two_columns, "do not fit"),
    (layers_in_words, "do not fit"),
    (layers_without_end, "weights of 1 layers where it claims 1000000000"),
    (repeated_numbers, "larger than the file"),
    (many_views_of_one_tensor, "larger than the file"),
    (modules_that_unfold, "do not fit"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
def test_networks_that_do_not_hold_together(define, torch_seed, tmp_path, damage, message):
    network = good(define)
    damage(network)
    assert message in refusal(saved(network, tmp_path / "model.pth"))


def test_a_transformer_that_does_not_hold_together(define, torch_seed, tmp_path):
    path = tmp_path / "model.pth"
    distilbert_file(define, path, 2)
    for name, value, message in [
        ("n_heads", 3, "multiple of its 3 heads"),
        ("n_heads", 0, "at least 1"),
        ("n_layers", 1, "do not fit"),
        ("n_layers", -1, "at least 1"),
        ("n_layers", 10**9, "at most 1,000 layers"),
        ("max_position_embeddings", 10**15, "do not fit"),
        ("vocab_size", 10**15, "do not fit"),
        ("hidden_dim", 10**9, "do not fit"),
        ("vocab_size", 9, "do not fit"),
        ("dim", "wide", "whole numbers"),
        ("hidden_dim", -1, "at least 1"),
    ]:
        network = torch.load(path, weights_only=False)
        setattr(network.config, name, value)
        assert message in refusal(saved(network, tmp_path / "changed.pth"))
