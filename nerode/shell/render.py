"""`nerode render`: a picture of an automaton."""

from __future__ import annotations

from argparse import Namespace

from nerode.automata.diagram import DrawingSettings
from nerode.automata.formats.pictures import picture_writer
from nerode.shell.common import Answer, rewrite
from nerode.shell.console import Status


def run(options: Namespace, status: Status) -> Answer:
    """A picture of an automaton."""
    picture_writer(options.out)  # another suffix is refused
    return rewrite(options, DrawingSettings(hide_sinks=options.hide_sinks))
