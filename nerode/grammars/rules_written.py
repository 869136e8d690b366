"""Writes context-free grammars, and DFAs by their regular expressions, as rules in GBNF or EBNF."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.reduction import Sides, useful
from nerode.automata.vpa import VPA
from nerode.errors import InputError
from nerode.grammars.notations import Notation
from nerode.grammars.of_stack import grammar_of
from nerode.grammars.regular_expressions import to_term
from nerode.grammars.repetitions import nullable
from nerode.grammars.terms import NOTHING, Choice, Concatenation, Letters, Repeat, Term, counts
from nerode.words import Alphabet, Word

EMPTY = '""'
MOST = 1_000_000  # characters


def rules_of(automaton: Automaton, notation: Notation) -> str:
    """Return the grammar of a CFG, a VPA, or the regular expression of a DFA of two classes; the first line has the alphabet.

    Raises
    ------
    InputError : another automaton, a grammar that derives no word, a rule that begins with itself where the notation has none, or
        a text that is too long
    """
    if isinstance(automaton, VPA):
        automaton = grammar_of(automaton)
    if isinstance(automaton, CFG):
        lines = _lines(automaton, notation)
    elif isinstance(automaton, DFA) and automaton.classes == 2:
        lines = [f"{notation.start or 'root'} ::= {_term(to_term(automaton), automaton.alphabet, notation, outer=True)}"]
    else:
        raise InputError(
            f"{automaton!r} has no grammar in {notation.title}; context-free grammars, VPAs and DFAs of two classes have one"
        )
    for symbol in automaton.alphabet:
        if len(symbol) > 1 and not notation.tokens.fullmatch(notation.literal(symbol)):
            raise InputError(
                f"{notation.title} cannot hold the symbol {symbol!r}, with both kinds of quotation marks; save it as .gbnf"
            )
    head = notation.head.format(" ".join(automaton.alphabet))
    comment = notation.tokens.match(head)
    if comment is None or comment.end() < len(head):
        raise InputError(f"{notation.title} cannot hold a symbol that ends a comment; save it as .json")
    text = "\n".join([head, *lines]) + "\n"
    if len(text) > MOST:
        raise InputError(f"the grammar has more than {MOST:,} characters in {notation.title}; save it as .json")
    return text


def _lines(grammar: CFG, notation: Notation) -> list[str]:
    sides = useful(grammar)
    if not sides[grammar.initial]:
        raise InputError(f"the grammar derives no word, and {notation.title} cannot say so; save it as .json")
    if not notation.left_recursion and (names := _left_recursive(sides)):
        name = grammar.nonterminals[min(names)]
        raise InputError(
            f"programs that read {notation.title} refuse rules that begin with themselves, as that of {name}; save it as .ebnf"
        )
    names_of = _names(grammar, notation)
    order = sorted(sides, key=lambda left: left != grammar.initial)
    return [
        f"{names_of[left]} ::= {' | '.join(_side(right, grammar.alphabet, names_of, notation) for right in sides[left])}"
        for left in order
        if sides[left]
    ]


def _names(grammar: CFG, notation: Notation) -> dict[int, str]:
    """Return a name of each nonterminal that the notation allows."""
    taken = set() if notation.start is None else {notation.start}
    names: dict[int, str] = {}
    for left, name in enumerate(grammar.nonterminals):
        if left == grammar.initial and notation.start is not None:
            names[left] = notation.start
            continue
        plain = re.sub(r"[^A-Za-z0-9-]", "-", name if notation.start is None else name.lower())
        plain = plain if plain[0].isascii() and plain[0].isalpha() else f"n{plain}"
        unique, number = plain, 2
        while unique in taken:
            unique, number = f"{plain}-{number}", number + 1
        taken.add(unique)
        names[left] = unique
    return names


def _side(right: Word, alphabet: Alphabet, names: dict[int, str], notation: Notation) -> str:
    parts: list[str] = []
    for terminal, symbols in groupby(right, key=lambda symbol: symbol >= 0):
        group = list(symbols)
        parts += [_literal(group, alphabet, notation)] if terminal else [names[-1 - symbol] for symbol in group]
    return " ".join(parts) or EMPTY


def _literal(letters: Iterable[int], alphabet: Alphabet, notation: Notation) -> str:
    symbols = [alphabet.symbols[letter] for letter in letters]
    return notation.literal("".join(symbols)) if alphabet.single_characters else " ".join(map(notation.literal, symbols))


def _left_recursive(sides: Sides) -> set[int]:
    """Return the nonterminals with a derivation that begins with themselves."""
    empty = nullable([(left, right) for left, rights in sides.items() for right in rights])
    corners: dict[int, set[int]] = {left: set() for left in sides}
    for left, rights in sides.items():
        for right in rights:
            for symbol in right:
                if symbol < 0:
                    corners[left].add(-1 - symbol)
                if -1 - symbol not in empty:
                    break
    recursive = set()
    for left in sides:
        reached: set[int] = set()
        waiting = [left]
        while waiting:
            new = corners[waiting.pop()] - reached
            reached |= new
            waiting += new
        if left in reached:
            recursive.add(left)
    return recursive


def _term(term: Term, alphabet: Alphabet, notation: Notation, outer: bool = False) -> str:
    """Return a term; in brackets where it is a choice or a sequence, unless it is all there is."""
    match term:
        case Letters():
            return _letters(sorted(term.symbols), alphabet, notation, outer)
        case Repeat():
            return _repeat(term, alphabet, notation)
        case Concatenation():
            text = _sequence(term, alphabet, notation)
            return text if outer or len(term.parts) < 2 else f"({text})"
        case Choice() if term == NOTHING:
            raise InputError(f"no word is accepted, and {notation.title} cannot say so; save it as .json")
        case Choice():
            text = " | ".join(
                sorted((_term(part, alphabet, notation, outer=True) for part in term.parts), key=lambda t: (len(t), t))
            )
            return text if outer else f"({text})"
    raise TypeError(f"unknown term {type(term).__name__}")


def _sequence(term: Concatenation, alphabet: Alphabet, notation: Notation) -> str:
    parts: list[str] = []
    single = [next(iter(part.symbols)) if isinstance(part, Letters) and len(part.symbols) == 1 else None for part in term.parts]
    place = 0
    while place < len(single):
        end = place
        while end < len(single) and single[end] is not None:
            end += 1
        if end > place:
            parts.append(_literal([letter for letter in single[place:end] if letter is not None], alphabet, notation))
        else:
            parts.append(_term(term.parts[place], alphabet, notation))
        place = max(end, place + 1)
    return " ".join(parts) or EMPTY


def _repeat(term: Repeat, alphabet: Alphabet, notation: Notation) -> str:
    part = _term(term.term, alphabet, notation)
    plain = (term.least, term.most) in ((0, 1), (0, None), (1, None))
    if plain or notation.counts:
        return part + counts(term.least, term.most)
    if (term.least + (term.most or 0)) * len(part) > MOST:
        raise InputError(f"the grammar has more than {MOST:,} characters in {notation.title}; save it as .json")
    if term.most is None:
        return f"({' '.join([part] * (term.least - 1) + [part + '+'])})"
    return f"({' '.join([part] * term.least + [part + '?'] * (term.most - term.least))})"


def _letters(letters: list[int], alphabet: Alphabet, notation: Notation, outer: bool) -> str:
    if len(letters) == 1 or not alphabet.single_characters:
        text = " | ".join(_literal([letter], alphabet, notation) for letter in letters)
        return text if outer or len(letters) == 1 else f"({text})"
    return f"[{''.join(notation.character(alphabet.symbols[letter]) for letter in letters)}]"
