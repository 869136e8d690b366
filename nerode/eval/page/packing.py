"""Arrays of many numbers in a page: as base64 of their bytes, which keep every bit in half of the characters of JSON."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

ARRAYS = ("initial", "transitions", "final", "probabilities", "weights")
MOST = 500  # numbers that are written as such


def packed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an automaton's file with its large arrays of numbers as `{"shape": [...], "float64": base64}`.

    The bytes are little-endian. Arrays of whole numbers and all else stay as they are; `unpacked` in model.js is the inverse.
    """
    return {name: _packed(value) if name in ARRAYS else value for name, value in fields.items()}


def _packed(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind != "f" or array.size <= MOST:
        return value
    return {"shape": list(array.shape), "float64": base64.b64encode(array.astype("<f8").tobytes()).decode()}
