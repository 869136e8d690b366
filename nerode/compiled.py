"""Loops as machine code. numba compiles them for the machine at hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

Loop = Callable[..., None]


def machine_code(function: Callable[..., Any], signature: str | None = None, on_disk: bool = False) -> Any:
    """Compile a function. A product may be fused with a sum; nothing else is reordered, and NaN stays NaN."""
    from numba import njit  # here, because numba takes long to import, and most commands compile nothing

    return njit(signature, fastmath={"contract"}, error_model="numpy", cache=on_disk)(function)


@cache
def kept_code(function: Loop, signature: str) -> Loop:
    """Compile a function for arguments of these types, once for a machine.

    The machine code is kept on disk, in the folder of the function's file or in the user's cache. Where neither can be written,
    the function is compiled once in each process. numba compiles it anew when its file changes, and looks at no other file.
    Whatever the function calls must therefore be in the same file.
    """
    try:
        code: Loop = machine_code(function, signature, on_disk=True)
    except Exception:  # no folder to write to, a full disk, a damaged file; what is wrong with the function itself comes again
        code = machine_code(function, signature)
    return code


def compiled(signature: str) -> Callable[[Loop], Loop]:
    """Decorate a function that is compiled for these types of arguments at its first call, and not before."""

    def decorate(function: Loop) -> Loop:
        code = cache(lambda: kept_code(function, signature))

        @wraps(function)
        def call(*arguments: Any) -> None:
            code()(*arguments)

        return call

    return decorate
