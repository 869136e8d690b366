"""Keras models without Keras: their answers in numpy, after Keras' documentation, and their files, as Keras 3 lays them out.

A layer is (class, settings, weights in Keras' order). Bidirectional layers wrap the settings of their directions.
"""

import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field

import h5py
import numpy as np
from scipy.special import expit, softmax

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
FUNCTIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": expit,
    "softmax": lambda x: softmax(x, axis=-1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
}


@dataclass
class Layer:
    kind: str
    config: dict = field(default_factory=dict)
    weights: list = field(default_factory=list)


class Maker:
    """Makes layers with random weights."""

    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def array(self, *shape):
        return self.rng.normal(size=shape).astype(np.float32) * 0.7

    def embedding(self, tokens, width, mask=False):
        return Layer("Embedding", {"input_dim": tokens, "output_dim": width, "mask_zero": mask}, [self.array(tokens, width)])

    def cells(self, kind, width, units, **config):
        """Keras writes the activations always; a GRU has the biases of its inputs and of its states apart."""
        settings = {"units": units, "activation": "tanh", "use_bias": True, "return_sequences": False, "go_backwards": False}
        settings |= {"SimpleRNN": {}, "LSTM": {"recurrent_activation": "sigmoid"}}.get(
            kind, {"recurrent_activation": "sigmoid", "reset_after": True}
        )
        gates = GATES[kind] * units
        settings |= config
        bias = self.array(2, gates) if settings.get("reset_after") else self.array(gates)
        return Layer(kind, settings, [self.array(width, gates), self.array(units, gates), bias])

    def both(self, kind, width, units, merge="concat", **config):
        forward, backward = (self.cells(kind, width, units, **config, go_backwards=way) for way in (False, True))
        inner = {
            name: {"class_name": kind, "config": layer.config}
            for name, layer in (("layer", forward), ("backward_layer", backward))
        }
        return Layer("Bidirectional", {"merge_mode": merge, **inner}, [*forward.weights, *backward.weights])

    def dense(self, width, units, activation="linear"):
        return Layer(
            "Dense", {"units": units, "activation": activation, "use_bias": True}, [self.array(width, units), self.array(units)]
        )

    def norm(self, width, epsilon=1e-3):
        return Layer("LayerNormalization", {"axis": -1, "epsilon": epsilon}, [self.array(width), self.array(width)])

    def batch_norm(self, width):
        """Scale, shift, mean and variance; the variance is small, so that the epsilon matters."""
        return Layer("BatchNormalization", {"epsilon": 1e-3}, [*self.array(3, width), np.abs(self.array(width)) * 0.01])


def each(layer):
    """The layer at each token."""
    return Layer("TimeDistributed", {"layer": {"class_name": layer.kind, "config": layer.config}}, layer.weights)


def answer(layers, word):
    """The answer to a word of tokens: that after its last token, where there is one after each."""
    x = np.array(word)
    for layer in layers:
        x = ANSWERS.get(layer.kind, lambda layer, x: x)(layer, x)
    return x[-1] if x.ndim == 2 else x


def _cells(kind, config, weights, x):
    kernel, recurrent, bias = weights
    units = len(recurrent)
    activation = FUNCTIONS[config["activation"]]
    h, c, outputs = np.zeros(units), np.zeros(units), []
    for row in x[::-1] if config["go_backwards"] else x:
        if kind == "SimpleRNN":
            h = activation(row @ kernel + h @ recurrent + bias)
        elif kind == "GRU" and config["reset_after"]:  # update, reset, candidate
            z, r, n = np.split(row @ kernel + bias[0], 3)
            hz, hr, hn = np.split(h @ recurrent + bias[1], 3)
            z, r = expit(z + hz), expit(r + hr)
            h = z * h + (1 - z) * activation(n + r * hn)
        elif kind == "GRU":
            z, r, n = np.split(row @ kernel + bias, 3)
            uz, ur, un = np.split(recurrent, 3, axis=1)
            z, r = expit(z + h @ uz), expit(r + h @ ur)
            h = z * h + (1 - z) * activation(n + (r * h) @ un)
        else:
            i, f, n, o = np.split(row @ kernel + h @ recurrent + bias, 4)
            c = expit(f) * c + expit(i) * activation(n)
            h = expit(o) * activation(c)
        outputs.append(h)
    return np.array(outputs) if config["return_sequences"] else h


def _both(layer, x):
    half = len(layer.weights) // 2
    forward, backward = (
        _cells(inner["class_name"], inner["config"], weights, x)
        for inner, weights in zip(
            (layer.config["layer"], layer.config["backward_layer"]), (layer.weights[:half], layer.weights[half:]), strict=True
        )
    )
    backward = backward[::-1] if backward.ndim == 2 else backward
    mode = layer.config["merge_mode"]
    return (
        np.concatenate([forward, backward], axis=-1) if mode == "concat" else (forward + backward) / (2 if mode == "ave" else 1)
    )


def _norm(layer, x):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + layer.config["epsilon"]) * layer.weights[0] + layer.weights[1]


def _batch_norm(layer, x):
    scale, shift, mean, variance = layer.weights
    return (x - mean) / np.sqrt(variance + layer.config["epsilon"]) * scale + shift


def _dense(layer, x):
    return FUNCTIONS[layer.config.get("activation", "linear")](x @ layer.weights[0] + layer.weights[1])


ANSWERS = {
    "Embedding": lambda layer, x: layer.weights[0][x],
    **dict.fromkeys(GATES, lambda layer, x: _cells(layer.kind, layer.config, layer.weights, x)),
    "Bidirectional": _both,
    "Dense": _dense,
    "TimeDistributed": _dense,
    "Activation": lambda layer, x: FUNCTIONS[layer.config["activation"]](x),
    "LayerNormalization": _norm,
    "BatchNormalization": _batch_norm,
    "LeakyReLU": lambda layer, x: np.where(x > 0, x, layer.config["negative_slope"] * x),
    "GlobalAveragePooling1D": lambda layer, x: x.mean(0),
    "GlobalMaxPooling1D": lambda layer, x: x.max(0),
}


def description(layers, length=None):
    """The config.json of a Sequential model."""
    entries = [{"class_name": "InputLayer", "config": {"batch_shape": [None, length], "name": "input"}}]
    entries += [
        {"class_name": layer.kind, "config": {"name": f"{layer.kind.lower()}_{i}", **layer.config}}
        for i, layer in enumerate(layers)
    ]
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": entries}}


def _places(layer):
    if layer.kind == "Bidirectional":
        half = len(layer.weights) // 2
        return [f"{way}_layer/cell/vars/{i}" for way in ("forward", "backward") for i in range(half)]
    inside = "cell/vars" if layer.kind in GATES else "layer/vars" if layer.kind == "TimeDistributed" else "vars"
    return [f"{inside}/{i}" for i in range(len(layer.weights))]


def weights_file(layers):
    """The bytes of a .weights.h5: layers by their class and number."""
    counted, content = Counter(), io.BytesIO()
    with h5py.File(content, "w") as file:
        for layer in layers:
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer.kind).lower()
            number, counted[name] = counted[name], counted[name] + 1
            group = file.create_group(f"layers/{name}_{number}" if number else f"layers/{name}")
            for place, array in zip(_places(layer), layer.weights, strict=True):
                group[place] = array
        file.create_group("optimizer/vars")["0"] = np.zeros(3)
    return content.getvalue()


def keras_file(layers, document=None, compression=zipfile.ZIP_STORED, weights=None):
    """The bytes of a .keras archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", json.dumps(document or description(layers)))
        archive.writestr("model.weights.h5", weights_file(layers) if weights is None else weights)
    return content.getvalue()


def whole_file(layers):
    """The bytes of an older .h5 of a whole model: layers by their names, weights in the order of attributes."""
    content, document = io.BytesIO(), description(layers)
    with h5py.File(content, "w") as file:
        file.attrs["model_config"] = json.dumps(document)
        group = file.create_group("model_weights")
        names = [entry["config"]["name"] for entry in document["config"]["layers"][1:]]
        group.attrs["layer_names"] = np.array([name.encode() for name in names])
        for name, layer in zip(names, layers, strict=True):
            inner = group.create_group(name)
            places = [f"{name}/z{9 - i}:0" for i in range(len(layer.weights))]  # the alphabet says nothing of the order
            inner.attrs["weight_names"] = np.array([place.encode() for place in places] or np.zeros(0))
            for place, array in zip(places, layer.weights, strict=True):
                inner[place] = array
    return content.getvalue()


FILES = {".keras": keras_file, ".h5": whole_file, ".weights.h5": weights_file}
