"""Types of arguments: each makes a value of the text on the command line, or says what is wrong with it."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path
from typing import Any

from nerode.teachers.addresses import is_outside

EXPRESSION = "re:"


def whole(least: int, most: float = math.inf) -> Any:
    """The type of arguments that are whole numbers from `least` to `most`."""
    wanted = f"of at least {least}" if most == math.inf else f"from {least} to {most:,}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number {wanted}, not {text!r}")
        return value

    return parse


def place(text: str) -> Path:
    """The type of arguments that are paths; nothing at all, as an unset variable of the shell gives, is none."""
    if not text:
        raise argparse.ArgumentTypeError("must be a path, and not empty")
    return Path(text)


def asked(text: str) -> Path | str:
    """The type of arguments that name what is asked: a path, or a text that names a program or a service."""
    return text if is_outside(text) else place(text)


def automaton(text: str) -> Path | str:
    """The type of arguments that name an automaton: a path, or a text that begins with `re:`, a regular expression."""
    return text if text.startswith(EXPRESSION) else place(text)


def device(text: str) -> str:
    """The type of arguments that name a device; whether there is one is seen when a network is asked."""
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]?))?", text):  # torch takes more, and cuda:256 for cuda:0
        raise argparse.ArgumentTypeError(f"must be auto, cpu, cuda, or cuda:N, not {text!r}")
    return text


def alphabet(text: str) -> tuple[str, ...]:
    """The type of arguments that list symbols: those between white space, or single characters where there is none."""
    parts = text.split()
    symbols = tuple(text if parts == [text] else parts)
    if not symbols:
        raise argparse.ArgumentTypeError("must be symbols, and not empty")
    for i, symbol in enumerate(symbols):
        if symbol in symbols[:i]:
            raise argparse.ArgumentTypeError(
                f"has the symbol {symbol!r} twice; give different ones, with spaces between them where they are longer than a "
                "character"
            )
    return symbols


def classes(text: str) -> tuple[str | int, ...]:
    """The type of arguments that list classes between commas; whole numbers are those that programs answer."""
    parts = tuple(part.strip() for part in text.split(","))
    try:
        return tuple(map(int, parts))
    except ValueError:
        return parts


def sizes(text: str) -> tuple[int, ...]:
    """The type of arguments that list numbers of states between commas."""
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or min(found) < 1:
        raise argparse.ArgumentTypeError(f"must be whole numbers of at least 1 between commas, such as 2,4,8, not {text!r}")
    return found


def numbers(least: float, most: float = math.inf) -> Any:
    """The type of arguments that list numbers from `least` to `most` between commas."""
    wanted = f"of at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"

    def parse(text: str) -> tuple[float, ...]:
        found = tuple(_number(part) for part in text.split(","))
        if not all(least <= value <= most and value < math.inf for value in found):
            raise argparse.ArgumentTypeError(f"must be numbers {wanted} between commas, not {text!r}")
        return found

    return parse


def names(text: str) -> tuple[str, ...]:
    """The type of arguments that list names between commas; whether they are known is seen where they are used."""
    return tuple(name.strip() for name in text.split(","))


def some_of(*known: str) -> Any:
    """The type of arguments that list some of these names between commas."""

    def parse(text: str) -> tuple[str, ...]:
        found = names(text)
        if unknown := [name for name in found if name not in known]:
            raise argparse.ArgumentTypeError(f"must be of {', '.join(known)}, with commas between several, not {unknown[0]!r}")
        return found

    return parse


def weights(text: str) -> dict[str, float]:
    """The type of arguments that give weights to names, between commas; whether names are known is seen where they are used."""
    pairs = [part.partition("=") for part in text.split(",")]
    found = {name.strip(): _number(value) for name, _, value in pairs}
    if len(found) < len(pairs) or not all(0 < value < math.inf for value in found.values()):
        raise argparse.ArgumentTypeError(f"must be names with numbers above 0, such as a=1,b=0.5, each name once, not {text!r}")
    return found


def positive(text: str) -> float:
    """The type of arguments that are numbers above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return value


def not_negative(text: str) -> float:
    """The type of arguments that are numbers of at least 0."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of at least 0, not {text!r}")
    return value


def share(text: str) -> float:
    """The type of arguments that are numbers between 0 and 1."""
    value = _number(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be a number between 0 and 1, not {text!r}")
    return value


def share_or_auto(text: str) -> float | str:
    """The type of arguments that are numbers between 0 and 1, or "auto"."""
    return text if text == "auto" else share(text)


def _number(text: str) -> float:
    """What a text says, no number where it says none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
