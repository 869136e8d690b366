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
    known = scores.float() if scores.dtype == torch.bfloat16 else scores  # numpy has no such type
    array: RealArray = known.cpu().numpy()
    return array


def at_hand(scores: Tensor) -> Any:
    """Scores as an array of numpy where that waits for nothing; those of a device as they are."""
    return fetched(scores) if scores.device.type == "cpu" else scores
