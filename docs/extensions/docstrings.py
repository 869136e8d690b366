"""Docstrings as reStructuredText: the items `name : meaning` of a section become a list, and signs such as stars stay signs."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTIONS = ("Parameters", "Attributes", "Returns", "Raises")
RULE = re.compile("-{3,}")
ITEM = re.compile(r"(\S[^:]*?) : (.*)")
CODE = re.compile(r"(`[^`]+`)")
SIGNS = re.compile(r"([\\*|]|(?<=\w)_(?!\w))")


def literal(line: str) -> str:
    """Return a line in which stars, bars and underscores at the ends of words are no markup."""
    return "".join(part if CODE.fullmatch(part) else SIGNS.sub(r"\\\1", part) for part in CODE.split(line))


def item(section: str, names: str, meaning: str) -> str:
    """Return an item of a section; errors are linked."""
    shown = [f":exc:`.{name}`" if section == "Raises" else f"**{literal(name)}**" for name in names.split(", ")]
    return f"   * {', '.join(shown)}: {literal(meaning)}"


def converted(lines: list[str], fields: bool = False) -> list[str]:
    """Return a docstring whose sections are fields with lists.

    Parameters
    ----------
    fields : call parameters fields, for values that nobody makes by hand
    """
    found: list[str] = []
    section = ""
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line in SECTIONS and RULE.fullmatch(below):
            section = line
            found += [f":{'Fields' if fields and line == 'Parameters' else line}:"]
        elif not section:
            found.append(literal(line))
        elif RULE.fullmatch(line):
            continue
        elif match := ITEM.fullmatch(line):
            found.append(item(section, match[1], match[2]))
        else:
            found.append(f"     {literal(line.strip())}" if line.startswith(" ") else f"   {literal(line)}".rstrip())
    return found


def process(app: Sphinx, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """Convert a docstring in place."""
    lines[:] = converted(lines, what == "class" and is_dataclass(of))


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to docstrings."""
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True}
