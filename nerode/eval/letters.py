"""What the letters of a word do to a network itself, in the terms of a map: the check of what a map says.

The network is asked about words with and without the letter, with nothing and with short words behind it. Nothing here uses an
automaton, so that a map that is wrong about its network is found out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.eval.maps import Map, metric_of
from nerode.eval.moves import change, direction, flips, label_names, leading
from nerode.links import Binary, NextSymbol, Value
from nerode.protocols import Teacher, longest_of
from nerode.sampling import uniform_words
from nerode.words import FloatArray, IntArray, Words

ENDS = 6  # short words behind the letter, the empty one among them, for what is forgotten
LONGEST_END = 3  # letters of them
FEWEST = 8  # words with the letter, below which nothing is said
MOST_ASKED = 20_000  # words for all letters together
ALIKE = 0.1  # difference of two shares of words that rise, up to which they are the same
NAMED = 6  # letters in a sentence
WELL = 0.9  # correlation of heights from which they are the network's


@dataclass(frozen=True)
class Effect:
    """What a letter does to a network; see `nerode.eval.moves.Letter` for the same of an automaton.

    Parameters
    ----------
    rises : the share of words whose margin or value rises; None of other networks
    flips : the shares of words that it takes from rejected to accepted, and back; None of networks without a margin
    left : the share of the differences of scores that is left after the letter
    leads : the name of the most frequent label after it, and its share; None of networks with a margin or values
    """

    rises: float | None
    flips: tuple[float, float] | None
    left: float
    leads: tuple[str, float] | None

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return {"rises": self.rises, "flips": self.flips, "left": self.left, "leads": self.leads}


@dataclass(frozen=True, eq=False)
class Effects:
    """What letters do to a network.

    Parameters
    ----------
    letters : in the order of the alphabet
    rows : (n,), the words that were asked about, as places among those that were given
    scores : (n, width), of these words
    """

    letters: tuple[Effect, ...]
    rows: IntArray
    scores: FloatArray


def effects(teacher: Teacher, words: Words, count: int, rng: np.random.Generator) -> Effects | None:
    """Return what each letter does to a network; None where too few words are short enough for it.

    Parameters
    ----------
    words : before the letter
    count : how many of these words are taken, at most, at equal steps
    """
    letters, longest = len(teacher.alphabet), longest_of(teacher)
    fitting = [row for row, word in enumerate(words) if longest is None or len(word) + 1 + LONGEST_END <= longest]
    count = min(count, MOST_ASKED // (letters + 1), len(fitting))
    if count < FEWEST:
        return None
    rows = np.array(fitting)[np.linspace(0, len(fitting) - 1, count).round().astype(int)]
    chosen = [words[row] for row in rows.tolist()]
    behind = [(), *((letter,) for letter in range(letters))]
    scores = _asked(teacher, [(*word, *letter) for letter in behind for word in chosen], (letters + 1, count))
    metric = metric_of(teacher.link, scores[0])
    few = chosen[:: max(1, count * ENDS * (letters + 1) // MOST_ASKED + 1)]
    ends = [(), *uniform_words(rng, letters, rng.integers(1, LONGEST_END + 1, ENDS - 1))]
    ended = _asked(
        teacher, [(*word, *letter, *end) for letter in behind for end in ends for word in few], (letters + 1, ENDS, len(few))
    )
    sizes = [_size(each @ metric) for each in ended]
    binary = isinstance(teacher.link, Binary)
    names = () if binary or isinstance(teacher.link, Value) else label_names(teacher, isinstance(teacher.link, NextSymbol))
    found = []
    for after, size in zip(scores[1:], sizes[1:], strict=True):
        single = after.shape[1] == 1
        rises = change(scores[0, :, 0], after[:, 0])[1] if single else None
        flipped = flips(scores[0, :, 0], after[:, 0]) if binary else None
        leads = leading(teacher.link.labels(after), names) if names else None
        found.append(Effect(rises, flipped, size / sizes[0] if sizes[0] > 0 else 1.0, leads))
    return Effects(tuple(found), rows, scores[0])


def _asked(teacher: Teacher, words: Words, shape: tuple[int, ...]) -> FloatArray:
    """Return scores, (*shape, width)."""
    return np.asarray(teacher.scores(words), np.float64).reshape(*shape, -1)


def _size(scores: FloatArray) -> float:
    """Return the root mean square of distances from the mean of words, for scores (ends, words, width)."""
    return float(np.sqrt(((scores - scores.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean()))


def agreed(shown: Map, measured: Effects) -> list[str]:
    """Return sentences on how far what a map says of its letters, and of its heights, holds for the network."""
    pairs = list(zip(shown.letters, measured.letters, strict=True))
    said = []
    if shown.height is not None:
        heights, theirs = shown.points[measured.rows, 1], measured.scores[:, 0]
        known = np.isfinite(heights)
        alike = float(np.corrcoef(heights[known], theirs[known])[0, 1]) if heights[known].std() * theirs[known].std() > 0 else 0.0
        warning = "" if alike >= WELL else ": they say little beyond the side of the line on which a word is"
        said.append(f"Heights and the {shown.height}s of the network have a correlation of {alike:.2f}{warning}.")
        apart = [
            f"{ours.symbol} ({ours.rises:.0%}, {theirs.rises:.0%})"
            for ours, theirs in pairs
            if ours.rises is not None and theirs.rises is not None and not _same(ours.rises, theirs.rises)
        ]
        said.append(_listed("push words the same way in the automaton and in the network", len(pairs), apart))
    elif shown.letters and shown.letters[0].leads is not None:
        apart = [
            f"{ours.symbol} (the network: {theirs.leads[0]}, {theirs.leads[1]:.0%})"
            for ours, theirs in pairs
            if ours.leads is not None and theirs.leads is not None and ours.leads[0] != theirs.leads[0]
        ]
        said.append(
            _listed("have the same most frequent answer behind them in the automaton and in the network", len(pairs), apart)
        )
    return said


def _same(ours: float, theirs: float) -> bool:
    return direction(ours) == direction(theirs) or abs(ours - theirs) <= ALIKE


def _listed(what: str, letters: int, apart: list[str]) -> str:
    if not apart:
        return f"All letters {what}."
    named = ", ".join(apart[:NAMED]) + (", …" if len(apart) > NAMED else "")
    return f"{letters - len(apart)} of {letters} letters {what}; not so {named}."
