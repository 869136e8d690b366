"""Pooling over time, one step after the other, beside the states of a recurrent teacher.

Each kind keeps what it needs as arrays (n, …), which are parts of the state of a word.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

Kept = tuple[Tensor, ...]


class Pooling(Protocol):
    """What the read-out takes of the outputs of the top layer."""

    def start(self, width: int, like: Tensor) -> Kept:
        """Return what is kept before the first token, (1, …) each."""
        ...

    def step(self, kept: Kept, output: Tensor) -> Kept:
        """Return what is kept after one more output (n, width)."""
        ...

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        """Return what the read-out takes, (n, width), where `output` is the last output."""
        ...


class Last:
    """The last output."""

    def start(self, width: int, like: Tensor) -> Kept:
        return ()

    def step(self, kept: Kept, output: Tensor) -> Kept:
        return ()

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        return output


class First:
    """The first output. For the backward direction this is the output at the last token of the word."""

    def start(self, width: int, like: Tensor) -> Kept:
        return like.new_zeros(1, width), like.new_zeros(1, 1)

    def step(self, kept: Kept, output: Tensor) -> Kept:
        first, seen = kept
        return torch.where(seen > 0, first, output), torch.ones_like(seen)

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        return kept[0]


class Sum:
    """The sum of all outputs."""

    def start(self, width: int, like: Tensor) -> Kept:
        return (like.new_zeros(1, width),)

    def step(self, kept: Kept, output: Tensor) -> Kept:
        return (kept[0] + output,)

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        return kept[0]


class Mean:
    """The mean of all outputs; zero where there are none."""

    def start(self, width: int, like: Tensor) -> Kept:
        return like.new_zeros(1, width), like.new_zeros(1, 1)

    def step(self, kept: Kept, output: Tensor) -> Kept:
        return kept[0] + output, kept[1] + 1

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        return kept[0] / kept[1].clamp(min=1)


class Max:
    """The largest of all outputs, unit by unit; zero where there are none."""

    def start(self, width: int, like: Tensor) -> Kept:
        return (like.new_full((1, width), -torch.inf),)

    def step(self, kept: Kept, output: Tensor) -> Kept:
        return (torch.maximum(kept[0], output),)

    def pooled(self, kept: Kept, output: Tensor) -> Tensor:
        return torch.where(torch.isinf(kept[0]), 0, kept[0])


FORWARD: dict[str, Pooling] = {"last": Last(), "end": Last(), "mean": Mean(), "max": Max(), "sum": Sum()}
BACKWARD: dict[str, Pooling] = {**FORWARD, "end": First()}
"""The pooling of each direction, by the name that `RecurrentSpec` gives it."""
