"""What glibc, the usual C library of Linux, does with memory that is freed."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np


@cache
def reuse_freed_memory() -> None:
    """Make the allocator keep memory that is freed during a walk.

    By default glibc returns memory to the system between two nodes, and gets it back page by page. This takes 5 % of the time
    of a table. After a block of nearly 32 MiB has been freed once, glibc raises its threshold and keeps the memory.
    """
    np.empty(2**25 - 2**16, np.uint8)


def return_freed_memory() -> None:
    """Give kept memory back to the system, where there is glibc: a notebook would hold gigabytes after large tables."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return  # another C library, which has no such function
