"""The recurrent layers of Keras, in one direction or in two, as steps of a chain."""

from __future__ import annotations

import torch

from nerode.errors import InputError
from nerode.teachers.imports.chain import Cells, Pool, Step
from nerode.teachers.imports.keras_description import Layer, activation_of, safe, tensors_of
from nerode.teachers.imports.parts import Affine, Direction
from nerode.teachers.reset_first import RESET_FIRST

CELLS = {"LSTM": ("lstm", 4), "GRU": ("gru", 3), "SimpleRNN": ("rnn", 1)}


def _nonlinearity(layer: Layer) -> str:
    chosen, gates = activation_of(layer, "activation", "tanh"), activation_of(layer, "recurrent_activation", "sigmoid")
    if chosen != "tanh" and (chosen != "relu" or layer.kind != "SimpleRNN"):
        raise InputError(f"the cells of {layer.name} ({layer.kind}) have the activation {safe(chosen)}, which is not read")
    if gates != "sigmoid" and layer.kind != "SimpleRNN":
        raise InputError(f"the gates of {layer.name} ({layer.kind}) have the activation {safe(gates)}, and only sigmoid is read")
    return chosen


def _last(layer: Layer) -> list[Step]:
    return [] if layer.config.get("return_sequences") else [Pool("last")]


def cell_of(layer: Layer) -> str:
    """Return the cell of a recurrent layer, as in RecurrentSpec. Older files do not say `reset_after`; their biases do."""
    if layer.kind == "GRU" and not layer.config.get("reset_after", len(layer.weights) > 2 and layer.weights[2].ndim == 2):
        return RESET_FIRST
    return CELLS[layer.kind][0]


def direction_of(layer: Layer, backward: bool = False) -> Direction:
    """Return the weights of recurrent cells in torch's layout.

    Keras multiplies from the left, so that its kernels are the transpose. A GRU has the update gate before the reset gate.
    """
    for key, wanted in (("go_backwards", backward), ("time_major", False)):
        if bool(layer.config.get(key, wanted)) != wanted:
            raise InputError(f"the layer {layer.name} has {key} {layer.config[key]}, which is not read")
    biased = layer.config.get("use_bias", True)
    kernel, recurrent, *biases = tensors_of(layer, (2,), (2,), *([(1, 2)] if biased else []))
    units, gates = recurrent.shape[0], CELLS[layer.kind][1]
    two = cell_of(layer) == "gru"  # biases: of the inputs, and of the states
    shape = (2, gates * units) if two else (gates * units,)
    if recurrent.shape[1] != gates * units or kernel.shape[1] != gates * units or any(bias.shape != shape for bias in biases):
        raise InputError(f"the weights of {layer.name} do not have the shapes of {units} cells of the kind {layer.kind}")
    zero = kernel.new_zeros(gates * units)
    into, back = (biases[0][0], biases[0][1]) if biases and two else (biases[0] if biases else zero, zero)
    weights = [kernel.T.contiguous(), recurrent.T.contiguous(), into, back]
    if layer.kind == "GRU":
        weights = [torch.cat([part.chunk(3)[gate] for gate in (1, 0, 2)]) for part in weights]
    return Direction(*weights)


def one_direction(layer: Layer) -> list[Step]:
    """A layer that reads backward has a first direction that answers zero, which an affine layer drops."""
    if not layer.config.get("go_backwards"):
        return [Cells(layer.name, cell_of(layer), (direction_of(layer),), _nonlinearity(layer)), *_last(layer)]
    if layer.config.get("return_sequences"):
        raise InputError(f"the layer {layer.name} has go_backwards and return_sequences, whose order is not read")
    backward = direction_of(layer, backward=True)
    zero = Direction(*(torch.zeros_like(weights) for weights in list(vars(backward).values())[:4]))
    eye = torch.eye(backward.weight_hh.shape[1], dtype=backward.bias_ih.dtype)
    taken = Affine(f"{layer.name} (backward)", torch.cat([torch.zeros_like(eye), eye], dim=1), eye.new_zeros(len(eye)))
    return [Cells(layer.name, cell_of(layer), (zero, backward), _nonlinearity(layer)), Pool("last"), taken]


def both_directions(layer: Layer) -> list[Step]:
    half = len(layer.weights) // 2
    forward = layer.inner("layer", layer.weights[:half])
    named = "backward_layer" if isinstance(layer.config.get("backward_layer"), dict) else "layer"
    backward = layer.inner(named, layer.weights[half:])
    if forward.kind not in CELLS or backward.kind != forward.kind:
        raise InputError(f"the layer {layer.name} wraps {safe(forward.kind)}, and read are {', '.join(CELLS)}")
    if any(of(forward) != of(backward) for of in (cell_of, _nonlinearity, _last)):
        raise InputError(f"the two directions of {layer.name} differ in their settings")
    directions = direction_of(forward), direction_of(backward, backward=named == "backward_layer")
    steps = [Cells(layer.name, cell_of(forward), directions, _nonlinearity(forward)), *_last(forward)]
    mode = layer.config.get("merge_mode", "concat")
    if mode in ("sum", "ave"):
        like = directions[0].bias_ih
        eye = torch.eye(directions[0].weight_hh.shape[1], dtype=like.dtype) / (2 if mode == "ave" else 1)
        return [*steps, Affine(f"{layer.name} ({mode})", torch.cat([eye, eye], dim=1), like.new_zeros(len(eye)))]
    if mode != "concat":
        raise InputError(f"the layer {layer.name} joins its directions by {safe(mode)}; read are concat, sum and ave")
    return steps
