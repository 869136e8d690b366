"""Programs as teachers: a program reads words line by line, and writes the answer to each on a line.

The program is started once, and by itself: no shell reads its command. Words are written while answers are read, so that no
pipe is ever full on both sides. docs/functions.md has the protocol.
"""

from __future__ import annotations

import json
import os
import selectors
import shlex
import signal
import subprocess
import time
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing, suppress

from nerode.answers import Answer, plain
from nerode.errors import CONTROL, InputError, TeacherError, shown
from nerode.functions import Ask
from nerode.words import EPSILON, Alphabet, Word, Words

TICK = 0.2  # seconds between looks at the clock
PAUSE, MANY = 0.001, 100  # seconds between reads while so many words are unanswered: being woken for each line costs both sides
CHUNK = 2**16  # bytes written or read at once
LONGEST_LINE = 2**20  # bytes of an answer
TAIL = 4096  # bytes of stderr that are kept
LAST_LINES = 3  # of them that are shown


def asking(command: str, alphabet: Alphabet, reads: str | None, timeout: float) -> Ask:
    """Return what asks a program.

    Parameters
    ----------
    command : the program and its arguments, with quotes as in a shell
    reads : "text" (the default), "symbols" or "indices"
    timeout : seconds that an answer may take

    Raises
    ------
    InputError : no command, a command with an open quote, or another way of reading
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise InputError(f"the command {command!r} cannot be read ({error}); close its quotes") from error
    if not arguments:
        raise InputError('there is no program to run; name one, as in "exec:./classify --fast"')
    if not timeout > 0:
        raise InputError(f"the seconds that an answer may take must be a number above 0, not {timeout!r}")
    program = Program(arguments, timeout)
    space = "" if alphabet.single_characters and reads in (None, "text") else " "
    names = alphabet.symbols if reads != "indices" else tuple(map(str, range(len(alphabet))))
    if reads not in (None, "text", "symbols", "indices"):
        raise InputError(f"words cannot be read as {reads!r}; choose one of text, symbols, indices")

    def line(word: Word) -> str:
        return space.join([names[i] for i in word])

    def ask(words: Words) -> Generator[Sequence[Answer]]:
        return program.answers([line(word) for word in words])

    return ask


def parsed(line: str) -> Answer:
    """Return the answer that a line holds: a number, numbers between spaces, a JSON list of numbers, or else a label.

    Raises
    ------
    TypeError, ValueError : an empty line, or a list of something else
    """
    text = line.strip()
    if text.startswith("["):
        return plain(json.loads(text))
    with suppress(ValueError):
        return int(text)
    try:
        numbers = tuple(map(float, text.split()))
    except ValueError:
        return text
    if not numbers:
        raise TypeError("an answer is a label, a number or numbers")
    return numbers if len(numbers) > 1 else numbers[0]


class Program:
    """A program that answers words. It is started when it is asked first, and started again when it has died.

    Parameters
    ----------
    arguments : the program and its arguments
    timeout : seconds that an answer may take
    """

    def __init__(self, arguments: list[str], timeout: float) -> None:
        self._arguments = arguments
        self._name = shown(shlex.join(arguments))
        self._timeout = timeout
        self._running: _Running | None = None

    def answers(self, lines: list[str]) -> Generator[list[Answer]]:
        """Yield the answers to words in order, some at a time. The program is ended where this is left early.

        When the program dies, the words without an answer are asked again, the first of them alone.

        Raises
        ------
        TeacherError : it cannot be started, dies twice on one word, gives no answer in time, or none that can be used
        """
        done, alone = 0, False
        try:
            while done < len(lines):
                self._running = self._running or self._started()
                try:
                    with closing(self._running.ask(lines[done : done + 1] if alone else lines[done:], self._timeout)) as asking:
                        for some in asking:
                            answers = [self._answer(lines[done + i], line) for i, line in enumerate(some)]
                            done, alone = done + len(some), alone and not some
                            yield answers
                except _Died as death:
                    self._end()
                    if alone:
                        word = lines[done] or EPSILON
                        raise TeacherError(f"the program {self._name} died twice on the word {word} ({death}); mend it") from None
                    alone = True
                except _Failed as failure:
                    word = lines[min(done, len(lines) - 1)] or EPSILON
                    raise TeacherError(f"the program {self._name} {failure}; the word was {word}") from None
        finally:
            if done < len(lines):
                self._end()

    def _started(self) -> _Running:
        try:
            return _Running(self._arguments)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise TeacherError(
                f"the program {self._name} cannot be started: {reason}; see that it exists and may be run"
            ) from error

    def _end(self) -> None:
        if self._running:
            self._running.end()
        self._running = None

    def _answer(self, word: str, line: bytes) -> Answer:
        try:
            return parsed(line.decode())
        except (TypeError, ValueError, RecursionError) as error:
            answer = shown(line.decode(errors="backslashreplace"))
            raise TeacherError(
                f"the program {self._name} answered the word {word or EPSILON} with {answer}, not with a label or numbers"
            ) from error


class _Died(Exception):
    """The program has ended; says how."""


class _Failed(Exception):
    """The program does not keep to the protocol; says how."""


class _Running:
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
        _Died, _Failed : there are fewer, or more
        """
        data = memoryview("".join(f"{line}\n" for line in lines).encode())
        sent = answered = 0
        if self._read(self._stdout) or self._unfinished:
            raise _Failed(
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
                    raise _Died(self._how())  # a child of it may hold its stdout open
                answered += len(found)
                if answered > len(lines):
                    raise _Failed(
                        f"wrote more lines than it was asked words{self._begun()}; one line a word is expected, and messages on "
                        "stderr"
                    )
                if found:
                    last = time.monotonic()
                elif time.monotonic() - last > timeout:
                    hint = f"it must flush each answer{self._end_said()}"
                    raise _Failed(f"gave no answer for {timeout:g} seconds, after {answered} of {len(lines)} words ({hint})")
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
            raise _Died(self._how())
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        if self._first is None and lines:
            self._first = lines[0]
        if len(self._unfinished) > LONGEST_LINE:
            raise _Failed(f"wrote a line of more than {LONGEST_LINE:,} bytes")
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
