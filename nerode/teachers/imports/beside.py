"""Tensors beside the weights of layers: counters, masks, weights of classes, averages. They are left aside, and named."""

from __future__ import annotations

import re

from torch import Tensor

from nerode.errors import InputError

Tensors = dict[str, Tensor]

COUNTERS = ("num_batches_tracked", "n_averaged")
"""What batch norms and torch's `AveragedModel` count in training; they are not named."""
CELLS = re.compile(r"(weight|bias)_(ih|hh|hr)(_l\d+)?(_reverse)?$")
STATISTICS = ("running_mean", "running_var")
NORMS = re.compile(r"norm|rms|(^|[._])((ln|bn|n)\d*([._]|$)|\d+$)", re.IGNORECASE)
"""Names of layers whose weights are vectors, and those in a sequence, which do not say what they are."""


def without_counts(tensors: Tensors) -> tuple[Tensors, list[str]]:
    """Return the tensors that may be weights, and the names of the others: whole numbers, truth values and single numbers.

    Raises
    ------
    InputError : weights of a layer in whole numbers, such as those of quantised layers
    """
    kept: Tensors = {}
    aside = []
    for name, tensor in tensors.items():
        if name.endswith(COUNTERS):
            continue
        kind = name.rpartition(".")[2]
        weight = kind in ("weight", "bias") or CELLS.search(kind) is not None or ("weight" in kind and tensor.dim() > 1)
        if tensor.is_floating_point() and (weight or tensor.dim()):
            kept[name] = tensor
        elif weight:
            raise InputError(f"the weights {name} are of the type {str(tensor.dtype).removeprefix('torch.')}, not real numbers")
        else:
            aside.append(name)
    return kept, aside


def is_harmless(name: str, tensor: Tensor, widths: set[int]) -> bool:
    """Return whether a tensor that belongs to no layer is taken for none of the network's weights, even without answers.

    A matrix, the statistics of a batch norm, and a vector that is as wide as a layer, such as a first state, may take part.

    Parameters
    ----------
    widths : of the vectors between layers
    """
    return tensor.dim() == 1 and len(tensor) not in widths and not name.endswith(STATISTICS)


def is_of_classes(name: str, tensors: Tensors) -> bool:
    """Return whether the layer behind all others is taken for a loss with weights of classes: a vector without a bias."""
    return len(tensors[f"{name}.weight"]) > 1 and f"{name}.bias" not in tensors and not NORMS.search(name)
