"""Ways to ask a function: of one word or of a list of words, which are written as text, symbols or indices."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any

from nerode.errors import InputError, TeacherError, shown
from nerode.words import Alphabet, Word, Words

Ask = Callable[[Words], Generator[Sequence[Any]]]
"""Asks words, and yields the answers in their order, some at a time: none where only the clock is to be looked at."""


def writer(reads: str | None, alphabet: Alphabet) -> Callable[[Word], Any]:
    """Return the function that writes a word as `reads` says.

    Raises
    ------
    InputError : another way of reading
    """
    symbols = alphabet.symbols
    space = "" if alphabet.single_characters else " "
    ways: dict[str, Callable[[Word], Any]] = {
        "text": lambda word: space.join([symbols[i] for i in word]),
        "symbols": lambda word: tuple([symbols[i] for i in word]),
        "indices": lambda word: word,
    }
    if reads is not None and reads not in ways:
        raise InputError(f"words cannot be read as {reads!r}; choose one of {', '.join(ways)}")
    return ways[reads or ("text" if alphabet.single_characters else "symbols")]


def in_batches(function: Callable[[Words], Any], size: int) -> Ask:
    """Return what asks a function of a list of words, `size` words at a time."""

    def ask(words: Words) -> Generator[Sequence[Any]]:
        for begin in range(0, len(words), size):
            batch = words[begin : begin + size]
            answers = function(batch)
            answers = answers.tolist() if hasattr(answers, "tolist") else answers
            if not isinstance(answers, Sequence) or isinstance(answers, str) or len(answers) != len(batch):
                raise TeacherError(
                    f"{len(batch)} answers are expected to {len(batch)} words, a list or an array, not {shown(answers)}"
                )
            yield answers

    return ask


def one_by_one(function: Callable[[Any], Any], write: Callable[[Word], Any], alphabet: Alphabet) -> Ask:
    def ask(words: Words) -> Generator[Sequence[Any]]:
        for word in words:
            try:
                answer = function(write(word))
            except Exception as error:
                error.add_note(f"The word was {alphabet.text(word)}.")
                raise
            yield (answer,)

    return ask


def counted(ask: Ask, words: Words) -> Generator[Sequence[Any]]:
    """Yield what `ask` yields, and raise TeacherError where these are not as many answers as words."""
    answered = 0
    with closing(ask(words)) as asking:
        for some in asking:
            answered += len(some)
            yield some
    if answered != len(words):
        raise TeacherError(f"{len(words)} words got {answered} answers; each word needs one")
