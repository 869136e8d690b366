"""Teachers made of what a user has at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nerode.functions import function_teacher
from nerode.protocols import Teacher


def teacher(asked: Callable[..., Any], alphabet: str | Iterable[str], **options: Any) -> Teacher:
    """Return a Python function as a teacher; the options are those of `nerode.functions.function_teacher`.

    Raises
    ------
    InputError : the function fails, or its answers do not have one meaning
    """
    return function_teacher(asked, alphabet, **options)
