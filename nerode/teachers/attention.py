"""A causal transformer read step by step, its keys and values kept.

A step costs one new position instead of the whole word again. The children of a state are made together: they share its
keys and values, which are not copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor

from nerode.protocols import States
from nerode.teachers.transformer import Block, CausalTransformer, positions
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import IntArray, RealArray

TILE = 256  # states advanced side by side: their keys and values are much larger than they are
TILE_OF_DEVICE = 2**14
TOGETHER = 32  # children made at once

Past = tuple[Tensor, Tensor, Tensor, Tensor]
"""Keys and values of what lies far back, keys and values of what is near; each (n, heads, positions, dim / heads)."""


class TransformerTeacher(WholeWordTeacher):
    """A causal transformer whose words begin with a marker.

    A state is the last hidden vector (n, dim) and a `Past` for each block. States that `advance` makes have everything
    far back; those that `branch` makes share what is far back with the states that they come from. States after words of
    one length have one shape.
    """

    _network: CausalTransformer

    @property
    def tile(self) -> int:
        """How many states are advanced side by side."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    @torch.inference_mode()
    def start(self) -> States:
        """The state after the begin markers."""
        spec = self._network.spec
        nothing = torch.zeros(1, spec.heads, 0, spec.dim // spec.heads, dtype=self._dtype, device=self._device)
        pasts: list[Past] = [(nothing,) * 4] * spec.layers
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

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """The states after each symbol in turn; see `BranchingTeacher`."""
        for begin in range(0, len(symbols), TOGETHER):
            yield from self._children(states, [symbol + self._encoding.offset for symbol in symbols[begin : begin + TOGETHER]])

    @torch.inference_mode()
    def read(self, states: States) -> RealArray:
        """Scores (n, width), after the finish markers where the network reads any."""
        for token in self._encoding.finish:
            (states,) = self._children(states, [token])
        scores: RealArray = self._network.readout(self._network.norm(states[0])).cpu().numpy()
        return scores

    def _step(self, pasts: list[Past], tokens: Tensor) -> States:
        """The states after one token (n,) each, with everything far back."""
        top, new = self._grow(pasts, tokens[:, None])
        nothing = pasts[0][2][:, :, :0]
        states: list[Tensor] = [top[:, 0]]
        for (far_keys, far_values, near_keys, near_values), (keys, values) in zip(pasts, new, strict=True):
            states += [torch.cat([far_keys, near_keys, keys], 2), torch.cat([far_values, near_values, values], 2)]
            states += [nothing, nothing]
        return tuple(states)

    @torch.inference_mode()
    def _children(self, states: States, tokens: list[int]) -> list[States]:
        """The states after each of some tokens: each token is read after every state."""
        pasts = _pasts(states)
        top, new = self._grow(pasts, torch.tensor([tokens], device=self._device))
        children = []
        for i in range(len(tokens)):
            child: list[Tensor] = [top[:, i]]
            for (far_keys, far_values, *near), added in zip(pasts, new, strict=True):
                own = (part[:, :, i : i + 1].expand(len(top), -1, -1, -1) for part in added)
                child += [far_keys, far_values, *(torch.cat(pair, 2) for pair in zip(near, own, strict=True))]
            children.append(tuple(child))
        return children

    def _grow(self, pasts: list[Past], tokens: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Read one token each at the next position, k of them beside each other after each of n pasts.

        Parameters
        ----------
        tokens : (n, k), or (1, k) where they are the same after each past: what depends on them alone is then done once

        Returns
        -------
        top : the last hidden vectors (n, k, dim)
        new : for each block the keys and the values (n or 1, heads, k, dim / heads) of the tokens
        """
        network = self._network
        far_keys, _, near_keys, _ = pasts[0]
        position = far_keys.shape[2] + near_keys.shape[2]
        hidden = network.embedding(tokens)
        hidden = hidden + positions(position + 1, network.spec.dim)[position].to(hidden)
        new = []
        blocks = cast("list[Block]", list(network.blocks))
        for block, (far_keys, far_values, near_keys, near_values) in zip(blocks, pasts, strict=True):
            query, key, value = block.project(hidden)
            query = query * query.shape[3] ** -0.5
            far, near = query @ far_keys.mT, query @ near_keys.mT  # (n, heads, k, positions)
            own = (query * key).sum(3, keepdim=True).expand(*far.shape[:3], 1)
            weights = torch.cat([far, near, own], 3).softmax(3)
            first, last = far.shape[3], weights.shape[3] - 1
            mixed = weights[..., :first] @ far_values + weights[..., first:last] @ near_values + weights[..., last:] * value
            hidden = block.conclude(hidden, mixed)
            new.append((key, value))
        return hidden, new


def _pasts(states: States) -> list[Past]:
    return [(states[i], states[i + 1], states[i + 2], states[i + 3]) for i in range(1, len(states), 4)]
