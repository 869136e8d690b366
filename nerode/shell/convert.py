"""`nerode convert`: an automaton in another format."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.formats.listing import LISTINGS
from nerode.automata.mealy import Mealy, from_mealy, to_mealy
from nerode.automata.vpa import VPA
from nerode.errors import InputError
from nerode.files import check_writable, write_whole
from nerode.grammars.files import SUFFIXES, is_grammar_file, read_grammar_file, text_for
from nerode.grammars.loading import load_metadata
from nerode.grammars.of_stack import grammar_of
from nerode.grammars.regular_expressions import from_regex
from nerode.shell.arguments import EXPRESSION
from nerode.shell.common import Answer, loaded, rewrite, rewritten, said
from nerode.shell.console import Status
from nerode.teachers.checkpoints import check_output
from nerode.words import Alphabet


def run(options: Namespace, status: Status) -> Answer:
    """An automaton in another format."""
    expression = isinstance(options.automaton, str)
    if not expression and not is_grammar_file(options.automaton):
        if options.alphabet is not None:
            raise InputError(
                f"--alphabet is for regular expressions and grammars; {options.automaton} has its own, so leave it out"
            )
        if options.out.suffix.lower() in LISTINGS and options.reading is None:
            return rewrite(options, None, (), status)
    if options.out.suffix.lower() not in (*LISTINGS, *SUFFIXES):
        suffixes = ", ".join((*LISTINGS, *SUFFIXES))
        raise InputError(f"cannot save an automaton as {options.out}: the suffix must be one of {suffixes}")
    check_writable(options.out)
    check_output(options.out)
    automaton = _as(options.reading, _read(options, status))
    if is_grammar_file(options.out):
        write_whole(options.out, text_for(options.out, automaton))
    else:
        automaton.save(options.out, extraction=_origin(options))
    return rewritten(options, automaton)


def _as(reading: str | None, automaton: Automaton) -> Automaton:
    """The Mealy machine of a DFA, its DFA, or the grammar of an automaton with a stack; itself where nothing is asked for."""
    if reading is None or reading == automaton.kind:
        return automaton
    if reading == Mealy.kind and isinstance(automaton, DFA):
        return to_mealy(automaton)
    if reading == DFA.kind and isinstance(automaton, Mealy):
        return from_mealy(automaton)
    if reading == CFG.kind and isinstance(automaton, VPA):
        return grammar_of(automaton)
    if reading == CFG.kind:
        raise InputError(f"--as cfg is for automata with a stack, and this is a {automaton.kind.upper()}; leave it out")
    raise InputError(f"--as {reading} is for DFAs and Mealy machines, and this is a {automaton.kind.upper()}; leave it out")


def _origin(options: Namespace) -> dict[str, Any] | None:
    """What is known of the extraction of an automaton file."""
    return None if isinstance(options.automaton, str) else load_metadata(options.automaton)


def _read(options: Namespace, status: Status) -> Automaton:
    """The automaton of a regular expression, of a grammar or of a file."""
    alphabet = None if options.alphabet is None else Alphabet(options.alphabet)
    if isinstance(options.automaton, str):
        if alphabet is None:
            raise InputError("a regular expression does not say which symbols there are; give them with --alphabet, such as ab")
        return from_regex(options.automaton.removeprefix(EXPRESSION), alphabet)
    if is_grammar_file(options.automaton):
        return said(options.automaton, read_grammar_file(options.automaton, alphabet), status)
    return loaded(options.automaton, status)
