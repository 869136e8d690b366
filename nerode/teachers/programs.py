"""Programs as teachers: a program reads words line by line, and writes the answer to each on a line.

The program is started once, and by itself: no shell reads its command. Words are written while answers are read, so that no
pipe is ever full on both sides. docs/functions.md has the protocol.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from typing import Any

from nerode.answers import Answer, plain
from nerode.asking import Ask
from nerode.errors import InputError, TeacherError, shown
from nerode.teachers.processes import Died, Failed, Process
from nerode.words import EPSILON, Alphabet, Word, Words


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

    def ask(words: Words) -> Generator[Sequence[Any]]:
        return program.answers([line(word) for word in words])

    return ask


def parsed(line: str) -> Answer | list[Answer]:
    """Return the answer that a line holds: a number, numbers between spaces, a JSON list, or else a label.

    Raises
    ------
    TypeError, ValueError : an empty line, or a list that is no JSON
    """
    text = line.strip()
    if text.startswith("["):
        parts = [plain(part) for part in json.loads(text)]
        whole = set(map(type, parts)) in ({str}, {tuple})  # each is an answer, perhaps to a letter
        return parts if whole else plain(parts)
    with suppress(ValueError):
        return int(text)
    try:
        numbers = tuple(int(part) if part.removeprefix("-").isdecimal() else float(part) for part in text.split())
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
        self._running: Process | None = None

    def answers(self, lines: list[str]) -> Generator[list[Answer | list[Answer]]]:
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
                except Died as death:
                    self._end()
                    if alone:
                        word = lines[done] or EPSILON
                        raise TeacherError(f"the program {self._name} died twice on the word {word} ({death}); mend it") from None
                    alone = True
                except Failed as failure:
                    word = lines[min(done, len(lines) - 1)] or EPSILON
                    raise TeacherError(f"the program {self._name} {failure}; the word was {word}") from None
        finally:
            if done < len(lines):
                self._end()

    def _started(self) -> Process:
        try:
            return Process(self._arguments)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise TeacherError(
                f"the program {self._name} cannot be started: {reason}; see that it exists and may be run"
            ) from error

    def _end(self) -> None:
        if self._running:
            self._running.end()
        self._running = None

    def _answer(self, word: str, line: bytes) -> Answer | list[Answer]:
        try:
            return parsed(line.decode()) if word or line.strip() not in (b"", b"[]") else ()  # perhaps a letter's each, of ε none
        except (TypeError, ValueError, RecursionError) as error:
            answer = shown(line.decode(errors="backslashreplace"))
            raise TeacherError(
                f"the program {self._name} answered the word {word or EPSILON} with {answer}, not with a label or numbers"
            ) from error
