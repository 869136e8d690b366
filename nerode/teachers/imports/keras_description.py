"""A layer of Keras as a file describes it: its class, its configuration and its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nerode.errors import CONTROL, InputError
from nerode.words import FloatArray


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
        raise InputError(f"its description has a layer {safe(document['class_name'])} without settings")
    return document["class_name"], config


def fixed_length(layers: Sequence[Layer]) -> int | None:
    """Return the number of tokens that the input has in each word; None for any."""
    for layer in layers:
        shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
        if layer.kind == "InputLayer" and isinstance(shape, list) and len(shape) > 1 and isinstance(shape[1], int):
            return shape[1]
    return None


def tensors_of(layer: Layer, *dimensions: tuple[int, ...]) -> list[Tensor]:
    """Return the weights of a layer; each of `dimensions` says how many dimensions one has."""
    if len(layer.weights) != len(dimensions) or any(w.ndim not in d for w, d in zip(layer.weights, dimensions, strict=True)):
        shapes = ", ".join(" × ".join(map(str, weights.shape)) for weights in layer.weights) or "no weights"
        raise InputError(f"the layer {layer.name} ({layer.kind}) has {shapes}, which does not fit its kind")
    return [torch.from_numpy(np.ascontiguousarray(weights)) for weights in layer.weights]


def activation_of(layer: Layer, key: str, default: str = "linear") -> str:
    """Return the name of an activation in the configuration of a layer, as Keras calls it."""
    given = layer.config.get(key, default)
    if isinstance(given, dict):  # {"class_name": "function", "config": "relu"}, or a class with its parameters
        given = given["config"] if isinstance(given.get("config"), str) else given.get("class_name")
    if given is None:
        return "linear"
    if not isinstance(given, str):
        raise InputError(f"the layer {layer.name} has an activation that is not named")
    return given


def safe(value: Any) -> str:
    """Return something that a file says, short and without control characters."""
    return CONTROL.sub("", str(value))[:60]
