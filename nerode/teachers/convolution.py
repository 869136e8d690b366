"""A causal dilated convolution over time (TCN), which can be trained, saved, and asked letter by letter.

Bai, Kolter, Koltun: An empirical evaluation of generic convolutional and recurrent networks for sequence modeling, 2018. A
block has two convolutions, whose dilation doubles from block to block. Layer norms take the place of weight normalisation, so
that nothing depends on how training scaled the weights. The network sees a window of tokens alone (`ConvolutionSpec.window`),
and what precedes the word counts as zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from nerode.errors import InputError
from nerode.protocols import States
from nerode.teachers.layered import LayeredBlock, LayeredNetwork, LayeredSpec, MapOf, Steps
from nerode.teachers.rowwise import Norm
from nerode.words import RealArray

MOST_SEEN = 20_000  # tokens in a window, all of which are kept


@dataclass(frozen=True)
class ConvolutionSpec(LayeredSpec):
    """The shape of a convolution over time; beside the parameters of `LayeredSpec`:

    Parameters
    ----------
    kernel : number of places that a convolution takes, at least 2
    """

    name: ClassVar[str] = "a convolution over time"

    kernel: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kernel < 2 or self.layers > MOST_SEEN.bit_length() or self.window > MOST_SEEN:
            raise InputError(f"a convolution over time takes at least 2 places and sees at most {MOST_SEEN:,} tokens")

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.kernel} places, a window of {self.window} tokens"

    @property
    def window(self) -> int:
        """How many of the last tokens the scores depend on."""
        return 1 + 2 * (self.kernel - 1) * ((1 << self.layers) - 1)


class ConvolutionNetwork(LayeredNetwork):
    """A convolution over time."""

    spec: ConvolutionSpec

    def block(self, depth: int) -> LayeredBlock:
        return ConvolutionBlock(self.spec, 2**depth)


class ConvolutionBlock(LayeredBlock):
    """A layer norm and two convolutions with rectifiers, beside a residual connection."""

    def __init__(self, spec: ConvolutionSpec, dilation: int) -> None:
        super().__init__()
        self.dilation, self.kernel = dilation, spec.kernel
        self.norm = nn.LayerNorm(spec.dim)
        self.first, self.second = (nn.Linear(spec.kernel * spec.dim, spec.dim) for _ in range(2))

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (n, length, dim)."""
        return hidden + relu(self.second(self._seen(relu(self.first(self._seen(self.norm(hidden)))))))

    def _seen(self, hidden: Tensor) -> Tensor:
        """Return what a convolution takes at each place, (n, length, kernel · dim), the earliest first."""
        length = hidden.shape[1]
        padded = pad(hidden, (0, 0, (self.kernel - 1) * self.dilation, 0))
        return torch.cat([padded[:, k * self.dilation : k * self.dilation + length] for k in range(self.kernel)], dim=2)

    def steps(self, map_of: MapOf) -> Steps:
        return ConvolutionSteps(self, map_of)


class ConvolutionSteps:
    """A block token by token. For each convolution the vectors of the last (kernel − 1) · dilation places are kept."""

    def __init__(self, block: ConvolutionBlock, map_of: MapOf) -> None:
        self._norm, self._maps = Norm(block.norm), (map_of(block.first), map_of(block.second))
        self._dilation, self._width = block.dilation, block.first.in_features
        weight = block.norm.weight
        self._nothing = np.zeros((1, (block.kernel - 1) * block.dilation, len(weight)), weight.detach().cpu().numpy().dtype)

    def start(self) -> States:
        return self._nothing, self._nothing

    def step(self, kept: States, hidden: RealArray) -> tuple[RealArray, States]:
        given, after = self._norm(hidden), []
        for convolution, past in zip(self._maps, kept, strict=True):
            seen = np.concatenate([past, given[:, None]], axis=1)
            after.append(seen[:, 1:])
            given = np.maximum(convolution(seen[:, :: self._dilation].reshape(len(seen), self._width)), 0)
        return hidden + given, tuple(after)
