"""Compression-aware training: while a network learns, what each neuron gives away shrinks, and neurons that give nothing go.

The weights by which a neuron is read are one group: of a recurrent cell in all gates and in the layer above, of a head of
attention those of all its units. After each step of Adam a group gets shorter by a constant, and is 0 where it was shorter
than that. That is the shrinkage of the group lasso (Yuan, Lin 2006), in the units of Adam's steps and not of the loss: it finds
no minimum of a loss with a penalty. Neurons whose group is 0 are cut out, which changes no answer. After Alvarez, Salzmann:
Learning the number of neurons in deep networks, 2016; Compression-aware training of deep networks, 2017; their groups are the
weights that a neuron reads with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nerode.teachers.neurons import Neurons, neurons_of, without
from nerode.words import IntArray

WAITED = 4  # times as many steps as weights take to vanish that nothing holds: so long without a change no neuron goes any more
CHANGE = 0.02  # of the sum of all lengths


class Thinning:
    """The groups of a network that is trained.

    Parameters
    ----------
    tokens : (n, length ≥ 1), some words as the network reads them; they say which neurons there are, and nothing else
    whole : whether the network is read out after the last token alone
    strength : what a group loses in a step, in parts of the longest step that Adam makes with it
    rate : the learning rate
    most : steps, by which no more neurons are waited for

    Raises
    ------
    InputError : a network whose neurons cannot be taken away
    """

    def __init__(self, network: nn.Module, tokens: Tensor, whole: bool, strength: float, rate: float, most: int) -> None:
        self._network, self._strength, self._most = network, strength, most
        self.parts = neurons_of(network, [tokens], whole)
        weights = max(float(self.lengths(part).max()) / self._numbers(part) ** 0.5 for part in self.parts)
        self._patience = WAITED * weights / (rate * strength)
        self._left, self._total, self._since = self.left, self._length, 0

    @torch.no_grad()
    def lengths(self, part: Neurons) -> Tensor:
        """Return the length (groups,) of the weights by which each neuron, or each head, is read."""
        squares: Any = sum(self._read(part, outlet).square().sum(dim=0) for outlet in part.outlets)
        return squares.reshape(-1, part.group).sum(dim=1).sqrt()  # type: ignore[no-any-return]

    @torch.no_grad()
    def shrink(self, rate: float) -> None:
        """Make all groups shorter after a step of Adam with this learning rate."""
        for part in self.parts:
            lengths = self.lengths(part)
            loss = rate * self._strength * self._numbers(part) ** 0.5
            factors = (1 - loss / lengths.clamp(min=loss)).repeat_interleave(part.group)
            for outlet in part.outlets:
                self._read(part, outlet).mul_(factors)

    @property
    def left(self) -> tuple[int, ...]:
        """How many neurons, or heads, of each part still give something away."""
        return tuple(int(torch.count_nonzero(self.lengths(part))) for part in self.parts)

    def over(self, steps: int) -> bool:
        """Return whether no more neurons may go after so many steps."""
        return steps >= self._most

    def waits(self, steps: int) -> bool:
        """Return whether more neurons may go; to be asked at the end of each epoch."""
        if self.left != self._left or abs(self._length - self._total) > CHANGE * self._total:
            self._left, self._total, self._since = self.left, self._length, steps
        return not self.over(steps) and steps - self._since < self._patience

    @property
    def _length(self) -> float:
        return sum(float(self.lengths(part).sum()) for part in self.parts)

    def cut(self) -> Any:
        """Return the network of the neurons that give something away, at least one of each part. Its answers are the same."""
        kept = self._kept()
        return without(self._network, kept, self.parts, self._network.state_dict())

    def _kept(self) -> Sequence[IntArray]:
        """The neurons of each part that stay: as many in both directions of a layer."""
        lengths = [self.lengths(part).numpy() for part in self.parts]
        most: dict[int, int] = {}
        for part, found in zip(self.parts, lengths, strict=True):
            most[part.layer] = max(1, most.get(part.layer, 1), int(np.count_nonzero(found)))
        kept = []
        for part, found in zip(self.parts, lengths, strict=True):
            stay = np.sort(np.argsort(-found, kind="stable")[: most[part.layer]])
            kept.append((stay[:, None] * part.group + np.arange(part.group)).ravel())
        return kept

    def _numbers(self, part: Neurons) -> int:
        """How many weights a group has."""
        return part.group * sum(len(self._network.get_parameter(outlet.weight)) for outlet in part.outlets)

    def _read(self, part: Neurons, outlet: Any) -> Tensor:
        return self._network.get_parameter(outlet.weight)[:, outlet.first : outlet.first + part.size]
