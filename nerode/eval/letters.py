"""What the letters of a word do to a function, measured by its answers alone: a check of what a map says.

A function is asked about words with and without the letter, with nothing and with short words behind it. Automaton and network
are asked about the same words, so that a map that is wrong about its network is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.eval.maps import metric_of
from nerode.eval.moves import change, direction, flips
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import Teacher, longest_of
from nerode.sampling import uniform_words
from nerode.words import FloatArray, Words

ENDS = 6  # short words behind the letter, the empty one among them, for what is forgotten
LONGEST_END = 3  # letters of them
FEWEST = 8  # words with the letter, below which nothing is said
FAR = 50.0  # how far below the largest log-probability others count; what is impossible is −∞
ALIKE = 0.1  # difference of two shares of words that rise, up to which they are the same
REMEMBERED = 0.2  # the same of two shares of differences that are left
WELL = 0.9  # correlation of margins from which one stands for the other
NAMED = 6  # letters in a sentence


@dataclass(frozen=True)
class Questions:
    """The words that a function is asked about, for each of its letters.

    Parameters
    ----------
    letters : how many there are
    words : before the letter
    few : those of them that have ends, too; none where there is no room for them
    ends : short words behind the letter
    """

    letters: int
    words: Words
    few: Words
    ends: Words


@dataclass(frozen=True)
class Effect:
    """What a letter does.

    Parameters
    ----------
    rises : the share of words whose margin or value rises; None of other functions
    flips : the shares of words that it takes from rejected to accepted, and back; None of functions without a margin
    left : the share of the differences of answers that is left after the letter; None where it was not asked
    label, share : the most frequent label after it and its share; None of functions with a margin or values
    """

    rises: float | None
    flips: tuple[float, float] | None
    left: float | None
    label: int | None
    share: float | None

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Effects:
    """What letters do to a function.

    Parameters
    ----------
    letters : in the order of the alphabet
    margins : (n,), of the words of the questions, or their values; None of other functions
    """

    letters: tuple[Effect, ...]
    margins: FloatArray | None


def questions(teacher: Teacher, words: Words, most: int, rng: np.random.Generator) -> Questions | None:
    """Return what to ask about the letters of a function; None where too few words are short enough for it.

    Parameters
    ----------
    words : before the letter; some of them are taken, at equal steps
    most : so many words are asked about in all, at most
    """
    letters, longest = len(teacher.alphabet), longest_of(teacher)
    fitting = [word for word in words if longest is None or len(word) + 1 + LONGEST_END <= longest]
    count = min(len(fitting), most // (2 * (letters + 1)))
    if count < FEWEST:
        return None
    few = min(count, most // (2 * (letters + 1) * ENDS))
    ends = [(), *uniform_words(rng, letters, rng.integers(1, LONGEST_END + 1, ENDS - 1))]
    chosen = _spread(fitting, count)
    return Questions(letters, chosen, _spread(chosen, few) if few >= FEWEST else [], ends)


def effects(function: Teacher, asked: Questions) -> Effects:
    """Return what each letter does to a function."""
    behind = [(), *((letter,) for letter in range(asked.letters))]
    before, *after = (_answers(function, [(*word, *letter) for word in asked.words]) for letter in behind)
    single = before.shape[1] == 1
    margin = single and not isinstance(function.link, Value)
    left = _left(function, asked, behind)
    found = []
    for rows, part in zip(after, left, strict=True):
        known = np.isfinite(before).all(axis=1) & np.isfinite(rows).all(axis=1)
        one, other = before[known], rows[known]
        rises = change(one[:, 0], other[:, 0])[1] if single and len(one) else None
        flipped = flips(one[:, 0], other[:, 0]) if margin and len(one) else None
        labelled = not single and not isinstance(function.link, Value) and len(other)
        counts = np.bincount(other.argmax(axis=1)) if labelled else np.zeros(1, np.int64)
        label, share = (int(counts.argmax()), float(counts.max() / len(other))) if counts.any() else (None, None)
        found.append(Effect(rises, flipped, part, label, share))
    return Effects(tuple(found), before[:, 0] if single else None)


def _left(function: Teacher, asked: Questions, behind: Sequence[tuple[int, ...]]) -> list[float | None]:
    """Return the share of differences that is left after each letter."""
    if not asked.few:
        return [None] * asked.letters
    words = [(*word, *letter, *end) for letter in behind for end in asked.ends for word in asked.few]
    answers = _answers(function, words)
    metric = np.eye(1) if answers.shape[1] == 1 else metric_of(function.link, answers[: len(asked.few)])
    parts = (answers @ metric).reshape(len(behind), len(asked.ends), len(asked.few), -1)
    known = np.isfinite(parts).all(axis=(0, 1, 3))
    parts = parts[:, :, known]
    if parts.shape[2] < FEWEST:
        return [None] * asked.letters
    sizes = np.sqrt(((parts - parts.mean(axis=2, keepdims=True)) ** 2).sum(axis=3).mean(axis=(1, 2)))
    return [float(size / sizes[0]) if sizes[0] > 0 else None for size in sizes[1:].tolist()]


def _answers(function: Teacher, words: Words) -> FloatArray:
    """Return scores (n, width); the margin (n, 1) of two classes; what is impossible is FAR below the largest."""
    scores = np.asarray(function.scores(words), np.float64)
    if isinstance(function.link, Multiclass) and scores.shape[1] == 2:
        return scores[:, 1:] - scores[:, :1]
    if isinstance(function.link, Binary | Value):
        return scores
    if isinstance(function.link, NextSymbol):
        scores = scores[:, : function.link.letters + 1].copy()
        scores[:, function.link.letters :] += 0.0 if function.link.ends else -np.inf
    bounded: FloatArray = np.maximum(scores, scores.max(axis=1, keepdims=True) - FAR)
    return bounded


def _spread(words: Words, count: int) -> Words:
    """Return so many words, at equal steps."""
    return [words[row] for row in np.linspace(0, len(words) - 1, count).round().astype(int).tolist()]


def agreed(alphabet: Sequence[str], names: Sequence[str], ours: Effects, theirs: Effects) -> list[str]:
    """Return sentences on how far an automaton's letters do to it what they do to its network.

    Parameters
    ----------
    names : of labels
    """
    pairs = list(zip(alphabet, ours.letters, theirs.letters, strict=True))
    if ours.margins is not None and theirs.margins is not None:
        alike = _correlation(ours.margins, theirs.margins)
        told = "is not known" if alike is None else f"is {alike:.2f}"
        warning = (
            "" if alike is not None and alike >= WELL else ": heights say little beyond the side of the line on which a word is"
        )
        apart = [
            f"{symbol} (automaton {one.rises:.0%}, network {other.rises:.0%})"
            for symbol, one, other in pairs
            if one.rises is not None and other.rises is not None and not _same(one.rises, other.rises)
        ]
        return [
            f"The correlation of the automaton's answers with the network's {told}{warning}.",
            _listed(
                f"raise as many words in the network as in the automaton, to {ALIKE:.0%}, or push the same way", len(pairs), apart
            ),
            *_memory(pairs),
        ]
    apart = [
        f"{symbol} (the network: {names[other.label]}, {other.share:.0%})"
        for symbol, one, other in pairs
        if other.label is not None and one.label != other.label
    ]
    same = "have the same most frequent answer behind them in the network as in the automaton"
    return [_listed(same, len(pairs), apart), *_memory(pairs)]


def _memory(pairs: Sequence[tuple[str, Effect, Effect]]) -> list[str]:
    """Return the sentence on what letters leave of the differences between words; none where that was not asked."""
    known = [(symbol, one.left, other.left) for symbol, one, other in pairs if one.left is not None and other.left is not None]
    apart = [
        f"{symbol} (automaton {one:.0%}, network {other:.0%})" for symbol, one, other in known if abs(one - other) > REMEMBERED
    ]
    what = f"leave as much of the differences between words in the network as in the automaton, to {REMEMBERED:.0%}"
    return [_listed(what, len(known), apart)] if known else []


def _correlation(one: FloatArray, other: FloatArray) -> float | None:
    known = np.isfinite(one) & np.isfinite(other)
    if known.sum() < FEWEST or not one[known].std() * other[known].std() > 0:
        return None
    return float(np.corrcoef(one[known], other[known])[0, 1])


def _same(ours: float, theirs: float) -> bool:
    return direction(ours) == direction(theirs) != 0 or abs(ours - theirs) <= ALIKE


def _listed(what: str, letters: int, apart: list[str]) -> str:
    if not apart:
        return f"All letters {what}."
    named = ", ".join(apart[:NAMED]) + (", …" if len(apart) > NAMED else "")
    return f"{letters - len(apart)} of {letters} letters {what}; not so {named}."
