"""Recurrent networks as torch modules, which can be trained, saved and loaded.

The modules evaluate whole words. `recurrent.py` evaluates the same weights step by step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from nerode.errors import InputError
from nerode.teachers.rowwise import affine, numbers

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
MOST_LAYERS = 1000  # each layer takes memory before its weights are read; the sizes of a layer do not


def check_sizes(network: str, sizes: Iterable[Any], *layers: int) -> None:
    """Raise for the sizes of an impossible network, or for so many layers that they would fill the memory.

    Raises
    ------
    InputError : sizes that are not whole numbers of at least 1, or more than MOST_LAYERS layers
    """
    if any(type(size) is not int or size < 1 for size in sizes):
        raise InputError(f"the sizes of {network} must be whole numbers of at least 1")
    if max(layers) > MOST_LAYERS:
        raise InputError(f"{network} has at most {MOST_LAYERS:,} layers, not {max(layers):,}")


@dataclass(frozen=True)
class RecurrentSpec:
    """The shape of a recurrent network.

    Parameters
    ----------
    cell : "rnn" (tanh), "gru" or "lstm", with torch's gate order
    tokens : size of the vocabulary, markers included
    hidden, layers, bidirectional : as in `torch.nn.RNN`
    embedding : width of the embedding; None for one-hot input
    readout : widths of the affine layers of the read-out, which follow each other directly; the last is the number of scores
    """

    cell: str
    tokens: int
    hidden: int
    readout: tuple[int, ...]
    layers: int = 1
    bidirectional: bool = False
    embedding: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "readout", tuple(self.readout))
        if self.cell not in CELLS:
            raise InputError(f"unknown cell {self.cell!r}; known are {', '.join(CELLS)}")
        sizes = (self.tokens, self.hidden, self.layers, *self.readout, *(() if self.embedding is None else (self.embedding,)))
        if not self.readout:
            raise InputError("a recurrent network needs at least one affine layer to be read through")
        check_sizes("a recurrent network", sizes, self.layers, len(self.readout))

    def __str__(self) -> str:
        cell = ("bidirectional " if self.bidirectional else "") + self.cell.upper()
        layers = f"{self.layers} layer{'s' * (self.layers > 1)} of {self.hidden}"
        reading = "one-hot input" if self.embedding is None else f"embedding of {self.embedding}"
        return f"{cell}, {layers}, {reading}" + (f", {len(self.readout)} affine layers" if len(self.readout) > 1 else "")

    @property
    def width(self) -> int:
        """The number of scores per word."""
        return self.readout[-1]


class RecurrentNetwork(nn.Module):
    """A recurrent network: embedding or one-hot input, stacked layers that start at zero, and an affine read-out.

    The read-out of a bidirectional network takes the forward state at the last token and the backward state at the first.
    """

    def __init__(self, spec: RecurrentSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = None if spec.embedding is None else nn.Embedding(spec.tokens, spec.embedding)
        self.cells = CELLS[spec.cell](
            spec.embedding or spec.tokens, spec.hidden, spec.layers, batch_first=True, bidirectional=spec.bidirectional
        )
        widths = [spec.hidden * (2 if spec.bidirectional else 1), *spec.readout]
        self.readout = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(widths)))

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the input vectors (…, width) of tokens (…)."""
        if self.embedding is None:
            return one_hot(tokens, self.spec.tokens).to(self.readout[0].weight.dtype)  # type: ignore[arg-type]
        vectors: Tensor = self.embedding(tokens)
        return vectors

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length ≥ 0)."""
        hidden = self.spec.hidden
        if tokens.shape[1] == 0:  # ε without markers: both directions are in their zero states
            width = hidden * (2 if self.spec.bidirectional else 1)
            last = torch.zeros(len(tokens), width, dtype=self.readout[0].weight.dtype, device=tokens.device)  # type: ignore[arg-type]
        else:
            outputs, _ = self.cells(self.embed(tokens))
            last = torch.cat([outputs[:, -1, :hidden], outputs[:, 0, hidden:]], dim=1)
        scores: Tensor = self.readout(last)
        return scores

    def forward_each(self, tokens: Tensor) -> Tensor:
        """Return the scores after each token, (n, length, width); only for unidirectional networks."""
        outputs, _ = self.cells(self.embed(tokens))
        scores: Tensor = self.readout(outputs)
        return scores


def affine_readout(network: RecurrentNetwork) -> tuple[Tensor, Tensor]:
    """Return the read-out layers as one affine map in float64: weight (width, in) and bias (width,)."""
    device = next(network.parameters()).device
    readout = cast("list[nn.Linear]", list(network.readout))
    layers = [(numbers(layer.weight.double()), numbers(layer.bias.double())) for layer in readout]
    weight, bias = layers[0]
    for outer, more in layers[1:]:
        weight, bias = affine(outer, weight, np.zeros(weight.shape[1])), affine(outer, bias[:, None], np.zeros(1))[:, 0] + more
    return torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device)
