"""The functions of `nerode.arrays` for torch tensors: they join kept states and fetch scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nerode.arrays import fetched, joined
from nerode.words import RealArray


@joined.register
def _(first: Tensor, parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(parts))


@fetched.register
def _(scores: Tensor) -> RealArray:
    if scores.dtype == torch.bfloat16:  # numpy has no bfloat16
        scores = scores.float()
    array: RealArray = (scores if scores.is_cpu else scores.cpu()).numpy()
    return array


def at_hand(scores: Tensor) -> Any:
    """Return scores on the processor as a numpy array. Scores on a device are returned as they are, without waiting for them."""
    return fetched(scores) if scores.is_cpu else scores
