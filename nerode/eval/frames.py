"""Tables: as lines of text, and as pandas frames for those who have pandas; nothing else here needs it. Lists that print well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from nerode.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Item = TypeVar("Item")


class Listed(list[Item]):
    """A list that is shown as its items are, one below the other with an empty line between them."""

    def __str__(self) -> str:
        return "\n\n".join(map(str, self)) if self else "[]"

    __repr__ = __str__


def lines_of(rows: Sequence[Sequence[str]], left: Collection[int] = ()) -> list[str]:
    """Return a line for each row of cells, the columns wide enough and flush right, those in `left` flush left."""
    widths = [f"{'<' if place in left else '>'}{max(map(len, column))}" for place, column in enumerate(zip(*rows, strict=True))]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def frame(columns: Mapping[str, Sequence[Any]], index: Sequence[Any], name: str) -> pd.DataFrame:
    """Return a table with these columns and rows; `name` says what the index holds.

    Raises
    ------
    InputError : pandas is not installed
    """
    try:
        import pandas as pd  # here, because only frames need this optional package
    except ImportError as error:
        raise InputError("a frame needs pandas, which cannot be imported; pip install pandas") from error
    return pd.DataFrame(dict(columns), index=pd.Index(index, name=name))
