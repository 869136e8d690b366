"""Causal transformers of torch's own layers, recognised in the weights of a module and proved by its answers.

`nn.TransformerEncoder` with a causal mask is the usual way to build one. Names and shapes give everything but the number of
heads, where norms stand, the activation, and the factor of the embedding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch
from torch import Tensor, nn

from nerode.errors import InputError
from nerode.links import Link
from nerode.teachers.encoding import Encoding
from nerode.teachers.imports.assembly import Vocabulary, encoding_of, kept_tokens, linked
from nerode.teachers.imports.parts import Affine
from nerode.teachers.imports.readings import agreement
from nerode.teachers.imports.recognition import Tensors
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import FloatArray, IntArray

LAYER = re.compile(r"^(?P<stack>.*?)layers\.(?P<depth>\d+)\.(?P<part>self_attn\.\w+(\.\w+)?|linear[12]\.\w+|norm[12]\.\w+)$")
PARTS = {
    "self_attn.in_proj_": "attention_in.",
    "self_attn.out_proj.": "attention_out.",
    "linear1.": "feedforward_in.",
    "linear2.": "feedforward_out.",
    "norm1.": "attention_norm.",
    "norm2.": "feedforward_norm.",
}
"""Our names of the parts of a layer, by those of `nn.TransformerEncoderLayer`."""


@dataclass(frozen=True)
class Transformer:
    """The weights of a transformer under our names, without the read-out, and what shapes say of it."""

    spec: TransformerSpec
    weights: Tensors
    readout: Affine

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        return self.spec.tokens

    @property
    def outputs(self) -> int:
        """The number of outputs of the read-out."""
        return len(self.readout.bias)


def transformer_of(tensors: Tensors) -> Transformer:
    """Return the transformer with these weights.

    Raises
    ------
    InputError : weights that are not those of one `nn.TransformerEncoder` between embeddings and an affine read-out
    """
    layers = {name: match for name in tensors if (match := LAYER.match(name))}
    stacks = {match["stack"] for match in layers.values()}
    if len(stacks) != 1:
        raise InputError("it holds no nn.TransformerEncoder, or several")
    weights: Tensors = {}
    for name, match in layers.items():
        ours = next(
            (ours + match["part"].removeprefix(theirs) for theirs, ours in PARTS.items() if match["part"].startswith(theirs)),
            None,
        )
        if ours is None:
            raise InputError(f"its encoder has weights that are not known: {name}")
        weights[f"blocks.{match['depth']}.{ours}"] = tensors[name]
    depth = 1 + max(int(match["depth"]) for match in layers.values())
    feedforward, dim = weights["blocks.0.feedforward_in.weight"].shape
    widths = {"attention_in": 3 * dim, "feedforward_in": feedforward}
    widths |= dict.fromkeys(("attention_out", "feedforward_out", "attention_norm", "feedforward_norm"), dim)
    for block, (part, width) in product(range(depth), widths.items()):  # biases may be left out
        weights.setdefault(f"blocks.{block}.{part}.bias", torch.zeros(width))
    rest = {name: tensor for name, tensor in tensors.items() if name not in layers}
    norms = [name for name in rest if name.endswith(".weight") and rest[name].shape == (dim,)]
    if len(norms) > 1:
        raise InputError(f"it has norms outside of its layers that are not known: {', '.join(norms)}")
    for name in norms:
        weights["norm.weight"] = rest.pop(name)
        weights["norm.bias"] = rest.pop(f"{name.removesuffix('weight')}bias", torch.zeros(dim))
    tables = {name: tensor.reshape(-1, dim) for name, tensor in rest.items() if tensor.dim() >= 2 and tensor.shape[-1] == dim}
    heads = [name for name in tables if f"{name.removesuffix('weight')}bias" in rest]
    places = [name for name in tables if re.search(r"pos|pe$|pe\.", name, re.IGNORECASE) and name not in heads]
    words = [name for name in tables if name not in (*heads, *places)]
    if len(heads) != 1 or len(places) > 1 or len(words) != 1 or len(rest) != 2 + len(places) + 1:
        raise InputError(f"what stands around its encoder is not known: {', '.join(rest)}")
    weights["embedding.weight"] = tables[words[0]]
    if places:
        weights["positions.weight"] = tables[places[0]]
    readout = Affine(heads[0], tables[heads[0]], rest[f"{heads[0].removesuffix('weight')}bias"])
    spec = TransformerSpec(
        len(tables[words[0]]), dim, 1, depth, feedforward, len(readout.bias), positions=len(tables[places[0]]) if places else 0,
        final_norm=bool(norms),
    )  # fmt: skip
    return Transformer(spec, weights, readout)


def network_of(found: Transformer, spec: TransformerSpec) -> CausalTransformer:
    """Return the network of these weights with the choices of a specification."""
    with torch.device("meta"):
        network = CausalTransformer(spec)
    state = {**found.weights, "readout.weight": found.readout.weight, "readout.bias": found.readout.bias}
    network.load_state_dict({name: tensor.detach().clone() for name, tensor in state.items()}, assign=True)
    return network.eval()


def proved(
    found: Transformer, module: nn.Module, tokens: list[IntArray], answers: FloatArray, task: str
) -> tuple[TransformerSpec, float]:
    """Return the specification that gives the answers of the module, and its largest error.

    Raises
    ------
    InputError : no specification gives them
    """
    heads = {part.num_heads for part in module.modules() if isinstance(part, nn.MultiheadAttention)}
    nearest = np.inf
    for spec in _specs(found.spec, heads):
        outcome = agreement(outputs_of(network_of(found, spec), tokens), answers, task)
        if outcome.holds and outcome.form != "labels":
            return spec, outcome.worst
        nearest = min(nearest, outcome.worst)
    raise InputError(f"it is no causal transformer that is read out at the last token: the nearest reading errs by {nearest:.1g}")


def _specs(spec: TransformerSpec, heads: set[int]) -> Iterator[TransformerSpec]:
    for count, first, activation, scaled in product(sorted(heads), (False, True), ("relu", "gelu"), (False, True)):
        yield replace(spec, heads=count, norm_first=first, activation=activation, scaled=scaled)


def outputs_of(network: CausalTransformer, tokens: list[IntArray]) -> FloatArray:
    """Return the outputs (n, k) of a network for words of tokens."""
    with torch.inference_mode():
        return np.concatenate([network(torch.from_numpy(word[None])).double().numpy() for word in tokens])


def assembled(
    found: Transformer, spec: TransformerSpec, vocabulary: Vocabulary, task: str
) -> tuple[CausalTransformer, Encoding, Link]:
    """Return the network with the letters as its first tokens, then the markers, and with the scores as the link wants them."""
    readout, link = linked(found.readout, vocabulary, task)
    table: Tensor = found.weights["embedding.weight"][kept_tokens(vocabulary)]
    final = Transformer(spec, {**found.weights, "embedding.weight": table}, readout)
    return network_of(final, replace(spec, tokens=len(table), width=len(readout.bias))), encoding_of(vocabulary, task), link
