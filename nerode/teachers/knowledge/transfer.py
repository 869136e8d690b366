"""What can be transferred: how each loss takes its part of what two networks do with the same words.

Layers of the student are guided by layers of the teacher, spread evenly over its depth: the top one by the top one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.teachers.knowledge.examples import Example
from nerode.teachers.knowledge.explanations import effects, explanations
from nerode.teachers.knowledge.features import attention, boundaries, hints, selectivity
from nerode.teachers.knowledge.reading import Reading
from nerode.teachers.knowledge.relations import angles, distances, flow, similarity

Maps = nn.ModuleList
"""An affine map for each layer of the student, to the width of the layer of the teacher that guides it; or none."""


@dataclass(frozen=True, eq=False)
class Both:
    """What n words of one letter or more do in a student and in its teacher.

    Parameters
    ----------
    ours, theirs : of the student, and of the teacher
    symbols : (n, longest), the letters
    lengths : (n,), of the words
    """

    ours: Reading
    theirs: Example
    symbols: Tensor
    lengths: Tensor

    @property
    def there(self) -> Tensor:
        """Which positions words have, (n, longest)."""
        return positions(self.symbols, self.lengths)

    def ends(self, maps: Maps) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield for each pair of layers the states after words (n, width of each)."""
        for i, j in guides(len(self.ours.ends), len(self.theirs.ends)):
            yield _mapped(self.ours.ends[i], maps, i), self.theirs.ends[j]

    def along(self, maps: Maps) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield for each pair of layers the states after each letter (n, longest, width of each)."""
        assert self.ours.states is not None
        assert self.theirs.states is not None
        ours = self.ours.of_letters(self.symbols.shape[1])
        for i, j in guides(len(ours), len(self.theirs.states)):
            yield _mapped(ours[i], maps, i), self.theirs.states[j]

    @property
    def by_place(self) -> bool:
        """Whether both have states after each letter."""
        return self.ours.states is not None and self.theirs.states is not None

    def each(self, maps: Maps) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield for each pair of layers the states (m, width of each) after all letters, or after words if these are all."""
        if not self.by_place:
            yield from self.ends(maps)
            return
        there = self.there
        yield from ((mine[there], its[there]) for mine, its in self.along(maps))


def positions(symbols: Tensor, lengths: Tensor) -> Tensor:
    """Return which positions words have, (n, longest), from symbols (n, longest) and lengths (n,)."""
    return torch.arange(symbols.shape[1]) < lengths[:, None]


def guides(ours: int, theirs: int) -> list[tuple[int, int]]:
    """Return which layer of the student is guided by which of the teacher, from how many each has."""
    return [(i, -(-(i + 1) * theirs // ours) - 1) for i in range(ours)]


def _mapped(states: Tensor, maps: Maps, i: int) -> Tensor:
    return maps[i](states) if len(maps) else states


@dataclass(frozen=True)
class Transfer:
    """A kind of knowledge that can be transferred.

    Parameters
    ----------
    loss : what it costs that two networks differ
    along : whether it compares states after each letter, where networks have some
    mapped : whether the student's states go through learned maps to the widths of the teacher's
    by_place : whether both networks need states after each letter, which a feed-forward network has not
    layers : both networks need so many
    tasks : of teachers that it fits
    """

    loss: Callable[[Both, Maps], Tensor]
    along: bool
    mapped: bool = False
    by_place: bool = False
    layers: int = 1
    tasks: tuple[str, ...] = (CLASSIFIER, LANGUAGE_MODEL, SCORES)


def _mean(losses: Iterator[Tensor]) -> Tensor:
    return torch.stack(list(losses)).mean()


def _over(loss: Callable[[Tensor, Tensor], Tensor], states: Callable[[Both, Maps], Iterator[tuple[Tensor, Tensor]]]) -> Transfer:
    """One that compares states of layers which stand for themselves, mapped if all of them are compared."""
    mapped = states is Both.each
    return Transfer(lambda both, maps: _mean(loss(a, b) for a, b in states(both, maps)), along=mapped, mapped=mapped)


def _along(loss: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Transfer:
    """One that compares what layers do along words."""
    return Transfer(lambda both, maps: _mean(loss(a, b, both.there) for a, b in both.along(maps)), along=True, by_place=True)


def _flow(both: Both, maps: Maps) -> Tensor:
    """Between the lowest and the top layer."""
    pairs = list(both.along(maps) if both.by_place else ((a[:, None], b[:, None]) for a, b in both.ends(maps)))
    (a, b), (c, d) = pairs[0], pairs[-1]
    return flow((a, c), (b, d), both.there if both.by_place else both.there[:, :1])


def _explanations(both: Both, maps: Maps) -> Tensor:
    assert both.theirs.effects is not None
    ours = effects(both.ours, both.symbols, both.there, both.theirs.labels)
    return explanations(ours, both.theirs.effects * both.there)


FEATURES, BOUNDARIES = _over(hints, Both.each), _over(boundaries, Both.each)
ATTENTION, SELECTIVITY = _along(attention), _along(selectivity)
SIMILARITY, DISTANCES, ANGLES = _over(similarity, Both.ends), _over(distances, Both.ends), _over(angles, Both.ends)
FLOW = Transfer(_flow, along=True, mapped=True, layers=2)
EXPLANATIONS = Transfer(_explanations, along=False, tasks=(CLASSIFIER, SCORES))
