"""Operations of networks on numpy arrays. The bits of each row depend on the row alone; see `kernels`."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor, nn

from nerode.teachers import kernels
from nerode.teachers.activations import LARGEST, RoundedInputs
from nerode.teachers.kernels import Kernel, compiled
from nerode.words import IntArray, RealArray


def numbers(weights: Tensor) -> RealArray:
    """Return trained weights as a C-contiguous numpy array."""
    array: RealArray = np.ascontiguousarray(weights.detach().cpu().numpy())
    return array


def affine(x: RealArray, weight: RealArray, bias: RealArray) -> RealArray:
    """Return x (…, k) · weight (k, m) + bias (m,)."""
    rows = np.ascontiguousarray(x).reshape(-1, x.shape[-1])
    out = np.empty((len(rows), len(bias)), x.dtype)
    compiled(kernels.affine, x.itemsize)(rows, weight, bias, out, np.empty_like(bias))
    return out.reshape(*x.shape[:-1], len(bias))


class Affine:
    """An affine layer of a network."""

    def __init__(self, layer: nn.Linear) -> None:
        self._weight, self._bias = numbers(layer.weight.T), numbers(layer.bias)
        self._scale = self._bias.dtype.type(layer.scale) if isinstance(layer, RoundedInputs) else None

    def __call__(self, x: RealArray) -> RealArray:
        if self._scale is not None:
            x = np.clip(np.rint(x * (1 / self._scale)), -LARGEST, LARGEST) * self._scale
        return affine(x, self._weight, self._bias)


class Norm:
    """A layer norm of a network."""

    def __init__(self, layer: nn.LayerNorm) -> None:
        self._weight, self._bias, self._epsilon = numbers(layer.weight), numbers(layer.bias), layer.eps

    def __call__(self, x: RealArray) -> RealArray:
        rows = np.ascontiguousarray(x).reshape(-1, x.shape[-1])
        out = np.empty_like(rows)
        compiled(kernels.norm, x.itemsize)(rows, self._weight, self._bias, self._epsilon, out)
        return out.reshape(x.shape)


def gelu(x: RealArray) -> RealArray:
    """Return x · Φ(x), element by element, where Φ is the standard normal distribution function."""
    return _each(kernels.gelu, x)


def tanh(x: RealArray) -> RealArray:
    """Return tanh(x), element by element."""
    return _each(kernels.hyperbolic, x)


def sigmoid(x: RealArray) -> RealArray:
    """Return 1 / (1 + exp(−x)), element by element."""
    return _each(kernels.logistic, x)


def _each(kernel: Kernel, x: RealArray) -> RealArray:
    numbers, out = np.ascontiguousarray(x), np.empty_like(x, order="C")
    compiled(kernel, x.itemsize)(numbers.reshape(-1), out.reshape(-1))
    return out


def attention(queries: RealArray, keys: RealArray, values: RealArray, sees: IntArray, heads: int) -> RealArray:
    """Return the attention output (n, q, dim) of queries (n, q, dim); see `kernels.attend`."""
    queries = queries * (1 / math.sqrt(queries.shape[2] // heads))
    out = np.empty_like(queries)
    compiled(kernels.attend, keys.itemsize)(queries, keys, values, sees, heads, out, np.empty(keys.shape[2], keys.dtype))
    return out


def sinusoids(length: int, dim: int) -> RealArray:
    """Return the sinusoidal positional encoding (length, dim) in float32; see `kernels.sinusoids`."""
    table = np.empty((length, dim), np.float32)
    compiled(kernels.sinusoids, table.itemsize)(table)
    return table
