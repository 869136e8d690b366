"""Loads automata from files of every format: those that hold automata, and those that hold expressions and grammars."""

from __future__ import annotations

from typing import Any

from nerode.automata import loading
from nerode.automata.base import Automaton
from nerode.files import PathLike
from nerode.grammars.files import is_grammar_file, read_grammar_file


def load_automaton(path: PathLike) -> Automaton:
    """Load an automaton in the format that the suffix names; a file with another suffix is read as JSON.

    A file of a regular expression or of a right-linear grammar is its minimal DFA, one of rules a grammar. What was assumed or
    changed to read a file, such as a state for missing transitions, is in the attribute `told`.

    Raises
    ------
    InputError : the file cannot be read, or anything in it is missing, of the wrong type or shape, or does not fit
    """
    return read_grammar_file(path) if is_grammar_file(path) else loading.load_automaton(path)


def load_metadata(path: PathLike) -> dict[str, Any] | None:
    """Return the JSON object that was saved with an automaton under "extraction", or None; only JSON files have one.

    Raises
    ------
    InputError : not an automaton file
    """
    return None if is_grammar_file(path) else loading.load_metadata(path)
