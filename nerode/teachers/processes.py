"""Processes that answer lines with lines, asked so that no pipe is ever full on both sides."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
import weakref
from collections.abc import Generator
from contextlib import suppress

from nerode.errors import CONTROL, shown

TICK = 0.2  # seconds between looks at the clock
PAUSE, MANY = 0.001, 100  # seconds between reads while so many words are unanswered: being woken for each line costs both sides
CHUNK = 2**16  # bytes written or read at once
LONGEST_LINE = 2**20  # bytes of an answer
TAIL = 4096  # bytes of stderr that are kept
LAST_LINES = 3  # of them that are shown


class Died(Exception):
    """The program has ended; says how."""


class Failed(Exception):
    """The program does not keep to the protocol; says how."""


class Process:
    """A process in a group of its own, which is killed with all its children at the end of this object or of Python."""

    def __init__(self, arguments: list[str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True)
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self._stdin, self._stdout, self._stderr = (
            stream.fileno() for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream, False)
        self.end = weakref.finalize(self, _kill, self._process, os.getpid())
        self._unfinished = b""  # the beginning of a line
        self._said = b""  # the end of what it wrote to stderr
        self._first: bytes | None = None  # the first line that it wrote

    def ask(self, lines: list[str], timeout: float) -> Generator[list[bytes]]:
        """Write lines and yield those that come back, some at a time, until there are as many.

        Raises
        ------
        Died, Failed : there are fewer, or more
        """
        data = memoryview("".join(f"{line}\n" for line in lines).encode())
        sent = answered = 0
        if self._read(self._stdout) or self._unfinished:
            raise Failed(
                f"wrote a line more than it was asked words{self._begun()}; one line a word is expected, and messages on stderr"
            )
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdin, selectors.EVENT_WRITE)
            selector.register(self._stdout, selectors.EVENT_READ)
            selector.register(self._stderr, selectors.EVENT_READ)
            last = time.monotonic()
            while answered < len(lines):
                ready = {key.fd for key, _ in selector.select(TICK)}
                found: list[bytes] = []
                if self._stderr in ready and not self._listen():
                    selector.unregister(self._stderr)
                if self._stdin in ready:
                    sent = self._write(data, sent)
                    if sent == len(data):
                        selector.unregister(self._stdin)
                if self._stdout in ready:
                    found = self._lines()
                elif not ready and self._has_ended():
                    raise Died(self._how())  # a child of it may hold its stdout open
                answered += len(found)
                if answered > len(lines):
                    raise Failed(
                        f"wrote more lines than it was asked words{self._begun()}; one line a word is expected, and messages on "
                        "stderr"
                    )
                if found:
                    last = time.monotonic()
                elif time.monotonic() - last > timeout:
                    hint = f"it must flush each answer{self._end_said()}"
                    raise Failed(f"gave no answer for {timeout:g} seconds, after {answered} of {len(lines)} words ({hint})")
                yield found
                if len(lines) - answered > MANY and found:
                    time.sleep(PAUSE)

    def _write(self, data: memoryview, sent: int) -> int:
        """Write some data, and return how much of it is sent; all, where nobody reads."""
        try:
            return sent + os.write(self._stdin, data[sent : sent + CHUNK])
        except BlockingIOError:
            return sent
        except OSError:  # the end of stdout will tell that it has died
            return len(data)

    def _lines(self) -> list[bytes]:
        """Return the lines that have come."""
        chunk = self._read(self._stdout)
        if chunk is None:
            return []
        if not chunk:
            raise Died(self._how())
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        if self._first is None and lines:
            self._first = lines[0]
        if len(self._unfinished) > LONGEST_LINE:
            raise Failed(f"wrote a line of more than {LONGEST_LINE:,} bytes")
        return lines

    def _begun(self) -> str:
        """Return the first line of all, which may be no answer."""
        return "" if self._first is None else f" (its first line is {shown(self._first.decode(errors='replace'))})"

    def _listen(self) -> bool:
        """Read from stderr, and return whether there may be more."""
        chunk = self._read(self._stderr)
        self._said = (self._said + (chunk or b""))[-TAIL:]
        return chunk != b""

    def _read(self, stream: int) -> bytes | None:
        """Return what has come, b"" at the end, and None where nothing has come yet."""
        try:
            return os.read(stream, CHUNK)
        except BlockingIOError:
            return None

    def _has_ended(self) -> bool:
        """Return whether the process has ended, without forgetting it: its number stays its own."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _how(self) -> str:
        """Return how the process ended: its exit code or signal, and what it said in the end."""
        self._listen()
        deadline = time.monotonic() + 1
        while not self._has_ended() and time.monotonic() < deadline:
            time.sleep(0.001)
        status = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        self._listen()
        if status is None:
            return f"it closed its output{self._end_said()}"
        if status.si_code == os.CLD_EXITED:
            return f"exit code {status.si_status}{self._end_said()}"
        return f"killed by {signal.Signals(status.si_status).name}{self._end_said()}"

    def _end_said(self) -> str:
        """Return the last lines of stderr, without what a terminal would obey."""
        lines = self._said.decode(errors="replace").strip().splitlines()[-LAST_LINES:]
        text = " | ".join(CONTROL.sub(lambda character: f"\\x{ord(character[0]):02x}", line[:200]) for line in lines)
        return f"; its stderr ends with: {text}" if text else ""


def _kill(process: subprocess.Popen[bytes], owner: int) -> None:
    """Kill a process with its group, unless this is a copy of the process that started it."""
    if os.getpid() != owner:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()
    process.wait()
