"""The lines of AT&T text and of its tables of symbols: what their columns are, and which letters they name."""

from __future__ import annotations

from nerode.automata.formats.document import real
from nerode.errors import InputError, shown

NOTHING = ("<eps>", "<EPS>", "<epsilon>")
K2_END = "-1"  # the letter of k2's own text that leads to the final state
Line = tuple[str, str, str, str | None]
"""Source, target, letter, and weight."""
Finals = dict[str, str | None]
"""The final states and their weights."""


def lines_of(text: str) -> tuple[list[Line], Finals, str]:
    """Return the transitions, the final states with their weights, and what was assumed.

    Raises
    ------
    InputError : lines of another form, or a transducer
    """
    rows = [row for line in text.splitlines() if (row := line.split())]
    arcs = [row for row in rows if len(row) > 2]
    widths = {len(row) for row in arcs}
    if not rows or max(map(len, rows)) > 5:
        raise InputError("each line must have 1 or 2 columns for a final state, and 3 to 5 for a transition")
    if widths == {4}:
        transducer = all(row[2] == row[3] for row in arcs) or not all(map(_is_number, (row[3] for row in arcs)))
    else:
        transducer = 5 in widths
    if transducer and 3 in widths:
        raise InputError("some transitions have an output letter, and others have none")
    if transducer and (apart := [row for row in arcs if row[2] != row[3]]):
        raise InputError(f"it is a transducer that turns {shown(apart[0][2])} into {shown(apart[0][3])}; only acceptors are read")
    if any(row[2] == K2_END for row in arcs):
        raise InputError("it has the letter -1 of k2's own text; write it with k2.to_str(…, openfst=True)")
    place = 4 if transducer else 3
    lines = [(row[0], row[1], row[2], row[place] if len(row) > place else None) for row in arcs]
    told = ""
    if widths == {4} and not transducer and all(cell.isdecimal() for row in arcs for cell in row[2:]):
        told = "the last numbers of its transitions are read as weights; where they are output letters, it is a transducer"
    return lines, {row[0]: row[1] if len(row) == 2 else None for row in rows if len(row) < 3}, told


def _is_number(text: str) -> bool:
    try:
        real(text, "")
    except InputError:
        return False
    return True


def table_of(text: str) -> dict[str, str]:
    """Return the symbols of a table by their numbers as text, in its order; number 0 reads nothing.

    Raises
    ------
    InputError : lines of another form, a symbol with two numbers, or a number with two symbols
    """
    rows = [row for line in text.splitlines() if (row := line.split())]
    if not all(len(row) == 2 and row[1].isdecimal() and row[1].isascii() for row in rows):
        raise InputError("each line of a table of symbols must be a symbol and its number")
    table: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for symbol, digits in rows:
        number = digits.lstrip("0") or "0"
        if table.setdefault(number, symbol) != symbol:
            raise InputError(f"the table of symbols gives the number {number} to {shown(table[number])} and to {shown(symbol)}")
        if numbers.setdefault(symbol, number) != number:
            raise InputError(f"the table of symbols gives {shown(symbol)} the numbers {numbers[symbol]} and {number}")
    return table


def translated(lines: list[Line], table: dict[str, str] | None) -> tuple[list[str | None], str]:
    """Return the symbol of each line, or None where it reads nothing, and what was assumed.

    Letters are names of the table; where one of them is none, all are its numbers. Without a table they are names, unless all
    are numbers: then 0 reads nothing.

    Raises
    ------
    InputError : a letter that the table does not have
    """
    letters = [line[2] for line in lines]
    if table is None:
        if not zero_is_nothing(letters):
            return [None if letter in NOTHING else letter for letter in letters], ""
        told = (
            "its letters are numbers without a table of symbols, so 0 reads nothing, as in OpenFst and k2; if it is a letter, "
            "name it in a table, FILE.syms"
        )
        return [letter if letter.strip("0") else None for letter in letters], told
    names, numbers = {*table.values(), *NOTHING}, table.keys() | NOTHING
    if unknown := [letter for letter in letters if letter not in names and letter not in numbers]:
        raise InputError(f"the table of symbols does not have the letter {shown(unknown[0])}")
    if only_numbers := [letter for letter in letters if letter not in names]:
        if only_names := [letter for letter in letters if letter not in numbers]:
            kinds = f"{shown(only_names[0])} is a name and {shown(only_numbers[0])} a number"
            raise InputError(f"{kinds} of the table of symbols; write all letters as names")
        letters = [table.get(letter, letter) for letter in letters]
    silent = (*NOTHING, table.get("0", NOTHING[0]))
    told = f"{shown(silent[-1])} has the number 0 of the table of symbols, so it reads nothing"
    said = silent[-1] not in NOTHING and silent[-1] in letters
    return [None if letter in silent else letter for letter in letters], told if said else ""


def zero_is_nothing(letters: list[str]) -> bool:
    """Return whether letters without a table are numbers, of which 0 is none."""
    return all(letter.isdecimal() and letter.isascii() for letter in letters) and any(not letter.strip("0") for letter in letters)
