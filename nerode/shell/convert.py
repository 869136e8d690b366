"""`nerode convert`: an automaton in another format."""

from __future__ import annotations

from argparse import Namespace

from nerode.automata.base import Automaton
from nerode.automata.formats.listing import LISTINGS
from nerode.errors import InputError
from nerode.files import check_writable, write_whole
from nerode.grammars.files import SUFFIXES, is_grammar_file, read_grammar_file, text_for
from nerode.grammars.regular_expressions import from_regex
from nerode.shell.arguments import EXPRESSION
from nerode.shell.common import Answer, loaded, rewrite, rewritten
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
        if options.out.suffix.lower() in LISTINGS:
            return rewrite(options, None, (), status)
    if options.out.suffix.lower() not in (*LISTINGS, *SUFFIXES):
        suffixes = ", ".join((*LISTINGS, *SUFFIXES))
        raise InputError(f"cannot save an automaton as {options.out}: the suffix must be one of {suffixes}")
    check_writable(options.out)
    check_output(options.out)
    automaton = _read(options, status)
    if is_grammar_file(options.out):
        write_whole(options.out, text_for(options.out, automaton))
    else:
        automaton.save(options.out)
    return rewritten(options, automaton)


def _read(options: Namespace, status: Status) -> Automaton:
    """The automaton of a regular expression, of a grammar or of a file."""
    alphabet = None if options.alphabet is None else Alphabet(options.alphabet)
    if isinstance(options.automaton, str):
        if alphabet is None:
            raise InputError("a regular expression does not say which symbols there are; give them with --alphabet, such as ab")
        return from_regex(options.automaton.removeprefix(EXPRESSION), alphabet)
    if is_grammar_file(options.automaton):
        return read_grammar_file(options.automaton, alphabet)
    return loaded(options.automaton, status)
