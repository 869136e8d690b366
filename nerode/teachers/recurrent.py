"""Teachers that evaluate recurrent networks step by step and keep their states.

The recurrent weights are multiplied with each parent state once. All children of the state share the product. The input
term of the first layer is a table with one row per token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from nerode.arrays import fetched
from nerode.links import Link
from nerode.protocols import Described, States, Teacher, take
from nerode.stepping import TwoWay, scores_by_stepping
from nerode.teachers.arrays import at_hand
from nerode.teachers.encoding import Encoding
from nerode.teachers.fused import ExactLayer, FusedLayer, can_be_fused, check_exact
from nerode.teachers.layers import Layer
from nerode.teachers.networks import RecurrentNetwork
from nerode.teachers.pooling import BACKWARD, FORWARD, Pooling
from nerode.teachers.readout import AffineReadout, DeepReadout, Readout, affine_map, is_affine
from nerode.teachers.reset_first import RESET_FIRST, ExactResetFirstLayer, ResetFirstLayer
from nerode.teachers.rowwise import affine, numbers
from nerode.words import Alphabet, FloatArray, IntArray, RealArray, Words

TILE = 1024  # states advanced together on a processor: their gates fit in its cache
TILE_OF_DEVICE = 2**18  # enough states to keep an accelerator busy


class RecurrentTeacher(Described):
    """A stack of recurrent layers that reads from left to right.

    The states of a batch are the h (and c) of all layers, each (n, hidden), and what the pooling keeps. No weight requires a
    gradient.

    Parameters
    ----------
    layers : the layers, lowest first
    readout : is applied to what is pooled of h of the top layer

    Attributes
    ----------
    parameter_bytes : the memory of the parameters of the network that the layers are made from; None where nobody said so
    """

    parameter_bytes: int | None = None

    def __init__(
        self, alphabet: Alphabet, link: Link, encoding: Encoding, layers: list[Layer], pooling: Pooling, readout: Readout
    ) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = readout.width
        self._encoding = encoding
        self._layers = layers
        self._pooling = pooling
        self._readout = readout
        self._lowest = layers[0].recurrent  # its device is that of the network
        ends = accumulate(layer.parts for layer in layers)
        self._places = [slice(end - layer.parts, end) for layer, end in zip(layers, ends, strict=True)]  # in the states
        self._tokens = [layers[0].split(row) for row in layers[0].inputs[:, None]]  # input term of each token
        self._last_products: tuple[States, list[tuple[Tensor, ...]]] = ((), [])
        self._kept = slice(self._places[-1].stop, None)  # of the pooling, in the states

    @property
    def tile(self) -> int:
        """The number of states that are advanced together."""
        return TILE if self._lowest.device.type == "cpu" else TILE_OF_DEVICE

    def start(self) -> States:
        """Return the state after the begin markers."""
        states: States = tuple(part for layer in self._layers for part in layer.zero())
        states += self._pooling.start(states[self._top].shape[1], self._lowest)
        return self._feed(states, self._encoding.begin)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        rows, tokens = self._on_device(parents), self._on_device(symbols) + self._encoding.offset
        products = [tuple(part[rows] for part in product) for product in self._products(states)]
        lowest = self._layers[0]
        return self._step(products, take(states, rows), lowest.split(lowest.inputs[tokens]), self._rooms(len(rows)))

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """Yield the states after each of the symbols, in their order; see `BranchingTeacher`."""
        products, rooms = self._products(states), self._rooms(len(states[0]))
        for symbol in symbols:
            yield self._step(products, states, self._tokens[symbol + self._encoding.offset], rooms)

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width), after the finish markers where the network reads any."""
        return fetched(self.read_later(states))

    def read_later(self, states: States) -> Any:
        """Return scores (n, width), which a device may still be computing; see `BranchingTeacher`."""
        states = self._feed(states, self._encoding.finish)
        return at_hand(self._readout(self._pooling.pooled(states[self._kept], states[self._top])))

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def exact(self) -> RecurrentTeacher:
        """Return the same network in exact mode.

        Affine read-outs compute in float64, so that the sum of two directions is the same wherever it is computed.
        """
        check_exact(self._lowest)
        layers = [exact_layer(layer) for layer in self._layers]
        teacher = RecurrentTeacher(self.alphabet, self.link, self._encoding, layers, self._pooling, self._readout.exact())
        teacher.parameter_bytes = self.parameter_bytes
        return teacher

    @property
    def _top(self) -> int:
        """The place of h of the top layer in the states."""
        return self._places[-1].start

    def _on_device(self, indices: IntArray) -> Tensor:
        return torch.from_numpy(indices).to(self._lowest.device)

    def _feed(self, states: States, tokens: tuple[int, ...]) -> States:
        for token in tokens:
            states = self._step(self._products(states), states, self._tokens[token], self._rooms(len(states[0])))
        return states

    def _products(self, states: States) -> list[tuple[Tensor, ...]]:
        """Return the recurrent terms of the gates of all layers. The last result is cached.

        A network with finish markers needs the products twice: for the markers and for the children of the same states.
        """
        recent = self._last_products
        if recent[0] is not states:
            products = [layer.product(states[place]) for layer, place in zip(self._layers, self._places, strict=True)]
            recent = self._last_products = states, products
        return recent[1]

    def _rooms(self, count: int) -> list[tuple[Tensor, ...]]:
        return [layer.room(count) for layer in self._layers]

    def _step(
        self, products: list[tuple[Tensor, ...]], states: States, inputs: tuple[Tensor, ...], rooms: list[tuple[Tensor, ...]]
    ) -> States:
        """Advance all layers by one step.

        Parameters
        ----------
        products : the recurrent terms of `states`, from `_products`
        inputs : (n or 1, gates), split, the input term of the first layer
        """
        after: list[Tensor] = []
        for layer, place, product, room in zip(self._layers, self._places, products, rooms, strict=True):
            if layer.weight is not None:
                inputs = layer.split(layer.affine(after[-layer.parts], layer.weight, layer.inputs[0]))
            after.extend(layer.cell_step(product, inputs, states[place], room))
        return *after, *self._pooling.step(states[self._kept], after[self._top])


def recurrent_teacher(network: RecurrentNetwork, alphabet: Alphabet, link: Link, encoding: Encoding) -> Teacher | None:
    """Return a teacher that keeps the states of a recurrent network, or None.

    A unidirectional network keeps its states. A bidirectional network of one layer with an affine read-out is the sum of two
    functions, one per direction, and each keeps its states. Stacked bidirectional layers mix both directions, and so does a
    read-out that is not affine.
    """
    spec = network.spec
    if not spec.bidirectional:
        readout = AffineReadout(*_in_precision(network, *affine_map(network.readout))) if is_affine(network.readout) else None
        return _one_direction(network, alphabet, link, encoding, "", readout or DeepReadout(network.readout))
    if spec.layers > 1 or not is_affine(network.readout):
        return None
    weight, bias = affine_map(network.readout)
    forward = AffineReadout(*_in_precision(network, weight[:, : spec.output], bias))
    backward = AffineReadout(*_in_precision(network, weight[:, spec.output :], torch.zeros_like(bias)))
    return TwoWay(
        _one_direction(network, alphabet, link, encoding, "", forward),
        _one_direction(network, alphabet, link, encoding.reversed, "_reverse", backward),
    )


def _in_precision(network: RecurrentNetwork, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    return weight.T.to(network.dtype).contiguous(), bias.to(network.dtype)


def _one_direction(
    network: RecurrentNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, direction: str, readout: Readout
) -> RecurrentTeacher:
    layers = [layer_of(network, depth, direction) for depth in range(network.spec.layers)]
    pooling = (BACKWARD if direction else FORWARD)[network.spec.pooling]
    teacher = RecurrentTeacher(alphabet, link, encoding, layers, pooling, readout)
    # what both directions share counts with the forward one
    own = (weights for name, weights in network.named_parameters() if name.endswith("_reverse") == bool(direction))
    teacher.parameter_bytes = sum(weights.nbytes for weights in own)
    return teacher


@torch.no_grad()
def layer_of(network: RecurrentNetwork, depth: int, direction: str) -> Layer:
    """Return one layer of a network in one direction, which is "" or "_reverse"."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    part = {name: network.cell_weights(name, depth, direction).detach() for name in names}
    spec = network.spec
    cell, hidden = spec.cell, spec.hidden if spec.widths is None else spec.widths[depth]
    if cell == "lstm":  # torch's order puts the candidate before the output gate
        order = torch.arange(4 * hidden).reshape(4, hidden)[[0, 1, 3, 2]].flatten()
        part = {name: weights[order.to(weights.device)] for name, weights in part.items()}
    projection = network.cell_weights("weight_hr", depth, direction).detach().T.contiguous() if spec.projection else None
    bias = part["bias_ih"] + part["bias_hh"]
    if cell == "gru":
        bias[2 * hidden :] = part["bias_ih"][2 * hidden :]
    weight = part["weight_ih"].T.contiguous()
    rest: dict[str, Any] = {
        "hidden": hidden,
        "weight": weight if depth else None,
        "inputs": bias[None] if depth else _input_terms(network, weight, bias),
    }
    if cell == RESET_FIRST:
        gates, candidate = part["weight_hh"][: 2 * hidden].T.contiguous(), part["weight_hh"][2 * hidden :].T.contiguous()
        return ResetFirstLayer(cell=cell, recurrent=gates, reset_bias=None, candidate=candidate, **rest)
    kind = FusedLayer if can_be_fused(weight) else Layer
    return kind(
        cell="relu" if network.spec.nonlinearity == "relu" else cell,
        recurrent=part["weight_hh"].T.contiguous(),
        reset_bias=part["bias_hh"][2 * hidden :] if cell == "gru" else None,
        projection=projection,
        **rest,
    )


def exact_layer(layer: Layer) -> Layer:
    """Return a layer in exact mode."""
    return (ExactResetFirstLayer if isinstance(layer, ResetFirstLayer) else ExactLayer)(**vars(layer))


def _input_terms(network: RecurrentNetwork, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the input term of the first layer for each token, (tokens, gates). Its bits are the same on every processor."""
    if network.embedding is None:
        return weight + bias
    table = affine(*(numbers(part.double()) for part in (network.embedding.weight, weight, bias)))
    return torch.from_numpy(table).to(weight)
