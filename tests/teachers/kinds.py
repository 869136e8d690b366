"""One teacher of every kind, and for each a slow truth that is written without it."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from thorough import THOROUGH
from tolerances import rounding, rounding_of_automaton
from torch import nn

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
from nerode.teachers.reset_first import RESET_FIRST
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet

ALPHABET = Alphabet(("a", "b", "c"))
LETTERS = len(ALPHABET)
TOKENS = 7
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


def tokens_of(encoding, word):
    return [*encoding.begin, *(letter + encoding.offset for letter in word), *encoding.finish]


def recurrent_truth(network, encoding):
    """Torch's own cells, one word at a time; written without the network's `forward`."""
    spec = network.spec
    directions = 2 if spec.bidirectional else 1
    over_time = {"mean": lambda each: each.mean(0), "sum": lambda each: each.sum(0), "max": lambda each: each.max(0).values}

    def truth(word):
        tokens = tokens_of(encoding, word)
        if tokens:
            table = torch.eye(TOKENS, dtype=network.dtype) if network.embedding is None else network.embedding.weight
            vectors = torch.stack([table[token] for token in tokens])
            own = spec.cell == RESET_FIRST
            outputs, last = reset_first(network.cells, vectors) if own else network.cells(vectors[None])
            last = last[0] if spec.cell == "lstm" else last  # (layers · directions, 1, output)
            scores = torch.cat(list(last[-directions:, 0]))
            if spec.pooling != "last":
                scores = outputs[0, -1] if spec.pooling == "end" else over_time[spec.pooling](outputs[0])
        else:
            scores = torch.zeros(directions * spec.output, dtype=network.dtype)
        for layer in network.readout:
            scores = layer.weight @ scores + layer.bias if isinstance(layer, nn.Linear) else layer(scores)
        return scores.numpy()

    return truth


def reset_first(cells, vectors):
    """Outputs and last states of GRUs that reset first, vector by vector, after the paper."""
    states = []
    for depth in range(cells.num_layers):
        both = []
        for way in ("", "_reverse")[: 1 + cells.bidirectional]:
            parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            into, back, bias, other = (getattr(cells, f"{part}_l{depth}{way}") for part in parts)
            h, each = torch.zeros_like(back[0]), []
            for x in vectors.flip(0) if way else vectors:
                r, z, n = (into @ x + bias + other).chunk(3)
                back_r, back_z, back_n = back.chunk(3)
                r, z = torch.sigmoid(r + back_r @ h), torch.sigmoid(z + back_z @ h)
                h = z * h + (1 - z) * torch.tanh(n + back_n @ (r * h))
                each.append(h)
            states.append(h[None])
            both.append(torch.stack(each[::-1] if way else each))
        vectors = torch.cat(both, dim=1)
    return vectors[None], torch.stack(states)


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


def distilbert_truth(network):
    """The same weights in torch's own post-norm encoder layers."""
    spec, state = network.spec, network.state_dict()
    blocks = []
    for depth in range(spec.layers):
        block = nn.TransformerEncoderLayer(
            spec.dim, spec.heads, spec.feedforward, dropout=0, activation="gelu", layer_norm_eps=1e-12, batch_first=True
        ).double()
        ours = {
            name.removeprefix(f"distilbert.transformer.layer.{depth}."): weights
            for name, weights in state.items()
            if name.startswith(f"distilbert.transformer.layer.{depth}.")
        }
        theirs = {}
        for part in ("weight", "bias"):
            theirs[f"self_attn.in_proj_{part}"] = torch.cat([ours[f"attention.{name}_lin.{part}"] for name in "qkv"])
            theirs[f"self_attn.out_proj.{part}"] = ours[f"attention.out_lin.{part}"]
            theirs[f"norm1.{part}"], theirs[f"norm2.{part}"] = ours[f"sa_layer_norm.{part}"], ours[f"output_layer_norm.{part}"]
            theirs[f"linear1.{part}"], theirs[f"linear2.{part}"] = ours[f"ffn.lin1.{part}"], ours[f"ffn.lin2.{part}"]
        block.load_state_dict(theirs)
        blocks.append(block.eval())

    def truth(tokens):
        prefix = "distilbert.embeddings."
        hidden = torch.stack([state[prefix + "word_embeddings.weight"][token] for token in tokens])
        hidden = hidden + state[prefix + "position_embeddings.weight"][: len(tokens)]
        norm = (state[prefix + "LayerNorm.weight"], state[prefix + "LayerNorm.bias"])
        hidden = nn.functional.layer_norm(hidden, (spec.dim,), *norm, eps=1e-12)[None]
        for block in blocks:
            hidden = block(hidden)
        inner = (state["pre_classifier.weight"] @ hidden[0, 0] + state["pre_classifier.bias"]).clamp(min=0)
        return (state["classifier.weight"] @ inner + state["classifier.bias"]).numpy()

    return truth


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


def layered_truth(network, encoding, block_truth):
    """Word by word; a block maps the list of its vectors to another, as `block_truth` says."""

    def truth(word):
        vectors = [network.embedding.weight[token] for token in tokens_of(encoding, word)]
        for block in network.blocks:
            vectors = block_truth(block, vectors)
        last = vectors[-1] if vectors else torch.zeros_like(network.embedding.weight[0])
        return network.readout(network.norm(last)).detach().numpy()

    return truth


def convolution_truth(block, vectors):
    """Torch's own convolutions."""
    if not vectors:
        return []

    def convolved(layer, given):
        weight = layer.weight.unflatten(1, (block.kernel, -1)).transpose(1, 2)  # (out, in, kernel)
        padded = nn.functional.pad(given.T[None], ((block.kernel - 1) * block.dilation, 0))
        return nn.functional.conv1d(padded, weight, layer.bias, dilation=block.dilation)[0].T.clamp(min=0)

    hidden = torch.stack(vectors)
    return list(hidden + convolved(block.second, convolved(block.first, block.norm(hidden))))


def feedforward_truth(part, x):
    return x + part.out(nn.functional.gelu(part.into(part.norm(x))))


def state_space_truth(block, vectors):
    h, after = torch.zeros_like(block.out.weight[0]), []
    for x in vectors:
        s, b, gate = block.into(block.norm(x)).chunk(3)
        a = torch.tanh(s)
        h = a * h + torch.sqrt((1 - a) * (1 + a)) * b
        after.append(feedforward_truth(block.feedforward, x + block.out(h * gate * torch.sigmoid(gate))))
    return after


def linear_attention_truth(block, vectors):
    """All earlier tokens are looked at again: what a token left is multiplied by all later factors."""
    seen, after = [], []
    for x in vectors:
        query, key, value, forgetting, gate = block.into(block.norm(x)).chunk(5)
        factor = torch.sigmoid(forgetting) ** (1 / 16)
        seen = [(factor * decayed, other) for decayed, other in seen] + [(key, value)]
        heads = [slice(head * block.size, (head + 1) * block.size) for head in range(block.heads)]
        read = [sum((query[part] @ k[part]) * v[part] for k, v in seen) / block.size**0.5 for part in heads]
        mixed = torch.cat([block.head_norm(each) for each in read]) * gate * torch.sigmoid(gate)
        after.append(feedforward_truth(block.feedforward, x + block.out(mixed)))
    return after


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


CASES = {
    f"{cell} x {layers}, {'embedding' if embedding else 'one-hot'}, {name}": (
        lambda cell=cell, layers=layers, embedding=embedding, encoding=encoding, language_model=language_model: recurrent_case(
            cell, layers, embedding, language_model=language_model, encoding=encoding
        )
    )
    for (number, cell), layers, (place, (name, encoding, language_model)) in product(
        enumerate(("rnn", "gru", "lstm")),
        (1, 2),
        enumerate(
            [
                ("classifier", PLAIN, False),
                ("marked classifier", MARKED, False),
                ("language model", PLAIN, True),
                ("started language model", STARTED, True),
            ]
        ),
    )
    if THOROUGH or (number + layers + place) % 2  # a quarter of all, with every pair
    for embedding in [(None, 4)[(layers + place // 2) % 2]]
}
CASES |= {
    f"bidirectional {cell} x {layers}, {name}": (
        lambda cell=cell, layers=layers, encoding=encoding: recurrent_case(
            cell, layers, embedding=3, bidirectional=True, encoding=encoding
        )
    )
    for (number, cell), layers, (name, encoding) in product(
        enumerate(("rnn", "gru", "lstm")), (1, 2), [("plain", PLAIN), ("marked", MARKED)]
    )
    if THOROUGH or (number + layers + bool(encoding.begin)) % 2  # half of all, with every pair
}
CASES |= {name: lambda name=name: other_case(name) for name in OTHERS}
CASES |= {
    f"{name}, {kind}": lambda name=name, settings=settings: layered_case(name, **settings)
    for name in ("convolution", "state space", "linear attention")
    for kind, settings in (
        ("marked", {}),
        ("started language model", {"encoding": STARTED, "language_model": True}),
    )
}
CASES |= {f"{name}, plain": lambda name=name: other_case(name, PLAIN) for name in ("mean", "max", "output at the end, both ways")}
CASES |= {
    f"{name} in float32": lambda name=name: other_case(name, double=False)
    for name in ("relu units", "functions", "gru that resets first")
}
CASES |= {
    f"{cell} in float32": (lambda cell=cell: recurrent_case(cell, 2, 4, encoding=MARKED, double=False))
    for cell in ("rnn", "gru", "lstm")
}
CASES |= {
    "bidirectional gru in float32": lambda: recurrent_case("gru", bidirectional=True, encoding=MARKED, double=False),
    "one score": binary_case,
    "causal transformer, classifier": lambda: transformer_case(MARKED, False),
    "causal transformer, language model": lambda: transformer_case(STARTED, True),
    "causal transformer, one block": lambda: transformer_case(STARTED, True, layers=1),
    "causal transformer, post-norm": lambda: transformer_case(
        MARKED, False, norm_first=False, activation="relu", positions=70, scaled=True, final_norm=False
    ),
    "causal transformer, no positions": lambda: transformer_case(STARTED, True, positions=0, epsilon=1e-3),
    "causal transformer in float32": lambda: transformer_case(STARTED, True, double=False),
    "convolution, plain": lambda: layered_case("convolution", PLAIN),
    "linear attention, plain": lambda: layered_case("linear attention", PLAIN),
    "state space in float32": lambda: layered_case("state space", double=False),
    "encoder, mean": lambda: encoder_case("mean"),
    "encoder, first token": lambda: encoder_case("first", STARTED),
    "encoder in float32": lambda: encoder_case("mean", double=False),
    "DistilBERT": distilbert_case,
    "Hugging Face, trees": lambda: huggingface_case("GPT2LMHeadModel", STEPPING, n_embd=16, n_layer=2, n_head=2, n_positions=70),
    "Hugging Face, trees, rotary": lambda: huggingface_case(
        "LlamaForCausalLM", STEPPING, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24
    ),
    "Hugging Face, letters": lambda: huggingface_case("BloomForCausalLM", STEPPING, hidden_size=16, n_layer=2, n_head=2),
    "Hugging Face, whole words": lambda: huggingface_case(
        "RecurrentGemmaForCausalLM",
        WHOLE,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        lru_width=16,
        attention_window_size=8,
    ),
    "Hugging Face, states of one size": lambda: huggingface_case(
        "MambaForCausalLM", STEPPING, longest=None, hidden_size=16, num_hidden_layers=2, state_size=4
    ),
    "Hugging Face, RWKV": lambda: huggingface_case(
        "RwkvForCausalLM", STEPPING, longest=None, hidden_size=16, num_hidden_layers=3, rescale_every=2
    ),
    "DFA": lambda: dfa_case(2),
    "DFA of four classes": lambda: dfa_case(4),
    "PDFA": pdfa_case,
    "WFA": wfa_case,
    "Dyck": lambda: dyck_case(None),
    "Dyck of depth 2": lambda: dyck_case(2),
}
