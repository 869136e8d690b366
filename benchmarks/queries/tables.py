"""Tables that read well in a terminal and are Markdown: columns of known widths, so that rows can be shown as they come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any


class Table:
    """Rows of one kind of dataclass, shown as they come unless they are only kept.

    Parameters
    ----------
    title : of the table
    kind : the dataclass; its fields are the columns
    widths : of columns that hold texts, by name; numbers take as much as their heading and never less than 7
    """

    def __init__(self, title: str, kind: Any, widths: dict[str, int], shown: bool = True) -> None:
        self._title, self._shown = title, shown
        self._widths = {each.name: max(len(each.name), widths.get(each.name, 7)) for each in fields(kind)}
        self._texts = widths.keys()
        self.rows: list[dict[str, Any]] = []

    def add(self, rows: Iterable[Any]) -> None:
        """Show rows, each as soon as it is there."""
        for row in rows:
            values = asdict(row)
            if self._shown:
                if not self.rows:
                    names = {name: name.replace("_", " ") for name in values}
                    print(f"\n{self._title}\n\n{self._line(names)}\n" + self._line(dict.fromkeys(values, ""), "-"))
                print(self._line({name: cell(value) for name, value in values.items()}), flush=True)
            self.rows.append(values)

    def _line(self, cells: dict[str, str], fill: str = " ") -> str:
        aligned = ((text.ljust if name in self._texts else text.rjust)(self._widths[name], fill) for name, text in cells.items())
        return f"|{fill}" + f"{fill}|{fill}".join(aligned) + f"{fill}|"


def cell(value: Any) -> str:
    """A value for people: whole numbers with their thousands apart, others to three digits, or four where they
    are near 1, as shares are."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if 0.9 <= value <= 1:
            return f"{value:.4g}"
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else "–" if value is None else str(value)
