"""Errors of the transformers library, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from nerode.errors import InputError, first_line


@contextmanager
def in_one_sentence(what: str) -> Iterator[None]:
    """Turn any error of the library into an `InputError` whose message begins with `what`.

    Errors of memory are not turned, because a smaller batch may succeed.
    """
    try:
        yield
    except (InputError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the library does not document which errors it raises
        if isinstance(error, RuntimeError) and "can't allocate memory" in str(error):  # out of memory on the processor
            raise
        raise InputError(f"{what} ({first_line(error)})") from error
