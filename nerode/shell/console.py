"""What all commands of the shell share: exit codes, a line of progress, and moments that Ctrl-C has to wait for."""

from __future__ import annotations

import _thread
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

DONE, BAD_INPUT, STOPPED, INTERRUPTED = 0, 2, 3, 130
AGAIN = 0.05  # seconds after which an interruption that was lost comes again


def bar(share: float, width: int = 24) -> str:
    """A bar of so many characters, filled up to a share in 0 … 1."""
    full = round(share * width)
    return "█" * full + "░" * (width - full)


class Status:
    """A line on stderr that is written over as work goes on; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, message: str) -> None:
        """Replace the line, cut to the width of the terminal: what goes over its end could not be replaced."""
        if self._shown:
            print(f"\r\033[K{message[: _columns() - 1]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        self.show("")

    def say(self, message: str) -> None:
        """Print a message that stays, terminal or not, on one line even where a path has line breaks in it."""
        self.clear()
        print(" ".join(message.splitlines()), file=sys.stderr, flush=True)


def _columns() -> int:
    """How many characters a line of the terminal has; 80 where it does not say."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


def ignore_interruptions() -> dict[signal.Signals, Any]:
    """Go on whatever comes; returns the handlers that were in place."""
    return {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}


@contextmanager
def interruptible() -> Iterator[None]:
    """An interruption that is lost comes again soon.

    Python drops what is raised where nobody could catch it, such as in a finaliser or in a function that C calls.
    """
    before, waiting = sys.unraisablehook, list[Timer]()

    def dropped(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            again = Timer(AGAIN, _thread.interrupt_main)
            again.daemon = True
            again.start()
            waiting.append(again)
        else:
            before(unraisable)

    sys.unraisablehook = dropped
    try:
        yield
    finally:
        sys.unraisablehook = before
        for each in waiting:
            each.cancel()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C, which impatient people press twice, waits for what takes a moment and must not be lost."""
    handlers = ignore_interruptions()
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
