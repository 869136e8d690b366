"""Recurrent layers on a processor, with all element-wise operations of a step fused into one loop.

numba compiles the loop for the present machine. torch writes every gate to memory between two operations and reads it again.
In the fused loop the gates of a unit stay in registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers import kernels, rowwise
from nerode.teachers.kernels import Kernel, compiled
from nerode.teachers.layers import Layer

STEPS: dict[str, Kernel] = {"rnn": kernels.rnn, "relu": kernels.relu, "gru": kernels.gru, "lstm": kernels.lstm}


@dataclass(frozen=True)
class FusedLayer(Layer):
    """A layer in float32 on a processor. Its gates are not split, and its product does not include the reset bias."""

    contract: ClassVar[bool] = True  # element-wise code may fuse a product with a sum

    def split(self, gates: Tensor) -> tuple[Tensor, ...]:
        """Return the gates unsplit."""
        return (gates,)

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the recurrent term of the gates without the reset bias."""
        return (torch.mm(state[0], self.recurrent),)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """Return nothing: the fused loop keeps its gates in registers."""
        return ()

    def cell_step(
        self, product: tuple[Tensor, ...], inputs: tuple[Tensor, ...], state: tuple[Tensor, ...], room: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Return the new states (n, hidden). The inputs must have n rows or one; this is not checked."""
        sample = product[0]
        after = tuple(sample.new_empty(len(sample), self.hidden) for _ in state)
        # beside the gates, the loop of a GRU takes the reset bias and the old h; that of an LSTM takes the old c
        other = state[1:] if self.reset_bias is None else (self.reset_bias, state[0])
        read = (part.contiguous() for part in (product[0], inputs[0], *other))
        step = compiled(STEPS[self.cell], product[0].itemsize, self.contract)
        step(*(part.numpy() for part in (*read, *after)))
        return self.projected(after)


def can_be_fused(weights: Tensor) -> bool:
    """Return whether a layer with these weights can be fused: it is on the processor and in float32."""
    return weights.is_cpu and weights.dtype == torch.float32


@dataclass(frozen=True)
class ExactLayer(FusedLayer):
    """A layer in exact mode, in float32 or float64: each row of a result depends on the same row of its input alone."""

    contract: ClassVar[bool] = False

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the recurrent term of the gates without the reset bias."""
        return (self.affine(state[0], self.recurrent, self.recurrent.new_zeros(self.recurrent.shape[1])),)

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return x (n, k) · weight (k, m) + bias (m,)."""
        return torch.from_numpy(rowwise.affine(x.numpy(), weight.numpy(), bias.numpy()))


def check_exact(weights: Tensor) -> None:
    """Raise unless a network with these weights has an exact mode.

    Raises
    ------
    InputError : weights that are not on the processor, or neither float32 nor float64
    """
    if not weights.is_cpu:
        raise InputError(f"exact mode computes on the processor, and this network is on {weights.device}; choose --device cpu")
    if weights.dtype not in (torch.float32, torch.float64):
        raise InputError(f"exact mode computes in float32 and float64; convert this network, whose weights are {weights.dtype}")
