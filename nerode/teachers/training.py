"""The reference training loop: classifiers and language models, from words of known answers."""

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
GRADIENT_NORM = 1.0  # recurrent networks meet cliffs on long words
SHORT_WORDS = 500  # so many of the shortest words are in every lesson of a classifier
SHORT_JUDGED = 2000  # and so many among the words that it is judged on
JUDGED = 4096  # held-out words scored side by side
UNASKED = -1  # in place of a target where nothing is to be predicted


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is made and trained.

    Parameters
    ----------
    architecture : "rnn", "gru", "lstm" or "transformer"
    hidden, layers : width of the state, and layers of it
    bidirectional : for recurrent classifiers
    heads : attention heads of a transformer; `hidden` must be a multiple of them
    learning_rate : of Adam; None takes that of the architecture from LEARNING_RATES
    batch : words that make one step
    max_steps : when to stop in any case
    patience : epochs in a row that must be solid (classifiers) or without improvement (language models) to stop
    solid : an epoch is solid when every held-out word is right and their mean loss is below this

    Raises
    ------
    InputError : an unknown architecture, or numbers that make no sense
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
    """Words, and their classes (n,) for a classifier; a language model learns from the words alone."""

    words: Words
    labels: IntArray | None = None


@dataclass(frozen=True)
class TrainingReport:
    """How a training ended, measured on the held-out words with the weights that were kept.

    Attributes
    ----------
    loss : mean cross entropy in nats, of a word (classifiers) or of a symbol, the end included (language models)
    accuracy : share of words (classifiers) or of next symbols (language models) that are decided right
    steps, seconds : what it took
    stopped : "solid", "no improvement" or "max_steps"
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
    """Words to train on and words to hold out, of a language that is known.

    A classifier also learns the shortest words and is judged on those and some more: an automaton extracted from it would
    show any mistake there as states.

    Holding out longer words than are trained on tells whether the network has found the rule, but they should be less than
    half longer: with 20 letters and 28, recurrent networks learned the hardest of Tomita's languages (5 to 7) with every
    seed that was tried; with 16 and 32 some got stuck.

    Parameters
    ----------
    language : a classifier that knows the right labels, or a language model
    draw : `draw(rng, count, longest)` gives random words, for a classifier of all classes in fair shares
    count, longest : words drawn to train on, and their greatest length; a quarter as many are drawn to hold out
    longest_held_out : greatest length of the words drawn to hold out

    Returns
    -------
    training, held out
    """
    drawn, held_out = draw(rng, count, longest), draw(rng, max(1, count // 4), longest_held_out)
    if isinstance(language.link, NextSymbol):
        return Examples(drawn), Examples(held_out)
    short = list(islice(all_words(len(language.alphabet), longest), SHORT_JUDGED))
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
    """Train a network by Adam and keep the weights with the smallest loss on the held-out words.

    A classifier stops early only after `patience` solid epochs in a row: an automaton extracted from a network with thin
    margins has states that are not the language's. A language model stops when the loss has not improved for `patience`
    epochs. One thread computes, so the same generator state gives the same weights on one machine.

    Parameters
    ----------
    link : Binary(), Multiclass() or NextSymbol(letters); the loss and the width of the scores follow from it
    progress : told after each epoch how many steps are done of at most how many

    Raises
    ------
    InputError : examples that do not fit the alphabet or the link, a link without a loss, a bidirectional language model
    """
    begun = time.perf_counter()
    if settings.bidirectional and isinstance(link, NextSymbol):
        raise InputError("a bidirectional network sees the symbols that a language model must predict; train one direction")
    width = _width(alphabet, link, training)
    lesson, judged = (_lesson(alphabet, link, width, examples) for examples in (training, held_out))
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
            loss, accuracy = _judge(network, link, judged)
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

    `targets[i, k]` is what has to be answered after token k of word i (the begin marker is token 0): the next symbol or
    the end for a language model, the class at the last token for a classifier, UNASKED elsewhere.
    """

    tokens: Tensor  # (n, longest + 1)
    targets: Tensor  # (n, longest + 1)
    lengths: Tensor  # (n,), markers not counted


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
        targets = np.where(places < lengths[:, None], np.pad(symbols, ((0, 0), (0, 1))), UNASKED)
        targets[places == lengths[:, None]] = len(alphabet)
    else:
        labels = _labels(examples, max(width, 2))
        targets = np.where(places == lengths[:, None], labels[:, None], UNASKED)
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
    """The rows of each batch, every word once, in random order.

    Lengths are mixed, because batches of one length would pull a language model to the end of the word at that length.
    Only a bidirectional network, which sees the padding, needs them apart.
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
    """Scores (m, width) and targets (m,) wherever something is asked in the words of these rows."""
    longest = int(lesson.lengths[rows].max()) + 1
    tokens, targets = lesson.tokens[rows, :longest], lesson.targets[rows, :longest]
    if isinstance(network, RecurrentNetwork) and network.spec.bidirectional:
        return network(tokens), targets[:, -1]
    asked = targets != UNASKED
    return network.forward_each(tokens)[asked], targets[asked]


def _loss(scores: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Cross entropy in nats of scores (m, width) against targets (m,)."""
    if scores.shape[1] == 1:
        return binary_cross_entropy_with_logits(scores[:, 0], targets.to(scores), reduction=reduction)
    return cross_entropy(scores, targets, reduction=reduction)


def _judge(network: Network, link: Link, lesson: _Lesson) -> tuple[float, float]:
    """Mean loss and accuracy on held-out words."""
    loss, right, count = 0.0, 0, 0
    with torch.inference_mode():
        for rows in _of_one_length(lesson.lengths, torch.arange(len(lesson.lengths)), JUDGED):
            scores, targets = _answers(network, lesson, rows)
            loss += float(_loss(scores, targets, "sum"))
            right += int(np.count_nonzero(link.labels(scores.double().numpy()) == targets.numpy()))
            count += len(targets)
    return loss / count, right / count


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: weights.clone() for name, weights in network.state_dict().items()}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Small networks are not slower for it, and sums are always taken in the same order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
