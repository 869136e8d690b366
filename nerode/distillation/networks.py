"""The students rnn, gru, lstm, transformer, mlp, conv, ssm and gla: small networks that learn the answers of a larger one.

Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015. Lessons grow, and the network goes on with the larger
one where it gains no more from the smaller; in the end it learns more slowly. After each pass it is a hypothesis.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from nerode.distillation.constant import none_smaller, same_scores
from nerode.distillation.held_out import held_out
from nerode.distillation.lessons import Lesson, labels_alone, whole_lesson
from nerode.distillation.responses import Response, scaled, scaling, student_link
from nerode.distillation.settings import ResponseSettings
from nerode.distillation.transferring import check_transfer, transfer_named
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.method import Method, Task
from nerode.extraction.reasons import LARGEST_LESSON
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import Teacher
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.distilling import Apprentice, NetworkStudent
from nerode.teachers.examples import numbered
from nerode.teachers.knowledge.guide import Guide, guided
from nerode.words import FloatArray, IntArray

STAGES = ((1000, 1.0), (4000, 1.0), (16_000, 1.0), (64_000, 1.0), (64_000, 0.3), (64_000, 0.3))
"""Words of the lesson, and what the learning rate is multiplied by before it."""
LEAST = 4000  # words between two hypotheses
PATIENCE, MOST = 4, 25  # hypotheses of a stage: without a gain, and in all
BATCH, HEADS = 64, 2
MOST_LAYERS = 10
ALL = (CLASSIFIER, LANGUAGE_MODEL, SCORES)
STEP, PRODUCT = 1e-3, 1e-9  # seconds of work: of a step, and of a letter for each parameter, about


@dataclass(frozen=True)
class NetworkSettings(ResponseSettings):
    """Those of students that are networks.

    Parameters
    ----------
    hidden : width of each layer
    layers : how many there are
    transfer : what is learned beside the answers, of `TRANSFERS`, and the weight of each loss in the sum
    """

    by_place: ClassVar[bool] = True  # whether there are states after each letter

    hidden: int = 8
    layers: int = 1
    transfer: Mapping[str, float] = field(default_factory=dict)

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if type(self.hidden) is not int or self.hidden < 1:
            raise InputError(f"the width of a network must be a whole number from 1 on, not {self.hidden!r}")
        if type(self.layers) is not int or not 1 <= self.layers <= MOST_LAYERS:
            raise InputError(f"a student has 1 to {MOST_LAYERS} layers, not {self.layers!r}")
        if not isinstance(self.transfer, Mapping):
            raise InputError(f'transfer gives weights by names, such as {{"features": 1.0}}, and not {self.transfer!r}')
        check_transfer(self.transfer, teacher, self.layers, self.by_place)


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


def _learned(architecture: str, task: Task) -> Generator[Any, None, str]:
    alphabet, link = task.teacher.alphabet, student_link(task.teacher.link)
    domain = domain_of(task.teacher)
    length = None if domain is None else domain.length
    settings = TrainingSettings(architecture, task.settings.hidden, task.settings.layers, heads=HEADS, batch=BATCH, length=length)
    words, learner, taught, guide = 0, None, None, None
    for count, factor in STAGES:
        if taught is None or (count != words and not labels_alone(task)):
            taught, words = whole_lesson(task, count, taught), count
        if learner is None:
            learner = _begun(task, settings, taught)
            guide = _guide(task, learner)
        distilling.slowed(learner, factor)
        for _ in _passes(task, learner, taught, guide):
            yield distilling.student_of(learner, alphabet, link, domain)
        if task.ledger.lowest == 0:
            return "converged"
    return LARGEST_LESSON


def _begun(task: Task, settings: TrainingSettings, taught: Lesson) -> Apprentice:
    """The untrained network.

    Raises
    ------
    InputError : it is larger than it may be
    """
    scale, shift = scaling(task.teacher.link, taught.answers)
    learner = distilling.apprentice(settings, task.teacher.alphabet, scale, shift, task.rng)
    if task.states is not None and learner.parameters > task.states:
        raise InputError(
            f"a network of width {settings.hidden} has {learner.parameters:,} parameters here, and at most {task.states:,} are "
            "allowed; make it narrower"
        )
    return learner


def _guide(task: Task, learner: Apprentice) -> Guide | None:
    """What is learned beside the answers; None where nothing is."""
    chosen = [(transfer_named(name), weight) for name, weight in task.settings.transfer.items()]
    return Guide(task.model, learner, chosen, task.rng) if chosen else None


def _passes(task: Task, learner: Apprentice, taught: Lesson, guide: Guide | None) -> Iterator[None]:
    """Let a network learn; yield after some passes each, until that gains nothing more on the held-out words."""
    link = student_link(task.teacher.link)
    errors: list[float] = []
    lesson = numbered(task.teacher.alphabet, taught.words, each=link.task == LANGUAGE_MODEL)
    answers = scaled(taught.answers, learner.scale, learner.shift)

    response: Response = task.settings.response

    def slope(scores: FloatArray, rows: IntArray) -> FloatArray:
        return response(link, scores, answers[rows])[1]

    beside = None if guide is None else guided(guide, taught.words)
    steps, weights = (1, learner.parameters) if guide is None else (2, learner.parameters + guide.work)

    def before(letters: int) -> None:
        task.meter.check()
        task.meter.effort += steps * STEP + PRODUCT * letters * weights

    while len(errors) < MOST and not (len(errors) > PATIENCE and min(errors[-PATIENCE:]) >= min(errors[:-PATIENCE])):
        for _ in range(-(-LEAST // len(taught.words))):
            distilling.taught(learner, lesson, slope, before, task.rng, beside)
        yield
        errors.append(task.ledger.rounds[-1].error)


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
