"""`nerode render`: a picture of an automaton."""

from __future__ import annotations

from argparse import Namespace

from nerode.automata.diagram import DrawingSettings
from nerode.automata.wfa import WFA
from nerode.shell.common import Answer, rewrite
from nerode.shell.console import Status

MAP = (
    "The arrows of a weighted automaton say little. Its map says what each letter does: "
    "nerode report AUTOMATON CHECKPOINT --out report.html"
)


def run(options: Namespace, status: Status) -> Answer:
    """A picture of an automaton."""
    done, answer, text = rewrite(
        options, DrawingSettings(hide_sinks=options.hide_sinks), (".svg", ".png", ".pdf", ".dot", ".tex", ".mmd"), status
    )
    dense = answer["type"] == WFA.kind and answer["states"] > 2
    return done, answer, f"{text}\n{MAP}" if dense else text
