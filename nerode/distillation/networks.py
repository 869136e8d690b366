"""The students rnn, gru, lstm, transformer, mlp, conv, ssm and gla: small networks that learn the answers of a larger one.

Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015. How they are trained is in `training`.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from nerode.distillation.constant import none_smaller, same_scores
from nerode.distillation.held_out import held_out
from nerode.distillation.responses import student_link
from nerode.distillation.settings import ResponseSettings
from nerode.distillation.training.course import Course, Training
from nerode.distillation.training.table import TRAININGS
from nerode.distillation.transferring import check_transfer
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.method import Method, Task
from nerode.extraction.methods import listed
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import Teacher
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.distilling import NetworkStudent

BATCH, HEADS = 64, 2
MOST_LAYERS, MOST_GENERATIONS = 10, 100
ALL = (CLASSIFIER, LANGUAGE_MODEL, SCORES)


@dataclass(frozen=True)
class NetworkSettings(ResponseSettings):
    """Those of students that are networks.

    Parameters
    ----------
    hidden : width of each layer
    layers : how many there are
    transfer : what is learned beside the answers, of `TRANSFERS`, and the weight of each loss in the sum
    layers_of : another network over the same alphabet, whose layers that is; None for those of the teacher
    training : how it is trained, of `TRAININGS`
    generations : how many there are of born-again students; None for 3, and where it is trained in another way
    """

    by_place: ClassVar[bool] = True  # whether there are states after each letter

    hidden: int = 8
    layers: int = 1
    transfer: Mapping[str, float] = field(default_factory=dict)
    layers_of: Teacher | None = field(default=None, repr=False)
    training: str = "offline"
    generations: int | None = None

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if type(self.hidden) is not int or self.hidden < 1:
            raise InputError(f"the width of a network must be a whole number from 1 on, not {self.hidden!r}")
        if type(self.layers) is not int or not 1 <= self.layers <= MOST_LAYERS:
            raise InputError(f"a student has 1 to {MOST_LAYERS} layers, not {self.layers!r}")
        if not isinstance(self.transfer, Mapping):
            raise InputError(f'transfer gives weights by names, such as {{"features": 1.0}}, and not {self.transfer!r}')
        if self.layers_of is not None and not self.transfer:
            raise InputError(
                "layers of another network are read for what is transferred; say what by transfer, or leave them out"
            )
        check_transfer(self.transfer, teacher, self.layers, self.by_place, self.layers_of)
        if self.training not in TRAININGS:
            raise InputError(f"{self.training!r} is no way to train; choose among {', '.join(TRAININGS)}")
        if self.generations is not None and self.training != "born-again":
            raise InputError("generations are those of born-again students; leave their number out, or train so")
        if self.generations is not None and not (type(self.generations) is int and 2 <= self.generations <= MOST_GENERATIONS):
            raise InputError(f"there are 2 to {MOST_GENERATIONS} generations, not {self.generations!r}")
        training_named(self.training).check(self, teacher)


@dataclass(frozen=True)
class TransformerSettings(NetworkSettings):
    """Those of transformers and of gated linear attention, which have two heads."""

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if self.hidden % HEADS:
            raise InputError(f"the width of a network with two heads must be even here, not {self.hidden}")


@dataclass(frozen=True)
class FeedForwardSettings(NetworkSettings):
    """Those of feed-forward networks."""

    by_place: ClassVar[bool] = False

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if domain_of(teacher) is None:
            raise InputError(
                "a feed-forward student (mlp) reads words of one length, and this network was not trained on such words; take "
                "rnn, gru, lstm or transformer"
            )


def training_named(name: str) -> Training:
    """Return the way to train of this name."""
    return listed(TRAININGS[name])  # type: ignore[no-any-return]


def _learned(architecture: str, task: Task) -> Generator[Any, None, str]:
    domain, settings = domain_of(task.teacher), task.settings
    length = None if domain is None else domain.length
    shape = TrainingSettings(architecture, settings.hidden, settings.layers, heads=HEADS, batch=BATCH, length=length)
    return (yield from training_named(settings.training).students(Course(task, shape)))


def _constant(settings: Any, weighed: HeldOut, teacher: Teacher) -> NetworkStudent:
    """Return the network that says the same of each word."""
    return distilling.constant_network(
        teacher.alphabet, student_link(teacher.link), same_scores(weighed, teacher), domain_of(teacher)
    )


RNN, GRU, LSTM, TRANSFORMER, MLP, CONV, SSM, GLA = (
    Method(
        tasks, partial(_learned, architecture), longest=20, frugality=0.002, constant=_constant,
        smaller=none_smaller, settings=settings, held_out=held_out, near=True, directory=True,
    )
    for architecture, settings, tasks in (
        ("rnn", NetworkSettings, ALL), ("gru", NetworkSettings, ALL), ("lstm", NetworkSettings, ALL),
        ("transformer", TransformerSettings, ALL), ("mlp", FeedForwardSettings, (CLASSIFIER,)),
        ("conv", NetworkSettings, ALL), ("ssm", NetworkSettings, ALL), ("gla", TransformerSettings, ALL),
    )
)  # fmt: skip
