"""Operations on arrays of numpy and of torch; torch is not imported here, but registers its versions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from nerode.protocols import States
from nerode.words import IntArray, RealArray


@singledispatch
def joined(first: Any, parts: Sequence[Any]) -> Any:
    """Concatenate the parts along the first axis; `first` is the first part, and its type selects the implementation."""
    return np.concatenate(parts)


def join(batches: Sequence[States]) -> States:
    """Concatenate batches of states, at least one, all with states of one shape."""
    return tuple(joined(parts[0], parts) for parts in zip(*batches, strict=True))


@singledispatch
def fetched(scores: Any) -> RealArray:
    """Return scores as a numpy array; scores that a device still computes are waited for."""
    return np.asarray(scores)


def intervals(begins: IntArray, sizes: IntArray) -> IntArray:
    """Return concatenated intervals: `sizes[0]` numbers from begins[0] on, then `sizes[1]` from begins[1] on, and so on."""
    return np.repeat(begins - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
