"""A DistilBERT classifier as a torch module. Its weights have the names of the published model.

The blocks are post-norm encoder blocks, and the positions are learned. The read-out takes the first token through one hidden
layer with ReLU. Source: Sanh, Debut, Chaumond, Wolf: DistilBERT, a distilled version of BERT (2019).
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu, scaled_dot_product_attention

from nerode.errors import InputError
from nerode.teachers.embeddings import embedding
from nerode.teachers.networks import check_sizes

NORM_EPSILON = 1e-12  # as in the published model; torch's default is 1e-5


@dataclass(frozen=True)
class DistilBertSpec:
    """The shape of a DistilBERT classifier; `longest` is its number of positions, `width` its number of scores."""

    tokens: int
    longest: int
    layers: int
    dim: int
    heads: int
    feedforward: int
    width: int

    def __post_init__(self) -> None:
        check_sizes("a DistilBERT", astuple(self), self.layers)
        if self.dim % self.heads:
            raise InputError(f"the width {self.dim} of a DistilBERT must be a multiple of its {self.heads} heads")

    def __str__(self) -> str:
        layers = f"{self.layers} layer{'s' * (self.layers != 1)}"
        return f"DistilBERT classifier, {layers} of {self.dim}, {self.heads} heads, at most {self.longest} tokens"

    def check_length(self, length: int) -> None:
        """Raise InputError if a word with its markers has more tokens than the network has positions."""
        if length > self.longest:
            raise InputError(f"this network reads at most {self.longest} tokens; a word with its markers has {length}")


class DistilBertNetwork(nn.Module):
    """A DistilBERT classifier. It maps tokens (n, length) to scores (n, width)."""

    def __init__(self, spec: DistilBertSpec) -> None:
        super().__init__()
        self.spec = spec
        self.distilbert = nn.ModuleDict({"embeddings": _Embeddings(spec), "transformer": _Encoder(spec)})
        self.pre_classifier = nn.Linear(spec.dim, spec.dim)
        self.classifier = nn.Linear(spec.dim, spec.width)

    @property
    def longest(self) -> int:
        """The number of positions."""
        return self.spec.longest

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length).

        Raises
        ------
        InputError : more tokens than the network has positions
        """
        self.spec.check_length(tokens.shape[1])
        hidden = self.distilbert["transformer"](self.distilbert["embeddings"](tokens))
        scores: Tensor = self.classifier(relu(self.pre_classifier(hidden[:, 0])))
        return scores


class _Embeddings(nn.Module):
    def __init__(self, spec: DistilBertSpec) -> None:
        super().__init__()
        self.word_embeddings = embedding(spec.tokens, spec.dim)
        self.position_embeddings = embedding(spec.longest, spec.dim)
        self.LayerNorm = nn.LayerNorm(spec.dim, eps=NORM_EPSILON)

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        vectors: Tensor = self.LayerNorm(self.word_embeddings(tokens) + self.position_embeddings(positions))
        return vectors


class _Encoder(nn.Module):
    def __init__(self, spec: DistilBertSpec) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Block(spec) for _ in range(spec.layers))

    def forward(self, hidden: Tensor) -> Tensor:
        for block in self.layer:
            hidden = block(hidden)
        return hidden


class _Block(nn.Module):
    def __init__(self, spec: DistilBertSpec) -> None:
        super().__init__()
        self.attention = _Attention(spec)
        self.sa_layer_norm = nn.LayerNorm(spec.dim, eps=NORM_EPSILON)
        self.ffn = nn.ModuleDict({"lin1": nn.Linear(spec.dim, spec.feedforward), "lin2": nn.Linear(spec.feedforward, spec.dim)})
        self.output_layer_norm = nn.LayerNorm(spec.dim, eps=NORM_EPSILON)

    def forward(self, hidden: Tensor) -> Tensor:
        hidden = self.sa_layer_norm(self.attention(hidden) + hidden)
        inner = self.ffn["lin2"](gelu(self.ffn["lin1"](hidden)))
        after: Tensor = self.output_layer_norm(inner + hidden)
        return after


class _Attention(nn.Module):
    def __init__(self, spec: DistilBertSpec) -> None:
        super().__init__()
        self.heads = spec.heads
        self.q_lin, self.k_lin, self.v_lin, self.out_lin = (nn.Linear(spec.dim, spec.dim) for _ in range(4))

    def forward(self, hidden: Tensor) -> Tensor:
        query, key, value = (
            part(hidden).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (self.q_lin, self.k_lin, self.v_lin)
        )
        mixed: Tensor = self.out_lin(scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        return mixed
