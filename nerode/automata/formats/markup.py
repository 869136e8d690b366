"""XML text of strangers: parsed without document types, so that nothing in it can grow or refer to other files."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from nerode.errors import InputError, first_line

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_plain(text: str) -> None:
    """Check that the text declares no document type and no entities.

    Raises
    ------
    InputError : it does
    """
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise InputError("it declares a document type, which is not read; remove the line that begins with <!DOCTYPE")


def parse(text: str) -> ElementTree.Element:
    """Return the root of an XML text.

    Raises
    ------
    InputError : a document type, or no XML
    """
    check_plain(text)
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f"it is not XML ({first_line(error)})") from error


def check_symbols(symbols: tuple[str, ...], name: str) -> None:
    """Check that XML can hold all characters of the symbols.

    Raises
    ------
    InputError : it cannot
    """
    if unfit := NOT_XML.search("".join(symbols)):
        raise InputError(f"{name} cannot hold the character {unfit[0]!r} of a symbol; save the automaton as JSON")
