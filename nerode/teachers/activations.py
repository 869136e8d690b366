"""Affine maps that read whole numbers of 8 bits times a scale, as processors with integer products compute them.

The integer product is simulated: codes are −127 to 127 and the scale has few bits, so that code · scale is exact in float32.
There is one scale for each map, measured on words (Jacob and others 2018: Quantization and training of neural networks for
efficient integer-arithmetic-only inference). In training the derivative passes as if nothing were rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from nerode.errors import InputError
from nerode.teachers.storage import SCALE_BITS, short_scales

LARGEST = 127  # code
LEAST, MOST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max) / (2 * LARGEST)  # scales of normal numbers


class RoundedInputs(nn.Linear):
    """An affine map whose inputs are rounded to multiples of a scale, and are LARGEST of these at most."""

    def __init__(self, linear: nn.Linear, scale: float) -> None:
        with torch.device("meta"):  # its weights are those of the other one
            super().__init__(linear.in_features, linear.out_features)
        self.weight, self.bias, self.scale = linear.weight, linear.bias, scale

    def forward(self, x: Tensor) -> Tensor:
        """Return the map of rounded x (…, in)."""
        return super().forward(torch.fake_quantize_per_tensor_affine(x, self.scale, 0, -LARGEST, LARGEST))


def check_scales(scales: Sequence[float] | None) -> None:
    """Raise InputError unless these are positive numbers of few bits, so that their products with codes are exact, or None."""
    if scales is None:
        return
    if not all(isinstance(scale, float) and LEAST <= scale <= MOST for scale in scales):
        raise InputError(
            "the activations of a network are a positive number for each of its affine maps, a scale, "
            f"from {LEAST:.2g} to {MOST:.2g}"
        )
    if any(scale != float(short) for scale, short in zip(scales, short_scales(np.array(scales)), strict=True)):
        raise InputError(f"the activations of a network are scales of {SCALE_BITS} bits each; round them with `short_scales`")


def affine_maps(network: nn.Module) -> list[str]:
    """Return the names of all affine maps, in the order in which they are made."""
    return [name for name, part in network.named_modules() if isinstance(part, nn.Linear)]


def round_inputs(network: nn.Module, scales: Sequence[float] | None) -> None:
    """Let all affine maps of a network round what they read; None changes nothing.

    Raises
    ------
    InputError : another number of scales than of affine maps
    """
    if scales is None:
        return
    names = affine_maps(network)
    if len(scales) != len(names):
        raise InputError(f"a network of {len(names)} affine maps has as many scales of activations, not {len(scales)}")
    for name, scale in zip(names, scales, strict=True):
        above, _, own = name.rpartition(".")
        linear = network.get_submodule(name)
        assert isinstance(linear, nn.Linear)
        setattr(network.get_submodule(above), own, RoundedInputs(linear, scale))


@torch.no_grad()
def largest_inputs(network: nn.Module, batches: Iterable[Tensor]) -> list[float]:
    """Return the largest absolute number that each affine map reads, of tokens (n, length ≥ 1) each."""
    names = affine_maps(network)
    largest = dict.fromkeys(names, 0.0)

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def look(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            largest[name] = max(largest[name], float(given[0].abs().max()))

        return network.get_submodule(name).register_forward_pre_hook(look)

    hooks = [watch(name) for name in names]
    try:
        for tokens in batches:
            network(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    return list(largest.values())
