"""What the letters of a word do to a network itself, in the terms of a map: the check of what a map says.

The network is asked about words with and without the letter, with nothing and with short words behind it. Nothing here uses an
automaton, so that a map that is wrong about its network is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.eval.maps import metric_of
from nerode.eval.moves import Letter, change, direction, label_names, leading
from nerode.links import Binary, NextSymbol, Value
from nerode.protocols import Teacher, longest_of
from nerode.sampling import uniform_words
from nerode.words import FloatArray, Words

BEHIND = 6  # short words behind the letter, the empty one among them
LONGEST_BEHIND = 3  # letters of them
FEWEST = 8  # words with the letter, below which nothing is said
MOST_ASKED = 20_000  # words for all letters together


@dataclass(frozen=True)
class Effect:
    """What a letter does to a network; see `nerode.eval.moves.Letter` for the same of an automaton.

    Parameters
    ----------
    change, rises : of the margin or value; None of other networks
    left : the share of the differences of scores that is left after the letter
    leads : as for an automaton: the most frequent label after it, as "makes b likeliest", and its share
    """

    change: float | None
    rises: float | None
    left: float
    leads: tuple[str, float] | None

    @property
    def pushes(self) -> int:
        """1 where most words rise, −1 where most fall, and 0 otherwise."""
        return direction(self.rises)

    def to_json(self) -> dict[str, Any]:
        """Return all numbers."""
        return {"change": self.change, "rises": self.rises, "left": self.left, "leads": self.leads}


def effects(teacher: Teacher, words: Words, count: int, rng: np.random.Generator) -> tuple[Effect, ...] | None:
    """Return what each letter does to a network, in the order of the alphabet; None where too few words are short enough for it.

    Parameters
    ----------
    words : before the letter
    count : how many of these words are taken, at most, at equal steps
    """
    letters = len(teacher.alphabet)
    behind = [(), *uniform_words(rng, letters, rng.integers(1, LONGEST_BEHIND + 1, BEHIND - 1))]
    longest = longest_of(teacher)
    if longest is not None:
        words = [word for word in words if len(word) + 1 + LONGEST_BEHIND <= longest]
    count = min(count, MOST_ASKED // (BEHIND * (letters + 1)), len(words))
    if count < FEWEST:
        return None
    words = [words[i] for i in np.linspace(0, len(words) - 1, count).round().astype(int).tolist()]
    asked = [(*word, *letter, *end) for letter in [(), *((a,) for a in range(letters))] for end in behind for word in words]
    scores = np.asarray(teacher.scores(asked), np.float64).reshape(letters + 1, BEHIND, count, -1)
    metric = metric_of(teacher.link, scores[0].reshape(BEHIND * count, -1))
    sizes = [_size(each @ metric) for each in scores]
    following = isinstance(teacher.link, NextSymbol)
    names = () if isinstance(teacher.link, Binary | Value) else label_names(teacher, following)
    found = []
    for after, size in zip(scores[1:], sizes[1:], strict=True):
        pushed: tuple[float | None, float | None] = (None, None)
        if after.shape[2] == 1:
            pushed = change(scores[0, 0, :, 0], after[0, :, 0])
        leads = leading(teacher.link.labels(after[0]), names, following) if names else None
        found.append(Effect(*pushed, size / sizes[0] if sizes[0] > 0 else 1.0, leads))
    return tuple(found)


def _size(scores: FloatArray) -> float:
    """Return the root mean square of distances from the mean of words, for scores (ends, words, width)."""
    return float(np.sqrt(((scores - scores.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).mean()))


def agreed(letters: Sequence[Letter], measured: Sequence[Effect]) -> str:
    """Return a sentence on how far what a map says of its letters holds for the network."""
    pairs = list(zip(letters, measured, strict=True))
    if letters[0].rises is not None:
        pushed = [(ours, theirs) for ours, theirs in pairs if ours.pushes]
        if not pushed:
            return "No letter pushes most words one way in the automaton."
        same = sum(ours.pushes == theirs.pushes for ours, theirs in pushed)
        count = f"{len(pushed)} letter{'s' * (len(pushed) > 1)}"
        return f"Of the {count} that push most words one way in the automaton, {same} do the same in the network."
    if letters[0].leads is not None:
        same = sum(
            ours.leads is not None and theirs.leads is not None and ours.leads[0] == theirs.leads[0] for ours, theirs in pairs
        )
        return f"What is most frequent after a letter is the same in the network for {same} of {len(pairs)} letters."
    return ""
