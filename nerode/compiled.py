"""Loops that numba compiles to machine code."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from numba import njit

Loop = Callable[..., None]


def machine_code(function: Callable[..., Any], signature: str | None = None, on_disk: bool = False) -> Any:
    """Return the compiled function; a product and a sum may be fused, nothing else is reordered, and NaN stays NaN."""
    return njit(signature, fastmath={"contract"}, error_model="numpy", cache=on_disk)(function)


@cache
def kept_code(function: Loop, signature: str) -> Loop:
    """Return the function compiled for arguments of these types.

    The code is cached on disk, in the folder of the function's file or in the user's cache, so that it is compiled once for a
    machine. If this fails, it is compiled once in each process. It is compiled again when the function's file changes; therefore
    all functions that it calls must be in the same file.
    """
    try:
        code: Loop = machine_code(function, signature, on_disk=True)
    except Exception:  # the cache cannot be used; an error of the function itself is raised again below
        code = machine_code(function, signature)
    return code


def compiled(signature: str) -> Callable[[Loop], Loop]:
    """Return a decorator for functions that are compiled for these argument types at their first call."""

    def decorate(function: Loop) -> Loop:
        @wraps(function)
        def call(*arguments: Any) -> None:
            kept_code(function, signature)(*arguments)

        return call

    return decorate
