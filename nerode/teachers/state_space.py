"""A selective diagonal state-space model, which can be trained, saved, and asked letter by letter.

A layer keeps a vector h. Its new value is a · h + √(1 − a²) · b, number by number, where a and b depend on the token: the
selection of Mamba (Gu and Dao 2023), with the diagonal of S4D (Gu and others 2022) and the normalisation of the LRU (Orvieto
and others 2023). What the layer gives is gated, and a feed-forward part follows.

a = tanh(s) lies between −1 and 1. Models of Mamba's kind have 0 < a < 1, and cannot follow parity on words of all lengths
(Sarrof, Veitsman, Hahn: The expressive capacity of state space models: a formal language perspective, 2024). With negative
numbers they can (Grazzi and others: Unlocking state-tracking in linear RNNs through negative eigenvalues, 2025). Real numbers
suffice for that, and a diagonal that is the same for all tokens, as in S4D and the LRU, does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import silu as torch_silu

from nerode.protocols import States
from nerode.teachers import rowwise
from nerode.teachers.layered import FeedForwardPart, LayeredBlock, LayeredNetwork, LayeredSpec, MapOf, Steps, silu
from nerode.teachers.rowwise import Norm
from nerode.words import RealArray

LEAST, MOST = 0.5, 0.99  # of a, before training: from two to a hundred tokens of memory
SATURATED = 20.0  # a is ±1 from here on, and √(1 − a²) all but 0


@dataclass(frozen=True)
class StateSpaceSpec(LayeredSpec):
    """The shape of a state-space model; beside the parameters of `LayeredSpec`:

    Parameters
    ----------
    state : how many numbers a layer keeps
    feedforward : hidden width of the feed-forward part of a block
    """

    name: ClassVar[str] = "a state-space model"

    state: int
    feedforward: int

    def __str__(self) -> str:
        return f"{super().__str__()}, a state of {self.state}, feed-forward {self.feedforward}"


class StateSpaceNetwork(LayeredNetwork):
    """A selective diagonal state-space model."""

    spec: StateSpaceSpec

    def block(self, depth: int) -> LayeredBlock:
        return StateSpaceBlock(self.spec)


class StateSpaceBlock(LayeredBlock):
    """A gated diagonal recurrence, then a feed-forward part, each with a layer norm and a residual connection."""

    def __init__(self, spec: StateSpaceSpec) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(spec.dim)
        self.into = nn.Linear(spec.dim, 3 * spec.state)  # s, b and the gate
        self.out = nn.Linear(spec.state, spec.dim)
        self.feedforward = FeedForwardPart(spec.dim, spec.feedforward)
        with torch.no_grad():
            self.into.bias[: spec.state].uniform_(LEAST, MOST).atanh_()

    def forward(self, hidden: Tensor) -> Tensor:
        """Return the output for hidden vectors, both (n, length, dim)."""
        s, b, gate = self.into(self.norm(hidden)).chunk(3, dim=2)
        given = b / torch.cosh(s.clamp(-SATURATED, SATURATED))  # 1 / cosh(s) is √(1 − tanh(s)²), with a gradient everywhere
        after: Tensor = self.feedforward(hidden + self.out(recurrence(torch.tanh(s), given) * torch_silu(gate)))
        return after

    def steps(self, map_of: MapOf) -> Steps:
        return StateSpaceSteps(self, map_of)


class StateSpaceSteps:
    """A block token by token. Its vector h is kept."""

    def __init__(self, block: StateSpaceBlock, map_of: MapOf) -> None:
        self._norm, self._into, self._out = Norm(block.norm), map_of(block.into), map_of(block.out)
        self._feedforward = block.feedforward.map(map_of)
        self._nothing = np.zeros((1, block.out.in_features), block.out.weight.detach().cpu().numpy().dtype)

    def start(self) -> States:
        return (self._nothing,)

    def step(self, kept: States, hidden: RealArray) -> tuple[RealArray, States]:
        s, b, gate = np.split(self._into(self._norm(hidden)), 3, axis=1)
        up, down = rowwise.sigmoid(2 * s), rowwise.sigmoid(-2 * s)
        h = rowwise.tanh(s) * kept[0] + 2 * np.sqrt(up * down) * b
        return self._feedforward(hidden + self._out(h * silu(gate))), (h,)


def recurrence(decay: Tensor, given: Tensor) -> Tensor:
    """Return h with h[:, t] = decay[:, t] · h[:, t − 1] + given[:, t], where h before the first place is 0.

    One place follows the other: on a processor this is several times as fast as parallel scans in log₂(length) rounds, which move
    more memory.

    Parameters
    ----------
    decay, given : (n, length, state)
    """
    factors, terms = decay.unbind(1), given.unbind(1)
    each = [terms[0]]
    for factor, term in zip(factors[1:], terms[1:], strict=True):
        each.append(torch.addcmul(term, factor, each[-1]))
    return torch.stack(each, dim=1)
