"""ONNX files, read with suspicion: weights beside a file only from its own folder, operators only those that compute."""

from __future__ import annotations

import os
from collections.abc import Iterator
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


BUILT_IN = ("ai.onnx", "com.microsoft", "com.ms", "org.pytorch.aten", "com.xilinx")
"""The domains, and beginnings of domains, in which onnxruntime has operators. It prefers them to functions of a file."""


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
    outside = [part for part in parts(model) if isinstance(part, onnx.TensorProto) and part.data_location == part.EXTERNAL]
    folder: dict[str, int] = {}
    total = 0
    for tensor in outside:
        total += _bring_in(onnx, tensor, path, folder)
        if total > sum(folder.values()):
            raise InputError("its weights claim more bytes than the files beside it hold")
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


def parts(model: Any) -> Iterator[Any]:
    """Yield all that a model consists of, wherever it stands: nodes, tensors, graphs, functions and their defaults."""
    waiting = [model]
    while waiting:
        part = waiting.pop()
        yield part
        for kind, value in part.ListFields():
            if kind.message_type is not None:
                waiting += [value] if hasattr(value, "ListFields") else value


def _parsed(onnx: Any, content: bytes) -> Any:
    try:
        model = onnx.load_model_from_string(content)
        model.DiscardUnknownFields()  # onnxruntime might know them
    except Exception as error:  # protobuf may raise anything for a damaged file
        raise InputError("it is truncated, damaged or no ONNX model") from error
    if not model.graph.node:
        raise InputError("it is no ONNX model, or one without a graph")
    return model


def _checked(onnx: Any, model: Any) -> Any:
    if not all(isinstance(name, str) for name in _names(onnx, model)):  # protobuf hands over bytes that are no text as they are
        raise InputError("it is damaged, since a name in it is no text")
    for function in model.functions:
        if function.domain == "" or f"{function.domain}.".startswith(tuple(f"{domain}." for domain in BUILT_IN)):
            raise InputError(
                f"it defines the operator {safe(function.name)} in the domain {safe(function.domain) or 'ai.onnx'}, "
                "whose operators are those of onnxruntime"
            )
    own = {(function.domain, function.name) for function in model.functions}
    size = model.ByteSize()
    for part in parts(model):
        if isinstance(part, onnx.SparseTensorProto):
            raise InputError("it has sparse weights, which are not read")
        if isinstance(part, onnx.TensorProto):
            _check_weights(part, size)
        if isinstance(part, onnx.NodeProto):
            _check_operator(part, own)
    return model


def _check_weights(tensor: Any, size: int) -> None:
    if tensor.data_location == tensor.EXTERNAL:
        raise InputError("it has weights in another file")
    if any(length < 0 for length in tensor.dims) or prod(tensor.dims) > 8 * size:
        raise InputError(f"its weights {safe(tensor.name)} claim more numbers than the file holds")


def _check_operator(node: Any, own: set[tuple[str, str]]) -> None:
    known = node.domain in PLAIN or (node.domain == "com.microsoft" and node.op_type in FUSED)
    if not known and (node.domain, node.op_type) not in own:
        raise InputError(
            f"it has the operator {safe(node.op_type)} of the domain {safe(node.domain)}, and nerode runs no custom operators"
        )


def _names(onnx: Any, model: Any) -> Iterator[Any]:
    """Yield the names of operators and functions, and of the tensors that they take and make."""
    for part in parts(model):
        if isinstance(part, onnx.NodeProto):
            yield from (part.op_type, part.domain, part.name, *part.input, *part.output)
        if isinstance(part, onnx.FunctionProto):
            yield from (part.name, part.domain)
    yield from (info.name for info in (*model.graph.input, *model.graph.output, *model.graph.initializer))


def _bring_in(onnx: Any, tensor: Any, path: Path, folder: dict[str, int]) -> int:
    """Put the numbers of a tensor, which stand in a file beside the model, into the model, and return how many bytes they are.

    Parameters
    ----------
    folder : gets the size of the file
    """
    said = {entry.key: entry.value for entry in tensor.external_data}
    name = said.get("location", "")
    plain = name == os.path.basename(name) and name not in ("", ".", "..") and not {"\0", "\\", ":"} & set(name)
    if not plain or (path.parent / name).is_symlink():
        raise InputError(f"its weights are in {safe(name) or 'a file without a name'}, and only files beside it are read")
    file = path.parent / name
    try:
        if not file.is_file():
            raise InputError(f"its weights are in {safe(name)}, which is not beside it")
        folder[name] = whole = file.stat().st_size
        needed = _bytes_of(onnx, tensor)
        offset, length = int(said.get("offset", 0)), int(said.get("length", needed))
        if offset < 0 or max(length, needed) > whole - offset:
            raise InputError(f"it claims more weights than {safe(name)} holds")
        if length != needed:
            raise InputError(f"its weights in {safe(name)} do not have the sizes that they claim")
        with file.open("rb") as opened:
            opened.seek(offset)
            tensor.raw_data = opened.read(needed)
    except OSError as error:
        raise InputError(f"its weights in {safe(name)} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"it does not say in numbers where its weights in {safe(name)} are") from error
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]
    return needed


def _bytes_of(onnx: Any, tensor: Any) -> int:
    """Return how many bytes the numbers of a tensor take."""
    try:
        kind = onnx.TensorProto.DataType.Name(tensor.data_type)
        size = int(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"its weights {safe(tensor.name)} are of a kind that is not read") from error
    if kind in ("STRING", "UNDEFINED") or any(length < 0 for length in tensor.dims):
        raise InputError(f"its weights {safe(tensor.name)} are not stored as numbers")
    bits = {"INT4": 4, "UINT4": 4, "FLOAT4E2M1": 4, "INT2": 2, "UINT2": 2}.get(kind, 8 * size)  # several may share a byte
    count: int = prod(tensor.dims)
    return -(-count * bits // 8)
