"""One place that reads the states of all layers: of recurrent networks, causal transformers, networks that keep a state of one
size, and feed-forward networks.

Gradients run through what is read, to the weights and to the vectors of letters. A new kind of network is one more case of
`read`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from nerode.errors import InputError
from nerode.teachers.encoding import Encoding
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.networks import RecurrentNetwork, layer_of, pool
from nerode.teachers.transformer import CausalTransformer


@dataclass(frozen=True, eq=False)
class Tokens:
    """Words of one letter or more, as a network reads them.

    Parameters
    ----------
    all : (n, tokens), padded on the right with the token 0
    last : (n,), the place of the last token of each word
    first : the place of the first letter
    letters : of the alphabet, as tokens
    """

    all: Tensor
    last: Tensor
    first: int
    letters: Tensor

    def at_last(self, states: Tensor) -> Tensor:
        """Return the state (n, width) after the last token of each word, of states (n, tokens, width)."""
        return states[torch.arange(len(states)), self.last]


@dataclass(frozen=True, eq=False)
class Reading:
    """What n words do in a network.

    Parameters
    ----------
    states : of each layer, lowest first, after each token (n, tokens, width); None where words are read at once
    ends : of each layer, after the word (n, width)
    scores : (n, k), after the word
    given : (n, tokens, dim), the vectors of tokens that the lowest layer takes
    table : (1 or length, letters, dim), the vectors of all letters, at each place where they differ
    first : the token that is the first letter
    """

    states: tuple[Tensor, ...] | None
    ends: tuple[Tensor, ...]
    scores: Tensor
    given: Tensor
    table: Tensor
    first: int

    def of_letters(self, longest: int) -> tuple[Tensor, ...]:
        """Return the states of each layer after each letter (n, longest, width), of words of at most so many letters."""
        assert self.states is not None
        return tuple(part[:, self.first : self.first + longest] for part in self.states)


def tokens_of(encoding: Encoding, letters: int, symbols: Tensor, lengths: Tensor) -> Tokens:
    """Return words as a network reads them, from symbols (n, longest), padded on the right, and lengths (n,)."""
    begin, finish, longest = encoding.begin, encoding.finish, symbols.shape[1]
    tokens = symbols.new_zeros(len(symbols), len(begin) + longest + len(finish))
    tokens[:, : len(begin)] = symbols.new_tensor(begin)
    inside = torch.arange(longest) < lengths[:, None]
    tokens[:, len(begin) : len(begin) + longest] = torch.where(inside, symbols + encoding.offset, 0)
    for k, token in enumerate(finish):
        tokens[torch.arange(len(tokens)), len(begin) + lengths + k] = token
    last = len(begin) + lengths + len(finish) - 1
    return Tokens(tokens, last, len(begin), torch.arange(letters) + encoding.offset)


@singledispatch
def read(network: nn.Module, tokens: Tokens) -> Reading:
    """Return what words do in a network.

    Where a network reads words as a whole (`reads_whole`), all words have one length.

    Raises
    ------
    InputError : a network of another kind
    """
    raise InputError(refused(network))


def refused(network: nn.Module) -> str:
    """Return the sentence about a network whose layers are not read."""
    return (
        "states of layers are read from recurrent and feed-forward networks, causal transformers, convolutions, state-space "
        f"models and linear attention of nerode, and this is a network of the class {type(network).__name__}; learn from its "
        "answers alone"
    )


def layers_of(network: nn.Module) -> int:
    """Return the number of layers that are read.

    Raises
    ------
    InputError : a network of another kind
    """
    if not isinstance(network, RecurrentNetwork | CausalTransformer | LayeredNetwork | FeedForward):
        raise InputError(refused(network))
    return network.spec.layers


@read.register
def _(network: RecurrentNetwork, tokens: Tokens) -> Reading:
    spec = network.spec
    given = below = _differentiable(network.embed(tokens.all))
    states = []
    for depth in range(spec.layers):
        below = layer_of(network, depth)(below)[0]
        states.append(below)
    if spec.bidirectional:
        ends = [pool(part, part.shape[2] // 2, "last") for part in states]
    else:
        ends = [tokens.at_last(part) for part in states]
    plain = spec.pooling in ("last", "end") and not spec.bidirectional
    taken = ends[-1] if plain else pool(below, spec.output, spec.pooling)
    return Reading(
        tuple(states), tuple(ends), network.readout(taken), given, network.embed(tokens.letters)[None], tokens.first
    )  # fmt: skip


@read.register
def _(network: CausalTransformer, tokens: Tokens) -> Reading:
    given = _differentiable(network.embed(tokens.all))
    with sdpa_kernel(SDPBackend.MATH):  # the other kernels have no second derivative
        return _through_blocks(network, tokens, given, given + network.places(tokens.all.shape[1]))


@read.register
def _(network: LayeredNetwork, tokens: Tokens) -> Reading:
    given = _differentiable(network.embed(tokens.all))
    return _through_blocks(network, tokens, given, given)


def _through_blocks(network: CausalTransformer | LayeredNetwork, tokens: Tokens, given: Tensor, hidden: Tensor) -> Reading:
    """Read a network of blocks, whose lowest takes `hidden`."""
    states = []
    for block in network.blocks:
        hidden = block(hidden)
        states.append(hidden)
    ends = tuple(map(tokens.at_last, states))
    scores = network.readout(network.norm(ends[-1]))
    return Reading(tuple(states), ends, scores, given, network.embed(tokens.letters)[None], tokens.first)


@read.register
def _(network: FeedForward, tokens: Tokens) -> Reading:
    spec: Any = network.spec
    given = _differentiable(network.first(tokens.all + torch.arange(spec.length) * spec.tokens))
    hidden = torch.relu(given.sum(dim=1) + network.bias)
    ends = [hidden]
    for layer in network.inner:
        hidden = torch.relu(layer(hidden))
        ends.append(hidden)
    table = network.first.weight.reshape(spec.length, spec.tokens, spec.hidden)
    return Reading(None, tuple(ends), network.readout(hidden), given, table, tokens.first)


def _differentiable(vectors: Tensor) -> Tensor:
    return vectors if vectors.requires_grad or not torch.is_grad_enabled() else vectors.requires_grad_()
