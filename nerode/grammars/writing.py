"""Writes terms as regular expressions in the syntax of Python's `re`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from nerode.grammars.terms import NOTHING, Choice, Concatenation, Letters, Repeat, Term, counts
from nerode.words import Alphabet

SPECIAL = frozenset(r"\.^$*+?{}[]()|")
SPECIAL_IN_CLASS = frozenset(r"\]^-[")
HYPHEN = "-"
SHORTEST_RANGE = 3  # letters
ATOM, SEQUENCE, CHOICE = range(3)  # how tightly a text holds together


class Text(NamedTuple):
    """A text, and whether it needs brackets."""

    text: str
    level: int


def written(term: Term, alphabet: Alphabet) -> str:
    """Return a term as text that Python's `re` reads.

    Where all symbols are single characters, the expression matches words as they are written. Else it matches words with a space
    after each symbol. No word matches `(?!)`; ε alone is `()`.
    """
    return _write(term, alphabet).text


def complement_written(term: Term, alphabet: Alphabet) -> str:
    """Return the expression of all words that a term does not match."""
    everything = Repeat(Letters(frozenset(range(len(alphabet)))), 0, None)
    refused = _write(term, alphabet)
    return f"(?!{_enclosed(refused, SEQUENCE)}$){written(everything, alphabet)}"


def _write(term: Term, alphabet: Alphabet) -> Text:
    match term:
        case Letters():
            return _letters(sorted(term.symbols), alphabet)
        case Repeat():
            return _repeat(_write(term.term, alphabet), term.least, term.most)
        case Concatenation():
            return _sequence([_write(part, alphabet) for part in term.parts])
        case Choice() if term == NOTHING:
            return Text("(?!)", ATOM)
        case Choice():
            return Text("|".join(sorted((_write(part, alphabet).text for part in term.parts), key=_shortest_first)), CHOICE)
    raise TypeError(f"unknown term {type(term).__name__}")


def _shortest_first(text: str) -> tuple[int, str]:
    return len(text), text


def _enclosed(part: Text, most: int) -> str:
    """Return a text in brackets, unless it holds together tightly enough."""
    return part.text if part.level <= most else f"({part.text})"


def _repeat(part: Text, least: int, most: int | None) -> Text:
    """Return a repetition, written with a quantifier or spelt out, whichever is shorter."""
    atom, plain = _enclosed(part, ATOM), _enclosed(part, SEQUENCE)
    short = long = atom + counts(least, most)
    if most is not None:
        long = plain * least + f"{atom}?" * (most - least)
    elif least:
        long = plain * (least - 1) + f"{atom}+"
    return Text(min(short, long, key=len), SEQUENCE)


def _sequence(parts: list[Text]) -> Text:
    """Return texts one after the other; what repeats itself is counted where that is not longer: aaaa is a{4}."""
    if not parts:
        return Text("()", ATOM)
    if len(parts) == 1:
        return parts[0]
    texts, written = [_enclosed(part, SEQUENCE) for part in parts], ""
    place = 0
    while place < len(parts):
        best, covered = texts[place], 1
        for period in range(1, (len(parts) - place) // 2 + 1):
            block = texts[place : place + period]
            times = 1
            while texts[place + times * period : place + (times + 1) * period] == block:
                times += 1
            if times > 1:
                whole = parts[place] if period == 1 else Text("".join(block), SEQUENCE)
                counted = f"{_enclosed(whole, ATOM)}{{{times}}}"
                if len(counted) <= len("".join(block)) * times and times * period > covered:
                    best, covered = counted, times * period
        written += best
        place += covered
    return Text(written, SEQUENCE)


def _letters(symbols: Sequence[int], alphabet: Alphabet) -> Text:
    """Return one letter of a class."""
    names = [alphabet.symbols[symbol] for symbol in symbols]
    if not alphabet.single_characters:
        escaped = [f"{''.join(_escaped(character, SPECIAL) for character in name)} " for name in names]
        return Text("|".join(escaped), SEQUENCE if len(names) == 1 else CHOICE)
    if len(names) == 1:
        return Text(_escaped(names[0], SPECIAL), ATOM)
    codes = sorted(map(ord, names))
    runs = [[code for _, code in run] for _, run in groupby(enumerate(codes), key=lambda each: each[1] - each[0])]
    texts = [_run(run) for run in runs]
    last = [text for text in texts if text == HYPHEN]  # [+-] is read as it looks where the hyphen is last
    return Text(f"[{''.join([text for text in texts if text != HYPHEN] + last)}]", ATOM)


def _run(codes: list[int]) -> str:
    """Return characters that follow each other, as a range where there are several."""
    if codes == [ord(HYPHEN)]:
        return HYPHEN
    if len(codes) < SHORTEST_RANGE:
        return "".join(_escaped(chr(code), SPECIAL_IN_CLASS) for code in codes)
    return "-".join(_escaped(chr(code), SPECIAL_IN_CLASS) for code in (codes[0], codes[-1]))


def _escaped(character: str, special: frozenset[str]) -> str:
    return f"\\{character}" if character in special else character
