"""Cells on a processor: all element-wise work of a step in one loop, which numba compiles for the machine at hand.

Between its operations torch writes every gate to memory and reads it again; here the gates of a unit stay in registers.
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

STEPS: dict[str, Kernel] = {"rnn": kernels.rnn, "gru": kernels.gru, "lstm": kernels.lstm}


@dataclass(frozen=True)
class FusedLayer(Layer):
    """A layer in float32 on a processor. Its gates are never apart, and its product does not hold the reset bias yet."""

    contract: ClassVar[bool] = True  # products of element-wise work may be fused with sums

    def split(self, gates: Tensor) -> tuple[Tensor, ...]:
        """The gates, whole."""
        return (gates,)

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What a state contributes to the gates of its children, but for the reset bias."""
        return (torch.mm(state[0], self.recurrent),)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """No memory: gates need none."""
        return ()

    def cell_step(
        self, product: tuple[Tensor, ...], inputs: tuple[Tensor, ...], state: tuple[Tensor, ...], room: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """New states (n, hidden). The inputs must have n rows or one: nothing looks after that."""
        after = tuple(torch.empty_like(part, memory_format=torch.contiguous_format) for part in state)
        # beside the gates a GRU's loop takes the reset bias and the old h, an LSTM's the old c, an SRN's nothing
        other = state[1:] if self.reset_bias is None else (self.reset_bias, state[0])
        read = (part.contiguous() for part in (product[0], inputs[0], *other))
        step = compiled(STEPS[self.cell], product[0].itemsize, self.contract)
        step(*(part.numpy() for part in (*read, *after)))
        return after


def can_be_fused(weights: Tensor) -> bool:
    """Whether a layer of such weights can be fused."""
    return weights.is_cpu and weights.dtype == torch.float32


@dataclass(frozen=True)
class ExactLayer(FusedLayer):
    """A layer whose answers depend, row by row, on nothing but the row; in float32 or float64."""

    contract: ClassVar[bool] = False

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What a state contributes to the gates of its children, but for the reset bias."""
        return (self.affine(state[0], self.recurrent, self.recurrent.new_zeros(self.recurrent.shape[1])),)

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """x (n, k) · weight (k, m) + bias (m,)."""
        return torch.from_numpy(rowwise.affine(x.numpy(), weight.numpy(), bias.numpy()))


def check_exact(weights: Tensor) -> None:
    """Raise where a network of such weights has no exact mode."""
    if not weights.is_cpu:
        raise InputError(f"exact mode computes on the processor, and this network is on {weights.device}; choose --device cpu")
    if weights.dtype not in (torch.float32, torch.float64):
        raise InputError(f"exact mode computes in float32 and float64; convert this network, whose weights are {weights.dtype}")
