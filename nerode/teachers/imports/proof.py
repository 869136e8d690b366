"""Proof of an import: the reading and the tokens around a word that give the answers of the user's own program."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

import numpy as np

from nerode.errors import InputError
from nerode.sampling import uniform_words
from nerode.teachers.imports.assembly import PLAIN, Vocabulary
from nerode.teachers.imports.readings import WITHIN, Agreement, agreement
from nerode.words import Alphabet, FloatArray, IntArray, Words

R = TypeVar("R")
PROBED = 20  # letters of the longest words on which framings are compared
SMALL = 1e-2  # a difference that rounding may explain
FEW_MARKERS = 4  # tokens that are no letters, among which the markers of a word are searched


@dataclass(frozen=True)
class Answers:
    """Words and what the user's own program answers, as given: words as text or lists of symbols, and numbers (n, k)."""

    words: tuple[str | tuple[str, ...], ...]
    numbers: FloatArray


@dataclass(frozen=True)
class Asked:
    """Words of a known alphabet, the answers (n, k) of the user's own program, and the task."""

    words: Words
    answers: FloatArray
    task: str

    def tokens(self, vocabulary: Vocabulary) -> list[IntArray]:
        """Return the tokens of each word with those around it."""
        return vocabulary.encoded(self.words, self.task)


def words_of(answers: Answers, alphabet: Alphabet) -> Words:
    """Return the words of answers; raise InputError for one with other symbols."""
    words = []
    for number, word in enumerate(answers.words, 1):
        try:
            words.append(alphabet.word(word))
        except InputError as error:
            raise InputError(f"word {number} of the answers: {error}") from error
    return words


def framings_of(vocabulary: Vocabulary, free: Container[str], longest: int) -> list[Vocabulary]:
    """Return the vocabulary, and then those with other markers and another side of padding, where nobody said which.

    A marker may be none, or a token that is no letter, if there are few of them.

    Parameters
    ----------
    free : what nobody said, of "start", "end" and "side"
    longest : the letters of the longest word; framings that have no room for it are left out, except the first
    """
    unread = vocabulary.others if len(vocabulary.others) <= FEW_MARKERS else ()
    markers = {}
    for kind in ("start", "end"):
        known = getattr(vocabulary, kind)
        others = [token for token in (None, *unread) if token != known]
        markers[kind] = [known, *(others if kind in free else [])]
    sides = [vocabulary.padding]
    if vocabulary.padding is not None and "side" in free:
        sides.append(replace(vocabulary.padding, left=not vocabulary.padding.left))
    framings = [
        replace(vocabulary, start=start, end=end, padding=padding)
        for padding, start, end in product(sides, markers["start"], markers["end"])
    ]
    return [framings[0], *(framing for framing in framings[1:] if framing.room is None or framing.room >= longest)]


def proved_in(
    framings: list[Vocabulary], asked: Asked, prove: Callable[[list[IntArray]], tuple[R, Agreement]]
) -> tuple[R, Vocabulary, Agreement]:
    """Return the reading and the framing that give all answers.

    Parameters
    ----------
    prove : returns the reading that gives the answers to words of these tokens, or else comes nearest

    Raises
    ------
    InputError : answers that none gives; the message names the first word on which the nearest one fails
    """
    nearest: tuple[R, Vocabulary, Agreement] | None = None
    for framing in framings:
        reading, found = prove(asked.tokens(framing))
        if found.holds:
            return reading, framing, found
        if nearest is None or np.median(found.errors) < np.median(nearest[2].errors):
            nearest = reading, framing, found
    assert nearest is not None  # there is at least one framing
    reading, framing, found = nearest
    row = int((found.errors > WITHIN).argmax())
    agreed, count = int((found.errors <= WITHIN).sum()), len(asked.words)
    small = "" if found.worst >= SMALL else "; so small a difference comes of half precision or of another epsilon"
    raise InputError(
        f"no reading of the weights gives the answers of your program: the nearest ({_in_words(reading, framing)}; answers as "
        f"{found.form}) fails first on the word {framing.alphabet.text(asked.words[row])}, where your program says "
        f"{_numbers(asked.answers[row])}, by {found.errors[row]:.2g}; it agrees on {agreed:,} of {count:,} words{small}. See "
        "that the vocabulary, the markers and the padding (--length) are right, and that the program was in evaluation mode"
    )


def rival_framings(
    framing: Vocabulary, framings: list[Vocabulary], asked: Asked, outputs: Callable[[list[IntArray]], FloatArray]
) -> Iterator[Vocabulary]:
    """Yield framings other than the proved one that give all answers too, and others on other words.

    Parameters
    ----------
    outputs : returns the outputs (n, k) of the network for words of tokens
    """
    room = min([PROBED, *(other.room for other in framings if other.room is not None)])
    probes = uniform_words(np.random.default_rng(0), len(framing.tokens), np.arange(room + 1).repeat(4))
    mine = outputs(framing.encoded(probes, asked.task))
    limit = WITHIN * max(1.0, float(np.abs(mine).max()))
    for other in framings:
        differs = np.abs(outputs(other.encoded(probes, asked.task)) - mine).max() > limit
        if differs and agreement(outputs(asked.tokens(other)), asked.answers, asked.task).holds:
            yield other


def doubt(reading: object, rival: object) -> str:
    """Return a sentence about a reading or a framing that was not told from another one."""
    return f"{reading}; the answers fit this, too: {rival}. Give answers to more words, short and long"


def _in_words(reading: object, framing: Vocabulary) -> str:
    return str(reading) if framing.framing == PLAIN else f"{reading}, {framing.framing}"


def _numbers(row: FloatArray) -> str:
    return " ".join(f"{value:.6g}" for value in row[:6]) + (" …" if len(row) > 6 else "")
