"""Reads the fields of an untrusted JSON object: every field is checked, and no value is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nerode.errors import InputError
from nerode.words import Alphabet, FloatArray, IntArray


@dataclass(frozen=True)
class Fields:
    """The fields of a JSON object; each method raises `InputError` for a field that is missing or of another type."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        if name not in self.values:
            raise InputError(f"the field {name!r} is missing")
        return self.values[name]

    def text(self, name: str) -> str:
        """Return a string."""
        value = self[name]
        if type(value) is not str:
            raise InputError(f"the field {name!r} must be a string")
        return value

    def integer(self, name: str) -> int:
        """Return a whole number; `true` and 1.0 are rejected."""
        value = self[name]
        if type(value) is not int:
            raise InputError(f"the field {name!r} must be a whole number")
        return value

    def alphabet(self, name: str = "alphabet") -> Alphabet:
        """Return a list of symbols as an alphabet."""
        value = self[name]
        if type(value) is not list or not set(map(type, value)) <= {str}:
            raise InputError(f"the field {name!r} must be a list of strings")
        return Alphabet(tuple(value))

    def integers(self, name: str, dimensions: int) -> IntArray:
        """Return lists of whole numbers as an array; they are nested evenly to the given depth."""
        return self._array(name, dimensions, {int}, "whole numbers", np.int64)

    def numbers(self, name: str, dimensions: int) -> FloatArray:
        """Return lists of finite numbers as an array; they are nested evenly to the given depth."""
        array = self._array(name, dimensions, {int, float}, "numbers", np.float64)
        if not np.isfinite(array).all():
            raise InputError(f"the field {name!r} holds a number that is not finite")
        return array

    def _array(self, name: str, dimensions: int, kinds: set[type], what: str, dtype: type[Any]) -> NDArray[Any]:
        level: list[Any] = [self[name]]
        shape: list[int] = []
        for _ in range(dimensions):
            lengths = {len(part) if type(part) is list else -1 for part in level}
            if len(lengths) != 1 or lengths == {-1}:
                raise InputError(f"the field {name!r} must be {what} in even lists, {dimensions} deep")
            shape.extend(lengths)
            level = list(chain.from_iterable(level))
        if not set(map(type, level)) <= kinds:
            raise InputError(f"the field {name!r} must be {what} in even lists, {dimensions} deep")
        try:
            return np.array(level, dtype).reshape(shape)
        except OverflowError as error:
            raise InputError(f"the field {name!r} holds a number that is too large") from error
