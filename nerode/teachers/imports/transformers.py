"""Causal transformers of torch's own layers, recognised in the weights of a module and proved by its answers.

`nn.TransformerEncoder` with a causal mask is the usual way to build one. Names and shapes give everything but the number of
heads, where norms stand, the activation, and the factor of the embedding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import Link
from nerode.teachers.encoding import Encoding
from nerode.teachers.imports.assembly import Vocabulary, encoding_of, kept_tokens, linked
from nerode.teachers.imports.beside import Tensors, without_counts
from nerode.teachers.imports.parts import Affine
from nerode.teachers.imports.recognition import CELL, EMBEDDINGS
from nerode.teachers.transformer import CausalTransformer, TransformerSpec

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
MASK = re.compile(r"(^|[._])mask$", re.IGNORECASE)
"""Names of causal masks that are stored beside the weights. Whether the network is causal is shown by its answers."""
MOST_HEADS = 32  # among which the number of heads is searched


@dataclass(frozen=True)
class TransformerReading:
    """What is not in the weights of a transformer; the fields are those of TransformerSpec."""

    heads: int
    norm_first: bool
    activation: str
    scaled: bool
    positions: int | None

    def __str__(self) -> str:
        norms = "norms before" if self.norm_first else "norms after"
        said = [f"{self.heads} head{'s' * (self.heads > 1)}", f"{norms} the layers", f"{self.activation} units"]
        said += ["embeddings times the root of their width"] if self.scaled else []
        return ", ".join([*said, *(["sinusoidal positions"] if self.positions is None else [])])


@dataclass(frozen=True)
class Transformer:
    """The weights of a transformer under our names, without the read-out, and what shapes say of it.

    `aside` names the tensors that are no weights of a layer and are left aside; answers prove the network without them.
    """

    spec: TransformerSpec
    weights: Tensors
    readout: Affine
    aside: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        return self.spec.tokens

    @property
    def table(self) -> Tensor:
        """The embedding (tokens, dim)."""
        return self.weights["embedding.weight"]

    @property
    def outputs(self) -> int:
        """The number of outputs of the read-out."""
        return len(self.readout.bias)


def is_transformer(tensors: Tensors) -> bool:
    """Return whether there are weights of an `nn.TransformerEncoder`, and no recurrent ones."""
    return any(map(LAYER.match, tensors)) and not any(map(CELL.match, tensors))


def transformer_of(tensors: Tensors) -> Transformer:
    """Return the transformer with these weights.

    Raises
    ------
    InputError : weights that are not those of one `nn.TransformerEncoder` between embeddings and an affine read-out
    """
    masks = [name for name in tensors if MASK.search(name)]
    tensors, aside = without_counts({name: tensor for name, tensor in tensors.items() if name not in masks})
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
    if not heads and words:
        heads = [_unbiased(words)]
        words = [name for name in words if name not in heads] or heads  # one table alone is both
    if len(words) == 2 and not places:  # names do not say which is which; the embedding usually comes first
        places, words = words[1:], words[:1]
    biases = [name for head in heads if (name := f"{head.removesuffix('weight')}bias") in rest]
    others = [name for name in rest if name not in {*heads, *biases, *places, *words}]
    loose = [
        name for name in others if not name.endswith(("weight", "bias")) or (name.endswith("weight") and rest[name].dim() == 1)
    ]
    wrong = [name for name in others if name not in loose]
    wrong += [name for group in (heads, places, words) if len(group) > 1 for name in group]
    if wrong:
        raise InputError(f"what stands around its encoder is not known: {', '.join(wrong)}")
    if not heads or not words:
        raise InputError(f"beside its encoder there is no embedding with a read-out, only {', '.join(rest) or 'nothing'}")
    weights["embedding.weight"] = tables[words[0]]
    if places:
        weights["positions.weight"] = tables[places[0]]
    head = tables[heads[0]]
    readout = Affine(heads[0], head, rest[biases[0]] if biases else head.new_zeros(len(head)))
    spec = TransformerSpec(
        len(tables[words[0]]), dim, 1, depth, feedforward, len(readout.bias), positions=len(tables[places[0]]) if places else 0,
        final_norm=bool(norms),
    )  # fmt: skip
    return Transformer(spec, weights, readout, (*masks, *aside, *loose))


def _unbiased(tables: list[str]) -> str:
    """Return the name of the read-out among those of tables without biases: by the names, or else the last."""
    others = [name for name in tables if not EMBEDDINGS.search(name)]
    return (others or tables)[-1]


def network_of(found: Transformer, reading: TransformerReading) -> CausalTransformer:
    """Return the network of these weights in this reading."""
    with torch.device("meta"):
        network = CausalTransformer(replace(found.spec, **vars(reading)))
    state = {**found.weights, "readout.weight": found.readout.weight, "readout.bias": found.readout.bias}
    network.load_state_dict({name: tensor.detach().clone() for name, tensor in state.items()}, assign=True)
    return network.eval()


def readings(found: Transformer, heads: Iterable[int]) -> Iterator[TransformerReading]:
    """Yield the readings that the weights allow."""
    even = found.spec.dim % 2 == 0
    positions = [found.spec.positions, None] if found.spec.positions == 0 and even else [found.spec.positions]
    flags = (False, True)
    for count, places, first, activation, scaled in product(sorted(heads), positions, flags, ("relu", "gelu"), flags):
        yield TransformerReading(count, first, activation, scaled, places)


def possible_heads(found: Transformer) -> list[int]:
    """Return the numbers of heads that the width of the hidden vectors allows, up to MOST_HEADS."""
    return [count for count in range(1, MOST_HEADS + 1) if found.spec.dim % count == 0]


def assembled(
    found: Transformer, reading: TransformerReading, vocabulary: Vocabulary, task: str
) -> tuple[CausalTransformer, Encoding, Link]:
    """Return the network with the letters as its first tokens, then the markers, and with the scores as the link wants them."""
    readout, link = linked(found.readout, vocabulary, task)
    table: Tensor = found.table[kept_tokens(vocabulary)]
    spec = replace(found.spec, tokens=len(table), width=len(readout.bias))
    final = Transformer(spec, {**found.weights, "embedding.weight": table}, readout)
    return network_of(final, reading), encoding_of(vocabulary, task), link
