"""Explanations of one word: what each letter does to the answer, for an automaton and for the network that it stands for.

A student may be right for other reasons than its teacher. Two explanations that disagree show it.

Three effects of a letter are measured. The `step` is the difference of the answers after and before it. Leaving a letter out and
putting another in its place (Li, Monroe and Jurafsky: Understanding neural networks through representation erasure, 2016) also
show what the letters after it make of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.diagram import counted, visible
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
    step : (n,), the answer to the prefix that ends with the letter, less the answer to the prefix before it
    left_out : (n,), the answer to the word, less that to the word without the letter
    replaced : (n,), the answer to the word, less the mean of those with another letter in its place; zero for one letter
    """

    answer: float
    step: FloatArray
    left_out: FloatArray
    replaced: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON; numbers that JSON does not have are None."""
        return finite({"answer": self.answer} | {way: getattr(self, way).tolist() for way in WAYS})  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Explanation:
    """The effects of the letters of a word on the answers of a student and of its teacher.

    Parameters
    ----------
    word : the letters, as text
    means : what the answers are, in words
    """

    word: tuple[str, ...]
    means: str
    student: Effects
    teacher: Effects

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        both = {"student": self.student.to_json(), "teacher": self.teacher.to_json()}
        return {"word": list(self.word), "means": self.means, **both}

    def text(self, colours: bool = False) -> str:
        """Return a table of the effects, a letter a line; with colours for a terminal: green raises, red lowers the answer."""
        header = ["", *(f"{way.replace('_', ' ')}: {whose}" for way in WAYS for whose in ("automaton", "network"))]
        columns = [getattr(effects, way) for way in WAYS for effects in (self.student, self.teacher)]
        rows = [header, *([visible(letter), *(f"{column[k]:+.3g}" for column in columns)] for k, letter in enumerate(self.word))]
        lines = lines_of(rows)
        word = " ".join(map(visible, self.word)) or EPSILON
        if colours:
            word = f"automaton {self._coloured(self.student)}   network {self._coloured(self.teacher)}"
        answers = f"automaton {self.student.answer:.4g}, network {self.teacher.answer:.4g}"
        return "\n".join([word, f"{self.means}: {answers}", *lines])

    def __str__(self) -> str:
        return self.text()

    def _coloured(self, effects: Effects) -> str:
        """Return the letters on grounds that are the stronger, the more leaving a letter out changes the answer."""
        sizes = np.where(np.isfinite(effects.left_out), effects.left_out, 0.0)
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
        for way in WAYS:
            value, (low, high) = self.correlations[way], self.intervals[way]
            between = "" if low is None else f"  {low:.3f} to {high:.3f}"
            said = "undefined" if value is None else f"{value:.3f}{between}  ({counted(self.words[way], 'word')})"
            lines.append(f"{way.replace('_', ' '):>10}  {said}")
        return "\n".join(["Do letters matter alike to both? Rank correlation of their effects, mean over words:", *lines])


def explain(student: Teacher, teacher: Teacher, words: Iterable[Any]) -> Listed[Explanation]:
    """Return what each letter of words (indices, symbols or text) does to the answers of both functions; it prints as tables.

    Both are asked about all changed words in one batch. Of several classes the class that the teacher gives to the word counts.

    Raises
    ------
    InputError : unknown symbols, or two functions that are not of one kind
    """
    student, teacher = comparable(student, teacher)
    parsed = teacher.alphabet.words(words)
    changed: dict[Word, int] = {}
    for word in parsed:
        for other in _changes(word, len(teacher.alphabet)):
            changed.setdefault(other, len(changed))
    asked = list(changed)
    answered = [(function.link, answers(function, asked)) for function in (student, teacher)]
    explained: Listed[Explanation] = Listed()
    for word in parsed:
        whole = answered[1][1][[changed[word]]]
        label = int(teacher.link.labels(whole)[0]) if isinstance(teacher.link, Multiclass) else 0
        ours, theirs = (_effects(word, worth(values, link, label), changed, len(teacher.alphabet)) for link, values in answered)
        symbols = tuple(teacher.alphabet.symbols[symbol] for symbol in word)
        explained.append(Explanation(symbols, meaning(teacher.link, label), ours, theirs))
    return explained


def agreement(explanations: list[Explanation], rng: np.random.Generator) -> Agreement:
    """Return how far the explanations of words agree, with intervals over words.

    Raises
    ------
    InputError : no explanation
    """
    if not explanations:
        raise InputError("there is no word to explain; give at least one")
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for explained in explanations:
        for way in WAYS:
            value = _spearman(_told(explained.student, way), _told(explained.teacher, way))
            if value is not None:
                found[way].append(value)
    means = {way: float(np.mean(values)) if values else None for way, values in found.items()}
    intervals = {way: _interval(np.array(values), rng) for way, values in found.items()}
    return Agreement(means, intervals, {way: len(values) for way, values in found.items()})


def _changes(word: Word, letters: int) -> Words:
    """Return all words that the effects of the letters of a word are made of."""
    prefixes = [word[:k] for k in range(len(word) + 1)]
    shorter = [word[:k] + word[k + 1 :] for k in range(len(word))]
    replaced = [(*word[:k], a, *word[k + 1 :]) for k in range(len(word)) for a in range(letters)]
    return [*prefixes, *shorter, *replaced]


def _effects(word: Word, numbers: FloatArray, place: dict[Word, int], letters: int) -> Effects:
    with np.errstate(invalid="ignore"):  # the difference of two infinite log-probabilities
        answer = numbers[place[word]]
        step = np.diff([numbers[place[word[:k]]] for k in range(len(word) + 1)])
        left_out = np.array([answer - numbers[place[word[:k] + word[k + 1 :]]] for k in range(len(word))])
        replaced = np.zeros(len(word))
        for k in range(len(word)):
            others = [numbers[place[(*word[:k], a, *word[k + 1 :])]] for a in range(letters) if a != word[k]]
            replaced[k] = answer - np.mean(others) if others else 0.0
    return Effects(float(answer), step, left_out, replaced)


def _told(effects: Effects, way: str) -> FloatArray:
    """Return effects with those equal that differ by rounding alone."""
    values: FloatArray = getattr(effects, way)
    sizes = np.abs([effects.answer, *values])
    unit = ROUNDING * max(1e-300, float(sizes[np.isfinite(sizes)].max(initial=0.0)))
    return np.round(values / unit)


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
