"""The picture of which layers of a network can spare neurons."""

from __future__ import annotations

from collections.abc import Sequence

from nerode.eval.plots.figures import Plot, add_legend, empty_axes, plain_style, with_fixed_layout
from nerode.eval.plots.fronts import COLORS, LINES

LEAST = 1e-6  # errors below are drawn there


def spared_figure(curves: Sequence[Sequence[float]], heads: bool = False) -> Plot:
    """Plot the error to what a layer gives away against the number of neurons that are left, a line for each layer.

    Parameters
    ----------
    curves : of each layer, the error after each neuron that goes, in parts of the variance
    heads : whether they are in turn those of the heads and of the feed-forward part of each block
    """
    with plain_style():
        figure, axes = empty_axes(7.0, 4.2)
        axes.set_yscale("log")
        for layer, curve in enumerate(curves):
            left = [len(curve) - gone for gone in range(len(curve))]
            axes.plot(
                left, [max(LEAST, error) for error in curve],
                color=COLORS[layer % len(COLORS)], linestyle=LINES[layer // len(COLORS) % 3], label=_name(layer, heads),
                marker="o" if heads and layer % 2 == 0 else None, markersize=4,
            )  # fmt: skip
        axes.set_xlabel("neurons or heads that are left" if heads else "neurons that are left")
        axes.set_ylabel("squared error to what the layer gives away")
        add_legend(figure, "What each layer can spare, in parts of the variance, before the network recovers")
        return with_fixed_layout(figure)


def _name(layer: int, heads: bool) -> str:
    if not heads:
        return f"layer {layer + 1}"
    return f"block {layer // 2 + 1}, {'feed-forward' if layer % 2 else 'heads'}"
