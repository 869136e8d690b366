"""Makers of teachers of every kind, each with its truth."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from tolerances import rounding, rounding_of_automaton
from torch import nn
from truths import (
    TOKENS,
    convolution_truth,
    distilbert_truth,
    layered_truth,
    linear_attention_truth,
    recurrent_truth,
    state_space_truth,
    tokens_of,
)

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import Teacher
from nerode.teachers import huggingface_choice  # noqa: F401 - it is a case of `teacher_of`
from nerode.teachers.asking import teacher_of
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_networks import LanguageModel
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

ALPHABET = Alphabet(("a", "b", "c"))
LETTERS = len(ALPHABET)
PLAIN = Encoding()
MARKED = Encoding(begin=(0, 6), finish=(5, 1), offset=2)
STARTED = Encoding(begin=(6,), offset=1)
LENGTHS = (0, 3, 12, 30, 60)  # of the words that are asked, or nearly so
SAMPLE = [
    word
    for length in LENGTHS
    for word in [(1,) * length, *map(tuple, np.random.default_rng(length).integers(LETTERS, size=(6, length)).tolist())]
]

STEPPING, TWO_WAY, WHOLE = "stepping", "two-way", "whole words"


@dataclass
class Case:
    teacher: Teacher
    truth: Callable  # word -> scores (width,), one word at a time, as slow as can be
    kind: str
    tolerance: float = 0.0  # how far two answers may lie apart


def tolerance(network, encoding):
    """How far two answers of a network may lie apart, which reads markers around words."""
    return rounding(network, [tokens_of(encoding, word) for word in SAMPLE])


OTHERS = {
    "gru that resets first": {"cell": "gru-reset-first", "layers": 2, "embedding": 4},
    "gru that resets first, both ways": {"cell": "gru-reset-first", "bidirectional": True, "readout": (4,)},
    "gru that resets first, both ways, stacked": {"cell": "gru-reset-first", "bidirectional": True, "layers": 2},
    "relu units": {"cell": "rnn", "nonlinearity": "relu", "layers": 2},
    "mean": {"pooling": "mean", "embedding": 4, "layers": 2},
    "sum": {"pooling": "sum"},
    "max": {"pooling": "max", "cell": "lstm"},
    "projections": {"cell": "lstm", "projection": 3, "layers": 2},
    "projections both ways, mean": {"cell": "lstm", "projection": 3, "bidirectional": True, "pooling": "mean"},
    "mean both ways": {"bidirectional": True, "pooling": "mean"},
    "max both ways": {"bidirectional": True, "pooling": "max"},
    "output at the end, both ways": {"bidirectional": True, "pooling": "end"},
    "output at the end, both ways, stacked": {"bidirectional": True, "pooling": "end", "layers": 2},
    "mean both ways, stacked": {"bidirectional": True, "pooling": "mean", "layers": 2},
    "functions": {"readout": ("norm", "tanh", 6, "relu", 5, "sigmoid", 4)},
    "more functions, both ways": {"readout": (6, "gelu", 5, "silu", "leaky-relu", 4), "bidirectional": True, "pooling": "mean"},
}
"""What else a recurrent network may have."""


def other_case(name, encoding=MARKED, double=True):
    spec = RecurrentSpec(**{"cell": "gru", "tokens": TOKENS, "hidden": 5, "readout": (6, 4)} | OTHERS[name])
    network = spread(RecurrentNetwork(spec), double)
    mixed = spec.bidirectional and (spec.layers > 1 or any(isinstance(layer, str) for layer in spec.readout))
    kind = WHOLE if mixed else TWO_WAY if spec.bidirectional else STEPPING
    teacher = teacher_of(network, ALPHABET, Multiclass(), encoding, 4)
    return Case(teacher, recurrent_truth(network, encoding), kind, tolerance(network, encoding))


def recurrent_case(cell, layers=1, embedding=None, bidirectional=False, language_model=False, encoding=PLAIN, double=True):
    link = NextSymbol(LETTERS) if language_model else Multiclass()
    readout = (6, LETTERS + 2) if language_model else (4,)
    spec = RecurrentSpec(cell, TOKENS, 5, readout, layers, bidirectional, embedding)
    network = spread(RecurrentNetwork(spec), double)
    kind = STEPPING if not bidirectional else TWO_WAY if layers == 1 else WHOLE
    teacher = teacher_of(network, ALPHABET, link, encoding, spec.width)
    return Case(teacher, recurrent_truth(network, encoding), kind, tolerance(network, encoding))


def spread(network, double=True):
    """Weights large enough for words to be told apart, float64 so that nothing hides in rounding."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.empty_like(weights).normal_(0, 0.7, generator=generator))
    return network.double() if double else network


def binary_case():
    """One affine layer, one score."""
    spec = RecurrentSpec("gru", TOKENS, 5, (1,))
    network = spread(RecurrentNetwork(spec))
    teacher = teacher_of(network, ALPHABET, Binary(), MARKED, 1)
    return Case(teacher, recurrent_truth(network, MARKED), STEPPING, tolerance(network, MARKED))


def transformer_case(encoding, language_model, layers=2, double=True, **settings):
    spec = TransformerSpec(TOKENS, dim=8, heads=2, layers=layers, feedforward=12, width=LETTERS + 1, **settings)
    network = spread(CausalTransformer(spec), double)
    link = NextSymbol(LETTERS) if language_model else Multiclass()

    def truth(word):
        return network(torch.tensor([tokens_of(encoding, word)]))[0].numpy()

    return Case(teacher_of(network, ALPHABET, link, encoding, spec.width), truth, STEPPING, tolerance(network, encoding))


def huggingface_case(name, kind, longest=70, **settings):
    """The truth is the plain model, called on one word."""
    transformers = pytest.importorskip("transformers")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        made = getattr(transformers, name)
        model = made(made.config_class(vocab_size=TOKENS, initializer_range=0.8, **settings)).eval()
    begin, letters, end = 6, [2, 3, 4], 5
    plain = deepcopy(model)
    network = LanguageModel(model, [*letters, begin], longest, letters, [end])

    def truth(word):
        logits = plain(torch.tensor([[begin, *(letters[letter] for letter in word)]]), use_cache=False).logits
        return logits[0, -1, [*letters, end]]

    encoding = Encoding(begin=(LETTERS,))
    teacher = teacher_of(network, ALPHABET, NextSymbol(LETTERS), encoding, LETTERS + 1)
    return Case(teacher, truth, kind, tolerance(network, encoding))


def distilbert_case():
    spec = DistilBertSpec(tokens=TOKENS, longest=70, layers=2, dim=8, heads=2, feedforward=12, width=1)
    network = spread(DistilBertNetwork(spec))
    truth = distilbert_truth(network)
    teacher = teacher_of(network, ALPHABET, Binary(), MARKED, 1)
    return Case(teacher, lambda word: truth(tokens_of(MARKED, word)), WHOLE, tolerance(network, MARKED))


def layered_case(name, encoding=MARKED, language_model=False, double=True):
    width = LETTERS + 1
    make, truth = {
        "convolution": (lambda: ConvolutionNetwork(ConvolutionSpec(TOKENS, 6, 3, width)), convolution_truth),
        "state space": (lambda: StateSpaceNetwork(StateSpaceSpec(TOKENS, 6, 2, width, 5, 9)), state_space_truth),
        "linear attention": (
            lambda: LinearAttentionNetwork(LinearAttentionSpec(TOKENS, 6, 2, width, 2, 9)),
            linear_attention_truth,
        ),
    }[name]
    network = spread(make(), double)
    link = NextSymbol(LETTERS) if language_model else Multiclass()
    teacher = teacher_of(network, ALPHABET, link, encoding, width)
    slow = layered_truth(network, encoding, truth)
    return Case(teacher, slow, STEPPING, tolerance(network, encoding))


def encoder_case(pooling, encoding=MARKED, double=True):
    spec = EncoderSpec(TOKENS, 8, 2, 2, 12, 4, pooling=pooling)
    network = spread(Encoder(spec), double)

    def truth(word):
        """Torch's own pre-norm encoder layers."""
        tokens = tokens_of(encoding, word)
        hidden = torch.stack([network.embedding.weight[token] for token in tokens]) + network.places(len(tokens))
        for block in network.blocks:
            layer = nn.TransformerEncoderLayer(8, 2, 12, 0, "gelu", batch_first=True, norm_first=True).to(hidden.dtype).eval()
            theirs = {
                "self_attn.in_proj": block.attention_in, "self_attn.out_proj": block.attention_out,
                "norm1": block.attention_norm, "norm2": block.feedforward_norm,
                "linear1": block.feedforward_in, "linear2": block.feedforward_out,
            }  # fmt: skip
            joins = {"self_attn.in_proj": "_", "self_attn.out_proj": "."}
            state = {
                f"{name}{joins.get(name, '.')}{part}": getattr(module, part)
                for name, module in theirs.items()
                for part in ("weight", "bias")
            }
            layer.load_state_dict(state)
            hidden = layer(hidden[None])[0]
        normed = network.norm(hidden)
        return network.readout(normed.mean(0) if pooling == "mean" else normed[0]).detach().numpy()

    return Case(teacher_of(network, ALPHABET, Multiclass(), encoding, 4), truth, WHOLE, tolerance(network, encoding))


def walk(automaton, word):
    state = automaton.initial
    for letter in word:
        state = automaton.transitions[state, letter]
    return state


def dfa_case(classes):
    dfa = random_dfa(np.random.default_rng(3), 7, LETTERS, classes)
    dfa = DFA(ALPHABET, dfa.transitions, dfa.labels, classes=classes)

    def truth(word):
        label = dfa.labels[walk(dfa, word)]
        return [1.0 if label else -1.0] if classes == 2 else [float(label == other) for other in range(classes)]

    return Case(dfa, truth, STEPPING)


def pdfa_case():
    made = random_pdfa(np.random.default_rng(3), 5, LETTERS)
    pdfa = PDFA(ALPHABET, made.transitions, made.probabilities)
    # a logarithm may be rounded otherwise beside others than alone
    return Case(pdfa, lambda word: np.log(pdfa.probabilities[walk(pdfa, word)]), STEPPING, 1e-14)


def wfa_case():
    made = random_wfa(np.random.default_rng(3), 5, LETTERS, width=2)
    wfa = WFA(ALPHABET, made.initial, made.transitions, made.final)

    def truth(word):
        state = wfa.initial
        for letter in word:
            state = state @ wfa.transitions[letter]
        return state @ wfa.final

    return Case(wfa, truth, STEPPING, rounding_of_automaton(wfa, SAMPLE))


def dyck_case(depth):
    """Symbols ( ) and the filler a."""
    dyck = Dyck(1, depth, fillers=1)

    def truth(word):
        opened = 0
        for letter in word:
            opened += (1, -1, 0)[letter]
            if opened < 0 or (depth is not None and opened > depth):
                return [-1.0]
        return [1.0 if opened == 0 else -1.0]

    return Case(dyck, truth, STEPPING)
