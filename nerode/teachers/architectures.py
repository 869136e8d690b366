"""The architectures that can be trained: how an untrained network of each is made, and the settings of a training.

A new one is one more line of ARCHITECTURES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import torch
from numpy.random import Generator

from nerode.errors import InputError
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.encoder import Encoder, EncoderSpec
from nerode.teachers.feedforward import FeedForward, FeedForwardSpec
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.networks import CELLS, RecurrentNetwork, RecurrentSpec
from nerode.teachers.schedules import CONSTANT, SCHEDULES
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec
from nerode.teachers.transformer import CausalTransformer, Transformer, TransformerSpec

Network = RecurrentNetwork | Transformer | FeedForward | LayeredNetwork

FEEDFORWARD, ENCODER = "mlp", "encoder"


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is made and trained.

    Parameters
    ----------
    architecture : a name of ARCHITECTURES: "rnn", "gru", "lstm"; "transformer", a causal one; "mlp", a feed-forward network on
        words of one length; "conv", a convolution over time; "ssm", a state-space model; "gla", gated linear attention; or
        "encoder", a transformer encoder
    hidden : width of a hidden layer
    layers : number of layers; None for that of the architecture in ARCHITECTURES
    bidirectional : for recurrent classifiers only
    heads : number of attention heads of a transformer or of linear attention, which must divide `hidden`
    learning_rate : the learning rate of Adam; None for that of the architecture in ARCHITECTURES
    batch : number of words per step
    max_steps : greatest number of steps
    patience : number of consecutive epochs that are solid (classifiers) or without improvement (language models) before a stop
    solid : an epoch is solid if all held-out words are classified correctly with a mean loss below this
    plateau : number of steps without improvement that a stop needs besides the epochs; by default 0 for language models,
        while classifiers do not stop for this reason
    seconds : time after which the training stops; None for no limit
    weight_decay : the decoupled weight decay of AdamW (Loshchilov and Hutter 2019); 0 for Adam
    class_weights : weight of the loss for each class of a classifier; None for 1
    length : letters of all words, where they have one length; feed-forward networks need it
    schedule : how the learning rate changes, a name from `nerode.teachers.schedules.SCHEDULES`
    thin : how strongly neurons are taken away while the network learns (`nerode.teachers.thinning`), from 0, not at all, to 1

    Raises
    ------
    InputError : an unknown architecture, or numbers out of range
    """

    architecture: str = "gru"
    hidden: int = 32
    layers: int | None = None
    bidirectional: bool = False
    heads: int = 4
    learning_rate: float | None = None
    batch: int = 32
    max_steps: int = 20_000
    patience: int = 3
    solid: float = 1e-3
    plateau: int | None = None
    seconds: float | None = None
    weight_decay: float = 0.0
    class_weights: tuple[float, ...] | None = None
    length: int | None = None
    schedule: str = CONSTANT
    thin: float = 0.0

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            raise InputError(f"unknown architecture {self.architecture!r}; known are {', '.join(ARCHITECTURES)}")
        if self.bidirectional and self.architecture not in CELLS:
            raise InputError("only recurrent networks can be bidirectional; leave it out or take rnn, gru or lstm")
        if self.length is not None and self.length < 1:
            raise InputError("the length of all words must be at least 1")
        if min(self.batch, self.max_steps, self.patience) < 1:
            raise InputError("batch, max_steps and patience of a training must be at least 1")
        if self.learning_rate is not None and not 0 < self.learning_rate < inf:
            raise InputError("the learning rate must be a positive number")
        if self.schedule not in SCHEDULES:
            raise InputError(f"unknown schedule {self.schedule!r} of a learning rate; known are {', '.join(SCHEDULES)}")
        if self.seconds is not None and not self.seconds > 0:
            raise InputError("the seconds of a training must be a positive number")
        if not 0 <= self.weight_decay < inf:
            raise InputError("the weight decay must be 0 or a positive number")
        if not 0 <= self.thin < 1:
            raise InputError("neurons are taken away with a strength from 0 to below 1; begin with 0.1")
        if self.class_weights is not None and not all(0 < weight < inf for weight in self.class_weights):
            raise InputError("class weights must be positive numbers")

    @property
    def depth(self) -> int:
        """The number of layers."""
        return ARCHITECTURES[self.architecture].layers if self.layers is None else self.layers

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self.learning_rate or ARCHITECTURES[self.architecture].rate


Make = Callable[[TrainingSettings, int, int], Network]
"""Makes a network with random weights from settings, the number of tokens with the begin marker last, and that of scores."""


@dataclass(frozen=True)
class Architecture:
    """One kind of network.

    Parameters
    ----------
    make : makes one
    rate : the learning rate
    layers : how many it has where nobody says so
    """

    make: Make
    rate: float
    layers: int = 1


def _recurrent(settings: TrainingSettings, tokens: int, width: int) -> Network:
    return RecurrentNetwork(
        RecurrentSpec(settings.architecture, tokens, settings.hidden, (width,), settings.depth, settings.bidirectional)
    )


def _transformer(settings: TrainingSettings, tokens: int, width: int) -> Network:
    hidden = settings.hidden
    return CausalTransformer(TransformerSpec(tokens, hidden, settings.heads, settings.depth, 2 * hidden, width))


def _encoder(settings: TrainingSettings, tokens: int, width: int) -> Network:
    hidden = settings.hidden
    return Encoder(EncoderSpec(tokens, hidden, settings.heads, settings.depth, 2 * hidden, width))


def _feedforward(settings: TrainingSettings, tokens: int, width: int) -> Network:
    if settings.length is None:
        raise InputError("a feed-forward network (mlp) reads words of one length, and these have several; take another kind")
    return FeedForward(FeedForwardSpec(tokens - 1, settings.length, settings.hidden, settings.depth, width))


def _convolution(settings: TrainingSettings, tokens: int, width: int) -> Network:
    return ConvolutionNetwork(ConvolutionSpec(tokens, settings.hidden, settings.depth, width))


def _state_space(settings: TrainingSettings, tokens: int, width: int) -> Network:
    hidden = settings.hidden
    return StateSpaceNetwork(StateSpaceSpec(tokens, hidden, settings.depth, width, hidden, 2 * hidden))


def _linear_attention(settings: TrainingSettings, tokens: int, width: int) -> Network:
    hidden = settings.hidden
    return LinearAttentionNetwork(LinearAttentionSpec(tokens, hidden, settings.depth, width, settings.heads, 2 * hidden))


ARCHITECTURES: dict[str, Architecture] = {
    "rnn": Architecture(_recurrent, 6e-3),
    "gru": Architecture(_recurrent, 1e-2),
    "lstm": Architecture(_recurrent, 1e-2),
    "transformer": Architecture(_transformer, 2e-3),
    FEEDFORWARD: Architecture(_feedforward, 2e-3),
    "conv": Architecture(_convolution, 2e-3, layers=4),
    "ssm": Architecture(_state_space, 2e-3, layers=2),
    "gla": Architecture(_linear_attention, 2e-3, layers=2),
    ENCODER: Architecture(_encoder, 2e-3, layers=2),
}


def untrained(settings: TrainingSettings, tokens: int, width: int, rng: Generator) -> Network:
    """Return a network with random weights that gives `width` scores; of its tokens the last is the begin marker."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        return ARCHITECTURES[settings.architecture].make(settings, tokens, width)
