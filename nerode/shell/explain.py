"""`nerode explain`: what each letter of a word does to the answer, in a student and in its network."""

from __future__ import annotations

import sys
from argparse import Namespace

from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.eval.explanations import agreement, explain
from nerode.eval.places import by_place
from nerode.shell.classes import shown_classes
from nerode.shell.common import Answer, automaton_beside, loaded_function, named_words, own_stream, random_words, watched
from nerode.shell.console import DONE, Status

FRESH = 200  # words that are drawn where none are named


def run(options: Namespace, status: Status) -> Answer:
    """What letters do to the answers of a student and of its network, and how far the two explanations agree."""
    automaton, teacher = automaton_beside(options, status, loaded_function)
    named = named_words(options, teacher)
    if named is not None and options.sample is not None:
        raise InputError("--sample draws random words, and words are named; leave one of them out")
    domain = domain_of(teacher) or domain_of(automaton)
    if named is None:
        count = options.sample or FRESH
        words = random_words(options, teacher, count) if domain is None else domain.draw(own_stream(options), count)
    else:
        words = named
    with watched(teacher, status, f"changing {len(words):,} words") as network:
        explained = explain(automaton, network, words, classes=shown_classes(options, network))
    agreed = agreement(explained, own_stream(options))
    places = None if domain is None else by_place(explained, domain)
    answer = {
        "automaton": str(options.automaton),
        "teacher": str(options.checkpoint),
        "words": len(words),
        "agreement": agreed.to_json(),
        "places": None if places is None else places.to_json(),
        "explanations": [] if named is None else [one.to_json() for one in explained],
    }
    shown = [] if named is None else [one.text(colours=sys.stdout.isatty()) for one in explained]
    return DONE, answer, "\n\n".join([*shown, str(agreed), *([] if places is None else [str(places)])])
