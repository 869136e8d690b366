"""A small transformer as a torch module, which can be trained, saved and loaded; its attention is causal, or `encoder.py`
makes an encoder of it.

By default the blocks are pre-norm, as in Radford et al., Language models are unsupervised multitask learners (2019), and the
positional encoding is sinusoidal, as in Vaswani et al., Attention is all you need (2017, section 3.5). Then words have any
length. The other choices are those of `torch.nn.TransformerEncoderLayer` and of learned positions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu, scaled_dot_product_attention

from nerode.errors import InputError
from nerode.teachers.activations import check_scales, round_inputs
from nerode.teachers.embeddings import embedding
from nerode.teachers.networks import as_tuple, check_sizes
from nerode.teachers.rowwise import sinusoids

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"gelu": gelu, "relu": relu}


@dataclass(frozen=True)
class TransformerSpec:
    """The shape of a transformer.

    Parameters
    ----------
    tokens : size of the vocabulary, markers included
    dim : width of the hidden vectors, a multiple of `heads`; even where positions are sinusoidal
    heads, layers : number of attention heads in a block, and of blocks
    feedforward : hidden width of the feed-forward part of a block
    width : number of scores per word
    norm_first : whether a block normalises the input of its parts, and not what comes out of them (pre-norm and post-norm)
    activation : of the feed-forward part, "gelu" or "relu"
    positions : number of learned positions, beyond which no word can be read; 0 for none; None for sinusoidal ones
    scaled : whether embeddings are multiplied by √dim
    final_norm : whether the output of the last block is normalised
    epsilon : of the layer norms
    widths : hidden widths of the feed-forward parts, a block each, where they differ; `feedforward` is then that of the last
    block_heads : number of heads that are left in each block, where some were taken away; each still has dim / heads numbers
    activations : the scale of what each affine map reads, block by block and of the read-out last; see `activations`
    """

    name: ClassVar[str] = "causal transformer"

    tokens: int
    dim: int
    heads: int
    layers: int
    feedforward: int
    width: int
    norm_first: bool = True
    activation: str = "gelu"
    positions: int | None = None
    scaled: bool = False
    final_norm: bool = True
    epsilon: float = 1e-5
    widths: tuple[int, ...] | None = None
    block_heads: tuple[int, ...] | None = None
    activations: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("widths", "block_heads", "activations"):
            object.__setattr__(self, name, as_tuple(name, getattr(self, name)))
        check_scales(self.activations)
        learned = [self.positions] if self.positions else []
        sizes = (self.tokens, self.dim, self.heads, self.layers, self.feedforward, self.width, *learned)
        check_sizes("a transformer", (*sizes, *(self.widths or ()), *(self.block_heads or ())), self.layers)
        if (self.positions is None and self.dim % 2) or self.dim % self.heads:
            raise InputError(f"the width {self.dim} of a transformer must be even and a multiple of its {self.heads} heads")
        if self.widths is not None and (len(self.widths) != self.layers or self.widths[-1] != self.feedforward):
            raise InputError("the widths of a transformer are one a block, the last its feed-forward one")
        if self.block_heads is not None and (len(self.block_heads) != self.layers or max(self.block_heads) > self.heads):
            raise InputError(
                f"the numbers of heads of the blocks of a transformer are one a block, at most its {self.heads} heads"
            )
        if self.activation not in ACTIVATIONS:
            raise InputError(f"unknown activation {self.activation!r} in a transformer; known are {', '.join(ACTIVATIONS)}")
        if not isinstance(self.epsilon, float) or not 0 <= self.epsilon < 1:
            raise InputError(f"the epsilon of layer norms is a number from 0 to 1, not {self.epsilon!r}")
        flags = (self.norm_first, self.scaled, self.final_norm)
        if any(type(flag) is not bool for flag in flags) or type(self.positions) not in (int, type(None)):
            raise InputError("norm_first, scaled and final_norm of a transformer are true or false, and its positions a number")

    def __str__(self) -> str:
        layers = f"{self.layers} layer{'s' * (self.layers > 1)} of {self.dim}"
        more = [
            *(["post-norm"] if not self.norm_first else []),
            *([f"{self.positions} learned positions"] if self.positions else ["no positions"] if self.positions == 0 else []),
        ]
        heads = f"{self.heads} head{'s' * (self.heads > 1)}"
        if self.block_heads is not None:
            heads = f"heads {', '.join(map(str, self.block_heads))} of {self.heads}"
        return ", ".join(
            [
                self.name,
                layers,
                heads,
                f"feed-forward {', '.join(map(str, self.widths or (self.feedforward,)))}",
                *more,
                *(["activations of 8 bits"] if self.activations else []),
            ]
        )

    @property
    def all_widths(self) -> tuple[int, ...]:
        """The hidden width of the feed-forward part of each block, lowest first."""
        return self.widths or (self.feedforward,) * self.layers

    @property
    def all_heads(self) -> tuple[int, ...]:
        """The number of heads of each block, lowest first."""
        return self.block_heads or (self.heads,) * self.layers

    @property
    def head_size(self) -> int:
        """How many numbers a head gives."""
        return self.dim // self.heads

    def check_length(self, length: int) -> None:
        """Raise InputError if a sequence of this length has no token to attend to, or more than there are positions."""
        if length == 0:
            raise InputError("a transformer cannot read an empty sequence; give its encoding a begin marker")
        if self.positions and length > self.positions:
            raise InputError(f"this transformer reads at most {self.positions} tokens, markers included, and a word has {length}")


class Transformer(nn.Module):
    """A transformer: embedding with positions, blocks, a final layer norm, and an affine read-out.

    An empty sequence has no token to attend to. ε therefore has a score only if words have a begin marker.
    """

    causal: ClassVar[bool]  # whether a position attends to itself and to earlier ones alone

    def __init__(self, spec: TransformerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = embedding(spec.tokens, spec.dim)
        self.blocks = nn.Sequential(*(Block(spec, depth, self.causal) for depth in range(spec.layers)))
        self.norm = nn.LayerNorm(spec.dim, spec.epsilon) if spec.final_norm else nn.Identity()
        self.positions = embedding(spec.positions, spec.dim) if spec.positions else None
        self.readout = nn.Linear(spec.dim, spec.width)
        round_inputs(self, spec.activations)

    @property
    def longest(self) -> int | None:
        """The number of tokens that the network has positions for; None if there is no limit."""
        return self.spec.positions or None

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return the normalised output (n, length, dim) of the last block, of token sequences (n, length)."""
        hidden: Tensor = self.norm(self.blocks(self.embed(tokens) + self.places(tokens.shape[1])))
        return hidden

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors (…, dim) of tokens (…)."""
        vectors: Tensor = self.embedding(tokens)
        return vectors * math.sqrt(self.spec.dim) if self.spec.scaled else vectors

    def places(self, length: int) -> Tensor:
        """Return the positional encoding (length, dim); if sinusoidal, sine and cosine in turn, wavelengths from 2π to 20000π."""
        weights = self.embedding.weight
        if self.positions is not None:
            return self.positions.weight[:length]
        if self.spec.positions == 0:
            return weights.new_zeros(length, self.spec.dim)
        return torch.from_numpy(sinusoids(length, self.spec.dim)).to(weights)


class CausalTransformer(Transformer):
    """A causal transformer, which is read out at the last token."""

    causal = True

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length), read out at the last token.

        Raises
        ------
        InputError : sequences without a token
        """
        self.spec.check_length(tokens.shape[1])
        scores: Tensor = self.readout(self.hidden(tokens)[:, -1])
        return scores

    def forward_each(self, tokens: Tensor) -> Tensor:
        """Return the scores after each token, (n, length, width), of token sequences (n, length)."""
        scores: Tensor = self.readout(self.hidden(tokens))
        return scores


class Block(nn.Module):
    """A block: self-attention, then a feed-forward part, each with a residual connection and a layer norm."""

    def __init__(self, spec: TransformerSpec, depth: int, causal: bool = True) -> None:
        super().__init__()
        self.causal = causal
        self.heads = spec.all_heads[depth]
        mixed, inner = self.heads * spec.head_size, spec.all_widths[depth]
        self.norm_first = spec.norm_first
        self.activation = ACTIVATIONS[spec.activation]
        self.attention_norm = nn.LayerNorm(spec.dim, spec.epsilon)
        self.attention_in = nn.Linear(spec.dim, 3 * mixed)
        self.attention_out = nn.Linear(mixed, spec.dim)
        self.feedforward_norm = nn.LayerNorm(spec.dim, spec.epsilon)
        self.feedforward_in = nn.Linear(spec.dim, inner)
        self.feedforward_out = nn.Linear(inner, spec.dim)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (n, length, dim)."""
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)  # type: ignore[no-untyped-call]
            for part in self.project(hidden)
        )
        mixed = scaled_dot_product_attention(query, key, value, is_causal=self.causal)  # (n, heads, length, size)
        return self.conclude(hidden, mixed.transpose(1, 2).flatten(2))

    def project(self, hidden: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values (…, heads · size) of hidden vectors (…, dim)."""
        given = self.attention_norm(hidden) if self.norm_first else hidden
        return self.attention_in(given).chunk(3, dim=-1)  # type: ignore[no-any-return]

    def conclude(self, hidden: Tensor, mixed: Tensor) -> Tensor:
        """Return the output (…, dim) of the block from its input `hidden` (…, dim) and the attention output (…, heads · size)."""
        hidden = self.attention_out(mixed).add_(hidden)
        if not self.norm_first:
            hidden = self.attention_norm(hidden)
        given = self.feedforward_norm(hidden) if self.norm_first else hidden
        after: Tensor = self.feedforward_out(self.activation(self.feedforward_in(given))).add_(hidden)
        return after if self.norm_first else self.feedforward_norm(after)
