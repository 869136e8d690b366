"""Explanations of one word: what each letter does to the answer, for an automaton and for the network that it stands for.

A student may be right for other reasons than its teacher. Two explanations that disagree show it.

Three effects of a letter are measured. The `step` is the difference of the answers after and before it. Leaving a letter out and
putting another in its place (Li, Monroe and Jurafsky: Understanding neural networks through representation erasure, 2016) also
show what the letters after it make of it. Where all words have one length, such as the rows of a table, shorter ones mean
nothing. There letters are only replaced, by others that stood at their place in the words trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import numpy as np

from nerode.automata.diagram import counted, visible
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.eval.comparable import comparable
from nerode.eval.frames import Listed, lines_of
from nerode.eval.intervals import Interval, ratio_intervals
from nerode.eval.worth import answers, meaning, worth
from nerode.links import Multiclass
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.words import EPSILON, FloatArray, Word, Words

WAYS = ("step", "left_out", "replaced")
"""What is done to a letter: see `Effects`."""
ROUNDING = 1e-9  # differences of effects below this share of the answer are rounding


@dataclass(frozen=True)
class Effects:
    """What each of the n letters of a word does to the answer of one function.

    Parameters
    ----------
    answer : to the word
    step : (n,), the answer to the prefix that ends with the letter, less the answer to the prefix before it; None where all words
        have one length
    left_out : (n,), the answer to the word, less that to the word without the letter; None where all words have one length
    replaced : (n,), the answer to the word, less the mean of those with another letter in its place; zero if there is no other
    """

    answer: float
    step: FloatArray | None
    left_out: FloatArray | None
    replaced: FloatArray

    @property
    def ways(self) -> tuple[str, ...]:
        """Those of WAYS that were measured."""
        return tuple(way for way in WAYS if getattr(self, way) is not None)

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON; numbers that JSON does not have are None."""
        return finite({"answer": self.answer} | {way: getattr(self, way).tolist() for way in self.ways})  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Explanation:
    """The effects of the letters of a word on the answers of a student and of its teacher.

    Parameters
    ----------
    word : the letters, as text
    means : what the answers are, in words
    cells : what the letters stand for, such as "age > 30", where the word is a row of a table
    named : `means` with the name of the class
    """

    word: tuple[str, ...]
    means: str
    student: Effects
    teacher: Effects
    cells: tuple[str, ...] = ()
    named: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        both = {"student": self.student.to_json(), "teacher": self.teacher.to_json()}
        cells = {"cells": list(self.cells)} if self.cells else {}
        return {"word": list(self.word), **cells, "means": self.means, "named": self.named or self.means, **both}

    def text(self, colours: bool = False) -> str:
        """Return a table of the effects, a letter a line; with colours for a terminal: green raises, red lowers the answer."""
        ways = self.student.ways
        header = ["", *(f"{way.replace('_', ' ')}: {whose}" for way in ways for whose in ("student", "network"))]
        columns = [_without_rounding(effects, way) for way in ways for effects in (self.student, self.teacher)]
        letters = map(visible, self.cells or self.word)
        lines = lines_of([header, *([letter, *(f"{column[k]:+.3g}" for column in columns)] for k, letter in enumerate(letters))])
        word = " ".join(map(visible, self.word)) or EPSILON
        if colours:
            word = f"student {self._coloured(self.student)}   network {self._coloured(self.teacher)}"
        answers = f"student {self.student.answer:.4g}, network {self.teacher.answer:.4g}"
        return "\n".join([word, f"{self.named or self.means}: {answers}", *lines])

    def __str__(self) -> str:
        return self.text()

    def _coloured(self, effects: Effects) -> str:
        """Return the letters on grounds that are the stronger, the more they change the answer, left out or else replaced."""
        measured = effects.replaced if effects.left_out is None else effects.left_out
        sizes = np.where(np.isfinite(measured), measured, 0.0)
        largest = max(float(np.abs(sizes).max(initial=0.0)), 1e-300)
        pieces = []
        for letter, size in zip(self.word, (sizes / largest).tolist(), strict=True):
            faded = round(255 - 130 * abs(size))
            red, green = (faded, 255) if size >= 0 else (255, faded)
            pieces.append(f"\033[48;2;{red};{green};{faded}m\033[30m{visible(letter)}\033[0m")
        return "".join(pieces)


@dataclass(frozen=True)
class Agreement:
    """How far explanations of a student and of its teacher agree.

    Parameters
    ----------
    correlations : way -> Spearman's rank correlation of the effects of letters, the mean over the words where it is defined:
        those of two letters or more in which no effect is the difference of two infinite answers, and not all are equal
    intervals : way -> its 95 % interval over words like these
    words : way -> the number of words
    """

    correlations: dict[str, float | None]
    intervals: dict[str, Interval]
    words: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return {
            way: {"value": self.correlations[way], "low": low, "high": high, "words": self.words[way]}
            for way, (low, high) in self.intervals.items()
        }

    def __str__(self) -> str:
        lines = []
        for way in self.words:
            value, (low, high) = self.correlations[way], self.intervals[way]
            between = "" if low is None else f"  {low:.3f} to {high:.3f}"
            said = "undefined" if value is None else f"{value:.3f}{between}  ({counted(self.words[way], 'word')})"
            lines.append(f"{way.replace('_', ' '):>10}  {said}")
        measured = "Rank correlation of their effects, mean over words; those on which it is not defined are left out:"
        return "\n".join([f"Do letters matter alike to both? {measured}", *lines])


def explain(student: Teacher, teacher: Teacher, words: Iterable[Any], *, classes: Sequence[str] = ()) -> Listed[Explanation]:
    """Return what each letter of words (indices, symbols or text) does to the answers of both functions; it prints as tables.

    Both are asked about all changed words in one batch. Of several classes the class that the teacher gives to the word counts.

    Parameters
    ----------
    classes : their names, which the text then says; none for numbers

    Raises
    ------
    InputError : unknown symbols, or two functions that are not of one kind
    """
    student, teacher = comparable(student, teacher)
    parsed = teacher.alphabet.words(words)
    whose, domain = "network", domain_of(teacher)
    if domain is None:
        whose, domain = "student", domain_of(student)
    replaced = [_replaced(word, teacher, domain, whose) for word in parsed]
    changed: dict[Word, int] = {}
    for word, others in zip(parsed, replaced, strict=True):
        for other in _changes(word, others, shorter=domain is None):
            changed.setdefault(other, len(changed))
    asked = list(changed)
    ours, theirs = answers(student, asked), answers(teacher, asked)

    @cache
    def numbers(label: int) -> tuple[FloatArray, FloatArray]:
        return worth(ours, student.link, label), worth(theirs, teacher.link, label)

    explained: Listed[Explanation] = Listed()
    for word, others in zip(parsed, replaced, strict=True):
        label = int(teacher.link.labels(theirs[[changed[word]]])[0]) if isinstance(teacher.link, Multiclass) else 0
        mine, its = (_effects(word, each, changed, others, shorter=domain is None) for each in numbers(label))
        symbols = tuple(teacher.alphabet.symbols[symbol] for symbol in word)
        cells = domain.cells(word) if domain is not None else ()
        means, named = meaning(teacher.link, label), meaning(teacher.link, label, classes)
        explained.append(Explanation(symbols, means, mine, its, cells, named))
    return explained


def agreement(explanations: list[Explanation], rng: np.random.Generator) -> Agreement:
    """Return how far the explanations of words agree, with intervals over words.

    Raises
    ------
    InputError : no explanation
    """
    if not explanations:
        raise InputError("there is no word to explain; give at least one")
    ways = explanations[0].student.ways
    found: dict[str, list[float]] = {way: [] for way in ways}
    for explained in explanations:
        for way in ways:
            value = _spearman(_told(explained.student, way), _told(explained.teacher, way))
            if value is not None:
                found[way].append(value)
    means = {way: float(np.mean(values)) if values else None for way, values in found.items()}
    intervals = {way: _interval(np.array(values), rng) for way, values in found.items()}
    return Agreement(means, intervals, {way: len(values) for way, values in found.items()})


def _changes(word: Word, replaced: list[list[Word]], shorter: bool) -> Words:
    """Return all words that the effects of the letters of a word are made of."""
    others = [word, *chain.from_iterable(replaced)]
    if not shorter:
        return others
    prefixes = [word[:k] for k in range(len(word) + 1)]
    return [*prefixes, *(_without(word, k) for k in range(len(word))), *others]


def _replaced(word: Word, teacher: Teacher, domain: Domain | None, whose: str) -> list[list[Word]]:
    """Return for each letter the words with another in its place.

    Parameters
    ----------
    whose : domain it is, for errors
    """
    if domain is not None and len(word) != domain.length:
        raise InputError(
            f"the word {teacher.alphabet.text(word)} has {counted(len(word), 'letter')}, and the {whose} was trained on words of "
            f"{domain.length}; explain such words"
        )
    if domain is not None and (wrong := domain.unread(word)) is not None:
        raise InputError(f"the column {domain.columns[wrong].name} has no letter {teacher.alphabet.symbols[word[wrong]]}")
    letters = range(len(teacher.alphabet))
    others = [letters if domain is None else domain.letters_at(k) for k in range(len(word))]
    return [[(*word[:k], a, *word[k + 1 :]) for a in some if a != word[k]] for k, some in enumerate(others)]


def _without(word: Word, k: int) -> Word:
    return word[:k] + word[k + 1 :]


def _effects(word: Word, numbers: FloatArray, place: dict[Word, int], others: list[list[Word]], shorter: bool) -> Effects:
    with np.errstate(invalid="ignore"):  # the difference of two infinite log-probabilities
        answer = numbers[place[word]]
        replaced = np.array([answer - np.mean(numbers[[place[each] for each in some]]) if some else 0.0 for some in others])
        if not shorter:
            return Effects(float(answer), None, None, replaced)
        step = np.diff([numbers[place[word[:k]]] for k in range(len(word) + 1)])
        left_out = np.array([answer - numbers[place[_without(word, k)]] for k in range(len(word))])
    return Effects(float(answer), step, left_out, replaced)


def _told(effects: Effects, way: str) -> FloatArray:
    """Return effects with those equal that differ by rounding alone."""
    values: FloatArray = np.round(getattr(effects, way) / _unit(effects, way))
    return values


def _without_rounding(effects: Effects, way: str) -> FloatArray:
    """Return effects with 0 for those that are rounding alone."""
    values: FloatArray = getattr(effects, way)
    return np.where(np.abs(values) < _unit(effects, way), 0.0, values)


def _unit(effects: Effects, way: str) -> float:
    """Return the size below which a difference of effects is rounding."""
    sizes = np.abs([effects.answer, *getattr(effects, way)])
    return ROUNDING * max(1e-300, float(sizes[np.isfinite(sizes)].max(initial=0.0)))


def _spearman(x: FloatArray, y: FloatArray) -> float | None:
    """Return the rank correlation; None where it is undefined. Infinite effects are the largest or the smallest."""
    if len(x) < 2 or np.isnan(x).any() or np.isnan(y).any():
        return None
    a, b = _ranks(x), _ranks(y)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else None


def _ranks(values: FloatArray) -> FloatArray:
    """Return the ranks, from 1 on; equal values have their mean rank."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: FloatArray = np.cumsum(counts) - (counts - 1) / 2
    return means[where]


def _interval(values: FloatArray, rng: np.random.Generator) -> Interval:
    if len(values) < 2:
        return None, None
    return ratio_intervals(values[:, None], np.ones((len(values), 1)), rng)[0]
