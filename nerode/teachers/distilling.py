"""Networks that learn from the answers of another one: passes over words whose loss the caller differentiates.

The loop, the networks and the format of files are those of training; only the loss comes from outside, as a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import torch
from numpy.random import Generator
from torch import Tensor, nn

from nerode.automata.diagram import counted
from nerode.domains import Domain
from nerode.links import Link
from nerode.protocols import States, SteppingTeacher
from nerode.teachers import directory
from nerode.teachers.architectures import Network, TrainingSettings
from nerode.teachers.examples import Lesson, epoch
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.recognition import check_free
from nerode.teachers.training import HELD_OUT_BATCH, answers_at, begun_network, model_of, reads_whole, step, work_of
from nerode.threads import one_thread
from nerode.words import Alphabet, FloatArray, IntArray, RealArray

ORIGIN = "a student, distilled by nerode"

Slope = Callable[[FloatArray, IntArray], FloatArray]
"""The derivative (m, width) of the loss by scores (m, width), from these and the numbers (m,) of their answers."""


class Beside(Protocol):
    """What a network learns beside the answers, from the words of a lesson."""

    @property
    def one_length(self) -> bool:
        """Whether the words of a batch must have one length."""
        ...

    def backward(self, rows: Tensor) -> None:
        """Run backward from the loss of these words."""
        ...


class NetworkStudent:
    """A small network as a student: a function from words to scores with a size, saved as a checkpoint directory.

    One that reads from left to right is a `SteppingStudent`.
    """

    kind: ClassVar[str] = "network"
    unit: ClassVar[str] = "parameter"

    def __init__(self, model: TrainedModel) -> None:
        self.model, self.domain = model, model.domain
        self.alphabet, self.link, self.width = model.alphabet, model.link, model.width

    @property
    def size(self) -> int:
        """The number of its parameters."""
        return self.model.parameters

    @property
    def parameters(self) -> int:
        """How many numbers say what it does."""
        return self.model.parameters

    def to_bytes(self) -> bytes:
        """Return the file of its weights."""
        return directory.weights_file(self.model)

    def scores(self, words: Iterable[Any]) -> RealArray:
        """Return the scores (n, width) of n words, given as indices, symbols or text."""
        return self.model.teacher.scores(self.alphabet.words(words))

    def predict(self, words: Iterable[Any]) -> IntArray:
        """Return the labels (n,) of n words: classes, or the likeliest next symbols; raise InputError for values."""
        return self.link.labels(self.scores(words))

    def save(self, path: str | Path, extraction: dict[str, Any] | None = None, force: bool = False) -> None:
        """Save as a checkpoint directory, which every command reads as a network.

        Parameters
        ----------
        extraction : a JSON object stored beside the weights: its origin
        force : whether it may take the place of a network that is there

        Raises
        ------
        InputError : a path that cannot be written to, or that holds a network already
        """
        check_free(path, force)
        directory.save(path, self.model, extraction or {})

    def __repr__(self) -> str:
        facts = [self.model.architecture, counted(len(self.alphabet), "symbol"), counted(self.size, self.unit)]
        return f"<{type(self).__name__}: {', '.join(facts)}>"


class SteppingStudent(NetworkStudent):
    """One that reads from left to right."""

    def __init__(self, model: TrainedModel) -> None:
        super().__init__(model)
        assert isinstance(model.teacher, SteppingTeacher)
        self._teacher = model.teacher

    def start(self) -> States:
        """Return the state after ε, as a batch of one."""
        return self._teacher.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        return self._teacher.advance(states, parents, symbols)

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width) of the words that lead to the states."""
        return self._teacher.read(states)


@dataclass(frozen=True, eq=False)
class Apprentice:
    """A network in training.

    Parameters
    ----------
    network, optimiser : changed by `taught`
    settings : the size of a batch, and the learning rate
    scale, shift : (width,), what scores are multiplied by and what is then added, once the network is a student
    """

    network: Network
    optimiser: torch.optim.Optimizer
    settings: TrainingSettings
    scale: FloatArray
    shift: FloatArray

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return sum(weights.numel() for weights in self.network.parameters())

    @property
    def work(self) -> int:
        """By about how many parameters a letter is multiplied."""
        return work_of(self.network)


def apprentice(
    settings: TrainingSettings, alphabet: Alphabet, scale: FloatArray, shift: FloatArray, rng: Generator
) -> Apprentice:
    """Return an untrained network of len(scale) scores."""
    return Apprentice(*begun_network(settings, alphabet, len(scale), rng), settings, scale, shift)


def taught(
    learner: Apprentice,
    lesson: Lesson,
    slope: Slope,
    before: Callable[[int], None],
    rng: Generator,
    beside: Beside | None = None,
) -> None:
    """Let a network learn from all words of a numbered lesson once, in random order.

    Parameters
    ----------
    before : called before each step with the number of letters of its words; what it raises ends the pass between two steps
    beside : what is learned beside the answers; None for nothing
    """

    taught_in_turn([Pupil(learner, beside)], lesson, lambda scores, numbers, _: slope(scores, numbers), before, rng)


@dataclass(frozen=True, eq=False)
class Pupil:
    """A network that learns, perhaps beside others.

    Parameters
    ----------
    learner : the network in training
    beside : what it learns beside the answers; None for nothing
    peer : a network whose scores for the same words are told to the slope; None for none
    """

    learner: Apprentice
    beside: Beside | None = None
    peer: Network | None = None


PeerSlope = Callable[[FloatArray, IntArray, FloatArray | None], FloatArray]
"""A `Slope` which is also told the scores (m, width) of a peer; None where there is none."""


def taught_in_turn(
    pupils: Sequence[Pupil], lesson: Lesson, slope: PeerSlope, before: Callable[[int], None], rng: Generator
) -> None:
    """Let networks learn from all words of a numbered lesson once, in random order, one after the other at each batch.

    A peer is asked when its pupil's turn comes, so that it has learned from the same words already where its own turn was before.

    Parameters
    ----------
    pupils : of one size of batches
    before : as for `taught`, called before each turn
    """

    def backward(scores: Tensor, numbers: Tensor) -> None:
        if pupil.beside is not None:
            pupil.beside.backward(rows)
        theirs = None if pupil.peer is None else scores_of(pupil.peer, lesson, rows)
        gradient = slope(scores.detach().double().numpy(), numbers.numpy(), theirs) / len(numbers)
        scores.backward(torch.from_numpy(gradient).to(scores))  # type: ignore[no-untyped-call]

    one_length = any(
        reads_whole(pupil.learner.network) or (pupil.beside is not None and pupil.beside.one_length) for pupil in pupils
    )
    with one_thread():
        for rows in epoch(lesson, pupils[0].learner.settings.batch, rng, one_length=one_length):
            for pupil in pupils:
                before(int(lesson.lengths[rows].sum()))
                step(pupil.learner.network, pupil.learner.optimiser, lesson, rows, backward)


def scores_of(network: Network, lesson: Lesson, rows: Tensor | None = None) -> FloatArray:
    """Return what a network says (m, width) at all positions with a target, in the words of these rows, or in all."""
    parts = [rows] if rows is not None else torch.split(torch.arange(len(lesson.lengths)), HELD_OUT_BATCH)
    with torch.no_grad():
        return torch.cat([answers_at(network, lesson, part)[0] for part in parts]).double().numpy()


def slowed(learner: Apprentice, factor: float) -> None:
    """Multiply the learning rate."""
    for group in learner.optimiser.param_groups:
        group["lr"] *= factor


def student_of(learner: Apprentice, alphabet: Alphabet, link: Link, domain: Domain | None = None) -> NetworkStudent:
    """Return a copy of a network as it is now, with the domain of its teacher."""
    network = deepcopy(learner.network)
    layer = _last(network)
    with torch.no_grad():
        layer.weight *= torch.from_numpy(learner.scale).to(layer.weight)[:, None]
        layer.bias.copy_(layer.bias * torch.from_numpy(learner.scale) + torch.from_numpy(learner.shift))
    return _student(network, alphabet, link, domain)


def _student(network: Network, alphabet: Alphabet, link: Link, domain: Domain | None) -> NetworkStudent:
    return as_student(replace(model_of(network, alphabet, link, ORIGIN), domain=domain))


def as_student(model: TrainedModel) -> NetworkStudent:
    """Return a network as a student."""
    return SteppingStudent(model) if isinstance(model.teacher, SteppingTeacher) else NetworkStudent(model)


def _last(network: Network) -> nn.Linear:
    """The affine map that gives the scores."""
    readout: Any = network.readout
    return readout if isinstance(readout, nn.Linear) else readout[-1]


def constant_network(alphabet: Alphabet, link: Link, scores: FloatArray, domain: Domain | None = None) -> NetworkStudent:
    """Return a network of one unit that gives each word the same scores (width,)."""
    network = RecurrentNetwork(RecurrentSpec("rnn", len(alphabet) + 1, 1, (len(scores),)))
    with torch.no_grad():
        for weights in network.parameters():
            weights.zero_()
        _last(network).bias.copy_(torch.from_numpy(scores))
    return _student(network, alphabet, link, domain)
