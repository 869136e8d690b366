"""Vocabularies that a program stored beside its weights: tables of symbols and tokens under a usual name.

Other tables of whole numbers, such as widths of layers, stand beside weights too; so a table counts only if it names nearly all
tokens of the network and none beyond.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from torch import Tensor

from nerode.errors import CONTROL, InputError
from nerode.teachers.imports.importing import Imported, Wanted
from nerode.teachers.imports.vocabulary import is_special, table_of

UNIT, PLACE = r"(char|character|tok|token|sym|symbol|letter|word|ch|s|str)s?", r"(id|ids|ix|idx|index|int|i)"
NAMES = re.compile(
    rf"((src|source|input|char|character|token|word)_?)?(vocab|vocabulary|stoi|itos)|alphabet|charset|(char|character|token|symbol|letter)s"
    rf"|(char|token|word)_?index|{UNIT}_?(2|to)_?{PLACE}|{PLACE}_?(2|to)_?{UNIT}",
    re.IGNORECASE,
)
"""Names under which programs store vocabularies of what a network reads."""
UNNAMED = 4  # tokens that a vocabulary may lack, such as padding
DEEPEST = 5  # dictionaries in one another


class Table(NamedTuple):
    """The token of each symbol; in a list the place of a symbol is its token, if the list has all tokens."""

    tokens: dict[str, int]
    listed: bool


Tables = dict[str, Table]
"""Tables by the names that lead to them, between dots."""


def tables_in(content: Any) -> Tables:
    """Return the tables of symbols and tokens in what was loaded from a file; of equal ones the first."""
    found: Tables = {}
    for name, table in _tables(content, (), set()):
        if table not in found.values() and not any(map(CONTROL.search, (name, *table.tokens))):
            found[name] = table
    return found


def with_kept(tables: Tables, tokens: int, wanted: Wanted) -> tuple[Wanted, str | None]:
    """Return what is wanted with the only table that fits a network of so many tokens, and its name; None where none is taken.

    A vocabulary of the user's goes before.

    Raises
    ------
    InputError : an alphabet with symbols that the table lacks
    """
    fitting = {
        name: table.tokens
        for name, table in tables.items()
        if not all(map(is_special, table.tokens))
        and max(table.tokens.values()) < tokens
        and len(table.tokens) >= (tokens if table.listed else tokens - UNNAMED)
    }
    if wanted.vocabulary is not None or not fitting or any(table != next(iter(fitting.values())) for table in fitting.values()):
        return wanted, None
    name, table = next(iter(fitting.items()))
    if missing := [symbol for symbol in wanted.alphabet or () if symbol not in table]:
        raise InputError(
            f"the vocabulary {name} in the file has no symbol {missing[0]!r}, which --alphabet names; give --vocabulary FILE if "
            "the tokens are others"
        )
    return replace(wanted, vocabulary=table), name


def telling(made: Imported, name: str | None) -> Imported:
    """Return an import that says which table in the file it goes by."""
    if name is None:
        return made
    said = f"the tokens are those of {name} in the file (--vocabulary FILE if not)"
    shown = made.tokens + f" (by {name} in the file)"
    return replace(made, tokens=shown, assumed=made.assumed if made.proof else (said, *made.assumed))


def _tables(content: Any, where: tuple[str, ...], seen: set[int]) -> Iterator[tuple[str, Table]]:
    if not isinstance(content, dict) or len(where) == DEEPEST or id(content) in seen:
        return
    seen.add(id(content))
    for name, value in content.items():
        if not isinstance(name, str) or isinstance(value, Tensor):
            continue
        inner = (*where, name)
        within = list(_tables(value, inner, seen))
        yield from within
        if not within and NAMES.fullmatch(name) and (table := _table(value)):
            yield ".".join(inner), Table(table, not isinstance(value, dict))


def _table(value: Any) -> dict[str, int] | None:
    """Return the table that a value is, as such, as JSON, or as a text whose characters are the symbols."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
        value = list(value) if isinstance(value, str) else value
    with suppress(ValueError, RecursionError):
        return table_of(value)
    return None
