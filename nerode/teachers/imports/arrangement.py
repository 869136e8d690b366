"""The layers before and behind the recurrent ones, in an order in which each fits that before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.parts import Affine, Norm, fitting

TABLES = re.compile(r"emb|wte|lookup|tok|pos", re.IGNORECASE)
"""Names of tables of tokens or positions, which are no layers."""


def behind_the_first(
    tables: list[tuple[str, Tensor]], layered: list[Affine | Norm], order: list[str], first: int
) -> tuple[list[Affine | Norm], list[tuple[str, Tensor]]]:
    """Return the layers and the tables; matrices between the first table and the cells are layers without a bias."""
    if not tables:
        return layered, tables
    begin = order.index(tables[0][0])
    inner = [table for table in tables[1:] if begin < order.index(table[0]) < first and not TABLES.search(table[0])]
    between = [Affine(name.removesuffix(".weight"), weight, weight.new_zeros(len(weight))) for name, weight in inner]
    left = [table for table in tables if not any(table is other for other in inner)]
    return sorted([*layered, *between], key=lambda layer: place(layer, order)), left


def divided(
    layered: list[Affine | Norm], width: int, output: int, tables: list[tuple[str, Tensor]], order: list[str], first: int
) -> tuple[list[Affine | Norm], list[Affine | Norm]]:
    """Return the layers between table and recurrent layers, and those of the read-out.

    The order is that of the file where the layers fit to each other so; otherwise each follows that which it fits, and the only
    layer that leads from the width of the table to another width of the cells stands before these.
    """
    before = [layer for layer in layered if place(layer, order) < first]
    leading = [layer for layer in layered if tables and layer.weight.shape == (width, tables[0][1].shape[1])]
    if tables and tables[0][1].shape[1] != width and len(leading) == 1 and not fits(before, tables[0][1].shape[1], width):
        before = leading
    if tables and before and fits(before, tables[0][1].shape[1], width):
        return before, ordered([layer for layer in layered if layer not in before], output)
    return [], ordered(layered, output)


def place(layer: Affine | Norm, order: list[str]) -> int:
    """Return the place of a layer in the order of the file."""
    return order.index(f"{layer.name}.weight" if layer.name else "weight")


def fits(layers: Sequence[Affine | Norm], width: int, end: int | None = None) -> bool:
    for layer in layers:
        taken = layer.weight.shape[-1]
        if taken != width:
            return False
        width = len(layer.bias)
    return end is None or width == end


def ordered(layers: list[Affine | Norm], width: int) -> list[Affine | Norm]:
    """Return the layers in an order in which each fits that before it, the order of the file where it does."""
    if fits(layers, width):
        return layers
    if (order := next(fitting(layers, width), None)) is not None:
        return order
    left, chain = list(layers), []
    while following := [layer for layer in left if layer.weight.shape[-1] == width]:
        left.remove(following[0])
        chain.append(following[0])
        width = len(following[0].bias)
    if not left:
        return chain
    weighing = [layer.name for layer in chain if isinstance(layer, Affine) and len(layer.bias) == 1]
    attention = f". {weighing[0]} has one output and looks like attention over the word, which is not read" if weighing else ""
    raise InputError(
        f"the layers {', '.join(layer.name for layer in left)} do not fit behind the {width} numbers before them{attention}"
    )


def through(layer: Affine | Norm, rows: Tensor) -> Tensor:
    if isinstance(layer, Affine):
        return rows @ layer.weight.T + layer.bias
    return torch.nn.functional.layer_norm(rows, (rows.shape[1],), layer.weight, layer.bias)
