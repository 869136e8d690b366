"""Recurrent networks read step by step, their states kept.

The product with the recurrent weights is done once per parent state and shared by all its children; what the input
contributes is a table with a row a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import torch
from torch import Tensor

from nerode.links import Link
from nerode.protocols import States, Teacher
from nerode.stepping import TwoWay, scores_by_stepping
from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.networks import RecurrentNetwork, affine_readout
from nerode.words import Alphabet, FloatArray, IntArray, Words

BATCH = 1024  # whole words asked side by side


@dataclass(frozen=True)
class Layer:
    """One direction of one layer of cells.

    `inputs` (tokens, gates) holds the contribution of each token to the first layer, both biases included where the
    cell allows; upper layers have the weights (gates, hidden) and biases of their input instead.
    """

    cell: str
    recurrent: Tensor  # (hidden, gates)
    recurrent_bias: Tensor  # (gates,), kept apart because a GRU resets it
    weight: Tensor | None  # (below, gates), of an upper layer
    inputs: Tensor  # (tokens, gates) of the first layer, (1, gates) of an upper one: its bias

    @property
    def hidden(self) -> int:
        return len(self.recurrent)

    @property
    def parts(self) -> int:
        """How many arrays a state has: h, and c for an LSTM."""
        return 2 if self.cell == "lstm" else 1

    def zero(self) -> tuple[Tensor, ...]:
        """The state before anything is read, each part (1, hidden)."""
        return (torch.zeros(1, self.hidden, dtype=self.recurrent.dtype),) * self.parts

    def step(self, state: tuple[Tensor, ...], parents: Tensor, inputs: Tensor) -> tuple[Tensor, ...]:
        """New states (n, hidden) from kept ones (m, hidden), parents (n,) and input contributions (n, gates)."""
        recurrent = torch.addmm(self.recurrent_bias, state[0], self.recurrent)[parents]
        if self.cell == "rnn":
            return (torch.tanh(recurrent.add_(inputs)),)
        size = self.hidden
        if self.cell == "gru":
            reset, update = torch.sigmoid(recurrent[:, : 2 * size] + inputs[:, : 2 * size]).chunk(2, dim=1)
            candidate = torch.tanh(inputs[:, 2 * size :] + reset * recurrent[:, 2 * size :])
            return (torch.lerp(candidate, state[0][parents], update),)
        gates = recurrent.add_(inputs)
        keep_in, forget = torch.sigmoid(gates[:, : 2 * size]).chunk(2, dim=1)
        candidate = torch.tanh(gates[:, 2 * size : 3 * size])
        output = torch.sigmoid(gates[:, 3 * size :])
        memory = forget * state[1][parents] + keep_in * candidate
        return output * torch.tanh(memory), memory


class RecurrentTeacher:
    """A stack of cells that reads from left to right, with an affine read-out.

    The states of a batch are the h (and c) of all layers, each (n, hidden).

    Parameters
    ----------
    layers : lowest first
    weight, bias : (hidden, width) and (width,), the read-out of the top layer's h
    """

    def __init__(
        self, alphabet: Alphabet, link: Link, encoding: Encoding, layers: list[Layer], weight: Tensor, bias: Tensor
    ) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = len(bias)
        self._encoding = encoding
        self._layers = layers
        self._weight = weight
        self._bias = bias

    def start(self) -> States:
        """The state after the begin markers."""
        with torch.inference_mode():
            states: States = tuple(array for layer in self._layers for array in layer.zero())
            return self._feed(states, self._encoding.begin)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """One step for each pair of a kept state and a symbol; see `SteppingTeacher`."""
        with torch.inference_mode():
            return self._step(states, torch.from_numpy(parents), torch.from_numpy(symbols) + self._encoding.offset)

    def read(self, states: States) -> FloatArray:
        """Scores (n, width), after the finish markers where the network reads any."""
        with torch.inference_mode():
            top = self._feed(states, self._encoding.finish)[-self._layers[-1].parts]
            scores: FloatArray = torch.addmm(self._bias, top, self._weight).numpy().astype(np.float64)
            return scores

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def _feed(self, states: States, tokens: tuple[int, ...]) -> States:
        everyone = torch.arange(len(states[0]))
        for token in tokens:
            states = self._step(states, everyone, torch.full_like(everyone, token))
        return states

    def _step(self, states: States, parents: Tensor, tokens: Tensor) -> States:
        after: list[Tensor] = []
        for layer in self._layers:
            state = states[len(after) : len(after) + layer.parts]
            if layer.weight is None:
                inputs = layer.inputs[tokens]
            else:
                inputs = torch.addmm(layer.inputs[0], after[-layer.parts], layer.weight)
            after.extend(layer.step(state, parents, inputs))
        return tuple(after)


class WholeWordTeacher:
    """A network that has no state to keep: it is asked whole words, batched by length."""

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: torch.nn.Module, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network.eval()

    def scores(self, words: Words) -> FloatArray:
        """Scores (n, width) of whole words."""
        words = self.alphabet.words(words)
        scores = np.empty((len(words), self.width))
        with torch.inference_mode():
            for rows, batch in by_length(words, BATCH):
                scores[rows] = self._network(torch.from_numpy(self._encoding.tokens(batch))).numpy()
        return scores


@singledispatch
def teacher_of(network: torch.nn.Module, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """The cheapest exact way to ask a network that maps tokens (n, length) to scores (n, width)."""
    return WholeWordTeacher(alphabet, link, encoding, network, width)


@teacher_of.register
def _(network: RecurrentNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """A recurrent network, without asking anything twice where that can be avoided.

    A network that reads from left to right keeps its states. A bidirectional one of one layer is the sum of two
    functions that do, since its read-out is affine. Stacked bidirectional layers mix both directions: whole words.
    """
    spec = network.spec
    if not spec.bidirectional:
        weight, bias = affine_readout(network)
        return _one_way(network, alphabet, link, encoding, "", weight, bias)
    if spec.layers > 1:
        return WholeWordTeacher(alphabet, link, encoding, network, width)
    weight, bias = affine_readout(network)
    forward = _one_way(network, alphabet, link, encoding, "", weight[:, : spec.hidden], bias)
    backward = _one_way(network, alphabet, link, encoding.reversed, "_reverse", weight[:, spec.hidden :], torch.zeros_like(bias))
    return TwoWay(forward, backward)


def _one_way(
    network: RecurrentNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, direction: str, weight: Tensor, bias: Tensor
) -> RecurrentTeacher:
    with torch.inference_mode():
        layers = [_layer(network, depth, direction) for depth in range(network.spec.layers)]
        dtype = layers[0].recurrent.dtype
        return RecurrentTeacher(alphabet, link, encoding, layers, weight.T.to(dtype).contiguous(), bias.to(dtype))


def _layer(network: RecurrentNetwork, depth: int, direction: str) -> Layer:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    part = {name: getattr(network.cells, f"{name}_l{depth}{direction}").detach() for name in names}
    weight = part["weight_ih"].T.contiguous()
    bias = part["bias_ih"][None]
    return Layer(
        cell=network.spec.cell,
        recurrent=part["weight_hh"].T.contiguous(),
        recurrent_bias=part["bias_hh"],
        weight=weight if depth else None,
        inputs=bias if depth else network.embed(torch.arange(network.spec.tokens)) @ weight + bias,
    )
