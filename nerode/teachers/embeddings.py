"""Embeddings that cost nothing where their numbers are replaced."""

from __future__ import annotations

import torch
from torch import nn


def embedding(rows: int, width: int) -> nn.Embedding:
    """Return an embedding with torch's random numbers.

    On the device "meta" it has none: to draw them there, torch loads its compiler, which takes seconds.
    """
    replaced = torch.empty(0).is_meta
    return nn.Embedding(rows, width, _weight=torch.empty(rows, width) if replaced else None)
