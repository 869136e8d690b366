"""A causal transformer read step by step, its keys and values kept.

A step costs one new position instead of the whole word again. All suffixes after a prefix share its keys and values, which
lie far back and are not copied; what has been read since is near, and is little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor

from nerode.arrays import fetched
from nerode.protocols import States
from nerode.teachers.arrays import at_hand
from nerode.teachers.transformer import Block, CausalTransformer, positions
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import IntArray, RealArray

TILE = 256  # prefixes read on side by side
TILE_OF_DEVICE = 2**12
FAMILY = 32  # children made at once: they share one large product with what lies far back

Past = tuple[Tensor, Tensor, Tensor, Tensor]
"""Keys and values of what lies far back, each (n, heads, positions, dim / heads); keys and values of what is near."""


class TransformerTeacher(WholeWordTeacher):
    """A causal transformer whose words begin with a marker.

    A state is the scores (n, width) so far, and for each block the far keys and values, each (n, heads, positions,
    dim / heads), and the near ones, each (n, positions, dim). States that `advance` makes have everything far back; those
    that `branch` makes share what is far back with the states that they come from. States after words of one length have
    one shape.
    """

    _network: CausalTransformer

    @property
    def tile(self) -> int:
        """How many prefixes are read on side by side."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    @property
    def family(self) -> int:
        """How many children are made at once."""
        return FAMILY

    @torch.inference_mode()
    def start(self) -> States:
        """The state after the begin markers."""
        spec = self._network.spec
        far = torch.zeros(1, spec.heads, 0, spec.dim // spec.heads, dtype=self._dtype, device=self._device)
        near = torch.zeros(1, 0, spec.dim, dtype=self._dtype, device=self._device)
        pasts: list[Past] = [(far, far, near, near)] * spec.layers
        for token in self._encoding.begin:
            states = self._step(pasts, torch.tensor([token], device=self._device))
            pasts = _pasts(states)
        return states

    @torch.inference_mode()
    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """One step for each pair of a kept state and a symbol; see `SteppingTeacher`."""
        rows, letters = (torch.from_numpy(indices).to(self._device) for indices in (parents, symbols))
        pasts = [(past[0][rows], past[1][rows], past[2][rows], past[3][rows]) for past in _pasts(states)]
        return self._step(pasts, letters + self._encoding.offset)

    @torch.inference_mode()
    def branch(self, parents: Sequence[States], symbols: Sequence[Sequence[int]]) -> Iterator[States]:
        """The states after each symbol of each parent in turn; see `BranchingTeacher`."""
        tokens = [symbol + self._encoding.offset for after in symbols for symbol in after]
        owners = [parent for parent, after in enumerate(symbols) for _ in after]
        for begin in range(0, len(tokens), FAMILY):
            yield from self._children(parents, owners[begin : begin + FAMILY], tokens[begin : begin + FAMILY])

    def read(self, states: States) -> RealArray:
        """Scores (n, width), after the finish markers where the network reads any."""
        return fetched(self.read_later(states))

    @torch.inference_mode()
    def read_later(self, states: States) -> Any:
        """Scores (n, width) that a device may still be computing; see `BranchingTeacher`."""
        for token in self._encoding.finish:
            (states,) = self._children([states], [0], [token])
        return at_hand(states[0])

    def _step(self, pasts: list[Past], tokens: Tensor) -> States:
        """The states after one token (n,) each, with everything far back."""
        heads, dim = self._network.spec.heads, self._network.spec.dim
        alone = [(far_keys, far_values, _alone(keys), _alone(values)) for far_keys, far_values, keys, values in pasts]
        scores, grown = self._grow(alone, tokens.new_zeros(1), tokens[None])
        states: list[Tensor] = [scores[0]]
        for (far_keys, far_values, _, _), near in zip(pasts, grown, strict=True):
            keys, values = (part[:, 0].reshape(len(part), len(tokens), heads, dim // heads).permute(1, 2, 0, 3) for part in near)
            states += [torch.cat([far_keys, keys], 2), torch.cat([far_values, values], 2)]
            states += [part[:0, 0].transpose(0, 1) for part in near]
        return tuple(states)

    def _children(self, parents: Sequence[States], owners: list[int], tokens: list[int]) -> Iterator[States]:
        """The states after each of k tokens, each read after every row of its owner among the parents."""
        which = torch.tensor(owners, device=self._device)
        families = [_pasts(states) for states in parents]
        pasts: list[Past] = []
        for block, (far_keys, far_values, _, _) in enumerate(families[0]):
            keys, values = (torch.stack([_once(past[block][part]).transpose(0, 1) for past in families], 1) for part in (2, 3))
            pasts.append((far_keys, far_values, keys, values))
        scores, grown = self._grow(pasts, which, torch.tensor(tokens, device=self._device)[:, None])
        for child in range(len(tokens)):
            states = [scores[child]]
            for (far_keys, far_values, _, _), (keys, values) in zip(pasts, grown, strict=True):
                near = (part[:, child].transpose(0, 1).expand(len(far_keys), -1, -1) for part in (keys, values))
                states += [far_keys, far_values, *near]
            yield tuple(states)

    def _grow(self, pasts: list[Past], owners: Tensor, tokens: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read one token each at the next position, k of them beside each other after each of n rows.

        Parameters
        ----------
        pasts : far as in a state, shared by the k; near (positions, owners, n or 1, dim)
        owners : (k,), whose near keys and values each of the k has
        tokens : (k, n), or (k, 1) where they are the same after each row: what depends on them alone is then done once

        Returns
        -------
        scores : (k, n, width)
        grown : for each block the near keys and values (positions + 1, k, n or 1, dim), the tokens' own the last; those of the
            first block are the same for all rows where the tokens are
        """
        network = self._network
        far_keys, _, near_keys, _ = pasts[0]
        position = far_keys.shape[2] + len(near_keys)
        hidden = network.embedding(tokens)
        hidden = hidden + positions(position + 1, network.spec.dim)[position].to(hidden)  # (k, n or 1, dim)
        grown = []
        blocks = cast("list[Block]", list(network.blocks))
        for block, (far_keys, far_values, near_keys, near_values) in zip(blocks, pasts, strict=True):
            query, key, value = block.project(hidden)
            keys, values = _followed(near_keys, owners, key), _followed(near_values, owners, value)
            mixed = self._attend(query, far_keys, far_values, keys, values)
            hidden = block.conclude(hidden, mixed)
            grown.append((keys, values))
        return network.readout(network.norm(hidden)), grown

    def _attend(self, query: Tensor, far_keys: Tensor, far_values: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Values mixed by attention (k, n, dim), of queries (k, n or 1, dim) and near keys and values (near, k, n or 1, dim).

        Positions are the first axis of all weights: a softmax over a short last axis is ten times slower. Sums over the
        numbers of a head, and their reverse, are products with a matrix of zeros and ones, for the same reason.
        """
        n, heads, far, _ = far_keys.shape
        query = query * far_keys.shape[3] ** -0.5
        by_heads = query.reshape(*query.shape[:2], heads, far_keys.shape[3]).expand(-1, n, -1, -1).permute(1, 2, 0, 3)
        # products of batches are quick on contiguous arrays alone
        of_far = (by_heads.contiguous() @ far_keys.mT).permute(3, 2, 0, 1)  # (far, k, n, heads)
        of_near = (query * keys) @ self._of_heads  # (near, k, n or 1, heads)
        weights = torch.cat([of_far, of_near.expand(-1, -1, n, -1)]).softmax(0)
        mixed = (weights[:far].permute(2, 3, 1, 0).contiguous() @ far_values).permute(2, 0, 1, 3).flatten(2)
        spread = weights[far:] @ self._of_heads.T  # (near, k, n, dim)
        for weight, value in zip(spread, values, strict=True):
            mixed = mixed.addcmul_(weight, value)
        return mixed

    @cached_property
    def _of_heads(self) -> Tensor:
        """(dim, heads): 1 where a number belongs to a head."""
        spec = self._network.spec
        return torch.eye(spec.heads, dtype=self._dtype, device=self._device).repeat_interleave(spec.dim // spec.heads, 0)


def _alone(near: Tensor) -> Tensor:
    """Near keys or values of a state (n, positions, dim) as those of one child: (positions, 1, n, dim)."""
    return near.transpose(0, 1)[:, None]


def _followed(near: Tensor, owners: Tensor, own: Tensor) -> Tensor:
    """Near keys or values (positions, owners, n or 1, dim) of k owners, and the tokens' own (k, n or 1, dim) behind them."""
    positions, rows = len(near), near.shape[2] if len(near) else own.shape[1]
    followed = near.new_empty(positions + 1, len(owners), rows, own.shape[2])
    if not positions:
        followed[0] = own
        return followed
    torch.index_select(near, 1, owners, out=followed[:positions])
    followed[positions] = own
    return followed


def _once(near: Tensor) -> Tensor:
    """Near keys or values of a state (n, positions, dim), those that are the same for all rows once: (1, positions, dim)."""
    return near[:1] if near.stride(0) == 0 else near


def _pasts(states: States) -> list[Past]:
    return [(states[i], states[i + 1], states[i + 2], states[i + 3]) for i in range(1, len(states), 4)]
