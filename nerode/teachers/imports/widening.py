"""Recurrent layers of different widths as layers of one width, by units whose weights are all zero and whose states stay zero."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.parts import Affine, Direction, Norm, output_of


def widened(layers: tuple[tuple[Direction, ...], ...]) -> tuple[tuple[Direction, ...], ...]:
    """Return layers that all have the width of the widest, by units whose weights are all zero and whose states stay zero."""
    hidden = max(_units(direction) for layer in layers for direction in layer)
    output = max(output_of(direction) for layer in layers for direction in layer)
    if all(_units(direction) == hidden and output_of(direction) == output for layer in layers for direction in layer):
        return layers
    if any(direction.weight_hr is not None for layer in layers for direction in layer):
        raise InputError("its recurrent layers have projections and different widths, which is not read")
    below = None
    wide = []
    for layer in layers:
        wide.append(tuple(_with_units(direction, hidden, below) for direction in layer))
        below = [output_of(direction) for direction in layer]
    return tuple(wide)


def _units(direction: Direction) -> int:
    return (direction.weight_hh if direction.weight_hr is None else direction.weight_hr).shape[1]


def _with_units(direction: Direction, hidden: int, below: list[int] | None) -> Direction:
    """Return a direction with more units; `below` are the widths of the directions of the layer below, before widening."""
    units = _units(direction)

    def rows(weights: Tensor) -> Tensor:  # of each gate
        gates = weights.reshape(-1, units, *weights.shape[1:])
        padded = gates.new_zeros(len(gates), hidden, *weights.shape[1:])
        padded[:, :units] = gates
        return padded.reshape(-1, *weights.shape[1:])

    into = direction.weight_ih if below is None else _spaced(direction.weight_ih, below, hidden)
    return replace(
        direction,
        weight_ih=rows(into), weight_hh=_spaced(rows(direction.weight_hh), [units], hidden),
        bias_ih=rows(direction.bias_ih), bias_hh=rows(direction.bias_hh),
    )  # fmt: skip


def _spaced(weights: Tensor, widths: list[int], width: int) -> Tensor:
    """Return weights (m, Σ widths) with zero columns, so that each of the parts has the same width: (m, parts · width)."""
    return torch.cat(
        [torch.nn.functional.pad(part, (0, width - part.shape[1])) for part in torch.split(weights, widths, dim=1)], dim=1
    )


def fitted(head: list[Affine | Norm], layers: tuple[tuple[Direction, ...], ...]) -> tuple[Affine | Norm, ...]:
    """Return the read-out for layers that were widened."""
    widest = max(output_of(direction) for layer in layers for direction in layer)
    widths = [output_of(direction) for direction in layers[-1]]
    if set(widths) == {widest}:
        return tuple(head)
    if isinstance(head[0], Norm):
        raise InputError("a layer norm follows a recurrent layer that is narrower than another, which is not read")
    return replace(head[0], weight=_spaced(head[0].weight, widths, widest)), *head[1:]
