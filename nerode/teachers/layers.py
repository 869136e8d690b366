"""One layer of recurrent cells (simple cells, GRU or LSTM), whose step is split into two parts.

The first part depends on the state alone. It is computed once and shared by all children of the state. The second part adds
the input term, which depends on the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Layer:
    """One direction of one recurrent layer.

    A step has two parts. `product` depends on the state alone, so the children of a state share it. `cell_step` adds the
    input term. The gates of an LSTM are in the order input, forget, output, candidate, so that the three that pass through
    a sigmoid are adjacent.

    Parameters
    ----------
    cell : "rnn" (tanh), "relu", "gru" or "lstm"; other cells have classes of their own
    hidden : the number of units
    recurrent : (output, gates), the recurrent weights; the output has `hidden` numbers, or fewer where it is projected
    reset_bias : (hidden,), the recurrent bias of a GRU's candidate, which the reset gate multiplies; None for other cells
    weight : (below, gates), the input weights of an upper layer; None for the first layer
    inputs : (tokens, gates), the input term of each token with all other biases, for the first layer; (1, gates), the
        biases, for an upper layer
    projection : (hidden, output), the weights that project h of an LSTM; None without
    """

    cell: str
    hidden: int
    recurrent: Tensor
    reset_bias: Tensor | None
    weight: Tensor | None
    inputs: Tensor
    projection: Tensor | None = None

    @property
    def parts(self) -> int:
        """The number of arrays in a state: h, and also c for an LSTM."""
        return 2 if self.cell == "lstm" else 1

    def zero(self) -> tuple[Tensor, ...]:
        """Return the initial state, whose parts are zeros: h (1, output), and for an LSTM also c (1, hidden)."""
        return tuple(self.recurrent.new_zeros(1, width) for width in (len(self.recurrent), self.hidden)[: self.parts])

    def projected(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return a state whose h (n, hidden) is projected to (n, output), where the layer has projections."""
        if self.projection is None:
            return state
        return self.affine(state[0], self.projection, self.projection.new_zeros(self.projection.shape[1])), *state[1:]

    def split(self, gates: Tensor) -> tuple[Tensor, ...]:
        """Return gates (n, gates) in the parts that a step treats differently: a GRU's two gates, and then its candidate."""
        return (gates[:, : 2 * self.hidden], gates[:, 2 * self.hidden :]) if self.cell == "gru" else (gates,)

    def product(self, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the recurrent term of the gates (n, gates), split. The children of the state share it."""
        product = torch.mm(state[0], self.recurrent)
        if self.reset_bias is not None:
            product[:, 2 * self.hidden :] += self.reset_bias
        return self.split(product)

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return x (n, k) · weight (k, m) + bias (m,). Upper layers and the read-out use it."""
        return torch.addmm(bias, x, weight)

    def room(self, count: int) -> tuple[Tensor, ...]:
        """Allocate the gates of `count` states, with views of them. Sibling states reuse this memory one after the other."""
        size = self.hidden
        if self.cell in ("rnn", "relu"):
            return ()
        gates = self.recurrent.new_empty(count, (2 if self.cell == "gru" else 4) * size)
        each = tuple(gates[:, first : first + size] for first in range(0, gates.shape[1], size))
        return (gates, *each) if self.cell == "gru" else (gates, gates[:, : 3 * size], *each)

    def cell_step(
        self, product: tuple[Tensor, ...], inputs: tuple[Tensor, ...], state: tuple[Tensor, ...], room: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...]:
        """Return the new states: h (n, output), and for an LSTM also c (n, hidden).

        Parameters
        ----------
        product : the recurrent term, from `product`
        inputs : (n or 1, gates), split, the input term
        state : the old states
        room : memory from `room`
        """
        if self.cell == "relu":
            return (torch.add(product[0], inputs[0]).relu_(),)
        if self.cell == "rnn":
            return (torch.add(product[0], inputs[0]).tanh_(),)
        if self.cell == "gru":
            gates, reset, update = room
            torch.add(product[0], inputs[0], out=gates).sigmoid_()
            candidate = torch.addcmul(inputs[1], reset, product[1]).tanh_()
            return (candidate.lerp_(state[0], update),)
        gates, sigmoids, input_gate, forget_gate, output_gate, candidate = room
        torch.add(product[0], inputs[0], out=gates)
        sigmoids.sigmoid_()
        memory = torch.mul(forget_gate, state[1]).addcmul_(input_gate, candidate.tanh_())
        return self.projected((output_gate * torch.tanh(memory), memory))
