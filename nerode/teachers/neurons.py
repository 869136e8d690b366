"""The neurons of a network: what each gives away, and the network without some of them.

A neuron of a recurrent layer is a unit of its state: its row goes in all gates, and its column goes wherever the state is read. A
neuron of a transformer is a unit between the two affine maps of the feed-forward part of a block, and the units of a head of its
attention go together. A neuron of a feed-forward network is a unit of a hidden layer. A new kind of network is one more case of
`neurons_of` and of `without`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nerode.errors import InputError
from nerode.teachers.feedforward import FeedForward
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec, layer_of, place_of, pool
from nerode.teachers.reset_first import RESET_FIRST
from nerode.teachers.transformer import Transformer
from nerode.words import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Outlet:
    """An affine map that takes what some neurons give.

    Parameters
    ----------
    weight, bias : the names of its parameters, (out, in) and (out,)
    first : the column of the first of the neurons
    moments : (size + 1, size + 1), the means of the products of what the neurons give, with a last one that always gives 1
    inner : whether its rows belong to the same neurons, in blocks: those of the gates of a recurrent layer
    """

    weight: str
    bias: str
    first: int
    moments: FloatArray
    inner: bool = False


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of a layer, or of one of the directions of a layer.

    Parameters
    ----------
    layer : its number among the layers of a network; both directions of one keep as many neurons as each other
    size : how many there are
    rows : the names of the parameters whose rows they are, in blocks of `size`
    outlets : where they give something away
    group : how many of them, one after the other, can only go together: those of a head
    """

    layer: int
    size: int
    rows: tuple[str, ...]
    outlets: tuple[Outlet, ...]
    group: int = 1


@singledispatch
def neurons_of(network: nn.Module, batches: Iterable[Tensor], whole: bool) -> list[Neurons]:
    """Return the neurons of all layers, and what they give while the network reads tokens.

    Parameters
    ----------
    batches : tokens (n, length ≥ 1) each
    whole : whether the network is read out after the last token alone

    Raises
    ------
    InputError : a network whose neurons cannot be taken away
    """
    name = getattr(getattr(network, "spec", None), "name", f"a {type(network).__name__}")
    raise InputError(
        f"neurons are taken from recurrent and feed-forward networks and from transformers, not from {name}; prune its weights "
        "(magnitude) or store them in fewer bits (shared, int8, int4)"
    )


def check_cuts(model: TrainedModel) -> None:
    """Raise InputError for a model whose neurons cannot be taken away."""
    if neurons_of.dispatch(type(model.network)) is neurons_of.dispatch(object):
        neurons_of(model.network, (), False)


@singledispatch
def without(network: nn.Module, kept: Sequence[IntArray], neurons: Sequence[Neurons], state: dict[str, Tensor]) -> nn.Module:
    """Return the network of some of the neurons alone.

    Parameters
    ----------
    kept : of each of `neurons`, which stay, ascending
    state : the weights of the whole network, where those of the outlets may have been fitted anew
    """
    raise NotImplementedError


def moments(given: Iterable[Tensor]) -> FloatArray:
    """Return the means of products (k + 1, k + 1) of vectors (…, k) with a last number 1."""
    total: Any = 0.0
    count = 0
    for part in given:
        rows = part.reshape(-1, part.shape[-1]).double()
        rows = torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1)
        total, count = total + rows.T @ rows, count + len(rows)
    return (total / count).numpy()  # type: ignore[no-any-return]


@neurons_of.register
@torch.no_grad()
def _(network: RecurrentNetwork, batches: Iterable[Tensor], whole: bool) -> list[Neurons]:
    spec = network.spec
    if spec.cell == RESET_FIRST or spec.projection:
        kind = "GRUs that reset their state first" if spec.cell == RESET_FIRST else "LSTMs with projections"
        raise InputError(f"neurons are not taken from {kind}; prune the weights or store them in fewer bits")
    if not isinstance(network.readout[0], nn.Linear):
        raise InputError(
            "neurons are taken from networks whose read-out begins with an affine map; prune the weights of this one or store "
            "them in fewer bits"
        )
    ways = ("", "_reverse") if spec.bidirectional else ("",)
    batches = list(batches)
    below = [network.embed(tokens) for tokens in batches]
    found = []
    for depth in range(spec.layers):
        layer, size = layer_of(network, depth), (spec.widths or (spec.hidden,) * spec.layers)[depth]
        below = [layer(given)[0] for given in below]
        top = depth == spec.layers - 1
        read = [pool(part, size, spec.pooling) for part in below] if top and (whole or spec.bidirectional) else below
        for number, way in enumerate(ways):
            first = number * size
            mine = slice(first, first + size)
            before = [_shifted(part[..., mine], backward=bool(way)) for part in below]
            own = Outlet(*_named(spec, "hh", depth, way), 0, moments(before), True)
            given = moments(part[..., mine] for part in read)
            outer = (
                [Outlet("readout.0.weight", "readout.0.bias", first, given)]
                if top
                else [Outlet(*_named(spec, "ih", depth + 1, other), first, given) for other in ways]
            )
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            rows = tuple(f"cells.{place_of(spec, name, depth)}{way}" for name in names)
            found.append(Neurons(depth, size, rows, (own, *outer)))
    return found


def _named(spec: RecurrentSpec, kind: str, depth: int, way: str) -> tuple[str, str]:
    """Return the names of the weights and of the biases that a layer reads its input ("ih") or its state ("hh") with."""
    return f"cells.{place_of(spec, f'weight_{kind}', depth)}{way}", f"cells.{place_of(spec, f'bias_{kind}', depth)}{way}"


def _shifted(outputs: Tensor, backward: bool) -> Tensor:
    """Return the state before each step, (n, length, size), from that after it; the first is zero."""
    zero = torch.zeros_like(outputs[:, :1])
    return torch.cat([outputs[:, 1:], zero] if backward else [zero, outputs[:, :-1]], dim=1)


@without.register
def _(
    network: RecurrentNetwork, kept: Sequence[IntArray], neurons: Sequence[Neurons], state: dict[str, Tensor]
) -> RecurrentNetwork:
    spec = network.spec
    widths = tuple(len(kept[[part.layer for part in neurons].index(depth)]) for depth in range(spec.layers))
    cut = _cut(kept, neurons, state)
    after = replace(spec, hidden=widths[-1], widths=None if len(set(widths)) == 1 else widths)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    renamed = {
        f"cells.{place_of(spec, name, depth)}{way}": f"cells.{place_of(after, name, depth)}{way}"
        for name in names
        for depth in range(spec.layers)
        for way in ("", "_reverse")
    }
    made: RecurrentNetwork = _made(
        lambda: RecurrentNetwork(after), {renamed.get(name, name): weights for name, weights in cut.items()}
    )
    return made


@neurons_of.register
@torch.no_grad()
def _(network: Transformer, batches: Iterable[Tensor], whole: bool) -> list[Neurons]:
    """Return the units of heads and of the feed-forward part of each block in turn."""
    names = [f"blocks.{depth}.{part}" for depth in range(network.spec.layers) for part in ("attention", "feedforward")]
    given: list[list[Tensor]] = [[] for _ in names]
    hooks = [
        network.get_submodule(f"{name}_out").register_forward_pre_hook(lambda _, taken, kept=kept: kept.append(taken[0]))
        for name, kept in zip(names, given, strict=True)
    ]
    try:
        for tokens in batches:
            network.hidden(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    found = []
    for layer, (name, kept) in enumerate(zip(names, given, strict=True)):
        outlet = Outlet(f"{name}_out.weight", f"{name}_out.bias", 0, moments(kept))
        rows = (f"{name}_in.weight", f"{name}_in.bias")
        found.append(Neurons(layer, kept[0].shape[-1], rows, (outlet,), 1 if layer % 2 else network.spec.head_size))
    return found


@without.register
def _(network: Transformer, kept: Sequence[IntArray], neurons: Sequence[Neurons], state: dict[str, Tensor]) -> Transformer:
    spec = network.spec
    heads, widths = tuple(len(stay) // spec.head_size for stay in kept[::2]), tuple(map(len, kept[1::2]))
    after = replace(
        spec,
        feedforward=widths[-1],
        widths=None if len(set(widths)) == 1 else widths,
        block_heads=None if set(heads) == {spec.heads} else heads,
    )
    made: Transformer = _made(lambda: type(network)(after), _cut(kept, neurons, state))
    return made


@neurons_of.register
@torch.no_grad()
def _(network: FeedForward, batches: Iterable[Tensor], whole: bool) -> list[Neurons]:
    given = zip(*(network.given(tokens) for tokens in batches), strict=True)
    found = []
    for depth, parts in enumerate(given):
        own = ("bias",) if depth == 0 else (f"inner.{depth - 1}.weight", f"inner.{depth - 1}.bias")
        above = "readout" if depth == network.spec.layers - 1 else f"inner.{depth}"
        outlet = Outlet(f"{above}.weight", f"{above}.bias", 0, moments(parts))
        found.append(Neurons(depth, network.spec.all_widths[depth], own, (outlet,)))
    return found


@without.register
def _(network: FeedForward, kept: Sequence[IntArray], neurons: Sequence[Neurons], state: dict[str, Tensor]) -> FeedForward:
    widths = tuple(map(len, kept))
    after = replace(network.spec, hidden=widths[-1], widths=None if len(set(widths)) == 1 else widths)
    cut = _cut(kept, neurons, state)
    cut["first.weight"] = cut["first.weight"][:, torch.from_numpy(kept[0])]  # a column a neuron, as an embedding has them
    made: FeedForward = _made(lambda: FeedForward(after), cut)
    return made


def _cut(kept: Sequence[IntArray], neurons: Sequence[Neurons], state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights without the rows and columns of the neurons that go."""
    columns: dict[str, list[IntArray]] = {}
    after = dict(state)
    for part, stay in zip(neurons, kept, strict=True):
        for name in part.rows:
            blocks = len(after[name]) // part.size  # of gates, or of queries, keys and values
            after[name] = after[name][torch.from_numpy((np.arange(blocks)[:, None] * part.size + stay).ravel())]
        for outlet in part.outlets:
            columns.setdefault(outlet.weight, []).append(outlet.first + stay)
    for name, parts in columns.items():
        after[name] = after[name][:, torch.from_numpy(np.concatenate(parts))]
    return after


def _made(make: Callable[[], Any], state: dict[str, Tensor]) -> Any:
    """Return a network with these weights; what it is made with first is thrown away, and no random number is drawn for it."""
    with torch.device("meta"):
        network = make()
    network.load_state_dict({name: weights.detach().clone() for name, weights in state.items()}, assign=True)
    return network.requires_grad_(True)
