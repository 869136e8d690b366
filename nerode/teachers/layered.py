"""Networks that read from left to right with a state of one size: what convolutions, state spaces and linear attention share.

Tokens are embedded, blocks with residual connections follow each other, and an affine map after a layer norm gives the scores.
In training torch computes all places of a word at once. A word is asked letter by letter, in numpy: each block also says how
it takes a step (`Steps`), and the state of a word is what its blocks keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import ClassVar, Protocol

from torch import Tensor, nn
from torch.nn.functional import gelu

from nerode.protocols import States
from nerode.teachers import rowwise
from nerode.teachers.embeddings import embedding
from nerode.teachers.networks import check_sizes
from nerode.teachers.rowwise import Norm, numbers
from nerode.words import RealArray

Map = Callable[[RealArray], RealArray]
MapOf = Callable[[nn.Linear], Map]
"""How affine maps are computed: `Product`, or `nerode.teachers.rowwise.Affine` in exact mode."""


@dataclass(frozen=True)
class LayeredSpec:
    """The shape of a network.

    Parameters
    ----------
    tokens : size of the vocabulary, markers included
    dim, layers : width of the hidden vectors, and number of blocks
    width : number of scores per word
    """

    name: ClassVar[str]  # with an article

    tokens: int
    dim: int
    layers: int
    width: int

    def __post_init__(self) -> None:
        check_sizes(self.name, astuple(self), self.layers)

    def __str__(self) -> str:
        return f"{self.name.split(maxsplit=1)[1]}, {self.layers} layer{'s' * (self.layers > 1)} of {self.dim}"


class Steps(Protocol):
    """A block that takes one token after the other."""

    def start(self) -> States:
        """Return what is kept before the first token, (1, …) each."""
        ...

    def step(self, kept: States, hidden: RealArray) -> tuple[RealArray, States]:
        """Return the output (n, dim) for one more hidden vector (n, dim), and what is then kept."""
        ...


class LayeredBlock(nn.Module):
    """A block: a causal map of hidden vectors (n, length, dim)."""

    def steps(self, map_of: MapOf) -> Steps:
        """Return the same block with the weights that it has now, token by token."""
        raise NotImplementedError


class LayeredNetwork(nn.Module):
    """Embedding, blocks, a layer norm, and an affine read-out at the last token; without a token, of zeros."""

    def __init__(self, spec: LayeredSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = embedding(spec.tokens, spec.dim)
        self.blocks = nn.Sequential(*(self.block(depth) for depth in range(spec.layers)))
        self.norm = nn.LayerNorm(spec.dim)
        self.readout = nn.Linear(spec.dim, spec.width)

    def block(self, depth: int) -> LayeredBlock:
        """Return the block at a depth, the lowest at 0."""
        raise NotImplementedError

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length)."""
        if tokens.shape[1] == 0:
            scores: Tensor = self.readout(self.norm(self.embedding.weight.new_zeros(len(tokens), self.spec.dim)))
            return scores
        return self.forward_each(tokens)[:, -1]

    def forward_each(self, tokens: Tensor) -> Tensor:
        """Return the scores after each token, (n, length, width), of tokens (n, length)."""
        scores: Tensor = self.readout(self.norm(self.blocks(self.embed(tokens))))
        return scores

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors (…, dim) of tokens (…)."""
        vectors: Tensor = self.embedding(tokens)
        return vectors


class FeedForwardPart(nn.Module):
    """The second part of a block: two affine maps at each place, as in transformers."""

    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.into, self.out = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (…, dim)."""
        after: Tensor = hidden + self.out(gelu(self.into(self.norm(hidden))))
        return after

    def map(self, map_of: MapOf) -> Map:
        """Return the same on arrays (n, dim)."""
        norm, into, out = Norm(self.norm), map_of(self.into), map_of(self.out)
        return lambda hidden: hidden + out(rowwise.gelu(into(norm(hidden))))


class Product:
    """An affine layer of a network, by the library that numpy computes products with."""

    def __init__(self, layer: nn.Linear) -> None:
        self._weight, self._bias = numbers(layer.weight.T), numbers(layer.bias)

    def __call__(self, x: RealArray) -> RealArray:
        product: RealArray = x @ self._weight + self._bias
        return product


def silu(x: RealArray) -> RealArray:
    """Return x / (1 + exp(−x)), element by element."""
    product: RealArray = x * rowwise.sigmoid(x)
    return product
