"""Docstrings as reStructuredText: `name : meaning` under Parameters, Returns and Raises becomes fields, and signs stay signs."""

import re
from typing import Any

from sphinx.application import Sphinx

FIELDS = {"Parameters": "param", "Raises": "raises", "Returns": "returns", "Attributes": "param"}
ITEM = re.compile(r"(\S[^:]*?) : (.*)")
CODE = re.compile(r"(`[^`]+`)")
SIGNS = re.compile(r"([\\*|]|(?<=\w)_(?!\w))")


def literal(line: str) -> str:
    """Return a line in which stars, bars and underscores at the ends of words are no markup."""
    return "".join(part if CODE.fullmatch(part) else SIGNS.sub(r"\\\1", part) for part in CODE.split(line))


def converted(lines: list[str]) -> list[str]:
    """Return a docstring whose sections of fields are field lists."""
    found: list[str] = []
    kind = None
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line in FIELDS and re.fullmatch("-+", below):
            kind = FIELDS[line]
            found.append("")
        elif kind is None or re.fullmatch("-+", line):
            found += [literal(line)] if kind is None else []
        elif not line.strip():
            found.append("")
        elif not line.startswith(" ") and (item := ITEM.fullmatch(line)):
            name, meaning = (literal(part) for part in item.groups())
            found.append(f":returns: `{name}`: {meaning}" if kind == "returns" else f":{kind} {name}: {meaning}")
        elif line.startswith(" "):
            found.append(literal(line))
        else:
            found.append(f":returns: {literal(line)}" if kind == "returns" else literal(line))
    return found


def process(app: Sphinx, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """Convert a docstring in place."""
    lines[:] = converted(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to docstrings."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True}
