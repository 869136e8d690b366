"""`nerode render`: a picture of an automaton."""

from __future__ import annotations

from argparse import Namespace

from nerode.automata.diagram import DrawingSettings
from nerode.shell.common import Answer, rewrite
from nerode.shell.console import Status


def run(options: Namespace, status: Status) -> Answer:
    """A picture of an automaton."""
    return rewrite(
        options, DrawingSettings(hide_sinks=options.hide_sinks), (".svg", ".png", ".pdf", ".dot", ".tex", ".mmd"), status
    )
