"""Torch's way of joining kept states."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nerode.arrays import joined


@joined.register
def _(first: Tensor, parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(parts))
