"""The reference training loop for classifiers and language models. Adam minimises the cross entropy on given words."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils import clip_grad_norm_

from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass, NextSymbol
from nerode.teachers.architectures import ENCODER, FEEDFORWARD, Network, TrainingSettings, untrained
from nerode.teachers.encoder import Encoder
from nerode.teachers.encoding import Encoding
from nerode.teachers.examples import NO_TARGET, Examples, Lesson, epoch, of_one_length, padded
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork
from nerode.teachers.resuming import Course, Session, fingerprint
from nerode.teachers.schedules import Rate
from nerode.teachers.stopping import INTERRUPTED, MAX_STEPS, SECONDS, Best
from nerode.teachers.thinning import Thinning
from nerode.threads import one_thread
from nerode.words import Alphabet

Progress = Callable[[int, int, str], None]  # done, total, message

GRADIENT_NORM = 1.0  # clipped here, since gradients of recurrent networks can explode on long words
THINNED = 0.5  # of the steps, by which no more neurons go, so that what is left can learn
HELD_OUT_BATCH = 4096  # held-out words in one batch


@dataclass(frozen=True)
class TrainingReport:
    """The result of a training. Loss and accuracy are those of the returned weights on the held-out words.

    Attributes
    ----------
    loss : mean cross entropy in nats, per word (classifiers, with the class weights) or per symbol with the end included
        (language models)
    accuracy : share of words (classifiers) or of next symbols (language models) that are predicted correctly
    steps, seconds : the cost of the training
    stopped : the reason for the stop: "solid", "no improvement", "max_steps", "seconds" or "interrupted"
    """

    loss: float
    accuracy: float
    steps: int
    seconds: float
    stopped: str


def train(
    alphabet: Alphabet,
    link: Link,
    training: Examples,
    held_out: Examples,
    settings: TrainingSettings,
    rng: Generator,
    progress: Progress | None = None,
    session: Session | None = None,
) -> tuple[TrainedModel, TrainingReport]:
    """Train a network with Adam and return the weights that have the smallest loss on the held-out words.

    A classifier stops early after `patience` solid epochs in a row. If its margins were small, an extracted automaton would
    have states that the language does not have. A language model stops early if the loss has not improved for `patience`
    epochs. Both do so only after `plateau` steps without improvement where this is set. Ctrl-C ends a training that has
    begun, and the best weights so far are returned. Training uses one thread, so on one machine the same generator state gives
    the same weights.

    Where neurons are taken away (`settings.thin`), that comes first. What is left goes on learning, and only then weights are the
    best and a training can stop early. Such a training cannot be gone on with.

    Parameters
    ----------
    link : Binary(), Multiclass() or NextSymbol(letters); it determines the loss and the width of the scores
    progress : called after each epoch with the number of steps, their greatest number, and a message
    session : where the training begins, and where it stood after its last epoch; None for a training that is not gone on with

    Raises
    ------
    InputError : examples that do not fit the alphabet or the link, a link without a loss, a bidirectional language model, a
        session of another training
    """
    begun = time.perf_counter()
    _check(settings, link)
    width = _width(alphabet, link, training)
    lesson, held_out_lesson = (padded(alphabet, link, width, examples) for examples in (training, held_out))
    language_model = isinstance(link, NextSymbol)
    weights = _class_weights(settings, link, width)
    plateau = settings.plateau if settings.plateau is not None else 0 if language_model else inf
    best = Best(settings.patience, None if language_model else settings.solid, plateau)
    rate = Rate(settings.schedule, settings.max_steps)
    stopped, steps, before = None, 0, 0.0

    def slope(scores: Tensor, targets: Tensor) -> None:
        _loss(scores, targets, weights).backward()  # type: ignore[no-untyped-call]

    with one_thread():
        network, optimiser = begun_network(settings, alphabet, width, rng)
        thinning = _thinning(network, lesson, settings, link) if settings.thin else None
        course = Course(fingerprint(settings, lesson, held_out_lesson), network, optimiser, best, rate, rng)
        if session is not None and session.latest is not None:
            if settings.thin:
                raise InputError("a training that takes neurons away is not gone on with; begin it again")
            course.restore(session.latest)
            steps, before = session.latest.steps, session.latest.seconds
            if steps >= settings.max_steps:
                raise InputError(f"this training has made {steps:,} steps already; allow more than {settings.max_steps:,}")
        try:
            while stopped is None:
                for rows in epoch(lesson, settings.batch, rng, one_length=reads_whole(network)):
                    for group in optimiser.param_groups:
                        group["lr"] = settings.rate * rate.at(steps)
                    step(network, optimiser, lesson, rows, slope)
                    if thinning is not None:
                        thinning.shrink(settings.rate * rate.at(steps))
                    steps += 1
                    stopped = _limit(settings, steps, begun)
                    if stopped or (thinning is not None and thinning.over(steps)):
                        break
                loss, accuracy = _evaluate(network, link, held_out_lesson, weights)
                if thinning is not None:
                    if progress:
                        progress(
                            steps, settings.max_steps, f"loss {loss:.4f}, neurons left: {', '.join(map(str, thinning.left))}"
                        )
                    if stopped is None and thinning.waits(steps):
                        continue
                    network, thinning = thinning.cut(), None
                    optimiser = _optimiser(network, settings)
                    course = replace(course, network=network, optimiser=optimiser)
                best.see(steps, loss, accuracy, network.state_dict())
                rate.see(loss)
                limit, stopped = stopped, best.reason(steps) or stopped
                if session is not None and limit is None and not settings.thin:  # an epoch that a limit cut short is begun again
                    session.keep(course.snapshot(steps, before + time.perf_counter() - begun))
                if progress:
                    progress(steps, settings.max_steps, f"loss {loss:.4f}, accuracy {accuracy:.4f} on held-out words")
        except KeyboardInterrupt:
            if not steps:
                raise
            stopped = INTERRUPTED
            if thinning is not None:
                network = thinning.cut()
            if not best.weights:
                best.see(steps, *_evaluate(network, link, held_out_lesson, weights), network.state_dict())
    network.load_state_dict(best.weights)
    model = model_of(network, alphabet, link, "trained by nerode")
    return model, TrainingReport(best.loss, best.accuracy, steps, before + time.perf_counter() - begun, stopped)


def begun_network(
    settings: TrainingSettings, alphabet: Alphabet, width: int, rng: Generator
) -> tuple[Network, torch.optim.Optimizer]:
    """Return a network with random weights that gives `width` scores, and the optimiser of its weights."""
    network = untrained(settings, len(alphabet) + 1, width, rng)
    return network, _optimiser(network, settings)


def _optimiser(network: Network, settings: TrainingSettings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=settings.weight_decay)


def _thinning(network: Network, lesson: Lesson, settings: TrainingSettings, link: Link) -> Thinning:
    """Return the neurons that go while the network learns.

    Raises
    ------
    InputError : a network whose neurons cannot be taken away
    """
    longest = int(lesson.lengths[:1].max()) + 1
    tokens = lesson.tokens[:1, :longest]
    if isinstance(network, FeedForward):
        tokens = tokens[:, -network.spec.length :]
    return Thinning(
        network, tokens, not isinstance(link, NextSymbol), settings.thin, settings.rate, int(THINNED * settings.max_steps)
    )


def step(
    network: Network,
    optimiser: torch.optim.Optimizer,
    lesson: Lesson,
    rows: Tensor,
    slope: Callable[[Tensor, Tensor], None],
) -> None:
    """Change the weights once, by the words of these rows.

    Parameters
    ----------
    slope : runs backward from scores (m, width) and targets (m,), those of all positions with a target
    """
    optimiser.zero_grad()
    slope(*answers_at(network, lesson, rows))
    clip_grad_norm_(network.parameters(), GRADIENT_NORM)
    optimiser.step()


def work_of(network: nn.Module) -> int:
    """Return by about how many parameters a letter is multiplied; a feed-forward network looks up one vector for each."""
    parameters = sum(weights.numel() for weights in network.parameters())
    if not isinstance(network, FeedForward):
        return parameters
    table = network.first.weight
    return table.shape[1] + (parameters - table.numel()) // network.spec.length


def reads_whole(network: nn.Module) -> bool:
    """Return whether a network reads words of one length at a time, since what it says depends on all tokens."""
    if isinstance(network, RecurrentNetwork):
        return network.spec.bidirectional or network.spec.pooling not in ("last", "end")
    return isinstance(network, Encoder)


def model_of(network: Network, alphabet: Alphabet, link: Link, origin: str) -> TrainedModel:
    """Return the model of a network that was trained here: words begin with a marker, the last token, unless it is
    feed-forward."""
    encoding = encoding_of(network, alphabet)
    return TrainedModel(network.eval(), alphabet, link, encoding, network.spec.width, str(network.spec), origin)


def encoding_of(network: Network, alphabet: Alphabet) -> Encoding:
    """Return how a network that is trained here reads words."""
    return Encoding() if isinstance(network, FeedForward) else Encoding(begin=(len(alphabet),))


def _check(settings: TrainingSettings, link: Link) -> None:
    """Raise InputError for a kind of network that cannot do what the link asks for."""
    if not isinstance(link, NextSymbol):
        return
    if settings.architecture == FEEDFORWARD:
        raise InputError(
            "a feed-forward network (mlp) is a classifier of words of one length; a language model takes another kind"
        )
    if settings.bidirectional:
        raise InputError("a bidirectional network sees the symbols that a language model must predict; train one direction")
    if settings.architecture == ENCODER:
        raise InputError("an encoder sees the symbols that a language model must predict; take another kind, such as transformer")


def _limit(settings: TrainingSettings, steps: int, begun: float) -> str | None:
    """Return the limit that is reached, or None."""
    if settings.seconds is not None and time.perf_counter() - begun >= settings.seconds:
        return SECONDS
    return MAX_STEPS if steps >= settings.max_steps else None


def _class_weights(settings: TrainingSettings, link: Link, width: int) -> Tensor | None:
    if settings.class_weights is None:
        return None
    if isinstance(link, NextSymbol) or len(settings.class_weights) != max(width, 2):
        raise InputError("class weights are for classifiers, one a class; leave them out")
    return torch.tensor(settings.class_weights)


def _width(alphabet: Alphabet, link: Link, training: Examples) -> int:
    if isinstance(link, NextSymbol):
        return len(alphabet) + 1
    if isinstance(link, Binary):
        return 1
    if isinstance(link, Multiclass):
        return 2 if training.labels is None else 1 + int(np.max(training.labels, initial=1))
    raise InputError("values cannot be trained on; the link must be that of a classifier or of a language model")


def answers_at(network: Network, lesson: Lesson, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return scores (m, width) and targets (m,) at all positions with a target in the words of these rows."""
    longest = int(lesson.lengths[rows].max()) + 1
    tokens, targets = lesson.tokens[rows, :longest], lesson.targets[rows, :longest]
    if isinstance(network, FeedForward):
        return network(tokens[:, -network.spec.length :]), targets[:, -1]  # without a marker before them
    if reads_whole(network):
        return network(tokens), targets[:, -1]
    asked = targets != NO_TARGET
    scores: Tensor = network.forward_each(tokens)  # type: ignore[operator]  # a network that is read whole has none
    return scores[asked], targets[asked]


def _loss(scores: Tensor, targets: Tensor, weights: Tensor | None, reduction: str = "mean") -> Tensor:
    """Return the cross entropy in nats of scores (m, width) and targets (m,), each times the weight of its class."""
    if weights is not None:
        each = _loss(scores, targets, None, "none") * weights[targets]
        return each.sum() if reduction == "sum" else each.mean()
    if scores.shape[1] == 1:
        return binary_cross_entropy_with_logits(scores[:, 0], targets.to(scores), reduction=reduction)
    return cross_entropy(scores, targets, reduction=reduction)


def _evaluate(network: Network, link: Link, lesson: Lesson, weights: Tensor | None) -> tuple[float, float]:
    """Return the mean loss and the accuracy on held-out words."""
    loss, right, count = 0.0, 0, 0
    with torch.inference_mode():
        for rows in of_one_length(lesson.lengths, torch.arange(len(lesson.lengths)), HELD_OUT_BATCH):
            scores, targets = answers_at(network, lesson, rows)
            loss += float(_loss(scores, targets, weights, "sum"))
            right += int(np.count_nonzero(link.labels(scores.double().numpy()) == targets.numpy()))
            count += len(targets)
    return loss / count, right / count
