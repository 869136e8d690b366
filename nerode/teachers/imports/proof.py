"""Proof of an import: the reading and the tokens around a word that give the answers of the user's own program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeVar

import numpy as np

from nerode.errors import InputError
from nerode.links import LANGUAGE_MODEL
from nerode.sampling import uniform_words
from nerode.teachers.imports.agreement import WITHIN, Agreement, agreement
from nerode.teachers.imports.assembly import PLAIN, Vocabulary
from nerode.words import Alphabet, FloatArray, IntArray, Words

R = TypeVar("R")
PROBED = 20  # letters of the longest words on which framings are compared
SMALL = 1e-2  # a difference that rounding may explain
MOST_DECIMALS = 5  # of answers that are too few to prove a reading
MOST_WORDS = 0.9  # part of the words on which a reading agrees that is not wrong as a whole
FEW_MARKERS = 4  # tokens that are no letters, among which the markers of a word are searched


@dataclass(frozen=True)
class Answers:
    """Words and what the user's own program answers, as given: words as text or lists of symbols, and numbers (n, k)."""

    words: tuple[str | tuple[str, ...], ...]
    numbers: FloatArray


class Unproved(InputError):
    """Answers that no reading gives.

    Parameters
    ----------
    failure, advice : where the nearest reading fails, and what to look at
    settled : whether the reading is clear, and some answers alone are wrong or all are printed with too few digits
    """

    def __init__(self, failure: str, advice: str, settled: bool) -> None:
        super().__init__(f"{failure}. {advice}" if advice else failure)
        self.failure = failure
        self.settled = settled


@dataclass(frozen=True)
class Asked:
    """What was asked of the user's own program.

    Parameters
    ----------
    words, answers : words of a known alphabet, and the answers (n, k)
    task : the task of the network
    least, most : how many tokens the network reads at least and at most; None for any number
    """

    words: Words
    answers: FloatArray
    task: str
    least: int = 0
    most: int | None = None

    def tokens(self, framing: Vocabulary) -> list[IntArray]:
        """Return the tokens of each word with those around it."""
        return framing.encoded(self.words, self.task)

    def room(self, framing: Vocabulary) -> range:
        """Return the numbers of letters of words that the network can read in a framing."""
        padding = framing.padding
        around = (framing.start is not None) + (framing.end is not None and self.task != LANGUAGE_MODEL)
        limits = [limit for limit in (self.most, None if padding is None else padding.length) if limit is not None]
        least = 0 if padding is not None else max(0, self.least - around)
        return range(least, max(0, min(limits) - around) + 1 if limits else sys.maxsize)

    def reads(self, framing: Vocabulary) -> bool:
        """Return whether the network can read all words in a framing."""
        lengths = [len(word) for word in self.words]
        room = self.room(framing)
        return min(lengths) in room and max(lengths) in room


def words_of(answers: Answers, alphabet: Alphabet) -> Words:
    """Return the words of answers; raise InputError for one with other symbols."""
    words = []
    for number, word in enumerate(answers.words, 1):
        try:
            words.append(alphabet.word(word))
        except InputError as error:
            raise InputError(f"word {number} of the answers: {error}") from error
    return words


def framings_of(vocabulary: Vocabulary, free: Container[str], asked: Asked) -> list[Vocabulary]:
    """Return the vocabulary, and then those with other markers and another side of padding, where nobody said which.

    A marker may be none, or a token that is no letter, if there are few of them. Framings in which the network cannot read a word
    are left out.

    Parameters
    ----------
    free : what nobody said, of "start", "end" and "side"
    """
    unread = vocabulary.others if len(vocabulary.others) <= FEW_MARKERS else ()
    markers = {}
    for kind in ("start", "end"):
        known = getattr(vocabulary, kind)
        others = [token for token in (None, *unread) if token != known]
        markers[kind] = [known, *(others if kind in free else [])]
    sides = [vocabulary.padding]
    if vocabulary.padding is not None and "side" in free and asked.task != LANGUAGE_MODEL:
        sides.append(replace(vocabulary.padding, left=not vocabulary.padding.left))
    framings = [
        replace(vocabulary, start=start, end=end, padding=padding)
        for padding, start, end in product(sides, markers["start"], markers["end"])
    ]
    return [framing for framing in framings if asked.reads(framing)] or framings[:1]  # which then says what is wrong


def proved_in(
    framings: list[Vocabulary], asked: Asked, prove: Callable[[list[IntArray]], tuple[R, Agreement]], beyond: str = ""
) -> tuple[R, Vocabulary, Agreement]:
    """Return the reading and the framing that give all answers.

    Parameters
    ----------
    prove : returns the reading that gives the answers to words of these tokens, or else comes nearest
    beyond : what else may be wrong if none gives the answers, as the end of a sentence

    Raises
    ------
    Unproved : answers that none gives; the message names the first word on which the nearest one fails
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
    usual = found.form != "labels" and (found.errors <= WITHIN).mean() >= MOST_WORDS
    decimals = rounded(found, asked.answers)
    settled = bool(usual or decimals)
    raise Unproved(_failure(reading, framing, found, asked), "" if decimals else _advice(framing, asked) + beyond, settled)


def _failure(reading: object, framing: Vocabulary, found: Agreement, asked: Asked) -> str:
    """Return where the nearest reading fails."""
    row = int((found.errors > WITHIN).argmax())
    agreed, count = int((found.errors <= WITHIN).sum()), len(asked.words)
    decimals = rounded(found, asked.answers)
    small = ""
    if decimals:
        small = (
            f"; all answers are its {found.form} as far as they are printed, with {decimals} decimals: print all digits, with "
            "repr in Python, so that they prove the reading"
        )
    elif found.worst < SMALL:
        small = (
            "; such small differences come of half precision (compute in float32), of answers that are printed with few digits, "
            "of another epsilon or another --length"
        )
    return (
        f"no reading of the weights gives the answers of your program: the nearest ({_in_words(reading, framing)}; answers as "
        f"{found.form}) fails first on the word {framing.alphabet.text(asked.words[row])}, where your program says "
        f"{_numbers(asked.answers[row])}, by {found.errors[row]:.2g} of the largest answer; it "
        f"agrees on {agreed:,} of {count:,} words{small}"
    )


def _advice(framing: Vocabulary, asked: Asked) -> str:
    """Return what to look at where no other option helps."""
    advice = "See that the vocabulary, the markers and the padding are right, and that the program was in evaluation mode"
    if framing.padding is not None or asked.task == LANGUAGE_MODEL:
        return advice
    longest = max(map(len, asked.tokens(framing)))
    return f"{advice}; if it fills up every word to one length, --length N is missing, with N from {longest} on for these words"


def rounded(found: Agreement, answers: FloatArray) -> int | None:
    """Return the decimals of answers that are printed with few, where the errors are no more than such rounding makes."""
    scale = max(1.0, float(np.abs(answers).max(initial=0.0)))
    for decimals in range(1, MOST_DECIMALS + 1):
        if np.allclose(answers, answers.round(decimals), rtol=0, atol=1e-12 * scale):
            return decimals if found.form != "labels" and found.worst * scale <= 0.5 * 10.0**-decimals + WITHIN * scale else None
    return None


def rival_framings(
    framing: Vocabulary, framings: list[Vocabulary], asked: Asked, outputs: Callable[[list[IntArray]], FloatArray]
) -> Iterator[Vocabulary]:
    """Yield framings other than the proved one that give all answers too, and others on other words.

    Parameters
    ----------
    outputs : returns the outputs (n, k) of the network for words of tokens
    """
    rooms = [asked.room(other) for other in framings]
    lengths = np.arange(max(room.start for room in rooms), min([PROBED + 1, *(room.stop for room in rooms)]))
    if len(framings) == 1 or not len(lengths):
        return
    probes = uniform_words(np.random.default_rng(0), len(framing.tokens), lengths.repeat(4))
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
