"""Second tries: which option is wrong where no reading gives the answers of the user's own program.

The answers are compared once more without each option, with start and end exchanged, with other orders of the letters, with other
orders of the numbers of an answer, and without some layers. One that agrees is named; nothing is taken without the user.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, permutations
from typing import Any

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL
from nerode.teachers.imports.importing import Imported, Wanted
from nerode.teachers.imports.proof import Answers, Unproved
from nerode.teachers.imports.vocabulary import OtherTokens

Attempt = Callable[[Wanted, Answers | None], Imported]
"""Reads a network as the user says, and compares it with answers."""

MARKERS = ("start", "padding", "end")
LIKELY = 500  # readings that are tried with another option
FEW = 3  # letters or numbers of an answer whose orders are all tried
DROPPED: dict[str, tuple[str, ...]] = {
    "pooling": ("pooling",),
    "nonlinearity": ("nonlinearity",),
    "activation": ("activation",),
    "start": ("start",),
    "end": ("end",),
    "padding": ("padding",),
    "length": ("length", "left"),
    "padding-side": ("left",),
}
"""The options that are left out in turn, and the fields of Wanted that go with each."""


class Unread(InputError):
    """Weights that are those of no network that is read."""


def proved_or_advised(attempt: Attempt, wanted: Wanted, answers: Answers | None, modules: Sequence[str] = ()) -> Imported:
    """Return what an attempt reads.

    Parameters
    ----------
    modules : names of layers that may have no part in the answers

    Raises
    ------
    InputError : as the attempt; where no reading gives the answers, with another option that does
    """
    try:
        return attempt(wanted, answers)
    except (Unproved, Unread, OtherTokens) as error:
        if answers is None or (isinstance(error, Unproved) and error.settled):
            raise
        tries = _markers(wanted, answers, error.left) if isinstance(error, OtherTokens) else _fewer(wanted, answers, modules)
        if isinstance(error, Unproved):
            tries = chain(_tries(wanted, answers), tries)
        for said, other, numbers in tries:
            try:
                attempt(replace(other, most=min(LIKELY, wanted.most)), numbers)
            except InputError:
                continue
            failure = error.failure if isinstance(error, Unproved) else error
            raise InputError(f"{failure}. All answers agree {said}") from error
        raise


def _markers(wanted: Wanted, answers: Answers, left: Sequence[int]) -> Iterator[tuple[str, Wanted, Answers]]:
    """Yield the same with the first or the last tokens for markers and padding, if one or two are no letters."""
    count, free = len(left) - len(wanted.alphabet or ()), [kind for kind in MARKERS if getattr(wanted, kind) is None]
    places = [left[:1], left[-1:]] if count == 1 else [left[:2], left[-2:], [left[0], left[-1]]] if count == 2 else []
    for tokens in places:
        for kinds in permutations(free, count):
            said: dict[str, Any] = dict(zip(kinds, map(str, tokens), strict=True))
            yield f"with {' '.join(f'--{kind} {token}' for kind, token in said.items())}", replace(wanted, **said), answers


def _fewer(wanted: Wanted, answers: Answers, modules: Sequence[str]) -> Iterator[tuple[str, Wanted, Answers]]:
    """Yield the same without each of some layers."""
    for module in modules if not wanted.without else ():
        yield f"with --without {shlex.quote(module)}", replace(wanted, without=(module,)), answers


def _tries(wanted: Wanted, answers: Answers) -> Iterator[tuple[str, Wanted, Answers]]:
    """Yield what is done otherwise, in words, with the options and the answers, the likelier first."""
    for option, fields in DROPPED.items():
        given = getattr(wanted, fields[0])
        if given is not None:
            value = {True: " left", False: " right"}[given] if option == "padding-side" else f" {given}"
            yield f"without --{option}{value}", _without(wanted, fields), answers
    if wanted.start != wanted.end:
        yield "with --start and --end exchanged", replace(wanted, start=wanted.end, end=wanted.start), answers
    if wanted.vocabulary is None and wanted.alphabet is not None:
        for alphabet in _alphabets(wanted.alphabet, answers):
            shown = ("" if all(len(symbol) == 1 for symbol in alphabet) else " ").join(alphabet)
            yield f"with --alphabet {shlex.quote(shown)}", replace(wanted, alphabet=alphabet), answers
    count = answers.numbers.shape[1]
    if 1 < count <= FEW and wanted.task != LANGUAGE_MODEL:
        for order in list(permutations(range(count)))[1:]:
            yield (
                f"if the {count} numbers of each answer are put in the order {' '.join(str(place + 1) for place in order)}",
                wanted,
                replace(answers, numbers=answers.numbers[:, order]),
            )


def _without(wanted: Wanted, options: tuple[str, ...]) -> Wanted:
    left: dict[str, Any] = dict.fromkeys(options)
    return replace(wanted, **left)


def _alphabets(alphabet: Sequence[str], answers: Answers) -> Iterator[tuple[str, ...]]:
    """Yield other alphabets: without the letters that no word has, and in other orders."""
    given = tuple(alphabet)
    read = {symbol for word in answers.words for symbol in word}
    used = tuple(symbol for symbol in given if symbol in read)
    seen = {given}
    orders = permutations(given) if len(given) <= FEW else iter(())
    for other in (used, tuple(sorted(given)), given[::-1], *orders):
        if other and other not in seen:
            seen.add(other)
            yield other
