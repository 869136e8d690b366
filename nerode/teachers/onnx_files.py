"""ONNX files, read with suspicion: weights beside a file only from its own folder, operators only those that compute."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

from nerode.errors import CONTROL, InputError, first_line

PLAIN = frozenset(("", "ai.onnx", "ai.onnx.ml"))
"""The domains of the operators that ONNX defines."""

FUSED = frozenset(
    ("Attention", "BiasGelu", "DynamicQuantizeLSTM", "DynamicQuantizeMatMul", "EmbedLayerNormalization", "FastGelu", "FusedGemm",
     "FusedMatMul", "Gelu", "MatMulIntegerToFloat", "MultiHeadAttention", "QuickGelu", "SkipLayerNormalization",
     "SkipSimplifiedLayerNormalization")
)  # fmt: skip
"""The operators of onnxruntime's own domain that are run. They only compute; others there read files or call programs."""


def library() -> Any:
    """Return the package onnx; raise InputError where it, or onnxruntime, is not installed."""
    try:
        import onnx
        import onnxruntime  # noqa: F401 - it is needed a moment later
    except ImportError as error:
        raise InputError(f'reading ONNX models takes an extra: pip install "nerode[onnx]" ({first_line(error)})') from error
    return onnx


def read_onnx(path: Path) -> Any:
    """Return the model in a file, a ModelProto, with all of its weights inside it.

    Raises
    ------
    InputError : a missing, damaged or hostile file, or a missing package
    """
    onnx = library()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the model {path}: {error.strerror or error}") from error
    model = _parsed(onnx, content)
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            _bring_in(onnx, tensor, path)
    return _checked(onnx, model)


def onnx_model(content: bytes) -> Any:
    """Return the model in these bytes, a ModelProto, if it needs nothing from outside.

    Raises
    ------
    InputError : no ONNX model, weights outside it, operators that are not run, or sizes that are claimed
    """
    onnx = library()
    return _checked(onnx, _parsed(onnx, content))


def safe(text: Any) -> str:
    """Return something that a file says, short and without control characters."""
    return CONTROL.sub("", text.decode("utf8", "replace") if isinstance(text, bytes) else str(text))[:60]


def _parsed(onnx: Any, content: bytes) -> Any:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf may raise anything for a damaged file
        raise InputError("it is truncated, damaged or no ONNX model") from error
    if not model.graph.node:
        raise InputError("it is no ONNX model, or one without a graph")
    return model


def _checked(onnx: Any, model: Any) -> Any:
    if not all(isinstance(name, str) for name in _names(model)):  # protobuf hands over bytes that are no text as they are
        raise InputError("it is damaged, since a name in it is no text")
    size = model.ByteSize()
    for tensor in _tensors(model):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise InputError("it has weights in another file")
        if any(length < 0 for length in tensor.dims) or prod(tensor.dims) > 8 * size:
            raise InputError(f"its weights {safe(tensor.name)} claim more numbers than the file holds")
    own = {(function.domain, function.name) for function in model.functions}
    for node in _nodes(model):
        known = node.domain in PLAIN or (node.domain == "com.microsoft" and node.op_type in FUSED)
        if not known and (node.domain, node.op_type) not in own:
            raise InputError(
                f"it has the operator {safe(node.op_type)} of the domain {safe(node.domain)}, and nerode runs no custom operators"
            )
    return model


def _nodes(model: Any) -> Iterator[Any]:
    """Yield all nodes, those of inner graphs and functions included."""
    waiting = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            for graph in _graphs(attribute):
                waiting += graph.node


def _names(model: Any) -> Iterator[Any]:
    """Yield the names of operators, and of the tensors that they take and make."""
    for node in _nodes(model):
        yield from (node.op_type, node.domain, node.name, *node.input, *node.output)
    yield from (info.name for info in (*model.graph.input, *model.graph.output, *model.graph.initializer))


def _graphs(attribute: Any) -> list[Any]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _tensors(model: Any) -> Iterator[Any]:
    """Yield all tensors that a model holds.

    Raises
    ------
    InputError : sparse tensors
    """
    graphs = [model.graph]
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from (*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors)
            graphs += _graphs(attribute)
            _no_sparse(attribute.HasField("sparse_tensor") or attribute.sparse_tensors)
    for graph in graphs:
        _no_sparse(graph.sparse_initializer)
        yield from graph.initializer


def _no_sparse(found: Iterable[Any] | bool) -> None:
    if found:
        raise InputError("it has sparse weights, which are not read")


def _bring_in(onnx: Any, tensor: Any, path: Path) -> None:
    """Put the numbers of a tensor, which stand in a file beside the model, into the model."""
    said = {entry.key: entry.value for entry in tensor.external_data}
    name = said.get("location", "")
    plain = name == os.path.basename(name) and name not in ("", ".", "..") and not {"\0", "\\", ":"} & set(name)
    if not plain or (path.parent / name).is_symlink():
        raise InputError(f"its weights are in {safe(name) or 'a file without a name'}, and only files beside it are read")
    file = path.parent / name
    try:
        if not file.is_file():
            raise InputError(f"its weights are in {safe(name)}, which is not beside it")
        whole = file.stat().st_size
        offset, length = int(said.get("offset", 0)), int(said.get("length", whole))
        length = min(length, whole - offset) if "length" not in said else length
        if offset < 0 or length < 0 or offset + length > whole:
            raise InputError(f"it claims more weights than {safe(name)} holds")
        with file.open("rb") as opened:
            opened.seek(offset)
            tensor.raw_data = opened.read(length)
    except OSError as error:
        raise InputError(f"its weights in {safe(name)} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"it does not say in numbers where its weights in {safe(name)} are") from error
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]
