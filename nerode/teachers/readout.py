"""The read-out of a recurrent network: affine layers, layer norms and functions between them.

Affine layers that follow each other directly are one affine map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from nerode.errors import InputError
from nerode.teachers import rowwise
from nerode.teachers.rowwise import Affine, Norm, affine, numbers
from nerode.words import RealArray

NORM = "norm"
FUNCTIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "leaky-relu": nn.LeakyReLU,
}
"""The functions that may stand in a read-out, with torch's default parameters."""

EXACT: dict[type[nn.Module], Callable[[RealArray], RealArray]] = {
    nn.ReLU: lambda x: np.maximum(x, 0),
    nn.LeakyReLU: lambda x: np.where(x > 0, x, x * x.dtype.type(0.01)),
    nn.Tanh: rowwise.tanh,
    nn.Sigmoid: rowwise.sigmoid,
    nn.SiLU: lambda x: x * rowwise.sigmoid(x),
    nn.GELU: rowwise.gelu,
}
"""The functions that exact mode computes."""


def check_readout(readout: Sequence[Any]) -> None:
    """Raise InputError for a read-out with an unknown function."""
    for layer in readout:
        if isinstance(layer, str) and layer != NORM and layer not in FUNCTIONS:
            raise InputError(f"unknown function {layer!r} in a read-out; known are {', '.join([*FUNCTIONS, NORM])}")


def readout_of(width: int, readout: Sequence[int | str], epsilon: float) -> nn.Sequential:
    """Return the module of a read-out of vectors (n, width)."""
    layers: list[nn.Module] = []
    for layer in readout:
        if isinstance(layer, str):
            layers.append(nn.LayerNorm(width, epsilon) if layer == NORM else FUNCTIONS[layer]())
        else:
            layers.append(nn.Linear(width, layer))
            width = layer
    return nn.Sequential(*layers)


class Readout(Protocol):
    """A read-out: a function from pooled outputs (n, k) to scores (n, width)."""

    width: int

    def __call__(self, pooled: Tensor) -> Tensor: ...

    def exact(self) -> Readout:
        """Return the same read-out in exact mode; raise InputError if it has none."""
        ...


class AffineReadout:
    """A read-out that is one affine map, with weight (k, width) and bias (width,)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.width = len(bias)
        self._weight, self._bias = weight, bias

    def __call__(self, pooled: Tensor) -> Tensor:
        return torch.addmm(self._bias, pooled, self._weight)

    def exact(self) -> Readout:
        """Return the same read-out in exact mode."""
        return ExactAffineReadout(self._weight.double(), self._bias.double())


class ExactAffineReadout(AffineReadout):
    """An affine read-out in exact mode."""

    def __call__(self, pooled: Tensor) -> Tensor:
        return torch.from_numpy(affine(*(part.numpy() for part in (pooled.double(), self._weight, self._bias))))


class DeepReadout:
    """A read-out with functions or norms between its affine layers."""

    def __init__(self, layers: nn.Sequential) -> None:
        self.width = cast(nn.Linear, layers[-1]).out_features
        self._layers = layers

    @torch.no_grad()
    def __call__(self, pooled: Tensor) -> Tensor:
        scores: Tensor = self._layers(pooled)
        return scores

    def exact(self) -> Readout:
        """Return the same read-out in exact mode."""
        return ExactReadout(self._layers)


class ExactReadout:
    """A read-out in exact mode: the scores of a row depend on the row alone, to the last bit."""

    def __init__(self, layers: nn.Sequential) -> None:
        self.width = cast(nn.Linear, layers[-1]).out_features
        self._layers = layers
        self._functions = [_exact(layer) for layer in layers]

    def __call__(self, pooled: Tensor) -> Tensor:
        scores = pooled.numpy()
        for function in self._functions:
            scores = function(scores)
        return torch.from_numpy(scores)

    def exact(self) -> Readout:
        """Return this read-out."""
        return self


def _exact(layer: nn.Module) -> Callable[[RealArray], RealArray]:
    if isinstance(layer, nn.Linear):
        return Affine(layer)
    if isinstance(layer, nn.LayerNorm):
        return Norm(layer)
    if type(layer) not in EXACT:
        raise InputError(f"exact mode is not offered for networks whose read-out has a function {layer}")
    return EXACT[type(layer)]


def is_affine(layers: nn.Sequential) -> bool:
    """Return whether a read-out is one affine map."""
    return all(isinstance(layer, nn.Linear) for layer in layers)


def affine_map(layers: nn.Sequential) -> tuple[Tensor, Tensor]:
    """Return affine layers that follow each other as one map in float64: weight (width, in) and bias (width,)."""
    device = next(layers.parameters()).device
    each = [(numbers(layer.weight.double()), numbers(layer.bias.double())) for layer in cast("list[nn.Linear]", list(layers))]
    weight, bias = each[0]
    for outer, more in each[1:]:
        weight, bias = affine(outer, weight, np.zeros(weight.shape[1])), affine(outer, bias[:, None], np.zeros(1))[:, 0] + more
    return torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device)
