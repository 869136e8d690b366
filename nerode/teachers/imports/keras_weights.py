"""The weights of Keras' layers in HDF5 files: which layer has which, and files with weights alone, read by their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.hdf5 import Stored
from nerode.teachers.imports.keras_cells import cell_of, direction_of
from nerode.teachers.imports.keras_description import Layer
from nerode.teachers.imports.keras_layers import EPSILON
from nerode.words import FloatArray

PLACES = ("vars", "cell/vars", "layer/vars", "forward_layer/cell/vars", "backward_layer/cell/vars")
"""Where a layer keeps its weights, in Keras' order of weights."""
CONTAINERS = re.compile(r"^(layers|_layer_checkpoint_dependencies)[/\\]")
TORCH_EPSILON = 1e-5  # of batch norms
KINDS = {1: "SimpleRNN", 3: "GRU", 4: "LSTM"}  # by the number of gates


def by_layer(stored: Stored) -> dict[str, list[FloatArray]]:
    """Return the weights of each layer, in Keras' order."""
    found: dict[str, dict[tuple[int, int], FloatArray]] = {}
    for path, array in stored.arrays.items():
        container = CONTAINERS.match(path)
        layer, _, place = path[container.end() if container else 0 :].partition("/")
        kind, _, number = place.rpartition("/")
        if container and kind in PLACES and number.isdecimal():
            found.setdefault(layer, {})[PLACES.index(kind), int(number)] = array
    return {layer: [parts[key] for key in sorted(parts)] for layer, parts in found.items()}


def named(stored: Stored) -> tuple[dict[str, Tensor], set[str]]:
    """Return weights without a description under the names and in the layout of torch, and the cells. Shapes say what is what.

    Raises
    ------
    InputError : no weights, or weights of no layer that is read
    """
    layers = by_layer(stored)
    for (group, name), names in stored.texts.items():
        if name == "weight_names":
            arrays = [stored.arrays.get(f"{group}/{inner}" if group else inner) for inner in names]
            layers[group] = [array for array in arrays if array is not None]
    tensors: list[tuple[int, str, Tensor]] = []
    cells: set[str] = set()
    for name in sorted(layers, key=_in_number_order):
        tensors += _guessed(name, layers[name], cells)
    if not tensors:
        raise InputError("it holds no weights of layers, as Keras writes them")
    return {name: tensor for _, name, tensor in sorted(tensors, key=lambda found: found[0])}, cells


def _in_number_order(name: str) -> list[tuple[int, str]]:
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"(\d+)", name)]


def _guessed(name: str, weights: list[FloatArray], cells: set[str]) -> Iterator[tuple[int, str, Tensor]]:
    """Yield the weights of a layer under torch's names, after 0 for tables, 1 for cells and 2 for the others.

    The cell of a recurrent layer is added to `cells`.
    """
    dimensions = [part.ndim for part in weights]
    if dimensions[:2] == [2, 2]:
        two = len(weights) > 3
        parts = [weights[: len(weights) // 2], weights[len(weights) // 2 :]] if two else [weights]
        for way, part in zip(("", "_reverse"), parts, strict=False):
            units = part[1].shape[0] if len(part) > 1 else 0
            kind = KINDS.get(part[1].shape[1] // units) if units else None
            if kind is None:
                raise InputError(f"the weights of the layer {name} are of no recurrent cells that are read")
            config = {"reset_after": part[-1].ndim == 2, "use_bias": len(part) == 3}
            layer = Layer(kind, name, config, tuple(part))
            cells.add(cell_of(layer))
            for key, tensor in vars(direction_of(layer)).items():
                if tensor is not None:
                    yield 1, f"{name}.{key}_l0{way}", tensor
    elif dimensions == [2]:
        (table,) = map(torch.from_numpy, weights)
        dense = "dense" in name.lower()
        yield (2 if dense else 0), f"{name}.weight", table.T.contiguous() if dense else table
    elif dimensions == [2, 1]:
        kernel, bias = map(torch.from_numpy, weights)
        yield 2, f"{name}.weight", kernel.T.contiguous()
        yield 2, f"{name}.bias", bias
    elif dimensions == [1, 1]:
        for key, array in zip(("weight", "bias"), weights, strict=True):
            yield 2, f"{name}.{key}", torch.from_numpy(array)
    elif dimensions == [1, 1, 1, 1]:
        for key, array in zip(("weight", "bias", "running_mean", "running_var"), weights, strict=True):
            plus = EPSILON - TORCH_EPSILON if key == "running_var" else 0  # torch's own is added where norms are read
            yield 2, f"{name}.{key}", torch.from_numpy(array) + plus
    elif dimensions:
        shapes = ", ".join(" × ".join(map(str, part.shape)) for part in weights)
        raise InputError(f"the weights of the layer {name} are of no layer that is read ({shapes})")
