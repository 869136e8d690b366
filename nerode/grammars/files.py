"""Files of regular expressions (.regex), of right-linear grammars (.grammar), and of context-free ones (.gbnf, .ebnf).

A first line `# alphabet: a b c` names the symbols, between spaces; the expression or the grammar follows. In a grammar, lines of
comments may come before it. A file without it needs the alphabet from elsewhere, but for a right-linear grammar whose terminals
are single characters: they are its alphabet.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.formats.document import text_of
from nerode.errors import InputError
from nerode.files import PathLike
from nerode.grammars.notations import EBNF, GBNF
from nerode.grammars.regular_expressions import from_regex, to_regex
from nerode.grammars.right_linear import from_grammar, single_terminals, to_grammar
from nerode.grammars.rules_read import from_rules
from nerode.grammars.rules_written import rules_of
from nerode.words import Alphabet

REGEX, GRAMMAR = ".regex", ".grammar"
NOTATIONS = {".gbnf": GBNF, ".ebnf": EBNF}
SUFFIXES = (REGEX, GRAMMAR, *NOTATIONS)
HEAD = "# alphabet: "


def is_grammar_file(path: PathLike) -> bool:
    """Return whether the suffix names a regular expression or a grammar."""
    return Path(path).suffix.lower() in SUFFIXES


def text_for(path: PathLike, automaton: Automaton) -> str:
    """Return what a file holds: the alphabet, and the expression or the grammar of an automaton, as the suffix wants.

    Raises
    ------
    InputError : an automaton that has none
    """
    suffix = Path(path).suffix.lower()
    if suffix in NOTATIONS:
        return rules_of(automaton, NOTATIONS[suffix])
    if suffix == GRAMMAR:
        body = to_grammar(automaton)
    elif isinstance(automaton, DFA):
        body = to_regex(automaton)
    else:
        raise InputError(f"{automaton!r} has no regular expression; DFAs of two classes have one")
    return f"{HEAD}{' '.join(automaton.alphabet)}\n{body}\n"


def read_grammar_file(path: PathLike, alphabet: Alphabet | None = None) -> DFA | CFG:
    """Return the minimal DFA of a file of a regular expression or of a right-linear grammar, or the grammar of one of rules.

    Parameters
    ----------
    alphabet : the symbols; by default those of the first line

    Raises
    ------
    InputError : a file that cannot be read or is too large, no alphabet, or text that is no expression or no grammar
    """
    notation = NOTATIONS.get(Path(path).suffix.lower())
    if notation is not None:
        try:
            return from_rules(text_of(path), notation, alphabet)
        except InputError as error:
            raise InputError(f"{path} cannot be loaded: {error}") from error
    text = text_of(path)
    grammar = Path(path).suffix.lower() == GRAMMAR
    before = (
        takewhile(lambda line: not line.strip() or line.startswith("#"), text.splitlines()) if grammar else [text.split("\n")[0]]
    )
    named = next((line.removeprefix(HEAD.rstrip()).split() for line in before if line.startswith(HEAD.rstrip())), None)
    found = single_terminals(text) if grammar and alphabet is None and named is None else ()
    if alphabet is None and named is None and not found:
        raise InputError(
            f"{path} does not say which symbols there are; begin it with a line such as {HEAD}a b, or give them to "
            "`nerode convert --alphabet`"
        )
    try:
        symbols = alphabet or Alphabet(tuple(named or found))
        if grammar:
            told = f"its alphabet is that of its terminals: {' '.join(found)}" if found else ""
            return replace(from_grammar(text, symbols), told=told)
        body = text if named is None else text.partition("\n")[2]
        if "\n" in body.rstrip("\r\n"):
            raise InputError("the regular expression is expected in one line")
        return from_regex(body.rstrip("\r\n"), symbols)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error
