"""What the shell does about Ctrl-C where Python loses it."""

import sys
import time

import pytest

from nerode.shell.console import interruptible


class Finalised:
    """Something that goes away at the moment at which Ctrl-C is pressed, or fails then."""

    def __init__(self, error):
        self._error = error

    def __del__(self):
        raise self._error


def work_after(error, seconds):
    """Lose an error, and go on in many small steps, as the work of Python does."""
    with interruptible():
        Finalised(error)
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            time.sleep(0.001)


def test_an_interruption_that_is_lost_comes_again():
    before = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt):
        work_after(KeyboardInterrupt(), 30)
    assert sys.unraisablehook is before


def test_what_else_is_lost_is_told_as_before(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))
    work_after(ValueError(), 0.2)
    assert told == [ValueError]
