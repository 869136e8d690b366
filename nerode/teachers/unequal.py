"""Stacked recurrent layers of unequal widths, which `torch.nn.RNN` and its kin do not have: one module a layer."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class UnequalLayers(nn.Module):
    """Recurrent layers on top of each other.

    Parameters
    ----------
    make : makes one layer from the width of its input and its own
    given : the width of the input
    widths : of the layers, lowest first
    directions : 2 if the layers read in both directions, else 1
    """

    def __init__(self, make: Callable[[int, int], nn.RNNBase], given: int, widths: tuple[int, ...], directions: int) -> None:
        super().__init__()
        below = (given, *(directions * width for width in widths[:-1]))
        self.layers = nn.ModuleList(make(into, width) for into, width in zip(below, widths, strict=True))

    def forward(self, given: Tensor) -> tuple[Tensor]:
        """Return the outputs (n, length, directions · width) of the top layer."""
        for layer in self.layers:
            given = layer(given)[0]
        return (given,)
