"""One step of recurrent cells, in two halves.

What depends on the state alone is done once and shared by all children of the state; the other half adds what the symbol
contributes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Layer:
    """One direction of one layer of cells.

    A step is done in two halves: `product` depends on the state alone, so the children of a state share it, and `cell_step`
    adds what the symbol contributes. The gates of an LSTM lie in the order input, forget, output, candidate, so that what
    goes through one non-linearity lies side by side.

    Parameters
    ----------
    cell : "rnn", "gru" or "lstm"
    recurrent : (hidden, gates)
    reset_bias : (hidden,), the recurrent bias of a GRU's candidate, which its reset gate multiplies; None for other cells
    weight : (below, gates), of an upper layer
    inputs : (tokens, gates), what each token contributes to the first layer, all other biases included; (1, gates) in an
        upper layer: the biases
    """

    cell: str
    hidden: int
    recurrent: Tensor
    reset_bias: Tensor | None
    weight: Tensor | None
    inputs: Tensor

    @property
    def parts(self) -> int:
        """How many arrays a state has: h, and c for an LSTM."""
        return 2 if self.cell == "lstm" else 1

    def zero(self) -> tuple[Tensor, ...]:
        """The state before anything is read, each part (1, hidden)."""
        return (self.recurrent.new_zeros(1, self.hidden),) * self.parts

    def split(self, gates: Tensor) -> tuple[Tensor, ...]:
        """Views of gates (n, gates) that a step needs apart: the candidate of a GRU, which is reset, behind its two gates."""
        return (gates[:, : 2 * self.hidden], gates[:, 2 * self.hidden :]) if self.cell == "gru" else (gates,)

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """What a state contributes to the gates (n, gates) of its children, split."""
        product = torch.mm(state[0], self.recurrent)
        if self.reset_bias is not None:
            product[:, 2 * self.hidden :] += self.reset_bias
        return self.split(product)

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """x (n, k) · weight (k, m) + bias (m,), for what comes from the layer below and for the read-out."""
        return torch.addmm(bias, x, weight)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """Memory for the gates of `count` states, and views of it: one after the other, siblings use the same."""
        size = self.hidden
        if self.cell == "rnn":
            return ()
        gates = self.recurrent.new_empty(count, (2 if self.cell == "gru" else 4) * size)
        each = tuple(gates[:, first : first + size] for first in range(0, gates.shape[1], size))
        return (gates, *each) if self.cell == "gru" else (gates, gates[:, : 3 * size], *each)

    def cell_step(
        self, product: tuple[Tensor, ...], inputs: tuple[Tensor, ...], state: tuple[Tensor, ...], room: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """New states (n, hidden) from the products of the old ones, inputs (n or 1, gates), both split, and the old ones."""
        if self.cell == "rnn":
            return (torch.add(product[0], inputs[0]).tanh_(),)
        if self.cell == "gru":
            gates, reset, update = room
            torch.add(product[0], inputs[0], out=gates).sigmoid_()
            candidate = torch.addcmul(inputs[1], reset, product[1]).tanh_()
            return (candidate.lerp_(state[0], update),)
        gates, sigmoids, enter, keep, leave, candidate = room
        torch.add(product[0], inputs[0], out=gates)
        sigmoids.sigmoid_()
        memory = torch.mul(keep, state[1]).addcmul_(enter, candidate.tanh_())
        return leave * torch.tanh(memory), memory
