"""GRUs that reset their state before they multiply it: as a torch module, and as one layer of cells.

The candidate is tanh(x W + (r ∘ h) U + b) here, and tanh(x W + b + r ∘ (h U + c)) in `torch.nn.GRU`. Keras calls the first one
`reset_after=False`, and ONNX `linear_before_reset=0`. A step needs a second product, (r ∘ h) U, which the children of a state do
not share.

Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk, Bengio: Learning phrase representations using RNN encoder-decoder
for statistical machine translation, EMNLP 2014, equations 5 to 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from nerode.teachers import rowwise
from nerode.teachers.layers import Layer

RESET_FIRST = "gru-reset-first"


class ResetFirstGRU(nn.RNNBase):
    """Stacked cells with the parameters of `torch.nn.GRU`, batch first, in one direction or both. States start at zero."""

    def __init__(self, *sizes: Any, **settings: Any) -> None:
        super().__init__("GRU", *sizes, **settings)

    def forward(self, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return the outputs (n, length ≥ 1, directions · hidden) and the last states (layers · directions, n, hidden)."""
        last = []
        for depth in range(self.num_layers):
            outputs = []
            for way in ("", "_reverse")[: 2 if self.bidirectional else 1]:
                steps = self._run(given.flip(1) if way else given, f"_l{depth}{way}")
                last.append(steps[:, -1])
                outputs.append(steps.flip(1) if way else steps)
            given = torch.cat(outputs, dim=2)
        return given, torch.stack(last)

    def _run(self, given: Tensor, name: str) -> Tensor:
        """Return h after each vector, (n, length, hidden); gates are in the order reset, update, candidate."""
        into, recurrent, bias, other = (getattr(self, part + name) for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        inputs = linear(given, into, bias + other)
        size = self.hidden_size
        h, steps = inputs.new_zeros(len(given), size), []
        for x in inputs.unbind(1):
            gates = torch.sigmoid(x[:, : 2 * size] + linear(h, recurrent[: 2 * size]))
            candidate = torch.tanh(x[:, 2 * size :] + linear(gates[:, :size] * h, recurrent[2 * size :]))
            h = candidate + gates[:, size:] * (h - candidate)
            steps.append(h)
        return torch.stack(steps, dim=1)


@dataclass(frozen=True)
class ResetFirstLayer(Layer):
    """A layer of these cells; `recurrent` (hidden, 2 · hidden) is that of the two gates.

    Parameters
    ----------
    candidate : (hidden, hidden), the recurrent weights of the candidate
    """

    candidate: Tensor = field(kw_only=True)

    def split(self, gates: Tensor) -> tuple[Tensor, ...]:
        """Return gates (n, 3 · hidden) as the two gates, and the candidate."""
        return gates[:, : 2 * self.hidden], gates[:, 2 * self.hidden :]

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the recurrent term of the two gates (n, 2 · hidden)."""
        return (self.affine(state[0], self.recurrent, self.recurrent.new_zeros(2 * self.hidden)),)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """Return nothing: each step makes its own numbers."""
        return ()

    def cell_step(
        self, product: tuple[Tensor, ...], inputs: tuple[Tensor, ...], state: tuple[Tensor, ...], room: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Return the new states (n, hidden,); see `Layer`."""
        (h,) = state
        gates = self.sigmoid(product[0] + inputs[0])
        reset, update = gates[:, : self.hidden], gates[:, self.hidden :]
        candidate = self.tanh(self.affine(reset * h, self.candidate, self.candidate.new_zeros(self.hidden)) + inputs[1])
        return (candidate + update * (h - candidate),)

    def sigmoid(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + exp(−x)), element by element."""
        return torch.sigmoid(x)

    def tanh(self, x: Tensor) -> Tensor:
        """Return tanh(x), element by element."""
        return torch.tanh(x)


@dataclass(frozen=True)
class ExactResetFirstLayer(ResetFirstLayer):
    """A layer of these cells in exact mode: each row of a result depends on the same row of its input alone."""

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return x (n, k) · weight (k, m) + bias (m,)."""
        return torch.from_numpy(rowwise.affine(x.numpy(), weight.numpy(), bias.numpy()))

    def sigmoid(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + exp(−x)), element by element."""
        return torch.from_numpy(rowwise.sigmoid(x.numpy()))

    def tanh(self, x: Tensor) -> Tensor:
        """Return tanh(x), element by element."""
        return torch.from_numpy(rowwise.tanh(x.numpy()))
