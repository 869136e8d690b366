"""What a teacher does with words, as numbers that stay, and the memory of them: a teacher reads each word of a lesson once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

MOST = 2**27  # numbers that are remembered of the words of a lesson: half a gigabyte


@dataclass(frozen=True, eq=False)
class Example:
    """What n words do in a teacher, without gradients. What stands behind the last letter of a word means nothing.

    Parameters
    ----------
    states : of each layer, lowest first, after each letter (n, longest, width); None where words are read at once, or where
        nothing that is transferred compares them
    ends : of each layer, after the word (n, width)
    labels : (n,), the class that the teacher gives to each word
    effects : (n, longest), what each letter does to the score; None where nothing that is transferred compares it
    """

    states: tuple[Tensor, ...] | None
    ends: tuple[Tensor, ...]
    labels: Tensor
    effects: Tensor | None

    def mapped(self, along: Callable[[Tensor], Tensor], once: Callable[[Tensor], Tensor]) -> Example:
        """Return what functions make of it: one of the numbers at each letter, and one of those of whole words."""
        return Example(
            None if self.states is None else tuple(map(along, self.states)),
            tuple(map(once, self.ends)),
            once(self.labels),
            None if self.effects is None else along(self.effects),
        )

    @property
    def along(self) -> tuple[Tensor, ...]:
        """The numbers at each letter, each (n, longest, …)."""
        return (*(self.states or ()), *(() if self.effects is None else (self.effects,)))

    @property
    def once(self) -> tuple[Tensor, ...]:
        """The numbers of whole words, each (n, …)."""
        return (*self.ends, self.labels)


class Examples:
    """What is known of the words of a lesson. Where that is too much to remember, nothing is.

    The letters of all words stand one after the other, so that one long word does not make all of them long.

    Parameters
    ----------
    lengths : (n,), of the words
    """

    def __init__(self, lengths: Tensor) -> None:
        self._lengths, self._total = lengths, int(lengths.sum())
        self._begin = torch.cumsum(lengths, dim=0) - lengths
        self._kept: Example | None = None
        self._known = torch.zeros(len(lengths), dtype=torch.bool)

    def put(self, rows: Tensor, example: Example) -> None:
        """Remember the words in these rows."""
        numbers = self._total * sum(part[0, 0].numel() for part in example.along)
        if numbers + len(self._lengths) * sum(part[0].numel() for part in example.once) > MOST:
            return
        self._kept = self._kept or example.mapped(
            lambda part: part.new_zeros(self._total, *part.shape[2:]),
            lambda part: part.new_zeros(len(self._lengths), *part.shape[1:]),
        )
        there = torch.arange(int(self._lengths[rows].max())) < self._lengths[rows, None]
        letters = self._letters(rows, there.shape[1])[there]
        for kept, part in zip(self._kept.along, example.along, strict=True):
            kept[letters] = part[there]
        for kept, part in zip(self._kept.once, example.once, strict=True):
            kept[rows] = part
        self._known[rows] = True

    def knows(self, rows: Tensor) -> bool:
        """Return whether all of these words are known."""
        return bool(self._known[rows].all())

    def of(self, rows: Tensor) -> Example:
        """Return what is known of some words."""
        assert self._kept is not None
        letters = self._letters(rows, int(self._lengths[rows].max()))
        return self._kept.mapped(lambda part: part[letters], lambda part: part[rows])

    def _letters(self, rows: Tensor, longest: int) -> Tensor:
        """Return where the letters of words stand, (n, longest); behind the last one of a word, that of another letter."""
        return (self._begin[rows, None] + torch.arange(longest)).clamp_max(self._total - 1)
