"""Weights that are stored as lengths and directions, w = g · v / ‖v‖ (Salimans, Kingma: *Weight normalization*, 2016)."""

from __future__ import annotations

import re

from torch import Tensor

NORMED = re.compile(r"^(?P<before>.*?)(parametrizations\.(?P<new>\w+)\.original[01]|(?P<old>weight\w*?)_[gv])$")
"""Names of the lengths and vectors of `torch.nn.utils.parametrizations.weight_norm`, and of the older `weight_norm`."""


def without_norms_of_weights(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights with g · v / ‖v‖ in place of each pair of g (m, 1) and v (m, k) that torch's `weight_norm` stores."""
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        match = NORMED.match(name)
        if match is None:
            found[name] = tensor
            continue
        before, new, old = match["before"], match["new"], match["old"]
        plain = f"{before}{new or old}"
        lengths, vectors = (
            (f"{before}parametrizations.{new}.original0", f"{before}parametrizations.{new}.original1")
            if new
            else (f"{before}{old}_g", f"{before}{old}_v")
        )
        if lengths in tensors and vectors in tensors and tensors[vectors].dim() == 2 and tensors[lengths].dim() == 2:
            vector = tensors[vectors]
            axes = [axis for axis, size in enumerate(tensors[lengths].shape) if size == 1]
            found[plain] = tensors[lengths] * vector / vector.norm(dim=axes, keepdim=True)
        else:
            found[name] = tensor
    return found
