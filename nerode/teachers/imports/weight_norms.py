"""Weights that are stored in parts, as torch's weight norm and spectral norm do.

Lengths and directions: w = g · v / ‖v‖ (Salimans, Kingma: *Weight normalization*, 2016). A matrix and its singular vectors of the
largest singular value: w = W / (u · W v) (Miyato and others: *Spectral normalization*, 2018).
"""

from __future__ import annotations

import re

from torch import Tensor

NORMED = re.compile(r"^(?P<before>.*?)(parametrizations\.(?P<new>\w+)\.original[01]|(?P<old>weight\w*?)_[gv])$")
"""Names of the lengths and vectors of `torch.nn.utils.parametrizations.weight_norm`, and of the older `weight_norm`."""


SPECTRAL = re.compile(r"^(?P<before>.*?)(parametrizations\.(?P<new>\w+)\.(original|0\._[uv])|(?P<old>weight\w*?)_(orig|u|v))$")
"""Names of the matrix and the vectors of `torch.nn.utils.parametrizations.spectral_norm`, and of the older `spectral_norm`."""


def without_norms_of_weights(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in place of the parts that torch's `weight_norm` and `spectral_norm` store: of matrices (m, k)."""
    return _without_lengths(_without_singular_values(tensors))


def _without_singular_values(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        match = SPECTRAL.match(name)
        if match is None:
            found[name] = tensor
            continue
        before, new, old = match["before"], match["new"], match["old"]
        stored = f"{before}parametrizations.{new}." if new else f"{before}{old}_"
        parts = [tensors.get(stored + part) for part in (("original", "0._u", "0._v") if new else ("orig", "u", "v"))]
        matrix, left, right = parts
        if matrix is None or left is None or right is None or matrix.dim() != 2:
            found[name] = tensor
        elif tensor is matrix:  # the vectors are of the transposed matrix where its second axis was chosen
            ways = [way for way in (matrix, matrix.T) if way.shape == (len(left), len(right))]
            found[f"{before}{new or old}"] = matrix / max(left @ way @ right for way in ways)
    return found


def _without_lengths(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
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
