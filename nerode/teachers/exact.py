"""Networks in exact mode: the scores of a row of tokens depend on the row alone, to the last bit.

An exact network has the same weights as the network that it is made from, and the same operations in a fixed order; see
`kernels`. Teachers that keep states have an exact mode of their own, in `recurrent.py` and `attention.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import singledispatch
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from nerode.rounding import not_offered
from nerode.teachers.distilbert import DistilBertNetwork
from nerode.teachers.encoder import FIRST, EncoderSpec
from nerode.teachers.fused import check_exact
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.layers import Layer
from nerode.teachers.networks import RecurrentNetwork, pool
from nerode.teachers.readout import ExactReadout
from nerode.teachers.recurrent import exact_layer, layer_of
from nerode.teachers.rowwise import Affine, Norm, attention, gelu, numbers
from nerode.teachers.transformer import Block, Transformer
from nerode.words import IntArray, RealArray

Past = tuple[RealArray, RealArray]
"""Memory for keys (n, width, positions or more) and values (n, positions or more, width) of a block; it spans all its heads."""


@singledispatch
def exact_network(network: nn.Module) -> nn.Module:
    """Return a network in exact mode that maps tokens (n, length) to scores (n, width).

    Raises
    ------
    InputError : a network that a library computes, one that is not on the processor, or one in half precision
    """
    raise not_offered(str(network))


@exact_network.register
def _(network: RecurrentNetwork) -> nn.Module:
    return ExactRecurrent(network)


@exact_network.register
def _(network: Transformer) -> nn.Module:
    return ExactTransformer(network)


@exact_network.register
def _(network: DistilBertNetwork) -> nn.Module:
    return ExactDistilBert(network)


@exact_network.register
def _(network: LayeredNetwork) -> nn.Module:
    """Raise InputError: such a network is asked letter by letter, by a teacher with an exact mode, unless words are padded."""
    check_exact(network.embedding.weight)
    raise not_offered(f"{network.spec} whose words are padded")


class ExactNetwork(nn.Module):
    """A network in exact mode. It maps tokens (n, length) to scores (n, width)."""


@exact_network.register
def _(network: ExactNetwork) -> nn.Module:
    return network


class ExactRecurrent(ExactNetwork):
    """A recurrent network that is asked whole words, such as stacked bidirectional layers, which mix both directions."""

    def __init__(self, network: RecurrentNetwork) -> None:
        super().__init__()
        check_exact(next(network.parameters()))
        depths = range(network.spec.layers)
        self._spec = network.spec
        ways = ("", "_reverse") if network.spec.bidirectional else ("",)
        self._layers = [[exact_layer(layer_of(network, depth, way)) for way in ways] for depth in depths]
        self._readout = ExactReadout(network.readout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length)."""
        count, length = tokens.shape
        below = torch.zeros(count, length, 0)
        for layer in self._layers:
            below = torch.cat([self._run(way, tokens, below, backward) for backward, way in enumerate(layer)], 2)
        if not length:  # all directions are in their zero states
            return self._readout(below.new_zeros(count, self._spec.output * len(self._layers[-1])))
        if self._spec.pooling not in ("mean", "sum"):
            return self._readout(pool(below, self._spec.output, self._spec.pooling))
        total = below[:, 0]
        for place in range(1, length):  # one after the other, the same in all batches
            total = total + below[:, place]
        return self._readout(total / length if self._spec.pooling == "mean" else total)

    def _run(self, layer: Layer, tokens: Tensor, below: Tensor, backward: int) -> Tensor:
        """Return h after each token, (n, length, output), from the tokens or from h of the layer below."""
        if layer.weight is None:
            given = layer.inputs[tokens]
        else:
            given = layer.affine(below.flatten(0, 1), layer.weight, layer.inputs[0]).view(*tokens.shape, -1)
        state = tuple(part.expand(len(tokens), -1) for part in layer.zero())
        after = given.new_empty(*tokens.shape, len(layer.recurrent))
        places = range(tokens.shape[1])
        for place in reversed(places) if backward else places:
            state = layer.cell_step(layer.product(state), layer.split(given[:, place]), state, ())
            after[:, place] = state[0]
        return after


class ExactTransformer(ExactNetwork):
    """A transformer, which can continue from stored keys and values where it is causal."""

    def __init__(self, network: Transformer) -> None:
        super().__init__()
        check_exact(network.embedding.weight)
        self.spec = network.spec
        self._embedding = numbers(network.embed(torch.arange(network.spec.tokens)))
        self._blocks = [_ExactBlock(cast("Block", block), self.spec.activation) for block in network.blocks]
        self._norm: Callable[[RealArray], RealArray] = (
            Norm(network.norm) if isinstance(network.norm, nn.LayerNorm) else _unchanged
        )
        self._readout = Affine(network.readout)
        self._places, self.longest = network.places, network.longest

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length).

        Raises
        ------
        InputError : sequences without a token, or with more tokens than positions
        """
        self.spec.check_length(tokens.shape[1])
        count, length = tokens.shape
        hidden = self._read(tokens.numpy(), self.rooms(count, length), 0)
        return torch.from_numpy(self._readout(self._pooled(hidden)))

    def rooms(self, count: int, positions: int) -> list[Past]:
        """Allocate the keys and values of each block for `count` rows and `positions` positions."""
        widths, precision = [heads * self.spec.head_size for heads in self.spec.all_heads], self._embedding.dtype
        return [(np.empty((count, wide, positions), precision), np.empty((count, positions, wide), precision)) for wide in widths]

    def read_on(self, tokens: IntArray, pasts: Iterable[Past], before: int) -> RealArray:
        """Return the scores (n, width) after k more tokens (n, k), and write their keys and values into the pasts.

        Parameters
        ----------
        pasts : one for each block, with room for the new positions
        before : the number of positions that the pasts already hold
        """
        self.spec.check_length(before + tokens.shape[1])
        return self._readout(self._norm(self._read(tokens, pasts, before)[:, -1]))

    def _read(self, tokens: IntArray, pasts: Iterable[Past], before: int) -> RealArray:
        """Return the output (n, k, dim) of the last block for k more tokens."""
        hidden: RealArray = self._embedding[tokens] + numbers(self._places(before + tokens.shape[1]))[before:]
        for block, past in zip(self._blocks, pasts, strict=True):
            hidden = block(hidden, past, before)
        return hidden

    def _pooled(self, hidden: RealArray) -> RealArray:
        """Return what is read out (n, dim) of the output (n, length, dim) of the last block."""
        if not isinstance(self.spec, EncoderSpec):
            return self._norm(hidden[:, -1])
        if self.spec.pooling == FIRST:
            return self._norm(hidden[:, 0])
        normed = self._norm(hidden)
        total = normed[:, 0]
        for place in range(1, normed.shape[1]):  # one after the other, the same in all batches
            total = total + normed[:, place]
        return total / normed.dtype.type(normed.shape[1])


def _unchanged(hidden: RealArray) -> RealArray:
    return hidden


class _ExactBlock:
    def __init__(self, block: Block, activation: str) -> None:
        self._heads, self._norm_first, self._causal = block.heads, block.norm_first, block.causal
        self._activation: Callable[[RealArray], RealArray] = gelu if activation == "gelu" else lambda x: np.maximum(x, 0)
        self._attention_norm, self._feedforward_norm = Norm(block.attention_norm), Norm(block.feedforward_norm)
        self._attention_in, self._attention_out = Affine(block.attention_in), Affine(block.attention_out)
        self._feedforward_in, self._feedforward_out = Affine(block.feedforward_in), Affine(block.feedforward_out)

    def __call__(self, hidden: RealArray, past: Past, before: int) -> RealArray:
        """Return the output (n, k, dim) of the block for hidden vectors (n, k, dim) that follow `before` positions."""
        (keys, values), after = past, before + hidden.shape[1]
        given = self._attention_norm(hidden) if self._norm_first else hidden
        query, key, value = np.split(self._attention_in(given), 3, axis=2)
        keys[:, :, before:after], values[:, before:after] = key.swapaxes(1, 2), value
        sees = np.arange(before + 1, after + 1) if self._causal else np.full(after - before, after)
        mixed = attention(query, keys, values, sees, self._heads)
        hidden = self._attention_out(mixed) + hidden
        if self._norm_first:
            return self._feedforward_out(self._activation(self._feedforward_in(self._feedforward_norm(hidden)))) + hidden
        hidden = self._attention_norm(hidden)
        return self._feedforward_norm(self._feedforward_out(self._activation(self._feedforward_in(hidden))) + hidden)


class ExactDistilBert(ExactNetwork):
    """A DistilBERT classifier."""

    def __init__(self, network: DistilBertNetwork) -> None:
        super().__init__()
        check_exact(network.classifier.weight)
        self.spec, self.longest = network.spec, network.longest
        embeddings: Any = network.distilbert["embeddings"]
        encoder: Any = network.distilbert["transformer"]
        self._words, self._places = numbers(embeddings.word_embeddings.weight), numbers(embeddings.position_embeddings.weight)
        self._norm = Norm(embeddings.LayerNorm)
        self._blocks = [_ExactEncoderBlock(block) for block in encoder.layer]
        self._inner, self._readout = Affine(network.pre_classifier), Affine(network.classifier)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of tokens (n, length).

        Raises
        ------
        InputError : more tokens than the network has positions
        """
        self.spec.check_length(tokens.shape[1])
        hidden = self._norm(self._words[tokens.numpy()] + self._places[: tokens.shape[1]])
        for block in self._blocks:
            hidden = block(hidden)
        return torch.from_numpy(self._readout(np.maximum(self._inner(hidden[:, 0]), 0)))


class _ExactEncoderBlock:
    def __init__(self, block: Any) -> None:
        self._heads = block.attention.heads
        parts = (block.attention.q_lin, block.attention.k_lin, block.attention.v_lin, block.attention.out_lin)
        self._query, self._key, self._value, self._out = map(Affine, parts)
        self._attention_norm, self._output_norm = Norm(block.sa_layer_norm), Norm(block.output_layer_norm)
        self._feedforward_in, self._feedforward_out = Affine(block.ffn["lin1"]), Affine(block.ffn["lin2"])

    def __call__(self, hidden: RealArray) -> RealArray:
        """Return the output (n, length, dim) for hidden vectors (n, length, dim). Each position attends to all positions."""
        length = hidden.shape[1]
        keys = np.ascontiguousarray(self._key(hidden).swapaxes(1, 2))
        mixed = attention(self._query(hidden), keys, self._value(hidden), np.full(length, length), self._heads)
        hidden = self._attention_norm(self._out(mixed) + hidden)
        return self._output_norm(self._feedforward_out(gelu(self._feedforward_in(hidden))) + hidden)
