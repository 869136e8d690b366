"""Tables of a TOML file: keys are taken one by one, and what is wrong is refused in a sentence that names the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from nerode.errors import InputError, shown

NEEDED: Any = object()
"""The default of keys that must be there."""
LARGEST = 10**9  # whole number in a suite
MANY = 10_000  # of what is run or drawn again and again


@dataclass
class Keys:
    """A table.

    Parameters
    ----------
    where : the file and the table, for errors
    table : its keys and values, as read

    Raises
    ------
    InputError : what is no table
    """

    where: str
    table: Any
    _taken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not isinstance(self.table, Mapping):
            raise InputError(f"{self.where} must be a table, not {shown(self.table)}")

    def take(self, key: str, fits: Callable[[Any], bool], wanted: str, default: Any = NEEDED) -> Any:
        """Return the value of a key, or the default where it is missing.

        Raises
        ------
        InputError : a value that does not fit, or none where one is needed
        """
        self._taken.append(key)
        if key not in self.table:
            if default is NEEDED:
                raise InputError(f"{self.where} needs the key {key!r}: {wanted}")
            return default
        if any(type(each) is int and each > LARGEST for each in as_list(self.table[key])):
            raise InputError(f"{self.where}: {key!r} has a number above {LARGEST:,}; give a smaller one")
        if not fits(self.table[key]):
            raise InputError(f"{self.where}: {key!r} must be {wanted}, not {shown(self.table[key])}")
        return self.table[key]

    def tables(self, key: str) -> dict[str, Any]:
        """Return the named tables below a key, at least one."""
        named: dict[str, Any] = self.take(key, lambda value: isinstance(value, Mapping) and bool(value), f"tables [{key}.NAME]")
        return named

    def rest(self) -> dict[str, Any]:
        """Return what was not taken."""
        return {key: value for key, value in self.table.items() if key not in self._taken}

    def end(self) -> None:
        """Raise `InputError` if there is a key that was not taken."""
        for key in self.rest():
            raise InputError(f"{self.where} has an unknown key {key!r}; there are {', '.join(self._taken)}")


def is_text(value: Any) -> bool:
    """Return whether a value is a text, not empty and without zero bytes."""
    return isinstance(value, str) and bool(value) and "\0" not in value


def is_texts(value: Any) -> bool:
    """Return whether a value is a text or a list of different ones."""
    return is_text(value) or (_list_of(value, is_text) and len(set(value)) == len(value))


def is_whole(least: int) -> Callable[[Any], bool]:
    """Return the check of whole numbers from one on."""
    return lambda value: type(value) is int and value >= least


def is_wholes(least: int) -> Callable[[Any], bool]:
    """Return the check of a whole number or a list of different ones."""
    one = is_whole(least)
    return lambda value: one(value) or (_list_of(value, one) and len(set(value)) == len(value))


def is_positive(value: Any) -> bool:
    """Return whether a value is a number above 0."""
    return type(value) in (int, float) and 0 < value < inf


def as_list(value: Any) -> list[Any]:
    """Return a list, also of a single value."""
    return list(value) if isinstance(value, list) else [value]


def _list_of(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and bool(value) and all(map(fits, value))
