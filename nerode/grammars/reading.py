"""Reads regular expressions in the regular part of the syntax of Python's `re`.

An expression matches a word where `re.fullmatch` does. Read are letters, escapes, classes, `.`, groups, `|`, the quantifiers
`* + ? {n} {n,} {n,m}`, lazy ones too, `^` and `$` at the ends, and lookaheads `(?!…)` and `(?=…)` where the whole expression, or
an alternative of it, begins. `.` and negated classes mean letters of the alphabet. Nothing here calls itself, so brackets may be
nested as deeply as one likes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from nerode.errors import InputError
from nerode.grammars.codes import coded
from nerode.grammars.positions import Branch, Condition, Part, Positions

COUNT = re.compile(r"\{([0-9]*)(?:(,)([0-9]*))?\}")
GROUP = re.compile(r"\((?:\?:|\?P<[^\W\d]\w*>)?(?!\?)")
LOOKAHEAD = re.compile(r"\(\?([=!])")
MOST_CHARACTERS = 1_000_000  # of an expression
MOST_DIGITS = 9  # of a number of repetitions
REFUSED_GROUPS = {
    "(?<=": "looks behind",
    "(?<!": "looks behind",
    "(?P=": "refers back to a group",
    "(?(": "depends on a group",
    "(?>": "is an atomic group",
    "(?#": "is a comment",
}
REFUSED_ESCAPES = {"b": "is a boundary of words", "B": "is a boundary of words", "N": "names a character"}
FAMILIES = "dDwWsS"


@dataclass
class _Frame:
    """A bracket that is still open, or the whole expression."""

    opened: int  # the place of its bracket, −1 for the whole expression
    begun: Part  # matches ε; where each alternative begins
    chosen: Part  # the alternatives before
    before: Part  # of this alternative, without its last piece
    last: Part | None = None  # the last piece, which a quantifier repeats
    lookahead: str = ""  # "=" or "!"
    ended: bool = False  # by "$"
    started: bool = False  # a letter or group was read in this alternative
    conditions: list[Condition] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)


class Reader:
    """Reads one expression over an alphabet of characters."""

    def __init__(self, text: str, characters: Sequence[str]) -> None:
        self.text = text
        self.characters = characters
        self.index = {character: i for i, character in enumerate(characters)}
        self.ordered = sorted(characters)
        self.positions = Positions()
        self.place = 0
        self.frames: list[_Frame] = []

    def read(self) -> list[Branch]:
        """Return the alternatives of the expression; those without conditions are one.

        Raises
        ------
        InputError : no expression, or one that is not among those read here, with the place
        """
        if len(self.text) > MOST_CHARACTERS:
            raise InputError(f"the regular expression has more than {MOST_CHARACTERS:,} characters; simplify it")
        self._open(-1, "")
        while self.place < len(self.text):
            self._step(self.text[self.place])
        frame = self.frames[-1]
        if frame.opened >= 0:
            self._refuse("this bracket is never closed", frame.opened)
        self._end_branch()
        return frame.branches

    def _step(self, character: str) -> None:
        """Read one piece at the present place."""
        match character:
            case "(":
                self._open_group()
            case ")":
                self._close_group()
            case "|":
                self._end_branch()
                self.place += 1
            case "*" | "+" | "?" | "{":
                self._quantify()
            case "^":
                self._begin_anchor(1)
            case "$":
                self._end_anchor(1)
            case "[":
                self._piece(self._class())
            case "." | "\\":
                self._dot_or_escape(character)
            case _:
                self._piece(frozenset([self._letter(character, self.place)]))
                self.place += 1

    # pieces

    def _piece(self, symbols: frozenset[int]) -> None:
        self._add(self.positions.letters(symbols))

    def _add(self, part: Part) -> None:
        """Append a piece to the alternative that is being read."""
        frame = self.frames[-1]
        if frame.ended:
            self._refuse("nothing may follow '$'; anchors stand at the ends only")
        if frame.last is not None:
            frame.before = self.positions.concatenate(frame.before, frame.last)
        frame.last, frame.started = part, True

    def _letter(self, character: str, place: int) -> int:
        if character not in self.index:
            self._refuse(f"{character!r} is not in the alphabet; add it, or leave it out", place)
        return self.index[character]

    def _quantify(self) -> None:
        frame, begun = self.frames[-1], self.place
        character = self.text[begun]
        if character == "{":
            found = COUNT.match(self.text, begun)
            if found is None or found[0] == "{}":
                self._refuse("'{' begins no number of repetitions such as {2,3}; write \\{ for the letter")
            if max(len(found[1]), len(found[3] or "")) > MOST_DIGITS:
                self._refuse("the number of repetitions is too large")
            least = int(found[1] or 0)
            most = least if found[2] is None else int(found[3]) if found[3] else None
            self.place = found.end()
        else:
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
            self.place += 1
        if frame.last is None or frame.ended:
            self._refuse("there is nothing to repeat before this quantifier", begun)
        if most is not None and least > most:
            self._refuse("the smaller number of repetitions comes first", begun)
        frame.before, frame.last = self.positions.concatenate(frame.before, self.positions.repeat(frame.last, least, most)), None
        following = self.text[self.place : self.place + 1]
        if following == "?":  # a lazy quantifier finds other matches in a text, but matches the same words
            self.place += 1
        elif following == "+":
            self._refuse("possessive quantifiers are not read, since they do not try all ways to match")
        if self.text[self.place : self.place + 1] in ("*", "+", "?", "{"):
            self._refuse("a quantifier follows a quantifier; put brackets around what is repeated")

    def _dot_or_escape(self, character: str) -> None:
        following = self.text[self.place + 1 : self.place + 2]
        if character == ".":
            self._piece(frozenset(self.index.values()))
            self.place += 1
        elif following == "A":
            self._begin_anchor(2)
        elif following in ("Z", "z"):
            self._end_anchor(2)
        else:
            begun = self.place
            escaped = self._escape()
            self._piece(escaped if isinstance(escaped, frozenset) else frozenset([self._letter(escaped, begun)]))

    def _escape(self, in_class: bool = False) -> str | frozenset[int]:
        """Return the character of the escape at the present place, or the letters of a family such as \\d, and go past it."""
        following = self.text[self.place + 1 : self.place + 2]
        if not following:
            self._refuse("the expression ends with a backslash")
        code = coded(self.text, self.place, in_class)
        if code is not None:
            character, self.place = code
            if not character:
                self._refuse("there is no such character")
            return character
        if following in FAMILIES:
            self.place += 2
            family = re.compile(f"\\{following}")
            return frozenset(i for i, character in enumerate(self.characters) if family.fullmatch(character))
        if following.isascii() and following.isalnum():
            what = (
                "refers back to a group" if following.isdigit() else REFUSED_ESCAPES.get(following, "is no escape that is read")
            )
            self._refuse(f"\\{following} {what}; only regular expressions in the strict sense are read")
        self.place += 2
        return following

    def _class(self) -> frozenset[int]:
        """Return the letters of the class at the present place, and go past it."""
        begun = self.place
        self.place += 1
        negated = self.text.startswith("^", self.place)
        self.place += negated
        found: set[int] = set()
        first = True
        while first or not self.text.startswith("]", self.place):
            first = False
            low = high = self._member(begun)
            if self.text.startswith("-", self.place) and self.text[self.place + 1 : self.place + 2] not in ("]", ""):
                self.place += 1
                high = self._member(begun)
            elif isinstance(low, frozenset):
                found |= low
                continue
            if isinstance(low, frozenset) or isinstance(high, frozenset) or high < low:
                self._refuse("this range of letters ends before it begins", self.place - 1)
            inside = slice(bisect_left(self.ordered, low), bisect_right(self.ordered, high))
            found.update(self.index[character] for character in self.ordered[inside])
        self.place += 1
        return frozenset(self.index.values()) - found if negated else frozenset(found)

    def _member(self, begun: int) -> str | frozenset[int]:
        """Return a character of a class, or the letters of a family, and go past it."""
        if self.place >= len(self.text):
            self._refuse("this class of letters is never closed", begun)
        if self.text[self.place] == "\\":
            return self._escape(in_class=True)
        self.place += 1
        return self.text[self.place - 1]

    # brackets and ends

    def _open(self, opened: int, lookahead: str) -> None:
        begun = self.positions.empty()
        self.frames.append(_Frame(opened, begun, self.positions.nothing(), begun, lookahead=lookahead))

    def _open_group(self) -> None:
        frame, begun = self.frames[-1], self.place
        if self.text.startswith("(?!)", begun):
            self.place += 4
            self._add(self.positions.nothing())
            return
        group, lookahead = GROUP.match(self.text, begun), LOOKAHEAD.match(self.text, begun)
        if lookahead is not None and (frame.opened >= 0 or frame.started):
            self._refuse("a lookahead may stand only where the whole expression, or an alternative of it, begins")
        opening = group or lookahead
        if opening is None:
            what = next((what for start, what in REFUSED_GROUPS.items() if self.text.startswith(start, begun)), "sets flags")
            self._refuse(f"this group {what}; only regular expressions in the strict sense are read")
        if frame.ended:
            self._refuse("nothing may follow '$'; anchors stand at the ends only")
        self.place = opening.end()
        self._open(begun, "" if lookahead is None else lookahead[1])

    def _close_group(self) -> None:
        if len(self.frames) == 1:
            self._refuse("this bracket was never opened")
        self._end_branch()
        frame = self.frames.pop()
        self.place += 1
        if not frame.lookahead:
            self._add(frame.chosen)
            return
        part = frame.chosen
        if not frame.ended:
            rest = self.positions.repeat(self.positions.letters(frozenset(self.index.values())), 0, None)
            part = self.positions.concatenate(part, rest)
        self.frames[-1].conditions.append(Condition(part, frame.lookahead == "!"))

    def _end_branch(self) -> None:
        """End an alternative, and begin the next one."""
        frame = self.frames[-1]
        if frame.lookahead and frame.ended and self.text[self.place] == "|":
            self._refuse("'$' ends a lookahead as a whole; put brackets around its alternatives")
        whole = frame.before if frame.last is None else self.positions.concatenate(frame.before, frame.last)
        frame.chosen = self.positions.choose(frame.chosen, whole)
        if frame.opened < 0:
            frame.branches.append(Branch(whole, tuple(frame.conditions)))
        if not frame.lookahead:
            frame.ended = False
        frame.before, frame.last, frame.started, frame.conditions = self.positions.empty(), None, False, []

    def _begin_anchor(self, length: int) -> None:
        frame = self.frames[-1]
        if frame.opened >= 0 or frame.started or frame.conditions:
            self._refuse("this anchor may stand only where the whole expression, or an alternative of it, begins")
        self.place += length

    def _end_anchor(self, length: int) -> None:
        frame = self.frames[-1]
        if frame.opened >= 0 and not frame.lookahead:
            self._refuse("this anchor may stand only where the whole expression, or an alternative of it, ends")
        if frame.lookahead and frame.chosen.nullable | (frame.chosen.first != 0):
            self._refuse("'$' ends a lookahead as a whole; put brackets around its alternatives")
        frame.ended = True
        self.place += length

    def _refuse(self, what: str, place: int | None = None) -> NoReturn:
        place = self.place if place is None else place
        raise InputError(f"the regular expression cannot be read at character {place + 1}: {what}")
