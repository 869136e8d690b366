"""Read-outs on the lower layers of a network in training, and networks that end there.

Each lower layer has a read-out of its own, of the same kind as that of the network. A network of the lower layers and of such a
read-out gives scores by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.random import Generator
from torch import Tensor

from nerode.teachers.architectures import Network
from nerode.teachers.distilling import Apprentice
from nerode.teachers.examples import NO_TARGET, Lesson
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.knowledge.reading import Tokens, read
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.training import begun_network, encoding_of
from nerode.teachers.transformer import CausalTransformer
from nerode.words import Alphabet, FloatArray, IntArray

ExitSlope = Callable[[FloatArray, IntArray, FloatArray], FloatArray]
"""The derivative (m, width) of the loss by the scores of a lower read-out, from these, the numbers (m,) of answers, and the
scores of the top one."""


class Exits:
    """The read-outs of the lower layers, which are trained by the optimiser of the network and are no part of it.

    Parameters
    ----------
    learner : a network of two layers or more
    rng : of the first weights of read-outs
    """

    def __init__(self, learner: Apprentice, alphabet: Alphabet, rng: Generator) -> None:
        self._learner, self._alphabet = learner, alphabet
        width = len(learner.scale)
        shapes = [replace(learner.settings, layers=depth) for depth in range(1, learner.settings.depth)]
        self._ends: list[Any] = [begun_network(shape, alphabet, width, rng)[0] for shape in shapes]
        weights = [weight for end in self._ends for part in _read_out(end) for weight in getattr(end, part).parameters()]
        learner.optimiser.add_param_group({"params": weights})

    def shortened(self) -> list[Apprentice]:
        """Return networks that end at each lower layer, lowest first, as they are now."""
        own, found = self._learner.network.state_dict(), []
        for end in map(deepcopy, self._ends):
            taken = {name: own[name] for name in end.state_dict() if name.partition(".")[0] not in _read_out(end)}
            end.load_state_dict(end.state_dict() | taken)
            found.append(replace(self._learner, network=end))
        return found

    def said(self, lesson: Lesson, rows: Tensor) -> tuple[list[Tensor], IntArray]:
        """Return the scores (m, width) of each layer, lowest first, at all positions with a target, and the targets (m,)."""
        network: Any = self._learner.network
        longest = int(lesson.lengths[rows].max()) + 1
        tokens, targets = lesson.tokens[rows, :longest], lesson.targets[rows, :longest]
        letters = torch.arange(len(self._alphabet))
        if isinstance(network, FeedForward):
            reading = read(network, Tokens(tokens[:, 1:], lesson.lengths[rows] - 1, 0, letters))
            states, numbers = list(reading.ends), targets[:, -1]
        else:
            first = len(encoding_of(network, self._alphabet).begin)
            reading = read(network, Tokens(tokens, lesson.lengths[rows], first, letters))
            asked = targets != NO_TARGET
            states, numbers = [state[asked] for state in reading.states or ()], targets[asked]
        ends = [*self._ends, network]
        return [_scores(end, state) for end, state in zip(ends, states, strict=True)], numbers.numpy()


@dataclass(frozen=True, eq=False)
class Within:
    """What the lower read-outs learn from the words of a lesson: see `Beside`.

    Parameters
    ----------
    slope : of each of them
    """

    exits: Exits
    lesson: Lesson
    slope: ExitSlope

    @property
    def one_length(self) -> bool:
        """Whether the words of a batch must have one length."""
        return False

    def backward(self, rows: Tensor) -> None:
        """Run backward from the loss of these words; the top layer learns nothing of the lower ones."""
        scores, numbers = self.exits.said(self.lesson, rows)
        top = scores[-1].detach().double().numpy()
        gradients = [
            torch.from_numpy(self.slope(lower.detach().double().numpy(), numbers, top) / len(numbers)).to(lower)
            for lower in scores[:-1]
        ]
        torch.autograd.backward(scores[:-1], gradients)


def _read_out(network: Network) -> tuple[str, ...]:
    """The parts of a network that give scores of states."""
    return ("norm", "readout") if isinstance(network, CausalTransformer | LayeredNetwork) else ("readout",)


def _scores(network: Any, states: Tensor) -> Tensor:
    for part in _read_out(network):
        states = getattr(network, part)(states)
    return states
