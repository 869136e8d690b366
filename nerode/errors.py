"""Errors that a user can mend. Every message is one sentence that says what is wrong and what to do."""

import re

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")  # the characters that a terminal obeys instead of showing them


class NerodeError(Exception):
    """Base of all errors that nerode raises on purpose."""


class InputError(NerodeError):
    """Something that was handed in cannot be used; the shell answers with exit code 2."""


class TeacherError(InputError):
    """A function, a program or a service gave no answer, or none that can be used.

    An extraction under way takes it for a failure of the teacher, and hands back the best automaton so far.
    """


class BudgetExhausted(NerodeError):
    """A limit was reached while a teacher was being asked.

    Attributes
    ----------
    reason : "time" or "queries"
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the {reason} budget is used up")
        self.reason = reason


def described(error: Exception) -> str:
    """An exception in a sentence: "ConnectionError: the service went away". nerode's own is a sentence already."""
    if isinstance(error, NerodeError):
        return str(error)
    kind, said = type(error).__name__, first_line(error)
    return kind if said == kind else f"{kind}: {said}"


def failing(error: Exception) -> str:
    """What became of a teacher that raised this: "failed with ConnectionError: the service went away"."""
    return f"failed: {error}" if isinstance(error, NerodeError) else f"failed with {described(error)}"


def first_line(error: Exception) -> str:
    """What a library says of a bad file, short enough for a sentence and without what a terminal would obey."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return CONTROL.sub("", first)[:160]


def shown(value: object, most: int = 80) -> str:
    """A value as Python writes it, cut where it is long, with what a terminal would obey escaped."""
    text = repr(value)
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return CONTROL.sub(lambda character: f"\\x{ord(character[0]):02x}", text)
