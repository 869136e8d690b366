"""Two notations of context-free grammars: GBNF, and the EBNF of the W3C.

GBNF is the notation of llama.cpp (grammars/README.md there), which xgrammar reads too: language models are made to write words of
such a grammar. The EBNF is that of the XML recommendation of the W3C, section 6: tools for railroad diagrams read it, and its
operators are those of regular expressions. ISO 14977 has others, wants a comma between all symbols, and reads no numbered
characters.

Both write a symbol of an alphabet as its characters. A first line in a comment names the alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from nerode.errors import InputError

ROOT = "root"
MOST_LETTERS = 1000  # of an alphabet that a file does not name


@dataclass(frozen=True)
class Notation:
    """How a grammar is written.

    Parameters
    ----------
    title : of the notation, in sentences
    head : the first line, with the alphabet at {}
    tokens : what a text is made of; the name of the group that matches says which kind
    literal, character : a text, and a character of a class, as they are written
    pieces, plain : how the inside of a class is cut into characters, and the character of such a piece
    escapes : whether a literal in quotation marks is cut in this way too; else it is its characters
    counts : whether {2,3} is a repetition
    start : the name of the first nonterminal; None where it is that of the first rule
    left_recursion : whether a rule may begin with itself
    """

    title: str
    head: str
    tokens: re.Pattern[str]
    literal: Callable[[str], str]
    character: Callable[[str], str]
    pieces: re.Pattern[str]
    plain: Callable[[str], str]
    escapes: bool
    counts: bool
    start: str | None
    left_recursion: bool


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'", "[": "[", "]": "]", "-": "-", "^": "^", "/": "/"}
_ESCAPED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)
_CODED = re.compile(r"#x[0-9A-Fa-f]{1,6}|.", re.DOTALL)
LAST = 0x10FFFF


def _of_escape(piece: str) -> str:
    if not piece.startswith("\\") or len(piece) < 2:
        return piece
    if len(piece) > 2:
        return _of_code(piece[2:])
    if piece[1] not in _ESCAPES:
        raise InputError(f"GBNF has no escape {piece}")
    return _ESCAPES[piece[1]]


def _of_code(digits: str) -> str:
    code = int(digits, 16)
    if code > LAST or 0xD800 <= code < 0xE000:
        raise InputError(f"there is no character of number {digits}")
    return chr(code)


def _of_number(piece: str) -> str:
    return piece if len(piece) < 3 else _of_code(piece[2:])


def check_letters(letters: Iterable[str], line: int) -> None:
    """Refuse the letters that a grammar has up to a line, if they are no alphabet.

    Raises
    ------
    InputError : white space, or more than MOST_LETTERS
    """
    found = list(letters)
    if blank := next(filter(str.isspace, found), None):
        raise InputError(
            f"line {line} has the letter {blank!r}, and symbols are no white space; write another character for it, such as ␣ "
            'for the space, and give constraints its text: nerode.constrain(…, texts={"␣": " "})'
        )
    if len(found) > MOST_LETTERS:
        raise InputError(f"more than {MOST_LETTERS:,} different characters occur; a grammar has fewer symbols")


def _gbnf_literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _gbnf_character(character: str) -> str:
    return f"\\x{ord(character):02X}" if character in '\\]^-["' else character


def _ebnf_literal(text: str) -> str:
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    parts = map(_ebnf_literal, re.findall(r'"+|[^"]+', text))
    return f"({' '.join(parts)})"


def _ebnf_character(character: str) -> str:
    return f"#x{ord(character):X}" if character in "#]^-[" else character


GBNF = Notation(
    "GBNF",
    "# alphabet: {}",
    re.compile(
        r"(?P<blank>\s+|\#[^\n]*)|(?P<is>::=)|(?P<name>[A-Za-z][A-Za-z0-9_-]*)"
        r'|(?P<literal>"(?:[^"\\\n]|\\.)*")|(?P<class>\[(?:[^\]\\\n]|\\.)*\])|(?P<count>\{\d*(?:,\d*)?\})|(?P<sign>[()|*+?.])'
    ),
    _gbnf_literal,
    _gbnf_character,
    _ESCAPED,
    _of_escape,
    True,
    True,
    ROOT,
    False,
)
EBNF = Notation(
    "the EBNF of the W3C",
    "/* alphabet: {} */",
    re.compile(
        r"(?P<blank>\s+|/\*(?:[^*]|\*(?!/))*\*/)|(?P<is>::=)|(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)"
        r"""|(?P<literal>"[^"]*"|'[^']*'|\#x[0-9A-Fa-f]+)|(?P<class>\[[^\]\n]*\])|(?P<sign>[()|*+?])"""
    ),
    _ebnf_literal,
    _ebnf_character,
    _CODED,
    _of_number,
    False,
    False,
    None,
    True,
)
