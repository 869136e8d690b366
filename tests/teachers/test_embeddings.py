"""Embeddings have torch's random numbers, and none where their numbers are replaced."""

import numpy as np
import pytest
import torch
from torch import nn

from nerode.teachers.architectures import TrainingSettings, untrained
from nerode.teachers.embeddings import embedding
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec

NETWORKS = {
    "transformer": untrained(TrainingSettings("transformer", hidden=8), 3, 2, np.random.default_rng(0)),
    "mlp": untrained(TrainingSettings("mlp", hidden=8, length=4), 3, 2, np.random.default_rng(0)),
    "gla": untrained(TrainingSettings("gla", hidden=8), 3, 2, np.random.default_rng(0)),
    "gru": RecurrentNetwork(RecurrentSpec("gru", 3, 8, (2,), embedding=4)),
}


def test_the_numbers_are_those_of_torch():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        one, after = embedding(5, 4), torch.rand(1)
        torch.manual_seed(3)
        other, also = nn.Embedding(5, 4), torch.rand(1)
    assert torch.equal(one.weight, other.weight)
    assert torch.equal(after, also)
    assert one.weight.requires_grad


@pytest.mark.parametrize("kind", NETWORKS)
def test_no_numbers_are_drawn_that_are_replaced(kind, monkeypatch):
    """To draw normal ones on the device "meta", torch loads its compiler."""
    network = NETWORKS[kind]

    def refuse(*_, **__):
        raise AssertionError("numbers were drawn")

    monkeypatch.setattr(torch.Tensor, "normal_", refuse)
    with torch.device("meta"):
        made = type(network)(network.spec)
    assert {name: each.shape for name, each in made.named_parameters()} == {
        name: each.shape for name, each in network.named_parameters()
    }
    assert all(each.is_meta and each.requires_grad for each in made.parameters())
    made.load_state_dict(network.state_dict(), assign=True)
    tokens = torch.tensor([[0, 1, 2, 1]])
    assert torch.equal(made.eval()(tokens), network.eval()(tokens))
