"""The labels of arrows in DOT text: letters, and the outputs of Mealy machines."""

from __future__ import annotations

from itertools import pairwise

from nerode.automata.formats.document import check_size

NOTHING = ("", "ε", "epsilon")
OPENING, CLOSING = "([{", ")]}"


def pieces(text: str) -> list[str | None]:
    """Return the letters of a label: what stands between commas and line breaks outside of brackets; None reads nothing."""
    if text in NOTHING:
        return [None]
    cuts, depth = [-1], 0
    for place, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING and depth > 0)
        if character == "\n" or (character == "," and not depth):
            cuts.append(place)
    check_size(len(cuts), "letters on an arrow")
    stripped = [text[before + 1 : after].strip() for before, after in pairwise([*cuts, len(text)])]
    if not all(stripped) or depth:  # a comma or a bracket is a letter itself
        return [text]
    return [None if piece in NOTHING else piece for piece in stripped]


def answered(text: str) -> list[tuple[str, str]]:
    """Return the letters of a label with their outputs, such as `a / 0`, `a,b / 0` and `a/0, b/1`; none of other labels."""
    divider = " / " if " / " in text else "/"
    parts = [text] if text.count(divider) == 1 else [piece or "" for piece in pieces(text)]
    found: list[tuple[str, str]] = []
    waiting: list[str | None] = []  # letters whose output comes after a later one
    for part in parts:
        letter, _, out = map(str.strip, part.partition(divider))
        if letter and out and divider not in out:
            found += [(one or "", out) for one in [*waiting, *pieces(letter)]]
            waiting = []
        elif "/" in part:
            return []
        else:
            waiting.append(part)
    return found if not waiting and all(letter for letter, _ in found) else []
