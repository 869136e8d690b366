"""Arrays of numpy and of torch alike, without importing torch where it is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from nerode.protocols import States
from nerode.words import RealArray


@singledispatch
def joined(first: Any, parts: Sequence[Any]) -> Any:
    """The parts, of which `first` is the first, one after the other along the first axis."""
    return np.concatenate(parts)


def join(batches: Sequence[States]) -> States:
    """Several batches of states as one; all have states of one shape, and there is at least one."""
    return tuple(joined(parts[0], parts) for parts in zip(*batches, strict=True))


@singledispatch
def fetched(scores: Any) -> RealArray:
    """Scores as an array of numpy, wherever they were computed; those of a device are waited for."""
    return np.asarray(scores)
