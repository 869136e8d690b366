"""The entry point of the command line: it parses the options, runs a command, and prints the answer."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

from nerode import __version__
from nerode.errors import BudgetExhausted, InputError, NerodeError
from nerode.shell.console import BAD_INPUT, INTERRUPTED, STOPPED, Status, ignore_interruptions, interruptible
from nerode.shell.options import parser

NO_MEMORY = ("can't allocate memory", "CUDA out of memory")  # torch's messages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the calling process
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  (open until the process ends)
    options = parser(__version__).parse_args(arguments)
    # one thread is fastest for small networks; several threads that wait for each other can be many times slower
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM acts like Ctrl-C
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # and so does a terminal that is closed
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    atexit.register(ignore_interruptions)  # an interruption at exit would only change the exit code
    status = Status()
    try:
        command = import_module(f"nerode.shell.{options.command}" + "_" * iskeyword(options.command))
        with interruptible():
            code, answer, text = command.run(options, status)
        status.clear()
        _print(json.dumps(answer, allow_nan=False) if options.json else text)
        return int(code)
    except BudgetExhausted as error:
        status.say(f"nerode {options.command}: {error} before anything was learned, so nothing was written; raise the limit")
        return STOPPED
    except NerodeError as error:
        status.say(f"nerode {options.command}: {error}")
        return BAD_INPUT
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(words in str(error) for words in NO_MEMORY):
            raise
        status.say(f"nerode {options.command}: the memory does not suffice; ask for less, or use a machine that has more")
        return BAD_INPUT
    except KeyboardInterrupt:
        status.say(f"nerode {options.command}: interrupted; nothing was written")
        return INTERRUPTED
    finally:
        # imports use exec(); after an interruption inside it, Python exits as if killed, although it was caught; this resets it
        exec("")


def _print(text: str) -> None:
    """Print the text on stdout; characters that its encoding lacks are escaped.

    Raises
    ------
    InputError : stdout cannot be written to
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # flushing the rest at exit would fail again
        if not isinstance(error, BrokenPipeError):  # the reader of a pipe may stop early
            raise InputError(f"cannot print the answer: {error.strerror or error}") from error
