"""Recurrent networks as torch modules, which can be trained, saved and loaded.

The modules evaluate whole words. `recurrent.py` evaluates the same weights step by step.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from nerode.errors import InputError
from nerode.teachers.embeddings import embedding
from nerode.teachers.readout import check_readout, readout_of
from nerode.teachers.reset_first import RESET_FIRST, ResetFirstGRU
from nerode.teachers.unequal import UnequalLayers

CELLS: dict[str, Callable[..., nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM, RESET_FIRST: ResetFirstGRU}
NAMES = {RESET_FIRST: "GRU (resets its state first)"}  # of cells, where the name is not that in capitals
NONLINEARITIES = ("tanh", "relu")  # of simple recurrent cells
POOLINGS = ("last", "end", "mean", "max", "sum")
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


def as_tuple(name: str, given: Any) -> tuple[Any, ...] | None:
    """Return the numbers of a field of a specification as a tuple; None as it is.

    Raises
    ------
    InputError : what is no sequence
    """
    if given is None:
        return None
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise InputError(f"the {name} of a network are a list of numbers, not {given!r}")
    return tuple(given)


@dataclass(frozen=True)
class RecurrentSpec:
    """The shape of a recurrent network.

    Parameters
    ----------
    cell : "rnn", "gru" or "lstm", with torch's gate order, or "gru-reset-first", whose parameters are those of a GRU
    tokens : size of the vocabulary, markers included
    hidden, layers, bidirectional : as in `torch.nn.RNN`
    embedding : width of the embedding; None for one-hot input
    readout : the layers of the read-out: the width of an affine layer, the name of a function in FUNCTIONS, or "norm" for a
        layer norm. The last is the number of scores
    nonlinearity : of the cell "rnn", "tanh" or "relu"
    projection : width of the output of an LSTM with projections, `proj_size` in torch; None without
    pooling : what the read-out takes. "last": the state at the last token, and of the backward direction the state at the first
        token. "end": the output at the last token, where the backward direction has read this token alone. "mean", "max" and
        "sum": over the outputs at all tokens
    epsilon : of the layer norms
    widths : of the layers, lowest first, where they differ; `hidden` is then that of the top layer
    """

    cell: str
    tokens: int
    hidden: int
    readout: tuple[int | str, ...]
    layers: int = 1
    bidirectional: bool = False
    embedding: int | None = None
    nonlinearity: str = "tanh"
    projection: int | None = None
    pooling: str = "last"
    epsilon: float = 1e-5
    widths: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "readout", tuple(self.readout))
        object.__setattr__(self, "widths", as_tuple("widths", self.widths))
        if self.cell not in CELLS:
            raise InputError(f"unknown cell {self.cell!r}; known are {', '.join(CELLS)}")
        if self.nonlinearity not in NONLINEARITIES[: 2 if self.cell == "rnn" else 1]:
            raise InputError(f"a cell {self.cell!r} with the nonlinearity {self.nonlinearity!r} is not known")
        if self.pooling not in POOLINGS:
            raise InputError(f"unknown pooling {self.pooling!r}; known are {', '.join(POOLINGS)}")
        if not isinstance(self.epsilon, float) or not 0 <= self.epsilon < 1:
            raise InputError(f"the epsilon of layer norms is a number from 0 to 1, not {self.epsilon!r}")
        if not self.readout or isinstance(self.readout[-1], str):
            raise InputError("a recurrent network needs at least one affine layer to be read through, and one at the end")
        check_readout(self.readout)
        widths = [width for width in self.readout if not isinstance(width, str)]
        sizes = [size for size in (self.embedding, self.projection) if size is not None]
        check_sizes(
            "a recurrent network",
            (self.tokens, self.hidden, self.layers, *widths, *sizes, *(self.widths or ())),
            self.layers,
            len(self.readout),
        )
        if self.widths is not None and (len(self.widths) != self.layers or self.widths[-1] != self.hidden or self.projection):
            raise InputError("the widths of a recurrent network are one a layer, the last its hidden one, without projections")
        if self.projection is not None and (self.cell != "lstm" or self.projection >= self.hidden):
            raise InputError("projections are those of an LSTM, and narrower than its layers")

    def __str__(self) -> str:
        cell = ("bidirectional " if self.bidirectional else "") + NAMES.get(self.cell, self.cell.upper())
        layers = f"{self.layers} layer{'s' * (self.layers > 1)} of {', '.join(map(str, self.widths or (self.hidden,)))}"
        reading = "one-hot input" if self.embedding is None else f"embedding of {self.embedding}"
        affine = sum(not isinstance(layer, str) for layer in self.readout)
        between = [layer for layer in self.readout if isinstance(layer, str)]
        more = [
            *([f"projected to {self.projection}"] if self.projection else []),
            *([f"{self.nonlinearity} units"] if self.nonlinearity != "tanh" else []),
            *([f"{self.pooling} over time"] if self.pooling in ("mean", "max", "sum") else []),
            *(["output at the last token"] if self.pooling == "end" else []),
            *(
                [f"{affine} affine layer{'s' * (affine != 1)}" + f" with {', '.join(between)}" * bool(between)]
                if affine > 1 or between
                else []
            ),
        ]
        return ", ".join([cell, layers, reading, *more])

    @property
    def width(self) -> int:
        """The number of scores per word."""
        return cast(int, self.readout[-1])

    @property
    def output(self) -> int:
        """The width of the output of one direction."""
        return self.projection or self.hidden


class RecurrentNetwork(nn.Module):
    """A recurrent network: embedding or one-hot input, stacked layers that start at zero, pooling, and a read-out.

    Without a token all states are zero, and so is what is pooled.
    """

    def __init__(self, spec: RecurrentSpec) -> None:
        super().__init__()
        self.spec = spec
        self.embedding = None if spec.embedding is None else embedding(spec.tokens, spec.embedding)
        chosen: dict[str, Any] = {"nonlinearity": spec.nonlinearity} if spec.cell == "rnn" else {}
        chosen |= {"proj_size": spec.projection} if spec.projection else {}
        make = partial(CELLS[spec.cell], batch_first=True, bidirectional=spec.bidirectional, **chosen)
        given = spec.embedding or spec.tokens
        self.cells: nn.Module = (
            make(given, spec.hidden, spec.layers)
            if spec.widths is None
            else UnequalLayers(make, given, spec.widths, 2 if spec.bidirectional else 1)
        )
        self.readout = readout_of(spec.output * (2 if spec.bidirectional else 1), spec.readout, spec.epsilon)

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the weights."""
        return next(self.cells.parameters()).dtype

    def cell_weights(self, name: str, depth: int, direction: str = "") -> Tensor:
        """Return the parameter of this name of one layer in one direction, which is "" or "_reverse"."""
        weights: Tensor = self.get_parameter(f"cells.{place_of(self.spec, name, depth)}{direction}")
        return weights

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the input vectors (…, width) of tokens (…)."""
        if self.embedding is None:
            return one_hot(tokens, self.spec.tokens).to(self.dtype)
        vectors: Tensor = self.embedding(tokens)
        return vectors

    def outputs(self, tokens: Tensor) -> Tensor:
        """Return the outputs (n, length ≥ 1, width of all directions) of the top layer."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "LSTM with projections is not supported")  # by one of torch's ways to compute it
            outputs: Tensor = self.cells(self.embed(tokens))[0]
        return outputs

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the scores (n, width) of token sequences (n, length ≥ 0)."""
        width = self.spec.output
        if tokens.shape[1] == 0:  # ε without markers: both directions are in their zero states
            pooled = torch.zeros(
                len(tokens), width * (2 if self.spec.bidirectional else 1), dtype=self.dtype, device=tokens.device
            )
        else:
            pooled = pool(self.outputs(tokens), width, self.spec.pooling)
        scores: Tensor = self.readout(pooled)
        return scores

    def forward_each(self, tokens: Tensor) -> Tensor:
        """Return the scores after each token, (n, length, width); only for unidirectional networks without pooling."""
        scores: Tensor = self.readout(self.outputs(tokens))
        return scores


def place_of(spec: RecurrentSpec, name: str, depth: int) -> str:
    """Return under which name among the cells the parameters of a layer are found."""
    return f"{name}_l{depth}" if spec.widths is None else f"layers.{depth}.{name}_l0"


def layer_of(network: RecurrentNetwork, depth: int) -> nn.RNNBase:
    """Return one layer as a module, whose parameters are those of the network."""
    cells: Any = network.cells
    if network.spec.widths is not None:
        return cells.layers[depth]  # type: ignore[no-any-return]
    spec = network.spec
    into = cells.input_size if depth == 0 else spec.output * (2 if spec.bidirectional else 1)
    more: dict[str, Any] = {"nonlinearity": spec.nonlinearity} if spec.cell == "rnn" else {}
    more |= {"proj_size": spec.projection} if spec.projection else {}
    with torch.device("meta"):  # neither memory nor random numbers are spent on weights that are replaced
        layer = CELLS[spec.cell](into, spec.hidden, batch_first=True, bidirectional=spec.bidirectional, **more)
    for name in [name for name, _ in layer.named_parameters()]:
        setattr(layer, name, getattr(cells, name.replace("_l0", f"_l{depth}")))
    return layer


def pool(outputs: Tensor, width: int, pooling: str) -> Tensor:
    """Return what the read-out takes, from outputs (n, length ≥ 1, width of each direction); see RecurrentSpec."""
    if pooling == "last":
        return torch.cat([outputs[:, -1, :width], outputs[:, 0, width:]], dim=1)
    if pooling == "end":
        return outputs[:, -1]
    return outputs.amax(dim=1) if pooling == "max" else outputs.mean(dim=1) if pooling == "mean" else outputs.sum(dim=1)
