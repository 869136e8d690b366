"""The parts of a recurrent network.

A network is an input table or one-hot input, recurrent layers, and a read-out of affine layers and norms. Which functions stand
between them, and how outputs are pooled over time, is in no file of weights; see `readings`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Direction:
    """The weights of one direction of one layer, named and shaped as in `torch.nn.RNN`; biases that are absent are zero."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor
    bias_hh: Tensor
    weight_hr: Tensor | None = None


@dataclass(frozen=True)
class Affine:
    """An affine layer x · weightᵀ + bias, with weight (m, k) and bias (m,); `norm` says whether it was a batch norm."""

    name: str
    weight: Tensor
    bias: Tensor
    norm: bool = False


@dataclass(frozen=True)
class Norm:
    """A layer norm with weight and bias (k,)."""

    name: str
    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Parts:
    """A network in parts.

    Parameters
    ----------
    cell : as in RecurrentSpec
    layers : the recurrent layers, lowest first, each in one direction or in two
    table : (tokens, width), the input vector of each token; None for one-hot input
    head : the affine layers and norms of the read-out, in order
    told : what was taken for granted, in sentences
    """

    cell: str
    layers: tuple[tuple[Direction, ...], ...]
    table: Tensor | None
    head: tuple[Affine | Norm, ...]
    told: tuple[str, ...] = ()

    @property
    def tokens(self) -> int:
        """The size of the vocabulary."""
        return self.layers[0][0].weight_ih.shape[1] if self.table is None else len(self.table)

    @property
    def outputs(self) -> int:
        """The number of outputs of the read-out."""
        return len(self.head[-1].bias)

    @property
    def gaps(self) -> int:
        """The number of places between affine layers, where functions may stand."""
        return sum(not is_norm(layer) for layer in self.head) - 1

    @property
    def width(self) -> int:
        """The width of the outputs of the top layer, of all directions together."""
        return sum(output_of(direction) for direction in self.layers[-1])


def is_norm(layer: Affine | Norm) -> bool:
    """Return whether a layer was a layer norm or a batch norm."""
    return isinstance(layer, Norm) or layer.norm


def output_of(direction: Direction) -> int:
    """Return the width of the output of one direction of a layer."""
    return direction.weight_hh.shape[1]
