"""Loops as machine code, which numba compiles for the machine at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from numba import njit

Loop = Callable[..., None]


def machine_code(function: Callable[..., Any], signature: str | None = None, on_disk: bool = False) -> Any:
    """The function, compiled: a product may be fused with a sum, nothing else is reordered, and NaN stays NaN."""
    return njit(signature, fastmath={"contract"}, error_model="numpy", cache=on_disk)(function)


@cache
def kept_code(function: Loop, signature: str) -> Loop:
    """The function as machine code for arguments of these types.

    The code is kept on disk, in the folder of the function's file or the user's, so that it is compiled once for a machine; where
    that fails, once in each process. It is compiled anew when that file changes. So whatever the function calls must be in the
    same file.
    """
    try:
        code: Loop = machine_code(function, signature, on_disk=True)
    except Exception:  # no folder to write to, a full disk, a damaged file; what is wrong with the function itself comes again
        code = machine_code(function, signature)
    return code


def compiled(signature: str) -> Callable[[Loop], Loop]:
    """Decorates a function that is compiled for these types of arguments at its first call, and not before."""

    def decorate(function: Loop) -> Loop:
        @wraps(function)
        def call(*arguments: Any) -> None:
            kept_code(function, signature)(*arguments)

        return call

    return decorate
