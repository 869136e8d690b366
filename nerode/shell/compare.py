"""`nerode compare`: how two automata differ."""

from __future__ import annotations

from argparse import Namespace

from nerode.eval.differences import difference
from nerode.shell.common import Answer, loaded, own_stream
from nerode.shell.console import DONE, Status


def run(options: Namespace, status: Status) -> Answer:
    """Whether two automata are equal, the shortest words on which they differ, and how often they do."""
    a, b = loaded(options.automaton, status), loaded(options.other, status)
    found = difference(a, b, own_stream(options), options.sample)
    answer = {"automaton": str(options.automaton), "other": str(options.other), **found.to_json()}
    return DONE, answer, "\n".join([f"{options.automaton}: {a!r}", f"{options.other}: {b!r}", str(found)])
