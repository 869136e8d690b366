"""Networks of every kind with exact modes."""

from itertools import product

import torch
from thorough import THOROUGH

from nerode.links import Binary, Multiclass, NextSymbol
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

ALPHABET = Alphabet(("a", "b", "c"))
LETTERS = len(ALPHABET)
TOKENS = 7
MARKED = Encoding(begin=(0, 6), finish=(5, 1), offset=2)


def spread(network):
    """Weights large enough for words to be told apart."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.empty_like(weights).normal_(0, 0.5, generator=generator))
    return network


def model_of(network, link, encoding=MARKED):
    return TrainedModel(spread(network), ALPHABET, link, encoding, network.spec.width, str(network.spec), "a test")


def recurrent(cell, layers=1, bidirectional=False, hidden=33):
    """33 cells are no multiple of what kernels work on at once."""
    return model_of(RecurrentNetwork(RecurrentSpec(cell, TOKENS, hidden, (6, 4), layers, bidirectional, 5)), Multiclass())


def other(cell="gru", readout=(6, 4), **settings):
    return model_of(RecurrentNetwork(RecurrentSpec(cell, TOKENS, 33, readout, **settings)), Multiclass())


def transformer(encoding=MARKED, **settings):
    spec = TransformerSpec(TOKENS, dim=18, heads=3, layers=2, feedforward=37, width=LETTERS + 1, **settings)
    return model_of(CausalTransformer(spec), NextSymbol(LETTERS), encoding)


def distilbert():
    spec = DistilBertSpec(tokens=TOKENS, longest=70, layers=2, dim=18, heads=2, feedforward=37, width=1)
    return model_of(DistilBertNetwork(spec), Binary())


def layered(kind):
    make = {
        "convolution": lambda: ConvolutionNetwork(ConvolutionSpec(TOKENS, 17, 3, LETTERS + 1)),
        "state space": lambda: StateSpaceNetwork(StateSpaceSpec(TOKENS, 17, 2, LETTERS + 1, 33, 37)),
        "linear attention": lambda: LinearAttentionNetwork(LinearAttentionSpec(TOKENS, 18, 2, LETTERS + 1, 3, 37)),
    }[kind]
    return model_of(make(), NextSymbol(LETTERS))


def encoder(pooling):
    return model_of(Encoder(EncoderSpec(TOKENS, 18, 3, 2, 37, 4, pooling=pooling)), Multiclass())


def in_float64(model):
    model.network.double()
    return model


MODELS = {
    f"{'stacked ' * (layers > 1)}{'bidirectional ' * both}{cell}": (
        lambda cell=cell, layers=layers, both=both: recurrent(cell, layers, both)
    )
    for (place, cell), layers, both in product(enumerate(("rnn", "gru", "lstm")), (1, 2), (False, True))
    if THOROUGH or (place + layers + both) % 2  # half of all, with every pair
} | {
    "relu": lambda: other("rnn", nonlinearity="relu", pooling="max"),
    "gru that resets first": lambda: other("gru-reset-first", layers=2, embedding=5),
    "gru that resets first, both ways, stacked": lambda: other("gru-reset-first", layers=2, bidirectional=True),
    "gru that resets first in float64": lambda: in_float64(other("gru-reset-first")),
    "projections": lambda: other("lstm", projection=18, layers=2),
    "mean both ways": lambda: other(bidirectional=True, pooling="mean"),
    "mean both ways, stacked": lambda: other(bidirectional=True, pooling="mean", layers=2),
    "functions": lambda: other(readout=("norm", 17, "tanh", 9, "gelu", 7, "sigmoid", 5, "silu", "leaky-relu", 4), pooling="mean"),
    "wide lstm": lambda: recurrent("lstm", hidden=150),
    "causal transformer": transformer,
    "causal transformer, post-norm": lambda: transformer(
        norm_first=False, activation="relu", positions=70, scaled=True, final_norm=False
    ),
    "causal transformer with one marker": lambda: transformer(Encoding(begin=(6,), offset=1)),
    "causal transformer that is asked whole words": lambda: transformer(Encoding(finish=(6,), offset=1)),
    "encoder": lambda: encoder("mean"),
    "encoder, first token": lambda: encoder("first"),
    "DistilBERT": distilbert,
    "lstm in float64": lambda: in_float64(recurrent("lstm")),
    "stacked bidirectional gru in float64": lambda: in_float64(recurrent("gru", 2, True)),
    "causal transformer in float64": lambda: in_float64(transformer()),
    "DistilBERT in float64": lambda: in_float64(distilbert()),
    "convolution": lambda: layered("convolution"),
    "state space": lambda: layered("state space"),
    "linear attention": lambda: layered("linear attention"),
}
