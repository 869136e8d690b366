"""Teachers for models of the transformers library that keep keys and values.

`huggingface_choice` decides which models may use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.arrays import fetched
from nerode.links import Link
from nerode.protocols import Described, States, Teacher, take
from nerode.rounding import not_offered
from nerode.stepping import scores_by_stepping
from nerode.teachers.arrays import at_hand
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_networks import ReadByToken
from nerode.teachers.trees import groups
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, RealArray, Words

TILE = 128  # prefixes continued together
TILE_OF_DEVICE = 2**10
GROUP = 64  # nodes of a trie evaluated together


class CachedTeacher(Described):
    """A network whose keys and values are kept, so that a further letter costs one token.

    The states of a batch are the keys and the values of each layer, each (n, heads, tokens, width of a head), and at the end
    the scores (n, width).
    """

    told: str = ""  # how words are spelled

    def __init__(self, alphabet: Alphabet, link: Link, encoding: Encoding, network: ReadByToken, width: int) -> None:
        self.alphabet = alphabet
        self.link = link
        self.width = width
        self._encoding = encoding
        self._network = network
        self._device = network.table.device

    @property
    def longest(self) -> int | None:
        """The number of letters of the longest words that the model has positions for; None if there is no limit."""
        return self._encoding.room(self._network.longest)

    @property
    def parameter_bytes(self) -> int:
        """The memory of the model's parameters."""
        return sum(weights.nbytes for weights in self._network.parameters())

    def start(self) -> States:
        """Return the state after the begin markers; without any, that of no token, with the scores of ε."""
        states = self._read_on(self._network.first(self._encoding), None)
        return states if self._encoding.begin else (*self._emptied(states[:-1]), states[-1])

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        if not len(parents):  # models do not accept an empty batch
            longer = (part.new_empty(0, part.shape[1], part.shape[2] + 1, part.shape[3]) for part in states[:-1])
            return (*longer, states[-1][:0])
        if not np.array_equal(parents, np.arange(len(states[-1]))):  # no copy if each state has one child, in order
            states = take(states, self._on_device(parents))
        return self._read_on(symbols[:, None] + self._encoding.offset, self._past(states[:-1]))

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width)."""
        return fetched(states[-1])

    def scores(self, words: Words) -> FloatArray:
        """Return the scores (n, width) of whole words."""
        return scores_by_stepping(self, words)

    def exact(self) -> Teacher:
        """Raise InputError: the library computes the network, so there is no exact mode."""
        raise not_offered(str(self._network))

    def _emptied(self, parts: States) -> States:
        """Return the parts of a state as they are before the first token."""
        return tuple(part[:, :, :0] for part in parts)

    def _past(self, parts: States) -> Any:
        return _cache(parts)

    def _read_on(self, tokens: IntArray, past: Any) -> States:
        with torch.inference_mode():
            output = self._network.ask(self._on_device(tokens), past, use_cache=True)
            return (*_kept(output), self._network.scores_of(output)[:, -1])

    def _on_device(self, numbers: IntArray) -> Tensor:
        return torch.from_numpy(numbers).to(self._device)


class TreeReader(CachedTeacher):
    """A network that evaluates a trie of suffixes as one sequence. Its model must accept masks and position ids."""

    @property
    def tile(self) -> int:
        """The number of prefixes that are continued together; see `TreeTeacher`."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    @torch.inference_mode()
    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Yield the scores after the nodes of a trie; see `TreeTeacher`."""
        prefix = states[:-1]
        count, depth = len(prefix[0]), prefix[0].shape[2]
        # all inputs are copied before the first group is computed, since a copy to a device waits for the work queued there
        prepared = []
        for group in groups(parents, GROUP):
            self._network.check_length(depth + int(group.depths.max()) + 1)
            letters, ends = symbols[group.nodes] + self._encoding.offset, np.flatnonzero(wanted[group.nodes])
            numbers = (letters, depth + group.depths, depth + group.kept, ends)
            prepared.append((_mask(group.sees, depth).to(prefix[0]), *map(self._on_device, numbers)))
        path = [part[:, :, :0] for part in prefix]
        for mask, tokens, places, kept, asked in prepared:
            output = self._network.ask(
                tokens.expand(count, -1),
                _cache([torch.cat(parts, 2) for parts in zip(prefix, path, strict=True)]),
                attention_mask=mask.expand(count, 1, -1, -1),
                position_ids=places.expand(count, -1),
                use_cache=True,
            )
            path = [part.index_select(2, kept) for part in _kept(output)]
            yield at_hand(self._network.scores_of(output).transpose(0, 1).index_select(0, asked))


def _mask(sees: BoolArray, before: int) -> Tensor:
    """Return the attention mask (k, before + p + k), which is added to the products of queries and keys.

    It is the least number of float32 where a token does not attend to one of the last p + k positions, else 0.
    """
    mask = torch.zeros(sees.shape[1], before + len(sees))
    mask[:, before:].masked_fill_(torch.from_numpy(~sees.T), torch.finfo(mask.dtype).min)
    return mask


def _kept(output: Any) -> Iterator[Tensor]:
    """Return the keys and the values of each layer in turn."""
    return (part for layer in output.past_key_values.layers for part in (layer.keys, layer.values))


def _cache(parts: Sequence[Tensor]) -> Any:
    """Return a cache of the library with the given keys and values. A longer cache gets new arrays, so these do not change."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and already imported if there are states

    cache = DynamicCache()
    for keys, values in zip(parts[::2], parts[1::2], strict=True):
        layer = DynamicLayer()
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
        cache.layers.append(layer)
    return cache
