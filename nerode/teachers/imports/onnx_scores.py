"""The scores in an ONNX model: what stands before a function at its end that says what they mean."""

from __future__ import annotations

from typing import Any

from nerode.errors import InputError
from nerode.teachers.onnx_files import PLAIN, safe
from nerode.teachers.onnx_network import session_of

KEEPING = frozenset(("Identity", "Cast"))
SHAPING = KEEPING | {"Squeeze", "Reshape", "Flatten"}
MEANING = frozenset(("Softmax", "LogSoftmax", "Sigmoid", "ArgMax"))
"""Operators at the end of a model that say what scores mean."""


def take_output(model: Any, name: str | None) -> tuple[str, ...]:
    """Make one output of a model its only one, the first unless it is named. Return the names of all, that one first.

    Raises
    ------
    InputError : no output has the name
    """
    outputs = {output.name: output for output in model.graph.output}
    if name is not None and name not in outputs:
        raise InputError(f"--network is {safe(name)}, and its outputs are {', '.join(map(safe, outputs))}")
    if not outputs:
        return ()
    taken = type(model.graph.output[0])()
    taken.CopyFrom(outputs[model.graph.output[0].name if name is None else name])
    del model.graph.output[:]
    model.graph.output.append(taken)
    return (taken.name, *(other for other in outputs if other != taken.name))


def uncover(model: Any) -> tuple[str, ...]:
    """Make the scores the only output of a model, where it is sure that they are the numbers on the last axis.

    Operators behind a softmax or sigmoid that only shape its result then shape the scores. Returns what is left of it, in
    sentences.
    """
    if not model.graph.output:
        return ()
    output = model.graph.output[0].name
    behind, node = _end(model, output)
    if node is None:
        return ()
    scores = node.input[0]
    before, after = _shapes(model, scores, output)
    last = bool(before) and _axis(model, node) in (-1, len(before) - 1)
    if node.op_type == "ArgMax":
        behind = []  # they shape a class, and not scores
    elif last and any(shaper.op_type not in KEEPING for shaper in behind):
        last = after[-1:] == before[-1:] and isinstance(before[-1], int)
    if not last and node.op_type != "Sigmoid":
        return (f"the {node.op_type} at its end is left in, since it is not known to be that of the scores of a word",)
    if behind:
        behind[-1].input[0] = scores
    _only_outputs(model, output if behind else scores)
    return ()


def _end(model: Any, name: str) -> tuple[list[Any], Any]:
    """Return the operators at the end that only shape, the last one first, and that before them which means something."""
    makers = {made: node for node in model.graph.node for made in node.output if node.domain in PLAIN and node.input}
    behind: list[Any] = []
    while name in makers and makers[name].op_type in SHAPING and len(behind) < len(makers):
        behind.append(makers[name])
        name = behind[-1].input[0]
    return behind, makers[name] if name in makers and makers[name].op_type in MEANING else None


def _shapes(model: Any, *names: str) -> list[list[Any]]:
    """Return the axes of tensors, as onnxruntime finds them; none where they are unknown."""
    copy = type(model)()
    copy.CopyFrom(model)
    _only_outputs(copy, *names)
    try:
        return [list(given.shape or ()) for given in session_of(copy).get_outputs()]
    except InputError:  # what is wrong is told when the model itself is asked
        return [[] for _ in names]


def _axis(model: Any, node: Any) -> int:
    """Return the axis of a softmax or argmax."""
    version = max((opset.version for opset in model.opset_import if opset.domain in PLAIN), default=1)
    default = 0 if node.op_type == "ArgMax" else -1 if version >= 13 else 1
    return next((attribute.i for attribute in node.attribute if attribute.name == "axis"), default)


def _only_outputs(model: Any, *names: str) -> None:
    """Make tensors the outputs of a model. onnxruntime finds their kinds and shapes itself."""
    del model.graph.output[:]
    for name in names:
        model.graph.output.add(name=name)
