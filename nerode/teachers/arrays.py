"""Torch's way of joining kept states and of fetching scores."""

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
    if scores.dtype == torch.bfloat16:  # numpy has no such type
        scores = scores.float()
    array: RealArray = (scores if scores.is_cpu else scores.cpu()).numpy()
    return array


def at_hand(scores: Tensor) -> Any:
    """Scores as an array of numpy where that waits for nothing; those of a device as they are."""
    return fetched(scores) if scores.is_cpu else scores
