"""`nerode convert`: an automaton in another format."""

from __future__ import annotations

from argparse import Namespace

from nerode.shell.common import Answer, rewrite
from nerode.shell.console import Status


def run(options: Namespace, status: Status) -> Answer:
    """An automaton in another format."""
    return rewrite(options, None, (), status)
