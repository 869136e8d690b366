"""Files like those of the TAYSIR competition, made on the spot."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from doubles import random_words, words_up_to
from torch import nn

from nerode.errors import InputError
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec

LETTERS = 3


def network_of(define, machines, features, classes=2, task="binary", squash=True, middle=()):
    """A TNetwork over three letters, start and end, with its parts where the competition has them."""
    network = define("tnetwork", "TNetwork")()
    network.task = task
    network.n_layers = len(machines)
    for i, machine in enumerate(machines):
        network.add_module(f"mach[{i}]", machine)
    widths = [features, *middle, classes]
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    network.dense = nn.Sequential(*layers, *([nn.Sigmoid()] if squash else []), nn.Softmax(dim=-1))
    return network


# torch would like to keep the source code of the classes beside them
OLD = pytest.mark.filterwarnings("ignore:Couldn't retrieve source code")


def saved(network, path, **how):
    torch.save(network, path, **how)
    return path


WORDS = [*words_up_to(LETTERS, 3), *random_words(np.random.default_rng(6), LETTERS, 20, 15)]


CLASSES = (
    "DistilBertForSequenceClassification",
    "DistilBertModel",
    "Embeddings",
    "Transformer",
    "TransformerBlock",
    "MultiHeadSelfAttention",
    "FFN",
)


def distilbert_file(define, path, classes):
    """Ours under the names of the published classes; two outputs where ours would have their difference."""
    ours = DistilBertNetwork(DistilBertSpec(LETTERS + 4, 30, 2, 8, 2, 12, classes))
    prefix = "transformers.models.distilbert."

    define("transformers.activations", "GELUActivation")
    define(f"{prefix}configuration_distilbert", "DistilBertConfig", object)
    for name in CLASSES:
        define(f"{prefix}modeling_distilbert", name)
    theirs = sys.modules[f"{prefix}modeling_distilbert"]

    def renamed(name, module, **children):
        made = getattr(theirs, name)()
        for child, inner in {**dict(module.named_children()), **children}.items():
            made.add_module(child, inner)
        return made

    blocks = [
        renamed(
            "TransformerBlock",
            block,
            attention=renamed("MultiHeadSelfAttention", block.attention),
            ffn=renamed("FFN", block.ffn, activation=sys.modules["transformers.activations"].GELUActivation()),
        )
        for block in ours.distilbert["transformer"].layer
    ]
    embeddings = renamed("Embeddings", ours.distilbert["embeddings"], dropout=nn.Dropout(0.1))
    embeddings.register_buffer("position_ids", torch.arange(30)[None])
    encoder = renamed("Transformer", nn.Module(), layer=nn.ModuleList(blocks))
    inner = renamed("DistilBertModel", nn.Module(), embeddings=embeddings, transformer=encoder)
    network = renamed("DistilBertForSequenceClassification", ours, distilbert=inner, dropout=nn.Dropout(0.2))
    config = sys.modules[f"{prefix}configuration_distilbert"].DistilBertConfig()
    config.vocab_size, config.max_position_embeddings = LETTERS + 4, 30
    config.n_layers, config.dim, config.n_heads, config.hidden_dim = 2, 8, 2, 12
    network.config = config
    saved(network, path)
    return ours


def competition_lstm(define, tokens, hidden, layers=1, bidirectional=False):
    """An LSTM of the competition's own making: a cell for each layer and direction."""
    machine = define("lstmx", "LSTMx")()
    machine.input_size, machine.hidden_size, machine.num_layers = tokens, hidden, layers
    machine.bidirectional, machine.drop_layer = bidirectional, nn.Dropout(0)
    for direction in ("forward", "reverse")[: 1 + bidirectional]:
        for depth in range(layers):
            width = hidden * (1 + bidirectional) if depth else tokens
            machine.add_module(f"{direction}_layers[{depth}]", nn.LSTMCell(width, hidden))
    return machine


def good(define):
    return network_of(define, [nn.RNN(LETTERS + 2, 6, batch_first=True)], 6)


def refusal(path):
    with pytest.raises(InputError) as caught:
        load_teacher(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 600
    return message
