"""The reference training loop for classifiers and language models. Adam minimises the cross entropy on given words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from math import inf

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.nn.utils import clip_grad_norm_

from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass, NextSymbol
from nerode.protocols import Teacher
from nerode.teachers.encoding import Encoding
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import CELLS, RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, IntArray, Words, all_words, pack

Network = RecurrentNetwork | CausalTransformer
Progress = Callable[[int, int, str], None]  # done, total, message

LEARNING_RATES = {"rnn": 6e-3, "gru": 1e-2, "lstm": 1e-2, "transformer": 2e-3}
GRADIENT_NORM = 1.0  # clipped here, since gradients of recurrent networks can explode on long words
SHORT_WORDS = 500  # number of the shortest words in the training words of a classifier
SHORT_HELD_OUT = 2000  # number of the shortest words in its held-out words
HELD_OUT_BATCH = 4096  # held-out words in one batch
NO_TARGET = -1  # the target at positions without a prediction


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is made and trained.

    Parameters
    ----------
    architecture : "rnn", "gru", "lstm" or "transformer"
    hidden, layers : width of a hidden layer, and number of layers
    bidirectional : for recurrent classifiers only
    heads : number of attention heads of a transformer, which must divide `hidden`
    learning_rate : the learning rate of Adam; None for the entry of the architecture in LEARNING_RATES
    batch : number of words per step
    max_steps : greatest number of steps
    patience : number of consecutive epochs that are solid (classifiers) or without improvement (language models) before a stop
    solid : an epoch is solid if all held-out words are classified correctly with a mean loss below this

    Raises
    ------
    InputError : an unknown architecture, or numbers out of range
    """

    architecture: str = "gru"
    hidden: int = 32
    layers: int = 1
    bidirectional: bool = False
    heads: int = 4
    learning_rate: float | None = None
    batch: int = 32
    max_steps: int = 20_000
    patience: int = 3
    solid: float = 1e-3

    def __post_init__(self) -> None:
        if self.architecture not in LEARNING_RATES:
            raise InputError(f"unknown architecture {self.architecture!r}; known are {', '.join(LEARNING_RATES)}")
        if self.bidirectional and self.architecture not in CELLS:
            raise InputError("only recurrent networks can be bidirectional; leave it out or take rnn, gru or lstm")
        if min(self.batch, self.max_steps, self.patience) < 1:
            raise InputError("batch, max_steps and patience of a training must be at least 1")
        if self.learning_rate is not None and not 0 < self.learning_rate < inf:
            raise InputError("the learning rate must be a positive number")


@dataclass(frozen=True, eq=False)
class Examples:
    """Words and, for a classifier, their labels (n,). A language model learns from the words alone."""

    words: Words
    labels: IntArray | None = None


@dataclass(frozen=True)
class TrainingReport:
    """The result of a training. Loss and accuracy are those of the returned weights on the held-out words.

    Attributes
    ----------
    loss : mean cross entropy in nats, per word (classifiers) or per symbol with the end included (language models)
    accuracy : share of words (classifiers) or of next symbols (language models) that are predicted correctly
    steps, seconds : the cost of the training
    stopped : the reason for the stop: "solid", "no improvement" or "max_steps"
    """

    loss: float
    accuracy: float
    steps: int
    seconds: float
    stopped: str


def lessons(
    language: Teacher,
    draw: Callable[[Generator, int, int], Words],
    count: int,
    longest: int,
    longest_held_out: int,
    rng: Generator,
) -> tuple[Examples, Examples]:
    """Draw training words and held-out words of a known language.

    For a classifier both also contain the shortest words, the held-out words more of them. Any error there would give an
    extracted automaton additional states.

    Held-out words that are longer than the training words show whether the network generalises, but they should be less than
    1.5 times as long. With lengths 20 and 28, recurrent networks learned the hardest of Tomita's languages (5 to 7) with every
    seed that was tried. With lengths 16 and 32 some did not.

    Parameters
    ----------
    language : a classifier with the correct labels, or a language model
    draw : `draw(rng, count, longest)` returns random words; for a classifier, each class must have a fair share
    count, longest : number and greatest length of the drawn training words; a quarter as many held-out words are drawn
    longest_held_out : greatest length of the drawn held-out words

    Returns
    -------
    training, held_out
    """
    drawn, held_out = draw(rng, count, longest), draw(rng, max(1, count // 4), longest_held_out)
    if isinstance(language.link, NextSymbol):
        return Examples(drawn), Examples(held_out)
    short = list(islice(all_words(len(language.alphabet), longest), SHORT_HELD_OUT))
    return _labelled(language, [*short[:SHORT_WORDS], *drawn]), _labelled(language, [*short, *held_out])


def train(
    alphabet: Alphabet,
    link: Link,
    training: Examples,
    held_out: Examples,
    settings: TrainingSettings,
    rng: Generator,
    progress: Progress | None = None,
) -> tuple[TrainedModel, TrainingReport]:
    """Train a network with Adam and return the weights that have the smallest loss on the held-out words.

    A classifier stops early after `patience` solid epochs in a row. If its margins were small, an extracted automaton would
    have states that the language does not have. A language model stops early if the loss has not improved for `patience`
    epochs. Training uses one thread, so on one machine the same generator state gives the same weights.

    Parameters
    ----------
    link : Binary(), Multiclass() or NextSymbol(letters); it determines the loss and the width of the scores
    progress : called after each epoch with the number of steps, their greatest number, and a message

    Raises
    ------
    InputError : examples that do not fit the alphabet or the link, a link without a loss, a bidirectional language model
    """
    begun = time.perf_counter()
    if settings.bidirectional and isinstance(link, NextSymbol):
        raise InputError("a bidirectional network sees the symbols that a language model must predict; train one direction")
    width = _width(alphabet, link, training)
    lesson, held_out_lesson = (_lesson(alphabet, link, width, examples) for examples in (training, held_out))
    with _one_thread():
        network = _network(settings, len(alphabet) + 1, width, rng)
        optimiser = torch.optim.Adam(network.parameters(), settings.learning_rate or LEARNING_RATES[settings.architecture])
        best, weights = (inf, 0.0), _copy(network)  # loss and accuracy
        steps = streak = 0
        while steps < settings.max_steps and streak < settings.patience:
            epoch = _epoch(lesson, settings.batch, rng, one_length=settings.bidirectional)
            for rows in islice(epoch, settings.max_steps - steps):
                optimiser.zero_grad()
                _loss(*_answers(network, lesson, rows)).backward()  # type: ignore[no-untyped-call]
                clip_grad_norm_(network.parameters(), GRADIENT_NORM)
                optimiser.step()
                steps += 1
            loss, accuracy = _evaluate(network, link, held_out_lesson)
            done = loss >= best[0] if isinstance(link, NextSymbol) else accuracy == 1 and loss < settings.solid
            streak = streak + 1 if done else 0
            if loss < best[0]:
                best, weights = (loss, accuracy), _copy(network)
            if progress:
                progress(steps, settings.max_steps, f"loss {loss:.4f}, accuracy {accuracy:.4f} on held-out words")
    network.load_state_dict(weights)
    stopped = "max_steps" if streak < settings.patience else "no improvement" if isinstance(link, NextSymbol) else "solid"
    encoding = Encoding(begin=(len(alphabet),))
    model = TrainedModel(network.eval(), alphabet, link, encoding, width, str(network.spec), "trained by nerode")
    return model, TrainingReport(*best, steps, time.perf_counter() - begun, stopped)


def _labelled(language: Teacher, words: Words) -> Examples:
    return Examples(words, language.link.labels(language.scores(words)))


def _width(alphabet: Alphabet, link: Link, training: Examples) -> int:
    if isinstance(link, NextSymbol):
        return len(alphabet) + 1
    if isinstance(link, Binary):
        return 1
    if isinstance(link, Multiclass):
        return 2 if training.labels is None else 1 + int(np.max(training.labels, initial=1))
    raise InputError("values cannot be trained on; the link must be that of a classifier or of a language model")


@dataclass(frozen=True, eq=False)
class _Lesson:
    """Examples as tensors, padded on the right.

    `targets[i, k]` is the target after token k of word i, where the begin marker is token 0. For a language model it is the
    next symbol or the end. For a classifier it is the label at the last token. Elsewhere it is NO_TARGET.
    """

    tokens: Tensor  # (n, longest + 1)
    targets: Tensor  # (n, longest + 1)
    lengths: Tensor  # (n,), without markers


def _lesson(alphabet: Alphabet, link: Link, width: int, examples: Examples) -> _Lesson:
    words = alphabet.words(examples.words)
    if not words:
        raise InputError("there are no words to train on or none to hold out; give some of both")
    symbols, lengths = pack(words)
    places = np.arange(symbols.shape[1] + 1)
    if isinstance(link, NextSymbol):
        if link != NextSymbol(len(alphabet)):
            raise InputError(
                f"a language model over {len(alphabet)} symbols is trained with the link NextSymbol({len(alphabet)})"
            )
        targets = np.where(places < lengths[:, None], np.pad(symbols, ((0, 0), (0, 1))), NO_TARGET)
        targets[places == lengths[:, None]] = len(alphabet)
    else:
        labels = _labels(examples, max(width, 2))
        targets = np.where(places == lengths[:, None], labels[:, None], NO_TARGET)
    tokens = np.pad(symbols, ((0, 0), (1, 0)), constant_values=len(alphabet))
    return _Lesson(torch.from_numpy(tokens), torch.from_numpy(targets), torch.from_numpy(lengths))


def _labels(examples: Examples, classes: int) -> IntArray:
    labels = np.asarray([] if examples.labels is None else examples.labels, np.int64)
    if labels.shape != (len(examples.words),):
        raise InputError(
            f"a classifier learns from one label a word; there are {len(examples.words)} words and {labels.size} labels"
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"the labels of {classes} classes must lie in 0 … {classes - 1}, as those trained on do")
    return labels


def _network(settings: TrainingSettings, tokens: int, width: int, rng: Generator) -> Network:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        if settings.architecture in CELLS:
            spec = RecurrentSpec(
                settings.architecture, tokens, settings.hidden, (width,), settings.layers, settings.bidirectional
            )
            return RecurrentNetwork(spec)
        hidden = settings.hidden
        return CausalTransformer(TransformerSpec(tokens, hidden, settings.heads, settings.layers, 2 * hidden, width))


def _epoch(lesson: _Lesson, size: int, rng: Generator, one_length: bool) -> list[Tensor]:
    """Return the rows of the batches of an epoch, which contain every word once, in random order.

    Batches mix lengths, because batches of one length would bias a language model towards the end at that length. Only a
    bidirectional network reads the padding and therefore needs batches of one length.
    """
    order = torch.from_numpy(rng.permutation(len(lesson.lengths)))
    if not one_length:
        return list(torch.split(order, size))
    batches = _of_one_length(lesson.lengths, order, size)
    return [batches[i] for i in rng.permutation(len(batches))]


def _of_one_length(lengths: Tensor, order: Tensor, size: int) -> list[Tensor]:
    groups = (order[lengths[order] == length] for length in torch.unique(lengths))
    return [rows for group in groups for rows in torch.split(group, size)]


def _answers(network: Network, lesson: _Lesson, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return scores (m, width) and targets (m,) at all positions with a target in the words of these rows."""
    longest = int(lesson.lengths[rows].max()) + 1
    tokens, targets = lesson.tokens[rows, :longest], lesson.targets[rows, :longest]
    if isinstance(network, RecurrentNetwork) and network.spec.bidirectional:
        return network(tokens), targets[:, -1]
    asked = targets != NO_TARGET
    return network.forward_each(tokens)[asked], targets[asked]


def _loss(scores: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Return the cross entropy in nats of scores (m, width) and targets (m,)."""
    if scores.shape[1] == 1:
        return binary_cross_entropy_with_logits(scores[:, 0], targets.to(scores), reduction=reduction)
    return cross_entropy(scores, targets, reduction=reduction)


def _evaluate(network: Network, link: Link, lesson: _Lesson) -> tuple[float, float]:
    """Return the mean loss and the accuracy on held-out words."""
    loss, right, count = 0.0, 0, 0
    with torch.inference_mode():
        for rows in _of_one_length(lesson.lengths, torch.arange(len(lesson.lengths)), HELD_OUT_BATCH):
            scores, targets = _answers(network, lesson, rows)
            loss += float(_loss(scores, targets, "sum"))
            right += int(np.count_nonzero(link.labels(scores.double().numpy()) == targets.numpy()))
            count += len(targets)
    return loss / count, right / count


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: weights.clone() for name, weights in network.state_dict().items()}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit torch to one thread, so that sums have one order. Small networks are not slower with it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
