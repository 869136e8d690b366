"""Keras models: `.keras` archives and HDF5 files, with the description of the network beside its weights or without.

Nothing of Keras is run. The description is JSON, and layers are known by their names.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from nerode.errors import CONTROL, InputError, first_line
from nerode.teachers.imports.chain import parts_of_chain
from nerode.teachers.imports.hdf5 import Stored, read_hdf5
from nerode.teachers.imports.keras_description import Layer, fixed_length, kind_and_config
from nerode.teachers.imports.keras_layers import steps_of
from nerode.teachers.imports.keras_weights import by_layer, named
from nerode.teachers.imports.parts import Parts
from nerode.teachers.imports.readings import Reading
from nerode.teachers.imports.recognition import parts_of
from nerode.words import FloatArray

SUFFIXES = (".keras", ".h5", ".hdf5")
HDF5 = b"\x89HDF\r\n\x1a\n"


class Found(NamedTuple):
    """A network in parts.

    Parameters
    ----------
    reading : how it is read, where the file says it
    padding : the token that is masked; None where none is
    length : the number of tokens of its input, where that is fixed and padding takes part in the answers
    """

    parts: Parts
    reading: Reading | None
    padding: int | None = None
    length: int | None = None


def recognises(path: Path) -> bool:
    """Return whether the path has the suffix of a Keras file, or the file begins as one in HDF5."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(HDF5)) == HDF5
    except OSError:
        return False


def read_keras(path: str | Path) -> Found:
    """Return the network in a Keras file.

    Raises
    ------
    InputError : a missing, damaged or hostile file, a missing h5py, or layers and settings that are not read; the message names
        them
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the weights {path}: {error.strerror or error}") from error
    try:
        description = None
        if content.startswith(b"PK"):
            description, content = _unfolded(content)
        stored = read_hdf5(content)
        if description is None and ("", "model_config") in stored.texts:
            description = "".join(stored.texts["", "model_config"])
        document = None if description is None else _json(description)
    except InputError as error:
        raise InputError(f"{path} cannot be imported: {error}") from error
    try:
        return _of_weights(stored) if document is None else _of_layers([*_with_weights([*outline(document)], stored)])
    except InputError as error:
        whole = "" if document is not None else "The whole model says more than its weights: model.save('own.keras'). "
        raise InputError(
            f"{path} cannot be imported: {error}. {whole}In Python, nerode.teacher(model, alphabet) asks a Keras model on the "
            "torch backend, and any function of words"
        ) from error


def _of_layers(layers: list[Layer]) -> Found:
    table, steps, told, masked = steps_of(layers)
    parts, reading = parts_of_chain(table, steps, told)
    padded = not masked or reading.pooling == "max"  # the maximum of Keras is over masked tokens, too
    return Found(parts, reading, 0 if masked else None, fixed_length(layers) if padded else None)


def _of_weights(stored: Stored) -> Found:
    """Return the network in weights alone. Both kinds of GRU have the same gates; their biases tell them apart."""
    tensors, cells = named(stored)
    parts = parts_of(tensors)
    if len(cells) > 1:
        raise InputError(f"its recurrent layers are of several kinds ({', '.join(sorted(cells))}), which is not read")
    return Found(replace(parts, cell=cells.pop()), None)


def _unfolded(content: bytes) -> tuple[str, bytes]:
    """Return the description and the weights in a `.keras` archive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > len(content):  # Keras stores without compression
                raise InputError("it unfolds to more bytes than it has, which no archive of Keras does")
            return archive.read("config.json").decode(), archive.read("model.weights.h5")
    except InputError:
        raise
    except Exception as error:  # a damaged archive can raise anything
        raise InputError(f"it is truncated, damaged or no Keras archive ({first_line(error)})") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"its description is not JSON ({first_line(error)})") from error


def outline(document: Any) -> Iterator[Layer]:
    """Yield the layers of a model in the order in which they read each other, without weights.

    Raises
    ------
    InputError : a model that is no chain of layers
    """
    if isinstance(document, dict) and isinstance(document.get("config"), list):  # as the oldest versions write it
        document = {**document, "config": {"layers": document["config"]}}
    kind, config = kind_and_config(document)
    described = config.get("layers")
    if kind not in ("Sequential", "Functional", "Model") or not isinstance(described, list):
        raise InputError(
            f"it is a model of the class {CONTROL.sub('', kind)[:60]}, and read are Sequential and Functional models"
        )
    before: str | None = None
    seen: set[str] = set()  # layers of masks
    for entry in described:
        inner, settings = kind_and_config(entry)
        name = entry.get("name", settings.get("name", inner)) if isinstance(entry, dict) else inner
        if not isinstance(name, str) or CONTROL.search(name):
            raise InputError("a layer has a name that is no text")
        if inner in ("Sequential", "Functional", "Model"):
            raise InputError(f"it holds the model {name} inside it; save the models as one chain of layers")
        if kind != "Sequential":
            sources = {*_sources(entry.get("inbound_nodes"), name)}
            if (inner == "NotEqual" and len(sources) == 1) or (inner == "Any" and sources and sources <= seen):
                seen.add(name)  # the mask of an embedding, or of a layer Masking
                yield Layer(inner, name, {**settings, "value": _compared(entry)}, ())
                continue
            if sources - seen != ({before} if before is not None else set()):
                raise InputError(f"the layer {name} does not read that before it alone, and only chains of layers are read")
            if inner == "GetItem" and not _takes_last(entry):
                raise InputError(f"the layer {name} takes something else than the last token, which is not read")
        before = name
        yield Layer(inner, name, settings, ())


def _sources(nodes: Any, name: str) -> Iterator[str]:
    """Yield the names of the layers whose outputs a layer reads, in either form of Keras."""
    if isinstance(nodes, list) and len(nodes) > 1:
        raise InputError(f"the layer {name} is used twice, which is not read")
    waiting = [nodes]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict) and "keras_history" in node:
            history = node["keras_history"]
            if not isinstance(history, list) or len(history) != 3 or not isinstance(history[0], str) or history[1:] != [0, 0]:
                raise InputError(f"the layer {name} reads an output that is not the first of another")
            yield history[0]
        elif isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list) and len(node) == 4 and isinstance(node[0], str) and isinstance(node[3], dict):
            if node[1:3] != [0, 0]:
                raise InputError(f"the layer {name} reads an output that is not the first of another")
            yield node[0]
            waiting += node[3].values()
        elif isinstance(node, list):
            waiting += node


def _compared(entry: dict[str, Any]) -> Any:
    """Return the number with which a layer NotEqual compares; None where it is not said."""
    try:
        number = entry["inbound_nodes"][0]["args"][1]
    except (TypeError, KeyError, IndexError):
        return None
    return number if isinstance(number, int | float) else None


def _takes_last(entry: dict[str, Any]) -> bool:
    try:
        whole = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
        every, last = entry["inbound_nodes"][0]["args"][1][:2]
        rest = entry["inbound_nodes"][0]["args"][1][2:]
    except (TypeError, KeyError, IndexError, ValueError):
        return False
    return every == whole and last == -1 and type(last) is int and all(item == whole for item in rest)


def _with_weights(layers: list[Layer], stored: Stored) -> Iterator[Layer]:
    """Yield the layers with their weights, which newer files keep by class and number, and older ones by name."""
    if ("", "layer_names") in stored.texts or ("model_weights", "layer_names") in stored.texts:
        root = "" if ("", "layer_names") in stored.texts else "model_weights/"
        for layer in layers:
            names = stored.texts.get((f"{root}{layer.name}", "weight_names"), [])
            missing = [name for name in names if f"{root}{layer.name}/{name}" not in stored.arrays]
            if missing and not any("seed" in name for name in missing):
                raise InputError(f"the weights {CONTROL.sub('', missing[0])[:80]} are missing")
            yield _filled(layer, [stored.arrays[f"{root}{layer.name}/{name}"] for name in names if name not in missing])
        return
    weights = by_layer(stored)
    counted: Counter[str] = Counter()
    for layer in layers:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer.kind).lower()
        number = counted[name]
        counted[name] += 1
        yield _filled(layer, weights.get(f"{name}_{number}" if number else name, []))


def _filled(layer: Layer, weights: list[FloatArray]) -> Layer:
    return Layer(layer.kind, layer.name, layer.config, tuple(weights))
