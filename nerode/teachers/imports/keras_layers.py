"""The layers of Keras, by their configuration and weights, as steps of a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import CONTROL, InputError
from nerode.teachers.imports.chain import Cells, Function, Normed, Pool, Step
from nerode.teachers.imports.parts import Affine, Direction
from nerode.teachers.reset_first import RESET_FIRST
from nerode.words import FloatArray

CELLS = {"LSTM": ("lstm", 4), "GRU": ("gru", 3), "SimpleRNN": ("rnn", 1)}
WITHOUT_EFFECT = frozenset(
    ("InputLayer", "Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization",
     "Masking", "NotEqual", "Identity")
)  # fmt: skip
EPSILON = 1e-3
"""The epsilon of Keras' norms where nothing is said."""

FUNCTIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "elu": "elu", "silu": "silu", "swish": "silu", "gelu": "gelu",
             "softmax": "softmax", "log_softmax": "log-softmax"}  # fmt: skip
"""The activations of Keras that are functions of nerode with the same parameters."""

PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ReLU": ("relu", {"max_value": None, "negative_slope": 0, "threshold": 0}),
    "ELU": ("elu", {"alpha": 1}),
    "LeakyReLU": ("leaky-relu", {"negative_slope": 0.01, "alpha": 0.01}),
    "Softmax": ("softmax", {"axis": -1}),
}
"""Layers that are functions, and the parameters with which they are read."""


@dataclass(frozen=True)
class Layer:
    """A layer: its class, its name, its configuration, and its weights in Keras' order."""

    kind: str
    name: str
    config: dict[str, Any]
    weights: tuple[FloatArray, ...]

    def inner(self, name: str, weights: Sequence[FloatArray]) -> Layer:
        """Return a layer that this one wraps."""
        kind, config = kind_and_config(self.config.get(name))
        return Layer(kind, self.name, config, tuple(weights))


def kind_and_config(document: Any) -> tuple[str, dict[str, Any]]:
    """Return the class and the configuration in a document {"class_name": …, "config": {…}}.

    Raises
    ------
    InputError : another document
    """
    if not isinstance(document, dict) or not isinstance(document.get("class_name"), str):
        raise InputError("its description has a layer without a class")
    config = document.get("config")
    if not isinstance(config, dict):
        raise InputError(f"its description has a layer {_safe(document['class_name'])} without settings")
    return document["class_name"], config


def steps_of(layers: Sequence[Layer]) -> tuple[Tensor | None, list[Step], list[str], bool]:
    """Return the table of the embedding, the steps behind it, what was taken for granted, and whether token 0 is masked.

    Raises
    ------
    InputError : a layer or a setting that is not read; the message names it
    """
    table, masked = None, False
    steps: list[Step] = []
    told: list[str] = []
    for layer in layers:
        if layer.kind == "Embedding":
            if table is not None or any(not isinstance(step, Pool) for step in steps):
                raise InputError(f"the embedding {layer.name} is not the first of its layers")
            (table,) = _tensors(layer, (2,))
            masked = bool(layer.config.get("mask_zero"))
        else:
            steps += _steps(layer)
        told += _told(layer)
    return table, steps, told, masked


def _steps(layer: Layer) -> list[Step]:
    if layer.kind in WITHOUT_EFFECT:
        return []
    if layer.kind in CELLS:
        return [Cells(layer.name, cell_of(layer), (direction_of(layer),), _nonlinearity(layer)), *_last(layer)]
    if layer.kind in PARAMETERS:
        name, wanted = PARAMETERS[layer.kind]
        for key, value in layer.config.items():
            if key in wanted and value != wanted[key]:
                raise InputError(f"the layer {layer.name} ({layer.kind}) has {key} {_safe(value)}, and read is {wanted[key]}")
        if layer.kind == "LeakyReLU" and not wanted.keys() & layer.config.keys():
            raise InputError(f"the layer {layer.name} (LeakyReLU) does not say its slope")
        return [Function(name)]
    if layer.kind not in LAYERS:
        code = ", which holds code, and nerode runs none" if layer.kind == "Lambda" else ", which is not read"
        raise InputError(f"it has the layer {layer.name} of the kind {_safe(layer.kind)}{code}")
    return LAYERS[layer.kind](layer)


def _told(layer: Layer) -> list[str]:
    told = []
    policy = layer.config.get("dtype")
    policy = policy.get("config", {}).get("name") if isinstance(policy, dict) else policy
    if isinstance(policy, str) and layer.weights and policy not in ("float32", "float64"):
        told.append(f"the layer {layer.name} computes in {_safe(policy)}, and is computed in float32 here")
    if layer.config.get("stateful"):
        told.append(f"the layer {layer.name} is stateful; here it forgets all before each word")
    shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
    if layer.kind == "InputLayer" and isinstance(shape, list) and len(shape) > 1 and isinstance(shape[1], int):
        told.append(
            f"its input has the fixed length {shape[1]}; words are read without padding here, which is the same only if padding "
            "was masked or left out"
        )
    return told


def _tensors(layer: Layer, *dimensions: tuple[int, ...]) -> list[Tensor]:
    """Return the weights of a layer; each of `dimensions` says how many dimensions one has."""
    if len(layer.weights) != len(dimensions) or any(w.ndim not in d for w, d in zip(layer.weights, dimensions, strict=True)):
        shapes = ", ".join(" × ".join(map(str, weights.shape)) for weights in layer.weights) or "no weights"
        raise InputError(f"the layer {layer.name} ({layer.kind}) has {shapes}, which does not fit its kind")
    return [torch.from_numpy(np.ascontiguousarray(weights)) for weights in layer.weights]


def _activation(layer: Layer, key: str, default: str = "linear") -> str:
    """Return the name of an activation in the configuration of a layer, as Keras calls it."""
    given = layer.config.get(key, default)
    if isinstance(given, dict):  # {"class_name": "function", "config": "relu"}, or a class with its parameters
        given = given["config"] if isinstance(given.get("config"), str) else given.get("class_name")
    if given is None:
        return "linear"
    if not isinstance(given, str):
        raise InputError(f"the layer {layer.name} has an activation that is not named")
    return given


def _function(layer: Layer) -> list[Step]:
    name = _activation(layer, "activation")
    if name == "linear":
        return []
    if name not in FUNCTIONS:
        raise InputError(f"the layer {layer.name} has the activation {_safe(name)}; read are {', '.join(FUNCTIONS)} and linear")
    return [Function(FUNCTIONS[name])]


def _nonlinearity(layer: Layer) -> str:
    chosen, gates = _activation(layer, "activation", "tanh"), _activation(layer, "recurrent_activation", "sigmoid")
    if chosen != "tanh" and (chosen != "relu" or layer.kind != "SimpleRNN"):
        raise InputError(f"the cells of {layer.name} ({layer.kind}) have the activation {_safe(chosen)}, which is not read")
    if gates != "sigmoid" and layer.kind != "SimpleRNN":
        raise InputError(f"the gates of {layer.name} ({layer.kind}) have the activation {_safe(gates)}, and only sigmoid is read")
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
    kernel, recurrent, *biases = _tensors(layer, (2,), (2,), *([(1, 2)] if biased else []))
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


def _bidirectional(layer: Layer) -> list[Step]:
    half = len(layer.weights) // 2
    forward = layer.inner("layer", layer.weights[:half])
    named = "backward_layer" if isinstance(layer.config.get("backward_layer"), dict) else "layer"
    backward = layer.inner(named, layer.weights[half:])
    if forward.kind not in CELLS or backward.kind != forward.kind:
        raise InputError(f"the layer {layer.name} wraps {_safe(forward.kind)}, and read are {', '.join(CELLS)}")
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
        raise InputError(f"the layer {layer.name} joins its directions by {_safe(mode)}; read are concat, sum and ave")
    return steps


def _dense(layer: Layer) -> list[Step]:
    if layer.config.get("quantization_mode") or layer.config.get("lora_rank"):
        raise InputError(f"the layer {layer.name} is quantised or has a LoRA, which is not read")
    if layer.config.get("use_bias", True):
        kernel, bias = _tensors(layer, (2,), (1,))
    else:
        (kernel,) = _tensors(layer, (2,))
        bias = kernel.new_zeros(kernel.shape[1])
    return [Affine(layer.name, kernel.T.contiguous(), bias), *_function(layer)]


def _layer_norm(layer: Layer) -> list[Step]:
    if layer.config.get("rms_scaling") or layer.config.get("axis", -1) not in (-1, [-1], 2, [2], 1, [1]):
        raise InputError(f"the layer norm {layer.name} has an axis or a scaling that is not read")
    scaled, moved = layer.config.get("scale", True), layer.config.get("center", True)
    weights = _tensors(layer, *[(1,)] * (bool(scaled) + bool(moved)))
    if not weights:
        raise InputError(f"the layer norm {layer.name} has neither scale nor center, which is not read")
    scale = weights[0] if scaled else torch.ones_like(weights[0])
    shift = weights[-1] if moved else torch.zeros_like(weights[0])
    return [Normed(layer.name, scale, shift, _epsilon(layer))]


def _batch_norm(layer: Layer) -> Affine:
    """Return a batch norm as the affine layer that it is after training."""
    scaled, moved = layer.config.get("scale", True), layer.config.get("center", True)
    weights = [part.double() for part in _tensors(layer, *[(1,)] * (2 + bool(scaled) + bool(moved)))]
    mean, variance = weights[-2:]
    scale = (weights[0] if scaled else 1) / torch.sqrt(variance + _epsilon(layer))
    shift = (weights[1 if scaled else 0] if moved else 0) - mean * scale
    kind = torch.from_numpy(layer.weights[-1]).dtype
    return Affine(layer.name, torch.diag(scale).to(kind), shift.to(kind))


def _epsilon(layer: Layer) -> float:
    epsilon = layer.config.get("epsilon", EPSILON)
    if not isinstance(epsilon, int | float) or not 0 <= epsilon < 1:
        raise InputError(f"the layer {layer.name} has the epsilon {_safe(epsilon)}")
    return float(epsilon)


def _each(layer: Layer) -> list[Step]:
    inner = layer.inner("layer", layer.weights)
    if inner.kind not in ("Dense", "Activation", "LayerNormalization", "Dropout"):
        raise InputError(f"the layer {layer.name} (TimeDistributed) wraps {_safe(inner.kind)}, which is not read")
    return _steps(inner)


LAYERS: dict[str, Callable[[Layer], list[Step]]] = {
    "Bidirectional": _bidirectional,
    "Dense": _dense,
    "Activation": _function,
    "LayerNormalization": _layer_norm,
    "BatchNormalization": lambda layer: [_batch_norm(layer)],
    "TimeDistributed": _each,
    "GlobalAveragePooling1D": lambda layer: [Pool("mean")],
    "GlobalMaxPooling1D": lambda layer: [Pool("max")],
    "GetItem": lambda layer: [Pool("end")],  # `keras.outline` sees that it takes the last token
}


def _safe(value: Any) -> str:
    """Return something that a file says, short and without control characters."""
    return CONTROL.sub("", str(value))[:60]
