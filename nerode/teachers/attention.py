"""Teachers that evaluate a causal transformer and keep its keys and values.

A step then computes one new position instead of the whole word. All suffixes after a prefix share the keys and values of the
prefix and are evaluated together, as one tree; see `trees`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from nerode.arrays import fetched
from nerode.protocols import States, Teacher, take
from nerode.teachers.arrays import at_hand
from nerode.teachers.exact import ExactTransformer, exact_network
from nerode.teachers.transformer import Block, CausalTransformer
from nerode.teachers.trees import Tree, groups, with_finish
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import BoolArray, IntArray, RealArray

TILE = 256  # prefixes continued together
TILE_OF_DEVICE = 2**12
GROUP = 32  # nodes of a tree evaluated together: in larger groups most pairs are masked
GROUP_OF_DEVICE = 64

Past = tuple[Tensor, Tensor]
"""Keys and values of one block, each (n, heads of the block, positions, size of a head)."""


class TransformerTeacher(WholeWordTeacher):
    """A causal transformer whose words begin with a marker.

    A state holds the scores (n, width) after the last token, and the keys and values of each block, each
    (n, heads of the block, positions, size of a head). States after words of the same length have the same shape.
    """

    _network: CausalTransformer

    @property
    def tile(self) -> int:
        """The number of prefixes that are continued together."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    def start(self) -> States:
        """Return the state after the begin markers."""
        spec = self._network.spec
        scores, *nothing = (
            torch.zeros(1, heads, 0, spec.head_size, dtype=self._dtype, device=self._device) for heads in (1, *spec.all_heads)
        )
        states: States = (scores, *chain.from_iterable((none, none) for none in nothing))
        for token in self._encoding.begin:
            states = self._step(states, np.array([token]))
        return states

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        return self._step(take(states, self._on_device(parents)), symbols + self._encoding.offset)

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width), after the finish markers where the network reads any."""
        for token in self._encoding.finish:
            states = self._step(states, np.full(len(states[0]), token))
        return fetched(states[0])

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Yield the scores after the nodes of a trie; see `TreeTeacher`."""
        tree = with_finish(Tree(parents, symbols + self._encoding.offset, wanted), self._encoding.finish)
        prefix = _pasts(states)
        depth = prefix[0][0].shape[2]
        size = GROUP if self._device.type == "cpu" else GROUP_OF_DEVICE
        # all inputs are copied before the first group is computed, since a copy to a device waits for the work queued there
        prepared = [
            (
                self._mask(group.sees, depth),
                self._positions(depth + group.depths),
                *map(
                    self._on_device,
                    (tree.tokens[None, group.nodes], depth + group.kept, np.flatnonzero(tree.wanted[group.nodes])),
                ),
            )
            for group in groups(tree.parents, size)
        ]
        path = [(keys[:, :, :0], values[:, :, :0]) for keys, values in prefix]
        for mask, places, tokens, kept, asked in prepared:
            scores, seen = self._extend((prefix, path), mask, places, tokens)
            path = [(keys.index_select(2, kept), values.index_select(2, kept)) for keys, values in seen]
            yield at_hand(scores.transpose(0, 1).index_select(0, asked))

    def exact(self) -> Teacher:
        """Return the same network in exact mode; see `ExactTransformerTeacher`."""
        network = exact_network(self._network)
        return ExactTransformerTeacher(self.alphabet, self.link, self._encoding, network, self.width)

    def _on_device(self, numbers: IntArray) -> Tensor:
        return torch.from_numpy(numbers).to(self._device)

    def _positions(self, places: IntArray) -> Tensor:
        """Return the positional encoding (k, dim) of the positions `places` (k,) of a word."""
        longest = int(places.max()) + 1
        self._network.spec.check_length(longest)
        return self._network.places(longest)[places].detach()

    def _mask(self, sees: BoolArray, before: int) -> Tensor:
        """Return the attention mask (before + p + k, k), which is added to the products of keys and queries.

        It is −∞ where a token does not attend to one of the last p + k positions, else 0.
        """
        mask = torch.zeros(before + len(sees), sees.shape[1], dtype=self._dtype)
        mask[before:].masked_fill_(torch.from_numpy(~sees), -torch.inf)
        return mask.to(self._device)

    def _step(self, states: States, tokens: IntArray) -> States:
        """Return the states after one more token each; tokens (n,)."""
        pasts = _pasts(states)
        depth = pasts[0][0].shape[2]
        mask, places = self._mask(np.ones((1, 1), bool), depth), self._positions(np.full(1, depth))
        scores, seen = self._extend([pasts], mask, places, self._on_device(tokens)[:, None])
        return (scores[:, 0], *chain.from_iterable(seen))

    @torch.inference_mode()
    def _extend(self, pasts: Sequence[list[Past]], mask: Tensor, places: Tensor, tokens: Tensor) -> tuple[Tensor, list[Past]]:
        """Evaluate k tokens in parallel after each of n rows.

        Parameters
        ----------
        pasts : lists of earlier keys and values, each with one pair for each block
        mask : (positions before + k, k), added to the products of keys and queries
        places : (k, dim), the positional encoding, added to the embedded tokens
        tokens : (n, k); or (1, k) if the same tokens follow each row, so that what depends on them alone is computed once

        Returns
        -------
        scores : (n, k, width)
        seen : for each block, the keys and values of all `pasts`, followed by those of the k tokens
        """
        network = self._network
        n, k, size = len(pasts[0][0][0]), tokens.shape[1], network.spec.head_size
        hidden = network.embed(tokens) + places  # (n or 1, k, dim)
        seen: list[Past] = []
        for block, *before in zip(cast("list[Block]", list(network.blocks)), *pasts, strict=True):
            heads = block.heads
            query, key, value = (
                part.unflatten(2, (heads, -1)).transpose(1, 2).expand(n, -1, -1, -1) for part in block.project(hidden)
            )
            keys = torch.cat([*(past[0] for past in before), key], 2)
            values = torch.cat([*(past[1] for past in before), value], 2)
            seen.append((keys, values))
            # the softmax runs over the axis before the last one, because it is ten times slower over a short last axis
            weights = torch.baddbmm(mask, keys.flatten(0, 1), query.reshape(n * heads, k, size).mT, alpha=size**-0.5)
            mixed = weights.softmax(1).mT @ values.flatten(0, 1)  # (n · heads, k, size)
            hidden = block.conclude(hidden, mixed.view(n, heads, k, size).transpose(1, 2).reshape(n, k, heads * size))
        return network.readout(network.norm(hidden)), seen


def _pasts(states: States) -> list[Past]:
    return list(zip(states[1::2], states[2::2], strict=True))


class ExactTransformerTeacher(WholeWordTeacher):
    """A causal transformer in exact mode, whose words begin with a marker.

    A state holds the scores (n, width) after the last token, and for each block the keys (n, width, positions) and the values
    (n, positions, width), where the width spans its heads. Sums run over the positions in order, so the result does not
    depend on how many are read at once.
    """

    _network: ExactTransformer

    @property
    def tile(self) -> int:
        """The number of prefixes that are continued together."""
        return TILE

    def start(self) -> States:
        """Return the state after the begin markers."""
        pasts = self._network.rooms(1, len(self._encoding.begin))
        return self._network.read_on(np.array([self._encoding.begin]), pasts, 0), *chain.from_iterable(pasts)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        depth, pasts = self._with_room(take(states, parents), 1)
        return self._network.read_on(symbols[:, None] + self._encoding.offset, pasts, depth), *chain.from_iterable(pasts)

    def read(self, states: States) -> RealArray:
        """Return the scores (n, width), after the finish markers where the network reads any."""
        finish = self._encoding.finish
        if not finish:
            return cast("RealArray", states[0])
        depth, pasts = self._with_room(states, len(finish))
        return self._network.read_on(np.tile(finish, (len(states[0]), 1)), pasts, depth)

    def read_tree(self, states: States, parents: IntArray, symbols: IntArray, wanted: BoolArray) -> Iterator[Any]:
        """Yield the scores after the nodes of a trie; see `TreeTeacher`.

        The nodes come in preorder, and a node overwrites the keys and values of nodes that are not its ancestors.
        """
        finish = np.tile(np.array(self._encoding.finish, np.int64), (len(states[0]), 1))
        depths: list[int] = []
        for parent in parents.tolist():
            depths.append(depths[parent] + 1 if parent >= 0 else 0)
        depth, pasts = self._with_room(states, max(depths, default=-1) + 1 + finish.shape[1])
        for below, token, asked in zip(depths, (symbols + self._encoding.offset).tolist(), wanted.tolist(), strict=True):
            scores = self._network.read_on(np.full((len(finish), 1), token), pasts, depth + below)
            if asked:
                yield (self._network.read_on(finish, pasts, depth + below + 1) if finish.size else scores)[None]

    def exact(self) -> Teacher:
        """Return the teacher itself."""
        return self

    def _with_room(self, states: States, more: int) -> tuple[int, list[tuple[RealArray, RealArray]]]:
        """Return the number of positions in the states, and copies of their keys and values with room for `more` positions."""
        count, depth = states[2].shape[:2]
        rooms = self._network.rooms(count, depth + more)
        for (keys, values), longer in zip(_pasts(states), rooms, strict=True):
            longer[0][:, :, :depth], longer[1][:, :depth] = keys, values
        return depth, rooms
