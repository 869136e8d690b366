"""The parts of a recurrent network.

A network is an input table or one-hot input, recurrent layers, and a read-out of affine layers and norms. Which functions stand
between them, and how outputs are pooled over time, is in no file of weights; see `readings`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from torch import Tensor

MOST_LAYERS = 7  # of a read-out whose orders are tried
MOST_ORDERS = 24  # that are tried


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
    free : whether the layers of the read-out may stand in another order, since the file does not say it
    aside : the names of tensors that are no weights of a layer and are left aside
    doubtful : those among them that may take part, so that answers have to prove the network without them
    """

    cell: str
    layers: tuple[tuple[Direction, ...], ...]
    table: Tensor | None
    head: tuple[Affine | Norm, ...]
    told: tuple[str, ...] = ()
    free: bool = False
    aside: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()

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


def fitting(layers: Sequence[Affine | Norm], width: int) -> Iterator[list[Affine | Norm]]:
    """Yield the orders of layers in which each fits what is before it, norms first, and then as they are given.

    Of more than MOST_LAYERS layers no order is sought.
    """
    if not layers:
        yield []
    if len(layers) > MOST_LAYERS:
        return
    for first in sorted(layers, key=lambda layer: not isinstance(layer, Norm)):
        if first.weight.shape[-1] == width:
            for order in fitting([layer for layer in layers if layer is not first], len(first.bias)):
                yield [first, *order]


def other_orders(parts: Parts) -> list[tuple[str, ...]]:
    """Return other orders of the layers of a read-out that the file leaves free; the last layer stays, which has the outputs."""
    *inner, last = parts.head
    known = tuple(layer.name for layer in parts.head)
    if not parts.free or len(set(known)) < len(known):
        return []
    orders = [[*order, last] for order in islice(fitting(inner, parts.width), MOST_ORDERS)]
    named = [tuple(layer.name for layer in order) for order in orders if _ends(order[:-1], parts.width) == last.weight.shape[-1]]
    return [order for order in named if order != known]


def _ends(layers: Sequence[Affine | Norm], width: int) -> int:
    """Return the width behind layers."""
    return len(layers[-1].bias) if layers else width
