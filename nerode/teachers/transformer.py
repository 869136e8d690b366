"""A small causal transformer as a torch module, which can be trained, saved and loaded.

The blocks are pre-norm, as in Radford et al., Language models are unsupervised multitask learners (2019). The positional encoding
is sinusoidal, as in Vaswani et al., Attention is all you need (2017, section 3.5), so the length of words has no limit.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from nerode.errors import InputError
from nerode.teachers.networks import check_sizes
from nerode.teachers.rowwise import sinusoids


@dataclass(frozen=True)
class TransformerSpec:
    """The shape of a causal transformer.

    Parameters
    ----------
    tokens : size of the vocabulary, markers included
    dim : width of the hidden vectors, even and a multiple of `heads`
    heads, layers : number of attention heads in a block, and of blocks
    feedforward : hidden width of the feed-forward part of a block
    width : number of scores per word
    """

    tokens: int
    dim: int
    heads: int
    layers: int
    feedforward: int
    width: int

    def __post_init__(self) -> None:
        check_sizes("a transformer", astuple(self), self.layers)
        if self.dim % 2 or self.dim % self.heads:
            raise InputError(f"the width {self.dim} of a transformer must be even and a multiple of its {self.heads} heads")

    def __str__(self) -> str:
        layers = f"{self.layers} layer{'s' * (self.layers > 1)} of {self.dim}"
        return f"causal transformer, {layers}, {self.heads} head{'s' * (self.heads > 1)}, feed-forward {self.feedforward}"

    def check_length(self, length: int) -> None:
        """Raise InputError if a sequence of this length has no token to attend to."""
        if length == 0:
            raise InputError("a transformer cannot read an empty sequence; give its encoding a begin marker")


class CausalTransformer(nn.Module):
    """A causal transformer: embedding with positions, causal blocks, a final layer norm, and an affine read-out.

    An empty sequence has no token to attend to. ε therefore has a score only if words have a begin marker.
    """

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = nn.Embedding(spec.tokens, spec.dim)
        self.blocks = nn.Sequential(*(Block(spec) for _ in range(spec.layers)))
        self.norm = nn.LayerNorm(spec.dim)
        self.readout = nn.Linear(spec.dim, spec.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length), read out at the last token.

        Raises
        ------
        InputError : sequences without a token
        """
        self.spec.check_length(tokens.shape[1])
        scores: Tensor = self.readout(self._hidden(tokens)[:, -1])
        return scores

    def forward_each(self, tokens: Tensor) -> Tensor:
        """Return the scores after each token, (n, length, width), of token sequences (n, length)."""
        scores: Tensor = self.readout(self._hidden(tokens))
        return scores

    def _hidden(self, tokens: Tensor) -> Tensor:
        vectors = self.embedding(tokens)
        hidden: Tensor = self.norm(self.blocks(vectors + positions(tokens.shape[1], self.spec.dim).to(vectors)))
        return hidden


def positions(length: int, dim: int) -> Tensor:
    """Return the positional encoding (length, dim): sine and cosine in turn, with wavelengths from 2π to 20000π."""
    return torch.from_numpy(sinusoids(length, dim))


class Block(nn.Module):
    """A pre-norm block: causal self-attention, then a feed-forward part, each with a residual connection."""

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        self.heads = spec.heads
        self.attention_norm = nn.LayerNorm(spec.dim)
        self.attention_in = nn.Linear(spec.dim, 3 * spec.dim)
        self.attention_out = nn.Linear(spec.dim, spec.dim)
        self.feedforward_norm = nn.LayerNorm(spec.dim)
        self.feedforward_in = nn.Linear(spec.dim, spec.feedforward)
        self.feedforward_out = nn.Linear(spec.feedforward, spec.dim)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (n, length, dim). A position attends to itself and to earlier ones."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)  # type: ignore[no-untyped-call]
            for part in self.project(hidden)
        )
        mixed = scaled_dot_product_attention(query, key, value, is_causal=True)  # (n, heads, length, dim / heads)
        return self.conclude(hidden, mixed.transpose(1, 2).flatten(2))

    def project(self, hidden: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values of hidden vectors (…, dim), each (…, dim), where `dim` spans all heads."""
        return self.attention_in(self.attention_norm(hidden)).chunk(3, dim=-1)  # type: ignore[no-any-return]

    def conclude(self, hidden: Tensor, mixed: Tensor) -> Tensor:
        """Return the output of the block from its input `hidden` and the attention output `mixed`, all of shape (…, dim)."""
        hidden = self.attention_out(mixed).add_(hidden)
        after: Tensor = self.feedforward_out(gelu(self.feedforward_in(self.feedforward_norm(hidden)))).add_(hidden)
        return after
