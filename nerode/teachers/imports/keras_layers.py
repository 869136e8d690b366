"""The layers of Keras, by their configuration and weights, as steps of a chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.teachers.imports.chain import Cells, Function, Normed, Pool, Step
from nerode.teachers.imports.keras_cells import CELLS, both_directions, one_direction
from nerode.teachers.imports.keras_description import Layer, activation_of, safe, tensors_of
from nerode.teachers.imports.parts import Affine

WITHOUT_EFFECT = frozenset(
    ("InputLayer", "Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization",
     "Any", "Identity")
)  # fmt: skip
EPSILON = 1e-3
"""The epsilon of Keras' norms where nothing is said."""

FUNCTIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "elu": "elu", "silu": "silu", "swish": "silu", "gelu": "gelu",
             "softmax": "softmax", "log_softmax": "log-softmax"}  # fmt: skip
"""The activations of Keras that are functions of nerode with the same parameters."""

LEAKY = "leaky_relu"
LEAKY_SLOPE = 0.2
"""The slope of `leaky_relu` where it is named as an activation alone."""

PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "ReLU": ("relu", {"max_value": None, "negative_slope": 0, "threshold": 0}),
    "ELU": ("elu", {"alpha": 1}),
    "Softmax": ("softmax", {"axis": -1}),
}
"""Layers that are functions, and the parameters with which they are read."""


@dataclass(frozen=True)
class Leaky(Function):
    """A leaky rectifier of any slope."""

    slope: float


def steps_of(layers: Sequence[Layer]) -> tuple[Tensor | None, list[Step], list[str], bool]:
    """Return the table of the embedding, the steps behind it, what was taken for granted, and whether token 0 is masked.

    Raises
    ------
    InputError : a layer or a setting that is not read; the message names it
    """
    table, masked = None, False
    steps: list[Step] = []
    told: list[str] = []
    compared, explained = list[Any](), list[Any]()  # the numbers with which masks compare, and those that layers say
    for layer in layers:
        if layer.kind == "Embedding":
            if table is not None or any(not isinstance(step, Pool) for step in steps):
                raise InputError(f"the embedding {layer.name} is not the first of its layers")
            (table,) = tensors_of(layer, (2,))
            masked = bool(layer.config.get("mask_zero"))
            explained += [0] if masked else []
        elif layer.kind == "NotEqual":
            compared.append(layer.config.get("value"))
        elif layer.kind == "Masking":
            masked |= _masks_padding(layer, table, steps)
            explained.append(layer.config.get("mask_value", 0))
        else:
            steps += _steps(layer)
        told += _told(layer)
    if any(value not in explained for value in compared):
        raise InputError("it has a mask that is neither of its embedding nor of a layer Masking, which is not read")
    return table, list(_unfolded(steps, table)), told, masked


def _masks_padding(layer: Layer, table: Tensor | None, steps: Sequence[Step]) -> bool:
    """Return whether a layer Masking skips token 0; other tokens that it skips are refused."""
    value = layer.config.get("mask_value", 0)
    if steps or not isinstance(value, int | float):
        raise InputError(f"the layer {layer.name} (Masking) skips what other layers make of tokens, which is not read")
    if table is None:
        if value == 1:  # the only one-hot vector of one number
            raise InputError(f"the layer {layer.name} skips vectors of ones, which may be one-hot vectors")
        return False
    skipped = (table == value).all(1).nonzero().flatten().tolist()
    if skipped not in ([], [0]):
        raise InputError(
            f"the layer {layer.name} skips tokens ({', '.join(map(str, skipped[:6]))}), and read is padding by token 0 alone"
        )
    return bool(skipped)


def _unfolded(steps: Sequence[Step], table: Tensor | None) -> Iterator[Step]:
    """Yield steps with leaky rectifiers as two rectifiers between affine layers, max(x, 0) − slope · max(−x, 0)."""
    like = torch.zeros(0) if table is None else table[0]
    for step in steps:
        if not isinstance(step, Leaky):
            yield step
            like = step.bias if isinstance(step, Affine | Normed) else like
            if isinstance(step, Cells):
                like = torch.cat([direction.weight_hh[0] for direction in step.directions])
            continue
        eye = torch.eye(len(like), dtype=like.dtype)
        yield Affine(f"{step.name} (both signs)", torch.cat([eye, -eye]), eye.new_zeros(2 * len(eye)))
        yield Function("relu")
        yield Affine(f"{step.name} (slope {step.slope:g})", torch.cat([eye, -step.slope * eye], dim=1), eye.new_zeros(len(eye)))


def _steps(layer: Layer) -> list[Step]:
    if layer.kind in WITHOUT_EFFECT:
        return []
    if layer.kind in CELLS:
        return one_direction(layer)
    if layer.kind in PARAMETERS:
        name, wanted = PARAMETERS[layer.kind]
        for key, value in layer.config.items():
            if key in wanted and value != wanted[key]:
                raise InputError(f"the layer {layer.name} ({layer.kind}) has {key} {safe(value)}, and read is {wanted[key]}")
        return [Function(name)]
    if layer.kind not in LAYERS:
        code = ", which holds code, and nerode runs none" if layer.kind == "Lambda" else ", which is not read"
        raise InputError(f"it has the layer {layer.name} of the kind {safe(layer.kind)}{code}")
    return LAYERS[layer.kind](layer)


def _told(layer: Layer) -> list[str]:
    told = []
    policy = layer.config.get("dtype")
    policy = policy.get("config", {}).get("name") if isinstance(policy, dict) else policy
    if isinstance(policy, str) and layer.weights and policy not in ("float32", "float64"):
        told.append(f"the layer {layer.name} computes in {safe(policy)}, and is computed in float32 here")
    if layer.config.get("stateful"):
        told.append(f"the layer {layer.name} is stateful; here it forgets all before each word")
    return told


def _function(layer: Layer) -> list[Step]:
    name = activation_of(layer, "activation")
    if name == "linear":
        return []
    if name == LEAKY:
        given = layer.config["activation"]
        settings = given.get("config") if isinstance(given, dict) else None
        return [_leaky(layer.name, settings.get("negative_slope") if isinstance(settings, dict) else LEAKY_SLOPE)]
    if name not in FUNCTIONS:
        raise InputError(
            f"the layer {layer.name} has the activation {safe(name)}; read are {', '.join(FUNCTIONS)}, {LEAKY} and linear"
        )
    return [Function(FUNCTIONS[name])]


def _leaky(name: str, slope: Any) -> Step:
    if not isinstance(slope, int | float) or not 0 <= slope <= 1:
        raise InputError(f"the layer {name} has a leaky rectifier whose slope is not said, or not from 0 to 1")
    return Function("leaky-relu") if slope == 0.01 else Leaky("leaky-relu", slope)


def _leaky_layer(layer: Layer) -> list[Step]:
    return [_leaky(layer.name, layer.config.get("negative_slope", layer.config.get("alpha")))]


def _dense(layer: Layer) -> list[Step]:
    if layer.config.get("quantization_mode") or layer.config.get("lora_rank"):
        raise InputError(f"the layer {layer.name} is quantised or has a LoRA, which is not read")
    if layer.config.get("use_bias", True):
        kernel, bias = tensors_of(layer, (2,), (1,))
    else:
        (kernel,) = tensors_of(layer, (2,))
        bias = kernel.new_zeros(kernel.shape[1])
    return [Affine(layer.name, kernel.T.contiguous(), bias), *_function(layer)]


def _layer_norm(layer: Layer) -> list[Step]:
    if layer.config.get("rms_scaling") or layer.config.get("axis", -1) not in (-1, [-1], 2, [2], 1, [1]):
        raise InputError(f"the layer norm {layer.name} has an axis or a scaling that is not read")
    scaled, moved = layer.config.get("scale", True), layer.config.get("center", True)
    weights = tensors_of(layer, *[(1,)] * (bool(scaled) + bool(moved)))
    if not weights:
        raise InputError(f"the layer norm {layer.name} has neither scale nor center, which is not read")
    scale = weights[0] if scaled else torch.ones_like(weights[0])
    shift = weights[-1] if moved else torch.zeros_like(weights[0])
    return [Normed(layer.name, scale, shift, _epsilon(layer))]


def _batch_norm(layer: Layer) -> Affine:
    """Return a batch norm as the affine layer that it is after training."""
    scaled, moved = layer.config.get("scale", True), layer.config.get("center", True)
    weights = [part.double() for part in tensors_of(layer, *[(1,)] * (2 + bool(scaled) + bool(moved)))]
    mean, variance = weights[-2:]
    scale = (weights[0] if scaled else 1) / torch.sqrt(variance + _epsilon(layer))
    shift = (weights[1 if scaled else 0] if moved else 0) - mean * scale
    kind = torch.from_numpy(layer.weights[-1]).dtype
    return Affine(layer.name, torch.diag(scale).to(kind), shift.to(kind))


def _epsilon(layer: Layer) -> float:
    epsilon = layer.config.get("epsilon", EPSILON)
    if not isinstance(epsilon, int | float) or not 0 <= epsilon < 1:
        raise InputError(f"the layer {layer.name} has the epsilon {safe(epsilon)}")
    return float(epsilon)


def _each(layer: Layer) -> list[Step]:
    inner = layer.inner("layer", layer.weights)
    if inner.kind not in ("Dense", "Activation", "LayerNormalization", "Dropout"):
        raise InputError(f"the layer {layer.name} (TimeDistributed) wraps {safe(inner.kind)}, which is not read")
    return _steps(inner)


LAYERS: dict[str, Callable[[Layer], list[Step]]] = {
    "Bidirectional": both_directions,
    "Dense": _dense,
    "Activation": _function,
    "LayerNormalization": _layer_norm,
    "LeakyReLU": _leaky_layer,
    "BatchNormalization": lambda layer: [_batch_norm(layer)],
    "TimeDistributed": _each,
    "GlobalAveragePooling1D": lambda layer: [Pool("mean")],
    "GlobalMaxPooling1D": lambda layer: [Pool("max")],
    "GetItem": lambda layer: [Pool("end")],  # `keras.outline` sees that it takes the last token
}
