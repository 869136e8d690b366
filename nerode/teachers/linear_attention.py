"""Gated linear attention, which can be trained, saved, and asked letter by letter.

Yang, Wang, Shen, Panda, Kim: Gated linear attention transformers with hardware-efficient training, 2024. A head keeps a matrix
S. A token multiplies its rows by α and adds the product of its key and its value; what the head gives is the product of its
query and S. α = sigmoid(·)^(1/16), a number for each row, so that tokens are forgotten slowly. Here keys are as wide as
values, and the map that α comes from has full rank, since these networks are small.

α is positive, so that words of all lengths cannot be told apart by parity (Sarrof, Veitsman, Hahn 2024; Grazzi and others
2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid
from torch.nn.functional import silu as torch_silu

from nerode.errors import InputError
from nerode.protocols import States
from nerode.teachers import rowwise
from nerode.teachers.layered import FeedForwardPart, LayeredBlock, LayeredNetwork, LayeredSpec, MapOf, Steps, silu
from nerode.teachers.rowwise import Norm
from nerode.words import RealArray

HALVINGS = 4  # of the exponent of α: 1/16 in the paper


@dataclass(frozen=True)
class LinearAttentionSpec(LayeredSpec):
    """The shape of a network of gated linear attention; beside the parameters of `LayeredSpec`:

    Parameters
    ----------
    heads : number of matrices that a layer keeps, which divides `dim`
    feedforward : hidden width of the feed-forward part of a block
    """

    name: ClassVar[str] = "a gated linear attention"

    heads: int
    feedforward: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dim % self.heads:
            raise InputError(f"the width {self.dim} of gated linear attention must be a multiple of its {self.heads} heads")

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.heads} head{'s' * (self.heads > 1)}, feed-forward {self.feedforward}"


class LinearAttentionNetwork(LayeredNetwork):
    """Gated linear attention."""

    spec: LinearAttentionSpec

    def block(self, depth: int) -> LayeredBlock:
        return LinearAttentionBlock(self.spec)


class LinearAttentionBlock(LayeredBlock):
    """Gated linear attention, then a feed-forward part, each with a layer norm and a residual connection."""

    def __init__(self, spec: LinearAttentionSpec) -> None:
        super().__init__()
        self.heads, self.size = spec.heads, spec.dim // spec.heads
        self.norm = nn.LayerNorm(spec.dim)
        self.into = nn.Linear(spec.dim, 5 * spec.dim)  # queries, keys, values, what α comes from, and the gate
        self.head_norm = nn.LayerNorm(self.size)
        self.out = nn.Linear(spec.dim, spec.dim)
        self.feedforward = FeedForwardPart(spec.dim, spec.feedforward)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (n, length, dim)."""
        *parts, gate = self.into(self.norm(hidden)).chunk(5, dim=2)
        query, key, value, forgetting = (part.unflatten(2, (self.heads, self.size)) for part in parts)
        read = attended(query * self.size**-0.5, key, value, torch.exp(logsigmoid(forgetting) / 2**HALVINGS))
        after: Tensor = self.feedforward(hidden + self.out(self.head_norm(read).flatten(2) * torch_silu(gate)))
        return after

    def steps(self, map_of: MapOf) -> Steps:
        return LinearAttentionSteps(self, map_of)


def attended(query: Tensor, key: Tensor, value: Tensor, decay: Tensor) -> Tensor:
    """Return what the heads give, (n, length, heads, size), from arrays of this shape.

    One place follows the other, so that a matrix stays in the cache of a processor, and words and heads are the last axis, which
    is the one that is computed fast.
    """
    words, _, heads, _ = query.shape
    query, key, value, decay = (part.permute(1, 3, 0, 2).flatten(2) for part in (query, key, value, decay))  # (length, size, ·)
    each, matrix = [], query.new_zeros(())
    for q, k, v, a in zip(query, key, value, decay, strict=True):
        matrix = torch.addcmul(k[:, None] * v, a[:, None], matrix)  # (size, size, words · heads)
        each.append((q[:, None] * matrix).sum(dim=0))
    read = torch.stack(each)  # (length, size, words · heads)
    return read.view(*read.shape[:2], words, heads).permute(2, 0, 3, 1)


class LinearAttentionSteps:
    """A block token by token. The matrix of each head is kept."""

    def __init__(self, block: LinearAttentionBlock, map_of: MapOf) -> None:
        self._norm, self._head_norm = Norm(block.norm), Norm(block.head_norm)
        self._into, self._out = map_of(block.into), map_of(block.out)
        self._feedforward = block.feedforward.map(map_of)
        self._shape = block.heads, block.size
        self._nothing = np.zeros((1, block.heads, block.size, block.size), block.out.weight.detach().cpu().numpy().dtype)

    def start(self) -> States:
        return (self._nothing,)

    def step(self, kept: States, hidden: RealArray) -> tuple[RealArray, States]:
        *parts, gate = np.split(self._into(self._norm(hidden)), 5, axis=1)
        query, key, value, forgetting = (part.reshape(-1, *self._shape) for part in parts)
        query = query * query.dtype.type(self._shape[1] ** -0.5)
        decay = rowwise.sigmoid(forgetting)
        for _ in range(HALVINGS):
            decay = np.sqrt(decay)
        matrices = decay[..., None] * kept[0] + key[..., None] * value[:, :, None]  # (n, heads, size, size)
        read = query[..., :1] * matrices[:, :, 0]
        for row in range(1, self._shape[1]):  # one after the other, the same in all batches
            read = read + query[..., row : row + 1] * matrices[:, :, row]
        read = self._head_norm(read).reshape(hidden.shape)
        return self._feedforward(hidden + self._out(read * silu(gate))), (matrices,)
