"""`nerode trace`: the run of an automaton over words, letter by letter."""

from __future__ import annotations

import sys
from argparse import Namespace

from nerode.errors import InputError
from nerode.eval.tracing import trace
from nerode.shell.classes import kept_classes, shown_classes
from nerode.shell.common import Answer, automaton_beside, loaded_function, named_words, outside_options
from nerode.shell.console import DONE, Status


def run(options: Namespace, status: Status) -> Answer:
    """The run of an automaton over words, beside the answers of its network where one is named."""
    if options.checkpoint is None:
        if options.exact or options.possible or options.top_k or options.top_p or options.alphabet or outside_options(options):
            named = "--exact, --possible, --top-k, --top-p, --alphabet and the options of programs"
            raise InputError(f"{named} are for a network; name it with --teacher")
        automaton, teacher = loaded_function(options.automaton, status), None
    else:
        automaton, teacher = automaton_beside(options, status, loaded_function)
    words = named_words(options, teacher or automaton)
    if words is None:
        words = automaton.alphabet.words([line.rstrip("\r\n") for line in sys.stdin])
    if not words:
        raise InputError("there is no word to trace; name words, or write them to standard input, a word a line")
    classes = kept_classes(options.automaton, automaton) if teacher is None else shown_classes(options, teacher)
    runs = trace(automaton, words, teacher, classes=classes)
    answer = {
        "automaton": str(options.automaton),
        "teacher": None if teacher is None else str(options.checkpoint),
        "traces": [run.to_json() for run in runs],
    }
    return DONE, answer, "\n\n".join(map(str, runs))
