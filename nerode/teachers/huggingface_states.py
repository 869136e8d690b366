"""Teachers for models of the transformers library whose state has one size however long the word is.

These are state-space models (Mamba), linear attention (RWKV) and recurrent networks (xLSTM). The library keeps their states in
objects of several kinds and changes them in place. Here a batch of states is a tuple of tensors whose first axis is the batch,
and a step leaves it as it is. `huggingface_choice` decides which models may use them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import Link
from nerode.protocols import States, take
from nerode.teachers.arrays import at_hand
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_caches import CachedTeacher
from nerode.teachers.huggingface_errors import in_one_sentence
from nerode.teachers.huggingface_networks import ReadByToken
from nerode.words import Alphabet, IntArray

TILE = 256  # states advanced together: a step takes many small operations, and more states no longer fit into cache
TILE_OF_DEVICE = 2**12
CHUNK = 4096  # tokens: xLSTM rounds its states to half precision after so many or more, if its config says so


@dataclass(frozen=True)
class Memory:
    """How a class of models keeps its states.

    Parameters
    ----------
    field : the argument of the model that takes the states, and the field of its output that returns them
    parts : makes tensors of that field, each with the batch as its first axis
    past : makes that argument of such tensors; the model may change it in place, and the tensors stay as they are
    fits : whether a config asks for nothing that is done differently in single tokens than in whole words
    emptied : makes the tensors before the first token of tensors after it
    """

    field: str
    parts: Callable[[Any], States]
    past: Callable[[States], Any]
    fits: Callable[[Any], bool]
    emptied: Callable[[States], States] = lambda parts: tuple(map(torch.zeros_like, parts))


class RecurrentTeacher(CachedTeacher):
    """A network with states of one size. A state ends with the scores (n, width)."""

    def __init__(
        self, alphabet: Alphabet, link: Link, encoding: Encoding, network: ReadByToken, width: int, memory: Memory
    ) -> None:
        super().__init__(alphabet, link, encoding, network, width)
        self._memory = memory

    @property
    def tile(self) -> int:
        """The number of states that are advanced together."""
        return TILE if self._device.type == "cpu" else TILE_OF_DEVICE

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the states after one step from each pair of a kept state and a symbol; see `SteppingTeacher`."""
        if not len(parents):  # models do not accept an empty batch
            return take(states, slice(0))
        return super().advance(states, parents, symbols)

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        """Yield the states after each of the symbols, in their order; see `BranchingTeacher`."""
        rows = np.arange(len(states[-1]))
        for symbol in symbols:
            yield self.advance(states, rows, np.full(len(rows), symbol))

    def read_later(self, states: States) -> Any:
        """Return scores (n, width), which a device may still be computing; see `BranchingTeacher`."""
        return at_hand(states[-1])

    def _emptied(self, parts: States) -> States:
        return self._memory.emptied(parts)

    def _past(self, parts: States) -> Any:
        return self._memory.past(parts)

    def _read_on(self, tokens: IntArray, past: Any) -> States:
        settings = {} if past is None else {self._memory.field: past}
        with torch.inference_mode():
            output = self._network.ask(self._on_device(tokens), use_cache=True, **settings)
            with in_one_sentence("this network keeps no states that are known"):
                parts = self._memory.parts(getattr(output, self._memory.field))
            return (*parts, self._network.scores_of(output)[:, -1])


def _layers_of_mamba(cache: Any) -> States:
    """Return the state of the convolution (n, inner, kernel) and the state (n, inner, …) of each layer in turn."""
    from transformers.cache_utils import LinearAttentionLayer  # optional, and already imported if there is a model

    if any(type(layer) is not LinearAttentionLayer or layer.number_of_states != 1 for layer in cache.layers):
        raise InputError("its cache has layers of another kind")
    return tuple(state[0] for layer in cache.layers for state in (layer.conv_states, layer.recurrent_states))


def _cache_of_mamba(parts: States) -> Any:
    from transformers.cache_utils import DynamicCache, LinearAttentionLayer  # as above

    cache = DynamicCache()
    for convolution, state in zip(parts[::2], parts[1::2], strict=True):
        layer = LinearAttentionLayer()
        layer.conv_states[0], layer.recurrent_states[0] = convolution.clone(), state.clone()
        layer.has_previous_state[0] = True
        cache.layers.append(layer)
    return cache


class _Layers:
    """One of the five states of RWKV, which the library reads and writes as `state[:, :, layer]`.

    Two of them are the hidden vectors of the token before. The library forgets their axis of time, and so mixes the rows of
    a batch if a single token is read. `timed` is whether this axis is added.
    """

    def __init__(self, layers: Sequence[Tensor], timed: bool) -> None:
        self.layers = list(layers)
        self._timed = timed

    def __getitem__(self, index: tuple[slice, slice, int]) -> Tensor:
        part = self.layers[index[2]]
        return part[:, None] if self._timed else part

    def __setitem__(self, index: tuple[slice, slice, int], part: Tensor) -> None:
        self.layers[index[2]] = part


def _layers_of_rwkv(state: Any) -> States:
    """Return the five states, each as one part (n, hidden) for each layer."""
    return tuple(part for each in state for part in (each.layers if isinstance(each, _Layers) else each.unbind(2)))


def _state_of_rwkv(parts: States) -> Any:
    layers = len(parts) // 5
    return [_Layers(parts[i * layers : (i + 1) * layers], timed=i < 2) for i in range(5)]


def _empty_rwkv(parts: States) -> States:
    """Return zeros, and for the largest exponents so far the least number that the library uses."""
    largest = 4 * (len(parts) // 5)
    return tuple(torch.full_like(part, -1e38 if i >= largest else 0.0) for i, part in enumerate(parts))


def _layers_of_xlstm(cache: Any) -> States:
    """Return the three states of each layer in turn."""
    return tuple(part for layer in range(len(cache.rnn_state)) for part in cache.rnn_state[layer])


def _cache_of_xlstm(parts: States) -> Any:
    """Return what the library needs of its own cache, which would first be filled with zeros."""
    kept = {i // 3: tuple(part.clone() for part in parts[i : i + 3]) for i in range(0, len(parts), 3)}
    return SimpleNamespace(rnn_state=kept, seqlen_offset=0)


def _keeps_full_precision(config: Any) -> bool:
    return (
        config.mode == "inference"
        and config.inference_state_dtype == "float32"
        and config.return_last_states is True
        and config.max_inference_chunksize >= CHUNK
    )


_MAMBA = Memory("cache_params", _layers_of_mamba, _cache_of_mamba, lambda config: True)
# classes in transformers.models.* whose source was read
MEMORIES = {
    "MambaForCausalLM": _MAMBA,
    "FalconMambaForCausalLM": _MAMBA,
    # single tokens do not keep to the limits of the step in time, and whole words do
    "Mamba2ForCausalLM": Memory(
        "cache_params", _layers_of_mamba, _cache_of_mamba, lambda config: tuple(config.time_step_limit) == (0.0, float("inf"))
    ),
    "RwkvForCausalLM": Memory("state", _layers_of_rwkv, _state_of_rwkv, lambda config: True, _empty_rwkv),
    "xLSTMForCausalLM": Memory("cache_params", _layers_of_xlstm, _cache_of_xlstm, _keeps_full_precision),
}


def known_as(model: Any) -> str:
    """Return the name of a model's class; of a base model it is that of the language model with the same layers."""
    from transformers.models.auto import modeling_auto as names  # optional, and already imported if there is a model

    name, kind = type(model).__name__, model.config.model_type
    if names.MODEL_MAPPING_NAMES.get(kind) == name:
        name = names.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind, name)
    return name
