"""Layers of a file of weights that take no part in the answer, such as a second head: they are left out by name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nerode.errors import InputError
from nerode.teachers.imports.files import Weights

MOST_MODULES = 24  # that are left out in turn
CELLS = re.compile(r"(?P<block>.*?layers\.\d+\.)?.*(weight_hh|self_attn|in_proj_weight)")
"""Names of weights of layers without which there is no network, and of the block of a transformer in which they stand."""


def without(weights: list[Weights], names: Sequence[str]) -> list[Weights]:
    """Return weights without those of the named modules.

    Raises
    ------
    InputError : a name that no module has, or a module without which there is no network
    """
    for name in names:
        if not any(_belongs(tensor, name) for some in weights for tensor in some.tensors):
            known = modules_of(weights)
            raise InputError(f"--without names {name!r}, and no layers are called so; there are {', '.join(known[:12])}")
        if _is_core(weights, name):
            raise InputError(
                f"--without names {name}, and without it there is no network; name layers that take no part in the answer"
            )
    return [
        some._replace(
            tensors={name: tensor for name, tensor in some.tensors.items() if not any(_belongs(name, module) for module in names)}
        )
        for some in weights
    ]


def modules_of(weights: list[Weights]) -> list[str]:
    """Return the names of modules that may be left out, inner ones and those around them, the last of a file first."""
    found: dict[str, None] = {}
    for name in reversed([name for some in weights for name in some.tensors]):
        parts = name.split(".")
        found |= dict.fromkeys(".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    return [module for module in found if not _is_core(weights, module)][:MOST_MODULES]


def _is_core(weights: list[Weights], module: str) -> bool:
    """Return whether a module has recurrent cells or attention in it, or is a part of a block of a transformer."""
    cells = [match for some in weights for name in some.tensors if (match := CELLS.match(name))]
    return any(
        _belongs(cell.string, module) or (cell["block"] is not None and f"{module}.".startswith(cell["block"])) for cell in cells
    )


def _belongs(tensor: str, module: str) -> bool:
    return tensor.startswith(f"{module}.")
