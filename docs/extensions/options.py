"""The page of all options of the shell, written from the parser itself: it cannot be stale."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from nerode.shell.options import parser
from nerode.version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGE = "options"
PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+!|$~-])")


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return PUNCTUATION.sub(r"\\\1", text)


def called(action: argparse.Action) -> str:
    """Return how an argument is written: its names, and what follows them."""
    choices = "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    value = action.metavar or (choices if action.option_strings or action.choices else action.dest)
    many = {"+": " …", "*": " …"}.get(str(action.nargs), "")
    if not action.option_strings:
        return f"`{value}{many}`"
    return ", ".join(f"`{name}`" if action.nargs == 0 else f"`{name} {value}{many}`" for name in action.option_strings)


def told(name: str, command: argparse.ArgumentParser) -> str:
    """Return the section of a command as Markdown: what it does, an example, and its arguments by groups."""
    example = (command.epilog or "").removeprefix("example:\n").strip()
    lines = [f"## nerode {name}", "", plain(command.description or ""), "", "```", example, "```"]
    for group in command._action_groups:
        actions = [each for each in group._group_actions if "--help" not in each.option_strings]
        if actions:
            title = (group.title or "").removeprefix("positional ")
            title = title[:1].upper() + title[1:]
            lines += ["", f"**{plain(title)}**", ""]
            for each in actions:
                needed = " Required." if each.required and each.option_strings else ""
                lines += [called(each), f": {plain(each.help or '')}.{needed}", ""]
    return "\n".join(lines)


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command by its name."""
    (subparsers,) = [each for each in parser(__version__)._actions if isinstance(each, argparse._SubParsersAction)]
    return dict(subparsers.choices)


def read(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write all commands at the end of the page."""
    if docname == PAGE:
        source[0] += "\n" + "\n\n".join(told(name, command) for name, command in commands().items()) + "\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Listen to what is read."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
