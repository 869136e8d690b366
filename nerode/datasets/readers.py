"""Reads and writes files of words, in two formats that are recognised by their content.

*Numbered*, as in PAutomaC, SPiCe and TAYSIR: the first line is "words symbols"; each other line is a word, with its length and
its symbols: "3 0 2 1"; "0" is ε. Symbols are "0", "1", …. In TAYSIR's files the last two symbols are a start and an end marker
that enclose every word. They are removed from the words and the alphabet.

*Plain*: one word per line. Symbols are separated by spaces; if no line has a space, each character is a symbol. An empty line
is ε, and so is "ε".

A file is numbered if its first line consists of two integers and at least half of the other lines, and at least one, begin
with the number of symbols that follow. Where each line has one tab, its first line also has to count the other lines. All other
files are plain.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from nerode.errors import InputError
from nerode.files import PathLike, read_text, write_whole
from nerode.words import EPSILON, Alphabet, Word, Words, shortlex

_HEADER = re.compile(r"\d+\s+\d+\s*", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER, _MOST_SYMBOLS = 9, 10**6  # limits on a header, whose few digits could otherwise exhaust the memory


def read_words(path: PathLike, alphabet: Alphabet | None = None) -> tuple[list[Word], Alphabet]:
    """Read a file of words, numbered or plain.

    Markers are removed from a numbered file if every word begins with the second-last symbol, ends with the last, and has neither
    in between, unless the given alphabet includes them.

    Parameters
    ----------
    alphabet : of the words; by default the symbols that the header counts, or those that occur in a plain file, shorter symbols
        first, then in the order of their characters

    Raises
    ------
    InputError : a file that cannot be read, has no words, violates its format, or has symbols outside the alphabet
    """
    lines = read_lines(path)
    if is_numbered(lines):
        return _read_numbered(path, lines, alphabet)
    return _read_plain(path, lines, alphabet)


def write_words(path: PathLike, words: Words, alphabet: Alphabet) -> None:
    """Write words so that `read_words` with the same alphabet restores them; the file is written completely or not at all.

    The format is plain, except for alphabets of the numbers 0 to 10 or more: plain lines of numbers could be mistaken for the
    numbered format.

    Raises
    ------
    InputError : no words, or a folder that cannot be written to
    """
    if not words:
        raise InputError("there are no words to write; a file of words needs at least one")
    if not alphabet.single_characters and alphabet == Alphabet.of_size(len(alphabet)):
        lines = [f"{len(words)} {len(alphabet)}", *(" ".join(map(str, (len(word), *word))) for word in words)]
    else:
        lines = [alphabet.text(word) for word in words]
    write_whole(path, "".join(line + "\n" for line in lines))


def read_lines(path: PathLike) -> list[str]:
    """Return the lines of a text file, at least one.

    Raises
    ------
    InputError : a file that cannot be read, is no text, or is empty
    """
    text = read_text(path)
    if "\0" in text:
        raise InputError(f"{path} is not a text file: it has zero bytes in it")
    if not text:
        raise InputError(f"{path} is empty; a file of words needs at least one")
    return text.removesuffix("\n").split("\n")


def has_header(lines: list[str]) -> bool:
    """Return whether the first line consists of two integers, how many words and symbols there are, and others follow.

    Where each line has one tab the integers may be a label and a word. They are a header only if the first counts the other
    lines.
    """
    if len(lines) < 2 or not _HEADER.fullmatch(lines[0]):
        return False
    filled = [line for line in lines if line.strip()]
    return any(line.count("\t") != 1 for line in filled) or lines[0].split()[0].lstrip("0") == str(len(filled) - 1)


def is_numbered(lines: list[str]) -> bool:
    """Return whether a file with these lines is numbered."""
    if not has_header(lines):
        return False
    parts = [line.split() for line in lines[1:] if line.strip()]
    fitting = sum(part[0] == str(len(part) - 1) for part in parts)
    return fitting > 0 and 2 * fitting >= len(parts)


def _read_numbered(path: PathLike, lines: list[str], alphabet: Alphabet | None) -> tuple[list[Word], Alphabet]:
    symbols = read_header(path, lines)
    words = [_numbered_word(path, number, line) for number, line in enumerate(lines[1:], start=2)]
    if _has_markers(words, symbols) and (alphabet is None or len(alphabet) != symbols):
        words = [word[1:-1] for word in words]
        symbols -= 2
    letters = symbols if alphabet is None else len(alphabet)
    if max(chain.from_iterable(words), default=0) >= letters:
        number, symbol = next((i, max(word)) for i, word in enumerate(words, start=2) if max(word, default=0) >= letters)
        raise InputError(f"{path}, line {number}: the symbol {symbol} is outside the alphabet 0 … {letters - 1}")
    return words, alphabet or Alphabet.of_size(letters)


def read_header(path: PathLike, lines: list[str]) -> int:
    """Return the number of symbols that the header counts, and remove blank lines at the end.

    Raises
    ------
    InputError : a header that counts other words than follow, or an impossible number of symbols
    """
    header = lines[0].split()
    if max(map(len, header)) > _LONGEST_NUMBER:
        raise InputError(f"{path}, line 1: the header has a number of more than {_LONGEST_NUMBER} digits")
    count, symbols = map(int, header)
    while not lines[-1].strip():
        lines.pop()
    if count != len(lines) - 1:
        raise InputError(f"{path}, line 1: the header counts {count} words, but {len(lines) - 1} lines follow")
    if not 1 <= symbols <= _MOST_SYMBOLS:
        raise InputError(f"{path}, line 1: the header counts {symbols or 'no'} symbols; there may be 1 to {_MOST_SYMBOLS:,}")
    return symbols


def _numbered_word(path: PathLike, number: int, line: str) -> Word:
    try:
        length, *word = map(int, line.split())
    except ValueError as error:
        raise InputError(f"{path}, line {number}: expected a length and symbols, all of them integers") from error
    if length != len(word):
        raise InputError(f"{path}, line {number}: the length is said to be {length}, but {len(word)} symbols follow")
    if word and min(word) < 0:
        raise InputError(f"{path}, line {number}: the symbol {min(word)} is negative; symbols are 0, 1, 2, …")
    return tuple(word)


def _has_markers(words: list[Word], symbols: int) -> bool:
    """Return whether the last two symbols enclose every word and occur nowhere else; the alphabet needs a third symbol."""
    start, end = symbols - 2, symbols - 1
    return symbols > 2 and all(
        len(word) >= 2 and word[0] == start and word[-1] == end and max(word[1:-1], default=0) < start for word in words
    )


def _read_plain(path: PathLike, lines: list[str], alphabet: Alphabet | None) -> tuple[list[Word], Alphabet]:
    known = frozenset(alphabet or ())
    spaced = any(len(line.split()) > 1 for line in lines) or (alphabet is not None and not alphabet.single_characters)
    return index_rows(path, [symbols_of(line, spaced, known) for line in lines], range(1, len(lines) + 1), alphabet)


def index_rows(
    path: PathLike, rows: Sequence[Sequence[str]], numbers: Iterable[int], alphabet: Alphabet | None
) -> tuple[list[Word], Alphabet]:
    """Return the words of rows of symbols, and the alphabet, which is collected from them if None is given.

    Parameters
    ----------
    numbers : the line of each row, for errors

    Raises
    ------
    InputError : a symbol outside the alphabet, or no symbol at all to make an alphabet of
    """
    if alphabet is None:
        alphabet = _occurring(path, rows)
    index = {symbol: i for i, symbol in enumerate(alphabet)}
    words = []
    for number, row in zip(numbers, rows, strict=True):
        try:
            words.append(tuple([index[symbol] for symbol in row]))
        except KeyError as error:
            beside = "; each line is a word alone, so leave out the number beside it" if _has_number(row, index) else ""
            raise InputError(f"{path}, line {number}: the symbol {error.args[0]!r} is not in the alphabet{beside}") from error
    return words, alphabet


def _has_number(row: Sequence[str], known: Collection[str]) -> bool:
    """Return whether the first or last column of a line is a number, though no symbol is one, and another column is a word."""
    cells = re.split(r"[\s,;]+", row if isinstance(row, str) else " ".join(row))
    words = any(cell and (cell in known or all(letter in known for letter in cell)) for cell in cells)
    return words and any(map(_NUMBER.fullmatch, (cells[0], cells[-1]))) and not any(map(_NUMBER.fullmatch, known))


def symbols_of(line: str, spaced: bool, known: frozenset[str]) -> Sequence[str]:
    """Return the symbols of a word that is given as text: those between spaces, or its characters."""
    line = line.strip()
    if line == EPSILON and EPSILON not in known:
        return ()
    return line.split() if spaced else line


def _occurring(path: PathLike, rows: Iterable[Sequence[str]]) -> Alphabet:
    symbols = set(chain.from_iterable(rows))
    if not symbols:
        raise InputError(f"{path} has no words but ε, so its symbols are not known; give the alphabet")
    try:
        return Alphabet(tuple(sorted(symbols, key=lambda symbol: shortlex(tuple(map(ord, symbol))))))
    except InputError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
