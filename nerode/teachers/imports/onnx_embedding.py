"""The embedding in the graph of an ONNX model that is not read as a recurrent network."""

from __future__ import annotations

from typing import Any

from nerode.teachers.imports.onnx_values import constants_of
from nerode.words import FloatArray

KEEPING_TOKENS = frozenset(
    ("Pad", "Concat", "Cast", "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Split", "Expand", "Flatten")
)
"""Operators behind which the numbers of tokens are still those of tokens."""


def embedding_of(model: Any) -> FloatArray | None:
    """Return the table in which a graph looks up its tokens, whatever it reads beside; None where there is none, or several.

    Tokens are followed through what moves them, or puts others beside them, and leaves their numbers as they are.
    """
    constants = constants_of(model.graph)
    stored = {initial.name for initial in model.graph.initializer}
    tokens = {next(given.name for given in model.graph.input if given.name not in stored)}
    tables: dict[str, FloatArray] = {}
    for node in model.graph.node:
        table = constants.get(node.input[0]) if node.op_type == "Gather" else None
        if table is not None and node.input[1] in tokens:
            if table.ndim == 2 and table.dtype.kind == "f":
                tables[node.input[0]] = table
        elif node.op_type in KEEPING_TOKENS and any(name in tokens for name in node.input):
            tokens.update(node.output)
    return next(iter(tables.values())) if len(tables) == 1 else None
