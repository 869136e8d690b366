"""Cells on a processor: all element-wise work of a step in one loop, which numba compiles for the machine at hand.

Between its operations torch writes every gate to memory and reads it again; here the gates of a unit stay in registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from numba import float32
from torch import Tensor

from nerode.compiled import Loop, kept_code, machine_code
from nerode.teachers.layers import Layer
from nerode.words import RealArray


@machine_code
def half_tanh(y: Any) -> Any:
    """tanh(2y) / 2, with an absolute error of at most 1e-7.

    It is t / (1 + t²) of t = tanh(y), which flattens what is wrong with t: y times a rational function of y². This has the least
    relative error in the largest over |y| ≤ 4.5 (2.3e-8 before rounding), found by Lawson's weighted least squares (Contributions
    to the theory of linear least maximum approximation, thesis, 1961). At 4.54 and beyond the result is exactly a half, so that
    gates can be quite closed and quite open.
    """
    y = float32(4.54) if y > float32(4.54) else y
    y = float32(-4.54) if y < float32(-4.54) else y
    square = y * y
    above = float32(5.4976445e-06) * square + float32(0.0025577878)
    above = above * square + float32(0.12596403)
    above = above * square + float32(1)
    below = float32(0.00017509176) * square + float32(0.022323944)
    below = below * square + float32(0.45929712)
    below = below * square + float32(1)
    above = y * above
    return above * below / (below * below + above * above)


@machine_code
def tanh(x: Any) -> Any:
    """With an absolute error of at most 2e-7; 1 from 9.08 on."""
    return float32(2) * half_tanh(float32(0.5) * x)


@machine_code
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(−x)), with an absolute error of at most 1.5e-7; 0 below −18.16."""
    return float32(0.5) + half_tanh(float32(0.25) * x)


def rnn(product: RealArray, inputs: RealArray, hidden: RealArray) -> None:
    """Writes the new states, all (n, hidden); the inputs have n rows, or one for all."""
    for i in range(len(product)):
        gates, given, after = product[i], inputs[i if len(inputs) > 1 else 0], hidden[i]
        for j in range(len(gates)):
            after[j] = tanh(gates[j] + given[j])


def gru(product: RealArray, inputs: RealArray, reset_bias: RealArray, state: RealArray, hidden: RealArray) -> None:
    """Writes the new states (n, hidden) of gates (n, 3·hidden): reset, update, candidate."""
    size = len(reset_bias)
    for i in range(len(product)):
        gates, given, before, after = product[i], inputs[i if len(inputs) > 1 else 0], state[i], hidden[i]
        reset, update, candidate = gates[:size], gates[size : 2 * size], gates[2 * size :]
        to_reset, to_update, to_candidate = given[:size], given[size : 2 * size], given[2 * size :]
        for j in range(size):
            new = tanh(to_candidate[j] + sigmoid(reset[j] + to_reset[j]) * (candidate[j] + reset_bias[j]))
            after[j] = new + sigmoid(update[j] + to_update[j]) * (before[j] - new)


def lstm(product: RealArray, inputs: RealArray, state: RealArray, hidden: RealArray, memory: RealArray) -> None:
    """Writes the new h and c (n, hidden), from the old c, of gates (n, 4·hidden): input, forget, output, candidate."""
    size = state.shape[1]
    for i in range(len(product)):
        gates, given, before = product[i], inputs[i if len(inputs) > 1 else 0], state[i]
        enter, keep, leave, candidate = gates[:size], gates[size : 2 * size], gates[2 * size : 3 * size], gates[3 * size :]
        to_enter, to_keep, to_leave = given[:size], given[size : 2 * size], given[2 * size : 3 * size]
        to_candidate, after, kept = given[3 * size :], hidden[i], memory[i]
        for j in range(size):
            new = tanh(candidate[j] + to_candidate[j]) * sigmoid(enter[j] + to_enter[j])
            kept[j] = before[j] * sigmoid(keep[j] + to_keep[j]) + new
            after[j] = tanh(kept[j]) * sigmoid(leave[j] + to_leave[j])


STEPS: dict[str, tuple[Loop, str]] = {
    "rnn": (rnn, "void(f4[:,::1], f4[:,::1], f4[:,::1])"),
    "gru": (gru, "void(f4[:,::1], f4[:,::1], f4[::1], f4[:,::1], f4[:,::1])"),
    "lstm": (lstm, "void(f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1], f4[:,::1])"),
}


def compiled(cell: str) -> Loop:
    """The step of a kind of cells as machine code."""
    return kept_code(*STEPS[cell])


@dataclass(frozen=True)
class FusedLayer(Layer):
    """A layer in float32 on a processor. Its gates are never apart, and its product does not hold the reset bias yet."""

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
        compiled(self.cell)(*(part.numpy() for part in (*read, *after)))
        return after


def can_be_fused(weights: Tensor) -> bool:
    """Whether a layer of such weights can be fused."""
    return weights.is_cpu and weights.dtype == torch.float32
