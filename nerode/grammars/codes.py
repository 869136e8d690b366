"""Escapes of Python's `re` that are characters by their numbers: `\\x61`, `\\u0061`, `\\141`, and `[\\b]` in a class."""

from __future__ import annotations

import re

HEXADECIMAL = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{2})")
IN_CLASS = re.compile(r"\\([0-7]{1,3}|b)")  # where no group and no boundary can be meant
LAST, LAST_OCTAL = 0x10FFFF, 0o377
BACKSPACE = "\b"


def coded(text: str, place: int, in_class: bool) -> tuple[str, int] | None:
    """Return the character of the escape at a place and where it ends; no character if it has none, None of other escapes."""
    if found := HEXADECIMAL.match(text, place):
        number, last = int(found[1] or found[2] or found[3], 16), LAST
    elif found := (IN_CLASS if in_class else OCTAL).match(text, place):
        number, last = (ord(BACKSPACE) if found[1] == "b" else int(found[1], 8)), LAST_OCTAL
    else:
        return None
    return chr(number) if number <= last else "", found.end()
